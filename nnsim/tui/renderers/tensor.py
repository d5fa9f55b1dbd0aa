"""The tensor of the current op as a table; in the update, parameters with all that becomes of them."""

import textwrap
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product, zip_longest
from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len

from nnsim.engine.notation import number
from nnsim.formats.digits import Array, NumberFormat, number_format, scaled
from nnsim.tui.moment import Moment, View, parse
from nnsim.tui.renderers.images import gallery, images
from nnsim.tui.renderers.names import distinct
from nnsim.tui.renderers.overview import overview
from nnsim.tui.renderers.single import added, compared, earlier, flow, single
from nnsim.tui.renderers.table import (
    BY_HAND,
    CHANGED,
    LONGEST_HEAD,
    Column,
    Table,
    listed_rows,
    mark_of,
    names_width,
    scale_legend,
    table_rows,
)
from nnsim.tui.rows import Row, clean, crop, fit, joined, width_of

if TYPE_CHECKING:
    from nnsim.engine.workspace import Axis

_AXES = {"sample": "samples", "input": "inputs", "hidden": "hidden units", "output": "outputs"}
_ARROW = " → "
_NOISE = 1e-12  # a mean that is smaller, measured by the largest number, is what rounding left of a zero


NARROW_NAMES = (16, 13)  # cells that the names of elements are shortened to for one more column
FEW_COLUMNS = 4  # fewer are not worth longer names of rows
ROWS_BELOW, MOST_BELOW = 16, 24  # free rows below a table that an overview is worth, and those that it takes
ROWS_FOR_HIDDEN = 8  # fewer are worth it where the table shows only a part
ALONE, EARLIER_TOO = (26, 5), 14  # cells and rows that a single number takes; rows for those before it
COMPARED = 44  # cells for what a loss compares, where it stands beside the loss
SET, NEW = f"{BY_HAND} set by hand", f"{CHANGED} new"
ENDLESS = 1000  # cells that no table takes
TO_COME = 3  # cells for a number that is not known yet, below its name
FLOW = 3  # rows that say where numbers come from and where they go
TABLE_BESIDE, OVERVIEW_BESIDE = 26, 84  # cells that a table needs beside an image, a panel beside an overview
EXACT = 0.75  # of the numbers keep two digits where all columns are brought into sight
SHORT_HEAD = 8  # cells for the name of a column, which are enough where all columns are in sight so
LEAST_BESIDE = 20  # cells that an overview is worth where it would hide columns


@dataclass(frozen=True)
class Picture:
    """Rows, a title, a remark for the frame below; `origin`: the first row and column in sight; `page`: its length."""

    title: Row
    rows: list[Row]
    remark: Row
    origin: tuple[int, int]
    page: int = 1


def tensor(
    moment: Moment,
    width: int,
    height: int,
    origin: tuple[int, int] = (0, 0),
    follow: bool = True,
    in_color: bool = True,
) -> Picture:
    """The numbers, or where asked for an overview; beside them images of what is one.

    With `follow` the chosen number is in sight, and `origin` only where the window starts if that allows it.
    `in_color`: small tables are drawn again as colors where there is room.
    """
    title, words = _title(moment, width, height)
    height -= len(words)
    if moment.view.overview and moment.frame[moment.op.name].size > 1:
        rows = overview(moment, width, height)
        rows += flow(moment, width) if len(rows) + FLOW <= height and not moment.covered else []
        return Picture(title, words + rows, _remark(moment, None, width), origin)
    if alone := _alone(moment, width, height):
        return Picture(title, words + alone, _remark(moment, None, width), origin)
    aside = _aside(moment, width, height)
    room = width - max(map(width_of, aside), default=-2) - 2
    table = _table(moment, room)
    rows, window = table_rows(table, room, height, origin, follow)
    if len(rows) + 2 <= height and moment.frame[moment.op.name].size > 1 and not moment.covered:
        rows += [[], _summary(moment, table.columns[table.cursor[1]].form, room)]
    if not aside and not window.whole and width >= OVERVIEW_BESIDE and len(table.columns) > 1:
        every = window.end - window.start == len(table.columns)
        taken = names_width(table.row_names, width) + 3 + sum(column.width for column in table.columns)
        wide = min(width // 3, width - taken - 2) if every else width // 3
        aside = overview(moment, wide, height) if wide >= LEAST_BESIDE else []
        room = width - wide - 2 if aside else width
        table = _table(moment, room)
        rows, window = table_rows(table, room, height, origin, follow)
    if len(rows) + FLOW <= height and not moment.covered and window.whole:
        rows += flow(moment, room)
    if aside:
        rows = _side_by_side(rows, aside, room)
    elif in_color:
        rows += _below(moment, room, height - len(rows), ROWS_BELOW if window.whole else ROWS_FOR_HIDDEN)
    page = max(1, window.bottom - window.top)
    return Picture(title, words + rows, _remark(moment, table, width), (window.top, window.start), page)


def _alone(moment: Moment, width: int, height: int) -> list[Row]:
    """A number that is the only one of its tensor: large, or in the update with all that becomes of the parameter."""
    if moment.frame[moment.op.name].size > 1 or moment.covered or width < ALONE[0] or height < ALONE[1]:
        return []
    if moment.updated:
        rows = [[], *listed_rows(_update_table(moment, ENDLESS), _meanings(moment), width, height - 1)]
        rows += flow(moment, width) if len(rows) + FLOW <= height else []
        return rows if len(rows) <= height else []
    table = _table(moment, width)
    mark = BY_HAND if table.by_hand(0, 0) else mark_of(table, 0, 0)
    room = width - COMPARED - 2
    if height < EARLIER_TOO and room >= ALONE[0] and (aside := _below(moment, COMPARED, height)):
        return _side_by_side(single(moment, room, height, mark), aside, room)
    rows = single(moment, width, height, mark)
    if height >= EARLIER_TOO:
        rows += earlier(moment, width)
    rows += _below(moment, width, height - len(rows)) or flow(moment, width)
    rows += added(moment, width, height - len(rows))
    return rows if len(rows) <= height else []


def _meanings(moment: Moment) -> list[str]:
    """In words what stands in each column of an update."""
    titles = {op.name: op.title.partition(": ")[2] for op in moment.program}
    return ["its value so far", "its gradient", *(titles[name] for name in update_columns(moment)[2:])]


def _table(moment: Moment, width: int) -> Table:
    return _update_table(moment, width) if moment.updated else _plain_table(moment, width)


def _aside(moment: Moment, width: int, height: int) -> list[Row]:
    pictures = images(moment)
    room = min(width - TABLE_BESIDE - 2, width // (3 if moment.updated else 2))
    return gallery(pictures, room, height, moment.view.plain) if pictures and room > 0 else []


def _below(moment: Moment, width: int, height: int, least: int = ROWS_BELOW) -> list[Row]:
    """The matrix as a picture, where a small table leaves much room: at least so many rows."""
    if moment.op.name == ("data_loss" if "data_loss" in moment.layout else "loss"):
        return compared(moment, width, height)
    if height < least or moment.covered or min(moment.frame[moment.op.name].shape[:2], default=1) < 2:
        return []
    axes = moment.tensor.axes
    if len(axes) < 2 or not _largest(moment.frame[moment.op.name]):
        return []
    names = [f"layer {layer}" if layer else _AXES[axis.kind] for axis, layer in zip(axes, _layers(moment), strict=True)]
    title = f"  {moment.tensor.symbol} in color: {names[0]} down, {names[1]} across"
    drawn = overview(moment, width - 2, min(height - 3, MOST_BELOW))
    return [[], [(title, "dim")], *([("  ", ""), *row] for row in drawn)]


def _side_by_side(rows: list[Row], aside: list[Row], room: int) -> list[Row]:
    empty: Row = []
    return [[*fit(row, room), ("  ", ""), *other] for row, other in zip_longest(rows, aside, fillvalue=empty)]


def moved(moment: Moment, down: int, right: int) -> tuple[int, ...]:
    """The index a step away from the chosen one, as the table is laid out."""
    index, shape = moment.index, moment.frame[moment.op.name].shape
    if len(shape) < 2:
        return tuple(i + down + right for i in index)
    row, column = index[0] + down, index[1] + right
    if moment.updated and down:  # weights stand below each other, unit by unit
        flat = min(max(index[1] * shape[0] + row, 0), shape[0] * shape[1] - 1)
        column, row = divmod(flat, shape[0])
    return (row, column)


def _title(moment: Moment, width: int, height: int) -> tuple[Row, list[Row]]:
    """Symbol and plain words; the words stand below the title where they do not fit into it."""
    start = f"{moment.layout[moment.updated].symbol}: " if moment.updated else ""
    words = moment.op.title.removeprefix(start)
    title: Row = [(moment.tensor.symbol, "lit"), (f"  {words}", "text")]
    if width_of(title) <= width - 2 or height < 8 or width < 40:
        return title, []
    return title[:1], [[(line, "text")] for line in textwrap.wrap(words, width)]


def _summary(moment: Moment, form: NumberFormat, width: int) -> Row:
    """The extremes and the mean, written as in the table, or with as many digits as fit."""
    array = moment.frame[moment.op.name]
    form = form.alone
    shown = {"smallest": float(array.min()), "mean": _mean(array), "largest": float(array.max())}
    if abs(shown["mean"]) <= _NOISE * _largest(array):
        shown["mean"] = 0.0
    exact = form.decimals or form.power or shown["mean"].is_integer()  # the mean of whole numbers need not be one
    first = None if exact else moment.view.digits
    for every, places, gap in ((1, first, 3), (1, first, 1), (2, None, 3), (2, 2, 3)):
        texts = [form(value).strip() if places is None else number(value, places) for value in shown.values()]
        parts: list[Row] = [[(f"{name} ", "dim"), (text, "name")] for name, text in zip(shown, texts, strict=True)]
        row: Row = [("  ", ""), *joined(parts[::every], (" " * gap, ""))]
        if width_of(row) <= width:
            return row
    return crop(row, width)


def _mean(array: Array) -> float:
    """The mean, also of numbers whose sum is too large for a double."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(array.mean(dtype=np.float64))
    if np.isfinite(mean) or not np.isfinite(array).all():
        return mean
    return float(np.ldexp(np.ldexp(array, -64).mean(), 64))


class _Plain(Table):
    """One tensor: rows and columns are its axes."""

    def __init__(self, moment: Moment, array: Array, columns: list[Column], row_names: tuple[str, ...]) -> None:
        index, self._axes = moment.index, array.ndim
        self._name, self._by_hand = moment.op.name, moment.by_hand
        changed = _changed(moment)
        self._array, self._changed = _matrix(array), None if changed is None else _matrix(changed)
        touched, self._covered = moment.touched(moment.op.name), moment.covered
        self._touched = None if touched is None else _matrix(touched)
        cursor = (index[0] if index else 0, index[1] if len(index) > 1 else 0)
        super().__init__(columns, row_names, cursor)

    def cell(self, row: int, column: int) -> float | None:
        return float(self._array[row, column])

    def changed(self, row: int, column: int) -> bool:
        return self._changed is not None and bool(self._changed[row, column])

    def touched(self, row: int, column: int) -> bool:
        return self._touched is not None and bool(self._touched[row, column])

    def by_hand(self, row: int, column: int) -> bool:
        return bool(self._by_hand) and (self._name, self.index(row, column)) in self._by_hand

    def covered(self, column: int) -> bool:
        return self._covered

    def index(self, row: int, column: int) -> tuple[int, ...]:
        return (row, column)[: self._axes]


def _plain_table(moment: Moment, width: int) -> Table:
    name, array = moment.op.name, moment.frame[moment.op.name]
    form, largest = number_format(array, moment.view.digits), _largest(array)
    axes = moment.tensor.axes
    heads = moment.frame.axis_names(name, 1) if len(axes) > 1 else (moment.tensor.symbol,)
    room = width - 3 - (names_width(moment.frame.axis_names(name, 0), width) if axes else 0)
    longest, share = LONGEST_HEAD, room // len(heads) - 2
    if share >= form.width:  # all columns can be in sight: with whole names, with long ones, with shorter ones
        whole, long = (
            sum(max(form.width, min(cell_len(head), most)) + 2 for head in heads) for most in (width, longest)
        )
        longest = width if whole <= room else share if long > room and share >= SHORT_HEAD else longest
    columns = [Column(clean(head), form, largest, longest=longest) for head in heads]
    if largest > 0 and sum(column.width for column in columns) > room and not moment.by_hand:
        columns = _in_sight(moment, columns, room)
    return _Plain(moment, array, columns, _row_names(moment, name, width, columns) if axes else ("",))


def _in_sight(moment: Moment, columns: list[Column], room: int) -> list[Column]:
    """The columns with a common power of ten said above them, close together if need be, if all of them fit so.

    With fewer digits too, unless so many have been asked for.
    """
    array, digits = moment.frame[moment.op.name], moment.view.digits
    for places, tight in product((digits, 3, 2) if digits == View.digits else (digits,), (False, True)):
        form = scaled(array, columns[0].form, places)
        if form is None:
            return columns
        narrow = [replace(column, form=form, tight=tight) for column in columns]
        taken = sum(column.width for column in narrow) + max(0, cell_len(form.factor) - 5)
        if taken <= room and _exact_enough(array, form):
            return narrow
    return columns


def _exact_enough(array: Array, form: NumberFormat) -> bool:
    """Whether most of the numbers other than 0 keep two digits."""
    sizes = np.abs(array[array != 0])
    return bool(np.mean(sizes >= 10.0 ** (form.exponent + 1 - form.decimals)) >= EXACT)


def _row_names(moment: Moment, name: str, width: int, columns: list[Column]) -> tuple[str, ...]:
    """Names of the first axis; samples with at most two inputs also show these: #1 (0, 1).

    With more digits where all columns are in sight nevertheless; not at all where it would leave only a few columns.
    """
    names = moment.frame.axis_names(name, 0)
    x = moment.frame["x"]
    if moment.layout[name].axes[0].kind != "sample" or x.shape[1] > 2 or name == "x":
        return names
    short, long = (number_format(x, digits, even=True) for digits in (2, 3))
    exact = np.allclose(x, x.round(short.decimals))
    few = len(columns) if columns[0].form.exponent else FEW_COLUMNS  # made narrow so that all are in sight
    for form, shown in ((short if exact else long, len(columns)), (short, few)):
        labels = _with_inputs(names, x, form)
        room = width - 3 - sum(column.width for column in columns[:shown])
        if max(map(cell_len, labels)) <= min(room, names_width(labels, width)):
            return labels
    return names


def _with_inputs(names: tuple[str, ...], x: Array, form: NumberFormat) -> tuple[str, ...]:
    inputs = (", ".join(form(value).strip() for value in row) for row in x)
    return tuple(f"{name} ({values})" for name, values in zip(names, inputs, strict=True))


class _Update(Table):
    """One parameter, an element a row; its columns: before, gradient, the optimizer's numbers, after.

    left_out: the names of columns with numbers that there is no room for.
    """

    def __init__(self, moment: Moment, names: list[str], columns: list[Column], rows: tuple[str, ...]) -> None:
        self._moment, self._changed, self._names = moment, _changed(moment), names
        self.left_out: tuple[str, ...] = ()
        shown = [moment.frame[name] if name == moment.op.name else moment.value(name) for name in names]
        self._arrays, self._touched = shown, [moment.touched(name) for name in names]
        self._shape = moment.frame[moment.op.name].shape
        index = moment.index
        self._current = names.index(moment.op.name)
        row = index[1] * self._shape[0] + index[0] if len(index) > 1 else index[0]
        super().__init__(columns, rows, (row, self._current))

    def cell(self, row: int, column: int) -> float | None:
        array = self._arrays[column]
        return None if array is None else float(array[self.index(row)])

    def changed(self, row: int, column: int) -> bool:
        return column == self._current and self._changed is not None and bool(self._changed[self.index(row)])

    def touched(self, row: int, column: int) -> bool:
        touched = self._touched[column]
        return touched is not None and bool(touched[self.index(row)])

    def by_hand(self, row: int, column: int) -> bool:
        by_hand = self._moment.by_hand
        return bool(by_hand) and (self._names[column], self.index(row)) in by_hand

    def covered(self, column: int) -> bool:
        return self._moment.covered and column == self._current

    def index(self, row: int, column: int = 0) -> tuple[int, ...]:
        return (row % self._shape[0], row // self._shape[0]) if len(self._shape) > 1 else (row,)


def _update_table(moment: Moment, width: int) -> _Update:
    names = update_columns(moment)
    arrays = {name: moment.value(name) for name in names}
    columns = {name: _update_column(moment, name, array) for name, array in arrays.items()}
    order = sorted(names, key=lambda name: _importance(moment, name))
    rooms = (names_width((" " * width,), width), *NARROW_NAMES)
    choices = [(rows, _kept(order, columns, width - names_width(rows, width) - 3)) for rows in _named(moment, rooms)]
    known = {name for name, array in arrays.items() if array is not None}
    rows, kept = max(choices, key=lambda choice: len(known & set(choice[1])))  # and of the best the longest names
    to_come = [name for name in kept[1:] if arrays[name] is None]
    taken = names_width(rows, width) + 3 + sum(columns[name].width for name in kept)
    if to_come and len(kept) < len(names) and taken == width:  # no cell for the sign that there is more to come
        kept.remove(to_come[-1])
    ordered = [name for name in names if name in kept]
    table = _Update(moment, ordered, [columns[name] for name in ordered], rows)
    table.left_out = tuple(columns[name].name for name in names if name not in kept and arrays[name] is not None)
    table.more_to_come = any(name not in kept and arrays[name] is None for name in names)
    return table


def _named(moment: Moment, rooms: tuple[int, ...]) -> list[tuple[str, ...]]:
    """The names of the elements, in at most so many cells."""
    return [_names_of_elements(moment.tensor.axes, room) for room in rooms if room <= rooms[0]]


def _kept(order: list[str], columns: dict[str, Column], room: int) -> list[str]:
    """Of columns in the order of their importance those that fit."""
    kept: list[str] = []
    for name in order:
        if not kept or sum(columns[other].width for other in [*kept, name]) <= room:
            kept.append(name)
    return kept


def update_columns(moment: Moment) -> list[str]:
    """Of the parameter that is updated: its value, its gradient, and what the optimizer makes of them, in order."""
    parameter = parse(moment.op.name).parameter
    return [parameter, f"d{parameter}", *(op.name for op in moment.program if op.name.startswith(f"{parameter}."))]


def _importance(moment: Moment, name: str) -> tuple[bool, int]:
    """The op, what it is computed from, the parameter and its gradient, the rest; last what is still to come."""
    parameter = parse(name).parameter
    order = [moment.op.name, *moment.op.reads, parameter, f"d{parameter}"]
    hidden = name in moment.hidden and name != moment.op.name  # which is covered while it is to be predicted
    return hidden, order.index(name) if name in order else len(order)


def _update_column(moment: Moment, name: str, array: Array | None) -> Column:
    symbol = moment.layout[name].symbol
    head = symbol.split("(")[0] if "." in name else symbol
    role = "lit" if name == moment.op.name else "name" if array is not None else "dim"
    if array is None:
        return Column(head, NumberFormat(4, width=TO_COME), 0.0, role)
    form = number_format(array, moment.view.digits, signed=not name.endswith((".v", ".vhat")))
    return Column(head, form, _largest(array), role)


@lru_cache(maxsize=16)
def _names_of_elements(axes: "tuple[Axis, ...]", room: int) -> tuple[str, ...]:
    """x1 → h2 for a weight, or x1 where there is one unit; h2 for a bias. They can be told even where shortened."""
    names = [tuple(map(clean, axis.names)) for axis in axes]
    if len(names) == 1:
        return names[0]
    before, units = names
    if len(units) == 1:
        return before if max(map(cell_len, before)) <= room else tuple(distinct(before, room))
    free = room - len(_ARROW)
    if max(map(cell_len, before)) + max(map(cell_len, units)) > free:
        units = tuple(distinct(units, max(free // 2, free - max(map(cell_len, before)))))
        before = tuple(distinct(before, max(1, free - max(map(cell_len, units)))))
    return tuple(f"{start}{_ARROW}{unit}" for unit in units for start in before)


def _changed(moment: Moment) -> np.ndarray | None:
    """Which numbers are new since the iteration before, where some are and some are not."""
    changed = moment.changed
    return None if changed is None or changed.all() or _other_rows(moment) else changed


def _other_rows(moment: Moment) -> bool:
    """Whether the rows of the iteration before are others, which nothing can be compared with."""
    return moment.tensor.per_sample and moment.batches > 1


def _news(moment: Moment) -> str:
    changed = _changed(moment)
    if changed is None or moment.op.phase == "batch":
        return ""
    return NEW if changed.any() else "unchanged"


def _matrix(array: np.ndarray) -> np.ndarray:
    return array if array.ndim == 2 else array.reshape(-1, 1)


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))


def _remark(moment: Moment, table: Table | None, width: int) -> Row:
    """The shape, what its axes are, what was left out, the scale of the chosen column: as much as there is room for."""
    shape = moment.frame[moment.op.name].shape
    news = "" if moment.view.overview else _news(moment)
    rows: list[Row] = [
        [(said, "dim"), *_left_out(table, width - 4 - cell_len(said))] for said in _shape_in_words(moment, shape)
    ]
    room = width - 4 - cell_len(news) - 3
    fitting = next((row for row in rows[: 2 if news == NEW else 1] if news and width_of(row) <= room), None)
    row = rows[0] if fitting is None else [*fitting, (f"   {news}", "dim")]
    if table and table.factor and (fewer := table.columns[0].form.digits) < moment.view.digits:
        said = f"   {fewer} digits, + shows more"
        row += [(said, "dim")] if width_of(row) + len(said) <= width - 4 else []
    if _any_by_hand(moment) and width_of(row) + len(SET) + 3 <= width - 4:
        row.append((f"   {SET}", "dim"))
    legend = scale_legend(table.columns[table.cursor[1]]) if table and shape else []
    return [*row, ("   ", "dim"), *legend] if legend and width_of(row) + width_of(legend) + 3 <= width - 4 else row


def _left_out(table: Table | None, room: int) -> Row:
    """The columns with numbers that there is no room for: which, or how many."""
    if not isinstance(table, _Update) or not table.left_out:
        return []
    missing, count = f"   not shown: {', '.join(table.left_out)}", len(table.left_out)
    return [(missing if cell_len(missing) <= room else f"   {count} more column{'s' * (count != 1)}", "dim")]


def _any_by_hand(moment: Moment) -> bool:
    """Whether some number that is shown was set by hand."""
    shown = update_columns(moment) if moment.updated else [moment.op.name]
    return any(name in shown for name, _ in moment.by_hand)


def _shape_in_words(moment: Moment, shape: tuple[int, ...]) -> tuple[str, ...]:
    """The shape and what its axes are; of a matrix also in fewer words."""
    axes = moment.tensor.axes
    if not axes:
        return ("one number",)
    kinds = [f"layer {layer}" if layer else _AXES[axis.kind] for axis, layer in zip(axes, _layers(moment), strict=True)]
    if len(axes) == 1:
        return (f"{shape[0]:,} {kinds[0] if shape[0] != 1 else kinds[0].removesuffix('s')}",)
    size = " × ".join(f"{length:,}" for length in shape)
    if moment.updated:
        return f"{size}   {_ARROW.join(kinds)}", size
    return f"{size}   rows: {kinds[0]} · columns: {kinds[1]}", f"{size}   {' × '.join(kinds)}"


def _layers(moment: Moment) -> tuple[int, ...]:
    """The layer of each axis where both are hidden units, which their names alone do not tell apart; else 0."""
    axes = moment.tensor.axes
    layer = parse(moment.op.name).layer
    return (layer - 1, layer) if [axis.kind for axis in axes] == ["hidden", "hidden"] else (0,) * len(axes)
