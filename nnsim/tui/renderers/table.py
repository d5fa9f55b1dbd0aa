"""Numbers in a table on the color scale: names on both sides, a cell cursor, a window on what does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from nnsim.formats.digits import MINUS, NumberFormat
from nnsim.tui.colors import STEPS, ink, tint
from nnsim.tui.renderers.names import distinct
from nnsim.tui.rows import ELLIPSIS, Row, aimed, cells, clean, crop, left, right, width_of, wrapped

CURSOR, TOUCHED, CHANGED, COVERED, BY_HAND = "▸", "◆", "·", "▢", "✎"
LONGEST_NAME, LONGEST_HEAD = 20, 11


@dataclass(frozen=True)
class Column:
    """A column: its name, how its numbers are written, and the magnitude at the end of its color scale.

    longest: the cells of its name that it may be wider for. tight: without a space after the number.
    """

    name: str
    form: NumberFormat
    largest: float
    role: str = "name"
    longest: int = LONGEST_HEAD
    tight: bool = False

    @property
    def width(self) -> int:
        """Of a cell: a mark, the number, a space."""
        return max(self.form.width, min(cell_len(self.name), self.longest)) + 2 - self.tight


class Table:
    """What to show. `cell` is None where a number has not been computed yet.

    more_to_come: whether columns of such numbers are missing at the end.
    """

    more_to_come = False

    def __init__(self, columns: list[Column], row_names: tuple[str, ...], cursor: tuple[int, int]) -> None:
        self.columns, self.row_names, self.cursor = columns, row_names, cursor
        self.factor = columns[0].form.factor  # of every number

    def cell(self, row: int, column: int) -> float | None:
        raise NotImplementedError

    def changed(self, row: int, column: int) -> bool:
        raise NotImplementedError

    def touched(self, row: int, column: int) -> bool:
        """Whether the number that is asked about goes into this one."""
        return False

    def by_hand(self, row: int, column: int) -> bool:
        """Whether a number was set by hand."""
        return False

    def covered(self, column: int) -> bool:
        """Whether the numbers of a column are still to be predicted."""
        return False

    def index(self, row: int, column: int) -> tuple[int, ...]:
        """The element of the tensor that a click there chooses."""
        raise NotImplementedError


@dataclass(frozen=True)
class Window:
    """The part of a table that is shown."""

    top: int
    bottom: int
    start: int
    end: int
    whole: bool


def table_rows(
    table: Table, width: int, height: int, origin: tuple[int, int], follow: bool = True
) -> tuple[list[Row], Window]:
    """The table in at most `height` rows, and what of it is in sight: from `origin` on where the cursor allows it.

    Without `follow` the cursor may be out of sight.
    """
    names = max(names_width(table.row_names, width), cell_len(table.factor) - 2)
    window = _window(table, width - names - 3, height - 1, origin, follow)
    shown = table.columns[window.start : window.end]
    bars = _bar_width(table, width - names - 3 - sum(column.width for column in shown))
    rows = [_heads(table, shown, names)]
    if table.more_to_come and width_of(rows[0]) < width:
        rows[0].append((ELLIPSIS, "dim"))
    written = distinct([clean(name) for name in table.row_names[window.top : window.bottom]], names)
    rows += [_line(table, row, name, window, names, bars) for row, name in enumerate(written, window.top)]
    if rest := _rest(table, window, width - 2):
        rows.append([(" " * max(2, min(names + 3, width - cell_len(rest))), ""), (rest, "dim")])
    return rows, window


def listed_rows(table: Table, words: Sequence[str], width: int, height: int) -> list[Row]:
    """A table of one row, lying on its side: a column is a line, its number stands between its name and `words`.

    Words that are longer take a second line where `height` has room for it.
    """
    names = max(cell_len(column.name) for column in table.columns)
    wide = max(column.width for column in table.columns)
    rows: list[Row] = []
    spare = height - len(table.columns)
    for at, (column, said) in enumerate(zip(table.columns, words, strict=True)):
        here = at == table.cursor[1]
        name = (f"{CURSOR if here else ' '} {left(column.name, names)} ", "title" if here else column.role)
        known = table.cell(0, at) is not None
        lead: Row = [name, *_cell(table, 0, at, wide), (" ", "")]
        room = width - width_of(lead)
        said = said if cell_len(said) <= room else said.partition(":")[0]
        role = "text" if here else "name" if known else "dim"
        lines = wrapped(said, room, role)
        if len(lines) == 2 and spare > 0:
            spare -= 1
            below: Row = [(" " * cells(text), color) for text, color in lead]
            rows += [[*lead, *lines[0]], [*below, *lines[1]]]
        else:
            rows.append(crop([*lead, (said, role)], width))
    return rows


def names_width(names: tuple[str, ...], width: int) -> int:
    """The cells that the names of the rows take in a table of `width` cells."""
    longest = max(map(cell_len, _sampled(names)), default=0)
    return min(longest, max(LONGEST_NAME, width // 4), max(4, 3 * width // 8))


def _sampled(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names to measure: all of a short axis, some of a long one."""
    return names if len(names) <= 200 else (*names[:100], *names[-100:])


def _window(table: Table, width: int, height: int, origin: tuple[int, int], follow: bool) -> Window:
    count = len(table.row_names)
    row, column = table.cursor if follow else (origin[0], min(origin[1], len(table.columns) - 1))
    start, end = _columns_around(table.columns, column, width, origin[1])
    visible = height if count <= height and end - start == len(table.columns) else height - 1
    visible = max(1, visible)
    top = min(max(origin[0], row - visible + 1), row, max(0, count - visible)) if follow else row
    top = max(0, min(top, count - visible))
    bottom = min(count, top + visible)
    return Window(top, bottom, start, end, bottom - top == count and end - start == len(table.columns))


def _columns_around(columns: list[Column], column: int, width: int, start: int) -> tuple[int, int]:
    """The columns that fit, from `start` where the cursor's column is then in sight."""
    start = min(start, column)
    while start < column and sum(c.width for c in columns[start : column + 1]) > width:
        start += 1
    end, room = start, width
    while end < len(columns) and columns[end].width <= room:
        room -= columns[end].width
        end += 1
    while end == len(columns) and start > 0 and columns[start - 1].width <= room:
        start -= 1
        room -= columns[start].width
    return start, max(end, start + 1)


def _heads(table: Table, columns: list[Column], names: int) -> Row:
    row: Row = [(left(table.factor, names + 3), "lit")]
    short = distinct([clean(column.name) for column in columns], min(LONGEST_HEAD, *(c.longest for c in columns)))
    for column, shortened in zip(columns, short, strict=True):
        name = clean(column.name)
        end = "" if column.tight else " "
        name = name if cell_len(name) <= column.width - 1 - len(end) else shortened
        chosen = table.columns[table.cursor[1]] is column and len(table.columns) > 1
        role = "title" if chosen and column.role == "name" else column.role
        row.append((right(name, column.width - len(end)) + end, role))
    return row


def _line(table: Table, row: int, name: str, window: Window, names: int, bars: int) -> Row:
    here = row == table.cursor[0]
    name = left(name, names)
    line: Row = [(f"{CURSOR} {name} ", "title")] if here else [(f"  {name} ", "name")]
    for position in range(window.start, window.end):
        line += _cell(table, row, position, table.columns[position].width)
    if bars:
        column = table.columns[window.start]
        line += [("  ", ""), *bar(table.cell(row, window.start), column.largest, column.form.signed, bars)]
    return line


def _cell(table: Table, row: int, position: int, width: int) -> Row:
    column, value = table.columns[position], table.cell(row, position)
    if value is None:
        return [(" " * width, "")]
    chosen = (row, position) == table.cursor
    role = "cursor" if chosen else tint(value, column.largest)
    mark = CURSOR if chosen else mark_of(table, row, position)
    number = column.form(value)
    if table.covered(position):
        number, mark = COVERED, CURSOR if chosen else " "
    end = "" if column.tight else BY_HAND if table.by_hand(row, position) else " "
    text = f"{mark}{number}".rjust(width - len(end))
    return [(f"{text}{end}", aimed(role if value or chosen else f"{role} dim", "cell", *table.index(row, position)))]


def mark_of(table: Table, row: int, position: int) -> str:
    """The sign before a number that is not the chosen one."""
    return TOUCHED if table.touched(row, position) else CHANGED if table.changed(row, position) else " "


def _bar_width(table: Table, room: int) -> int:
    return min(41, room - 2) if len(table.columns) == 1 < len(table.row_names) and room >= 11 else 0


def bar(value: float | None, largest: float, signed: bool, width: int) -> Row:
    """The magnitude as a bar: to the right above zero, to the left below, from the middle where signs matter."""
    if value is None or largest <= 0:
        return []
    half = (width - 1) // 2 if signed else width - 1
    halves = round(2 * half * min(1.0, abs(value) / largest)) if value == value else 0
    line, rest, role = "━" * (halves // 2), halves % 2, ink(value, largest)
    if value < 0:
        return [(" " * (half - halves // 2 - rest), ""), ("╺" * rest + line, role), ("│", "faint")]
    return [(" " * half if signed else "", ""), ("│", "faint"), (line + "╸" * rest, role)]


def _rest(table: Table, window: Window, width: int) -> str:
    """What lies outside of the window."""
    hidden = [
        ("↑", window.top),
        ("↓", len(table.row_names) - window.bottom),
        ("←", window.start),
        ("→", len(table.columns) - window.end),
    ]
    long = "   ".join(f"{way} {count:,} more" for way, count in hidden if count > 0)
    return long if len(long) <= width else " ".join(f"{way}{count:,}" for way, count in hidden if count > 0)


def scale_legend(column: Column) -> Row:
    """The color scale with the numbers at its ends."""
    form, largest = column.form.alone, column.largest
    if not largest:
        return []
    steps = range(-STEPS, STEPS + 1, 2) if form.signed else range(0, STEPS + 1, 2)
    start = form(-largest).strip() if form.signed else "0"
    blocks: Row = [(" ▁▂▃▄▅▆▇█"[abs(at)], f"v{at:+d}") for at in steps]
    return [(f"{start} ".replace("-", MINUS), "dim"), *blocks, (f" {form(largest).strip()}", "dim")]
