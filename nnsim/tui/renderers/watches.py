"""Watches: each with its value, and a line of blocks for how it went."""

from collections.abc import Sequence
from math import isfinite

from nnsim.debugger.watches import Reading
from nnsim.engine.notation import number
from nnsim.tui.rows import Row, clean, fit, joined, left, shorten, width_of

BLOCKS = "▁▂▃▄▅▆▇"  # not the full one: rows below each other stay apart
SHORTEST, LONGEST = 6, 40  # cells of a line of blocks
BEFORE = " t−1"  # behind a value of the iteration before
VALUE = 13  # cells of a value, so that it changes in place
NAME = 34  # cells of an expression, at the most


def watch_rows(readings: Sequence[Reading], width: int, height: int) -> list[Row]:
    """In so many rows; where not all have room, the number of those left out."""
    if not readings or height < 1:
        return []
    each_row = -(-len(readings) // height)
    rows = [readings[at : at + each_row] for at in range(0, len(readings), each_row)]
    names = [max(min(len(clean(reading.text)), NAME) for reading in column) for column in _columns(rows)]
    return [_row(row, names, width) for row in rows]


def _columns(rows: list[Sequence[Reading]]) -> list[list[Reading]]:
    return [[row[at] for row in rows if at < len(row)] for at in range(len(rows[0]))]


def _row(readings: Sequence[Reading], names: Sequence[int], width: int) -> Row:
    """As many as fit, with lines of blocks as long as there is room."""
    count = len(readings)
    while count > 1 and _least(names[:count], count < len(readings)) > width:
        count -= 1
    rest = f"  +{len(readings) - count}" if count < len(readings) else ""
    spare = width - _least(names[:count], bool(rest)) + SHORTEST * count
    length = max(0, min(LONGEST, spare // count))
    items = [_item(each, name, length) for each, name in zip(readings[:count], names, strict=False)]
    row: Row = [(" ", ""), *joined(items, ("   ", ""))]
    return fit([*row, (rest, "dim")], width) if width_of(row) + len(rest) > width else [*row, (rest, "dim")]


def _least(names: Sequence[int], more: bool) -> int:
    return 1 + sum(name + 1 + VALUE + 1 + SHORTEST for name in names) + 3 * (len(names) - 1) + 5 * more


def _item(reading: Reading, name: int, length: int) -> Row:
    value = "·" if reading.value is None else number(reading.value, 4)
    late = "dim" if reading.earlier else "title"
    return [
        (left(shorten(clean(reading.text), name), name), "name"),
        (" " + left(value + BEFORE * (reading.earlier and reading.value is not None), VALUE), late),
        (" " + left(sparkline(reading.history, length), length), "accent"),
    ]


def sparkline(values: Sequence[float], length: int) -> str:
    """Values as blocks from the smallest to the largest, evenly spread over at most `length` cells; · for none."""
    if not values or length < 1:
        return ""
    if len(values) > length:
        values = [values[round(at * (len(values) - 1) / max(1, length - 1))] for at in range(length)]
    known = [value for value in values if isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    return "".join(_block(value, low, high) for value in values)


def _block(value: float, low: float, high: float) -> str:
    if not isfinite(value):
        return "·"
    share = (value - low) / (high - low) if high > low else 0.0
    return BLOCKS[min(len(BLOCKS) - 1, int(share * len(BLOCKS)))]
