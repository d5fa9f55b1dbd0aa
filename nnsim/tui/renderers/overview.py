"""A whole tensor at a glance: a heat map with its scale, and the chosen number in words."""

import numpy as np
from rich.cells import cell_len

from nnsim.formats.digits import Array, number_format
from nnsim.tui.colors import STEPS
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.heatmap import ABOVE, BELOW, Heatmap, heatmap, widest
from nnsim.tui.renderers.names import distinct
from nnsim.tui.rows import Row, center, clean, crop, left, right, shorten, width_of

LONGEST, SHORTEST = 12, 3  # cells for a name
STOREYS = 3  # rows for the names of columns, at the most
SCALES = ((3, 1), (3, 2), (2, 2), (2, 4), (1, 4))  # digits, and the steps from one color to the next, by room
NAMED = 7  # lines from which on there is one for names


def overview(moment: Moment, width: int, height: int) -> list[Row]:
    """At most `height` rows of at most `width` cells. A vector lies in one row."""
    matrix, cursor = _matrix(moment)
    if height < 4 or width < 10:
        return []
    largest = float(np.max(np.abs(matrix), initial=0.0, where=np.isfinite(matrix)))
    named = moment.view.overview and height >= NAMED
    lines = height - 3 - named
    side = _side(moment, cursor[0], min(max(LONGEST, width // 5), width // 4)) if named and len(matrix) <= lines else []
    indent = width_of(side[0]) if side else 0
    heads = _columns(moment) if named else []
    storeys = _storeys(heads, widest(width - indent, len(heads), moment.view.plain)) if heads else 1
    if lines - storeys + 1 < max(1, len(side)):
        storeys = 1
    lines -= storeys - 1
    if side:
        lines -= lines % len(side)  # whole lines for each row of numbers, so that its name stands beside them
    drawn = _draw(moment, matrix, width - indent, lines, largest, cursor)
    rows = _for_vectors(drawn.rows) if len(moment.tensor.axes) == 1 else drawn.rows
    if side:
        rows = _beside(side, rows)
    top = _above(moment, heads, drawn, indent, storeys, width) if heads and drawn.block[1] == 1 else []
    words = [_scale(matrix, largest, moment.view.plain, width), _block(drawn.block, width), _chosen(moment, width)]
    return [*top, *rows, *(crop(row, width) for row in words if row)]


def _draw(moment: Moment, matrix: Array, width: int, height: int, largest: float, cursor: tuple[int, int]) -> Heatmap:
    return heatmap(matrix, width, height, largest, cursor, moment.view.plain, square=False)


def _side(moment: Moment, chosen: int, longest: int) -> list[Row]:
    """The names of the rows of a matrix, for beside it: none for a vector."""
    if len(moment.tensor.axes) < 2:
        return []
    names = [clean(name) for name in moment.frame.axis_names(moment.op.name, 0)]
    width = min(max(map(cell_len, names)), longest)
    short = distinct(names, width)
    return [[(right(name, width) + " ", "lit" if at == chosen else "dim")] for at, name in enumerate(short)]


def _beside(side: list[Row], rows: list[Row]) -> list[Row]:
    """Each name in the middle of the lines that its row of numbers takes."""
    lines = len(rows) // len(side)
    blank: Row = [(" " * width_of(side[0]), "")]
    middle = (lines - 1) // 2
    return [[*(side[at // lines] if at % lines == middle else blank), *row] for at, row in enumerate(rows)]


def _columns(moment: Moment) -> list[str]:
    axes = moment.tensor.axes
    return [clean(name) for name in moment.frame.axis_names(moment.op.name, len(axes) - 1)] if axes else []


def _storeys(names: list[str], wide: int) -> int:
    """How many rows one below the other names take in turn, so that each is whole; one where that is too many."""
    longest = max(map(cell_len, names))
    return next((rows for rows in range(1, STOREYS + 1) if longest < rows * wide), 1) if wide > SHORTEST else 1


def _above(moment: Moment, names: list[str], drawn: Heatmap, indent: int, storeys: int, width: int) -> list[Row]:
    """The names of the columns, in turn on so many rows, or every so many of them where columns are narrow."""
    count, chosen = len(names), moment.index[-1] if moment.index else -1
    wide = width_of(drawn.rows[0]) // count
    if storeys > 1:
        turns = [range(first, count, storeys) for first in range(storeys)]
        return [_storey(names, places, wide, indent, chosen, width) for places in turns]
    if wide > SHORTEST and count > 1:
        names = distinct(names, wide - 1)
    longest = min(max(map(cell_len, names)), LONGEST)
    each = 1 if count == 1 else -(-(longest + 1) // wide)
    row: Row = [(" " * indent, "")]
    for at in range(0, count, each):
        room = wide * min(each, count - at)
        name = shorten(names[at], LONGEST if count == 1 else room)
        role = "lit" if at == chosen else "dim"
        row.append((center(name, room) if each == 1 and count > 1 else left(name, max(room, cell_len(name))), role))
    return [row]


def _storey(names: list[str], places: range, wide: int, indent: int, chosen: int, width: int) -> Row:
    """The names of these columns, each from where its column starts if the width allows it."""
    row: Row = []
    for at in places:
        start = max(width_of(row), min(indent + at * wide, width - cell_len(names[at])))
        row += [(" " * (start - width_of(row)), ""), (names[at], "lit" if at == chosen else "dim")]
    return row


def _matrix(moment: Moment) -> tuple[Array, tuple[int, int]]:
    array, index = moment.frame[moment.op.name], moment.index
    return (array, (index[0], index[1])) if array.ndim == 2 else (array.reshape(1, -1), (0, index[0] if index else 0))


def _for_vectors(rows: list[Row]) -> list[Row]:
    """A vector has one axis: its places lose the row."""
    return [[(text, role.replace("@cell:0,", "@cell:")) for text, role in row] for row in rows]


def _scale(matrix: Array, largest: float, plain: bool, width: int) -> Row:
    if not largest:
        return [("every number is 0" if np.isfinite(matrix).all() else "no number other than 0, nan and ∞", "dim")]
    signed = bool((matrix < 0).any())
    for digits, each in SCALES:
        end = number_format(np.array([largest]), digits)(largest).strip()
        low, high = (f"−{end} " if signed else "0 "), f" {end}"
        dots: Row = [
            ((ABOVE if at > 0 else BELOW)[abs(at)] if plain else "█", f"v{at:+d}" if plain else f"h{at}:{at}")
            for at in range(-STEPS if signed else 0, STEPS + 1, each)
        ]
        row: Row = [(low, "dim"), *dots, (high, "dim")]
        if width_of(row) <= width:
            break
    return row


def _block(block: tuple[int, int], width: int) -> Row:
    if block == (1, 1):
        return []
    size = f"{block[0]} × {block[1]}"
    said = (f"a dot stands for {size} numbers: the one farthest from 0", f"of {size} the farthest from 0")
    return [(next((words for words in said if len(words) <= width), f"a dot: {size} numbers"), "dim")]


def _chosen(moment: Moment, width: int) -> Row:
    """The chosen number under its name, and what a key does where there is room for that."""
    names = (clean(moment.frame.axis_names(moment.op.name, axis)[i]) for axis, i in enumerate(moment.index))
    value = number_format(np.array([moment.number]), moment.view.digits, signed=True)(moment.number)
    row: Row = [("▸ ", "title"), (", ".join(names) or moment.tensor.symbol, "title"), (f"  {value}", "lit")]
    key: Row = [("   h", "key"), (" numbers" if moment.view.overview else " larger", "dim")]
    return [*row, *key] if width_of(row) + width_of(key) <= width else row
