"""The tensor of the current op as a table; in the update, parameters with all that becomes of them."""

import textwrap
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len

from nnsim.engine.notation import number
from nnsim.formats.digits import Array, NumberFormat, number_format
from nnsim.tui.moment import Moment, parse
from nnsim.tui.renderers.images import gallery, images
from nnsim.tui.renderers.overview import overview
from nnsim.tui.renderers.table import Column, Table, scale_legend, table_rows
from nnsim.tui.rows import Row, clean, crop, fit, joined, width_of

if TYPE_CHECKING:
    from nnsim.engine.workspace import Axis

_AXES = {"sample": "samples", "input": "inputs", "hidden": "hidden units", "output": "outputs"}


TABLE_BESIDE, OVERVIEW_BESIDE = 26, 84  # cells that a table needs beside an image, a panel beside an overview


@dataclass(frozen=True)
class Picture:
    """Rows, a title, a remark for the frame below; `origin`: the first row and column in sight; `page`: its length."""

    title: Row
    rows: list[Row]
    remark: Row
    origin: tuple[int, int]
    page: int = 1


def tensor(moment: Moment, width: int, height: int, origin: tuple[int, int] = (0, 0), follow: bool = True) -> Picture:
    """The numbers, or where asked for an overview; beside them images of what is one.

    With `follow` the chosen number is in sight, and `origin` only where the window starts if that allows it.
    """
    title, words = _title(moment, width, height)
    height -= len(words)
    if moment.view.overview and moment.frame[moment.op.name].size > 1:
        rows = overview(moment, width, height)
        return Picture(title, words + rows, _remark(moment, None, width), origin)
    aside = _aside(moment, width, height)
    room = width - max(map(width_of, aside), default=-2) - 2
    table = _update_table(moment, room) if moment.updated else _plain_table(moment)
    rows, window = table_rows(table, room, height, origin, follow)
    if len(rows) + 2 <= height and moment.frame[moment.op.name].size > 1:
        rows += [[], crop(_summary(moment), room)]
    if not aside and not window.whole and width >= OVERVIEW_BESIDE:
        aside = overview(moment, width // 3, height)
        rows = [crop(row, width - width // 3 - 2) for row in rows]
        room = width - width // 3 - 2
    rows = _side_by_side(rows, aside, room) if aside else rows
    page = max(1, window.bottom - window.top)
    return Picture(title, words + rows, _remark(moment, table, width), (window.top, window.start), page)


def _aside(moment: Moment, width: int, height: int) -> list[Row]:
    pictures = images(moment)
    room = min(width - TABLE_BESIDE - 2, width // (3 if moment.updated else 2))
    return gallery(pictures, room, height, moment.view.plain) if pictures and room > 0 else []


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


def _summary(moment: Moment) -> Row:
    array, digits = moment.frame[moment.op.name], moment.view.digits
    shown = (("smallest", array.min()), ("mean", array.mean()), ("largest", array.max()))
    parts: list[Row] = [[(f"{name} ", "dim"), (number(float(value), digits), "name")] for name, value in shown]
    return [("  ", ""), *joined(parts, ("   ", ""))]


class _Plain(Table):
    """One tensor: rows and columns are its axes."""

    def __init__(self, moment: Moment, array: Array, columns: list[Column], row_names: tuple[str, ...]) -> None:
        index, self._axes = moment.index, array.ndim
        self._array, self._changed = _matrix(array), moment.changed
        if self._changed is not None:
            self._changed = _matrix(self._changed)
        cursor = (index[0] if index else 0, index[1] if len(index) > 1 else 0)
        super().__init__(columns, row_names, cursor)

    def cell(self, row: int, column: int) -> float | None:
        return float(self._array[row, column])

    def changed(self, row: int, column: int) -> bool:
        return self._changed is not None and bool(self._changed[row, column])

    def index(self, row: int, column: int) -> tuple[int, ...]:
        return (row, column)[: self._axes]


def _plain_table(moment: Moment) -> Table:
    name, array = moment.op.name, moment.frame[moment.op.name]
    form, largest = number_format(array, moment.view.digits), _largest(array)
    axes = moment.tensor.axes
    row_names = _row_names(moment, name) if axes else ("",)
    heads = moment.frame.axis_names(name, 1) if len(axes) > 1 else (moment.tensor.symbol,)
    return _Plain(moment, array, [Column(clean(head), form, largest) for head in heads], row_names)


def _row_names(moment: Moment, name: str) -> tuple[str, ...]:
    """Names of the first axis; samples with at most two inputs also show these: #1 (0, 1)."""
    names = moment.frame.axis_names(name, 0)
    x = moment.frame["x"]
    if moment.layout[name].axes[0].kind != "sample" or x.shape[1] > 2 or name == "x":
        return names
    form = number_format(x, 2)  # a longer label would be cut inside a number
    inputs = (", ".join(form(value).strip() for value in row) for row in x)
    return tuple(f"{name} ({values})" for name, values in zip(names, inputs, strict=True))


class _Update(Table):
    """One parameter, an element a row; its columns: before, gradient, the optimizer's numbers, after."""

    def __init__(self, moment: Moment, names: list[str], columns: list[Column]) -> None:
        self._moment = moment
        self._arrays = [moment.value(name) for name in names]
        self._shape = moment.frame[moment.op.name].shape
        index = moment.index
        self._current = names.index(moment.op.name)
        row = index[1] * self._shape[0] + index[0] if len(index) > 1 else index[0]
        super().__init__(columns, _element_names(moment), (row, self._current))

    def cell(self, row: int, column: int) -> float | None:
        array = self._arrays[column]
        return None if array is None else float(array[self.index(row)])

    def changed(self, row: int, column: int) -> bool:
        changed = self._moment.changed
        return column == self._current and changed is not None and bool(changed[self.index(row)])

    def index(self, row: int, column: int = 0) -> tuple[int, ...]:
        return (row % self._shape[0], row // self._shape[0]) if len(self._shape) > 1 else (row,)


def _update_table(moment: Moment, width: int) -> Table:
    names = update_columns(moment)
    arrays = {name: moment.value(name) for name in names}
    columns = {name: _update_column(moment, name, array) for name, array in arrays.items()}
    room = width - 4 - min(16, max(map(cell_len, _element_names(moment)[:200])))
    kept: list[str] = []
    for name in sorted(names, key=lambda name: _importance(moment, name)):
        if not kept or sum(columns[other].width for other in [*kept, name]) <= room:
            kept.append(name)
    ordered = [name for name in names if name in kept]
    return _Update(moment, ordered, [columns[name] for name in ordered])


def update_columns(moment: Moment) -> list[str]:
    """Of the parameter that is updated: its value, its gradient, and what the optimizer makes of them, in order."""
    parameter = parse(moment.op.name).parameter
    return [parameter, f"d{parameter}", *(op.name for op in moment.program if op.name.startswith(f"{parameter}."))]


def _importance(moment: Moment, name: str) -> int:
    parameter = parse(name).parameter
    order = [moment.op.name, parameter, f"{parameter}.next", f"{parameter}.step", f"d{parameter}"]
    return order.index(name) if name in order else len(order)


def _update_column(moment: Moment, name: str, array: Array | None) -> Column:
    symbol = moment.layout[name].symbol
    head = symbol.split("(")[0] if "." in name else symbol
    role = "lit" if name == moment.op.name else "name" if array is not None else "faint"
    if array is None:
        return Column(head, NumberFormat(4, width=7), 0.0, role)
    form = number_format(array, moment.view.digits, signed=not name.endswith((".v", ".vhat")))
    return Column(head, form, _largest(array), role)


def _element_names(moment: Moment) -> tuple[str, ...]:
    """x1 → h2 for a weight, h2 for a bias; unit by unit."""
    return _names_of_elements(moment.tensor.axes)


@lru_cache(maxsize=16)
def _names_of_elements(axes: "tuple[Axis, ...]") -> tuple[str, ...]:
    names = [tuple(map(clean, axis.names)) for axis in axes]
    if len(names) == 1:
        return names[0]
    return tuple(f"{before} → {unit}" for unit in names[1] for before in names[0])


def _matrix(array: np.ndarray) -> np.ndarray:
    return array if array.ndim == 2 else array.reshape(-1, 1)


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))


def _remark(moment: Moment, table: Table | None, width: int) -> Row:
    shape = moment.frame[moment.op.name].shape
    axes = moment.tensor.axes
    size = " × ".join(f"{length:,}" for length in shape) if shape else "one number"
    labels = ["from", "to"] if moment.updated else ["rows", "columns"]
    if len(axes) == 1:
        labels = ["of"] if moment.updated else ["rows"]
    meaning = " · ".join(f"{label}: {_AXES[axis.kind]}" for label, axis in zip(labels, axes, strict=False))
    row: Row = [(f"{size}{'   ' if meaning else ''}{meaning}", "dim")]
    legend = scale_legend(table.columns[table.cursor[1]]) if table else []
    return [*row, ("   ", "dim"), *legend] if legend and width_of(row) + width_of(legend) + 3 <= width - 4 else row
