"""A frame: every tensor of one iteration, by name, as it was computed."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnsim.engine.expressions import Number
from nnsim.engine.spec import Array, Indices
from nnsim.engine.workspace import Axis, Layout


class Frame(Mapping[str, Array]):
    """Read-only arrays by tensor name, in program order. It is a copy: it stays what it is."""

    def __init__(self, layout: Layout, buffer: Array, iteration: int, rows: Indices) -> None:
        """`buffer` belongs to the frame from now on; `rows` are the batch's row numbers in the source."""
        buffer.flags.writeable = False
        self.layout, self.iteration, self.rows = layout, iteration, rows
        self._buffer = buffer
        self._record = np.ndarray((), layout.record(len(rows), buffer.dtype), buffer)
        self._turned = layout.turned
        self._views: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name == "x":  # each row begins with the constant 1
            return self._record["x"][:, 1:]
        try:
            return self._record[name].T if name in self._turned else self._record[name]
        except ValueError:
            raise KeyError(f"there is no tensor {name!r}; the frame has {', '.join(self)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.layout)

    def __len__(self) -> int:
        return len(self.layout)

    def copy_of_buffer(self) -> Array:
        """All its numbers in the program's layout, to compute with."""
        return self._buffer.copy()

    def without(self, name: str, index: tuple[int, ...]) -> "Frame":
        """A frame that has nan in the place of one number."""
        buffer, tensor = self._buffer.copy(), self.layout[name]
        stored = tensor.stored(buffer, len(self.rows))
        (stored.T if tensor.per_sample else stored)[index] = math.nan
        return Frame(self.layout, buffer, self.iteration, self.rows)

    def axis_names(self, name: str, axis: int) -> tuple[str, ...]:
        """What the rows (axis 0) or columns (axis 1) of a tensor are called: #17 is row 17 of the source."""
        described = self.layout[name].axes[axis]
        return tuple(f"#{row}" for row in self.rows) if described.kind == "sample" else described.names

    def label(self, name: str, index: tuple[int | str, ...]) -> str:
        """z₁[#17,h2]; letters stay letters: z₁[s,h2]."""
        symbol = self.layout[name].symbol
        if not index:
            return symbol
        axes = self.layout[name].axes
        return f"{symbol}[{','.join(map(self._place, axes, index))}]"

    def _place(self, axis: Axis, i: int | str) -> str:
        if isinstance(i, str):
            return i
        return f"#{self.rows[i]}" if axis.kind == "sample" else axis.names[i]

    def number(self, name: str, *index: int | str) -> Number:
        """One number as part of a formula. With a letter in its index it has no value."""
        place: Any = index
        view = self._views.get(name)  # a long sum reads many numbers of one tensor
        if view is None:
            view = self._views[name] = self[name]
        try:
            value = view.item(place)
        except TypeError:  # a letter
            value = math.nan
        return Number(name, index, value, self)
