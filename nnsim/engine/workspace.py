"""The one buffer that an iteration lives in, and the named views on it.

Layout of the buffer (P = number of parameters):

    state     the parameters before the update (P), then each memory of the optimizer (P each)
    next      the same after the update
    gradient  (P), then the optimizer's intermediate results (P each)
    tensors   loss, x, y, z1, a1, ..., each with room for a whole batch

Within a block of parameters each layer is a matrix of (1 + inputs, units): row 0 is the bias, the rest the weights,
because a bias is the weight of a constant input 1. What belongs to samples is stored units first, (units, batch), so
that everything elementwise runs over contiguous memory, whatever the size of the last batch; a row of ones stands
before it. Frames turn it round: rows are samples.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nnsim.engine.notation import symbol
from nnsim.engine.spec import Array

Call = Callable[[], object]
Clock = Callable[[int], float]  # a number that depends on the iteration


@dataclass(frozen=True)
class Axis:
    """One axis of a tensor. `names` is empty for samples: those are known to the frame."""

    kind: str  # "sample", "input", "hidden" or "output"
    names: tuple[str, ...] = ()


SAMPLES = Axis("sample")


@dataclass(frozen=True)
class Tensor:
    """A named tensor of the frame: where it stands in the buffer and what its axes mean."""

    name: str
    axes: tuple[Axis, ...]
    offset: int
    in_state: bool = False

    @property
    def symbol(self) -> str:
        return symbol(self.name)

    @property
    def per_sample(self) -> bool:
        return bool(self.axes) and self.axes[0] is SAMPLES

    def shape(self, rows: int) -> tuple[int, ...]:
        return tuple(rows if axis is SAMPLES else len(axis.names) for axis in self.axes)

    def stored(self, buffer: Array, rows: int) -> Array:
        """This tensor as kernels see it: (units, rows) where it belongs to samples."""
        shape = self.shape(rows)
        if not self.per_sample:
            return buffer[self.offset : self.offset + math.prod(shape)].reshape(shape)
        units = len(self.axes[1].names)
        if self.name == "x":  # gathered row by row, each row with its constant 1
            return buffer[self.offset : self.offset + rows * (units + 1)].reshape(rows, units + 1)[:, 1:].T
        return buffer[self.offset : self.offset + units * rows].reshape(units, rows)

    def with_ones(self, buffer: Array, rows: int) -> Array:
        """The same with a row of ones before it: (1 + units, rows)."""
        units = len(self.axes[1].names)
        if self.name == "x":
            return buffer[self.offset : self.offset + rows * (units + 1)].reshape(rows, units + 1).T
        return buffer[self.offset - rows : self.offset + units * rows].reshape(units + 1, rows)


class Layout(Mapping[str, Tensor]):
    """All tensors of a program by name, and how large the buffer has to be."""

    def __init__(self, sizes: Iterable[tuple[int, int]], memories: tuple[str, ...], results: tuple[str, ...]) -> None:
        self.layers = tuple(sizes)  # (inputs, units) of each layer
        self.parameters = sum((inputs + 1) * units for inputs, units in self.layers)
        self.memories = memories
        self.results = results
        blocks = ["", *(f"{memory}.prev" for memory in memories), "next", *memories, "d", *results]
        self.blocks = {suffix: slice(i * self.parameters, (i + 1) * self.parameters) for i, suffix in enumerate(blocks)}
        kept = (1 + len(memories)) * self.parameters
        self.state, self.next = slice(0, kept), slice(kept, 2 * kept)
        self.size = _aligned(len(blocks) * self.parameters)
        self._tensors: dict[str, Tensor] = {}
        self._turned: set[str] = set()
        self._records: dict[int, np.dtype[np.void]] = {}

    def add(self, name: str, axes: tuple[Axis, ...], batch: int) -> None:
        """Makes room for a tensor that is not a parameter, for up to `batch` samples."""
        if not axes:
            self._tensors[name] = Tensor(name, axes, self.size)
            self.size += _aligned(1)
            return
        self._turned.add(name)
        ones = _aligned(batch)
        units = len(axes[1].names)
        self._tensors[name] = Tensor(name, axes, self.size + (0 if name == "x" else ones))
        self.size += ones + _aligned((units + 1) * batch)

    def add_parameter(self, name: str, suffix: str, axes: tuple[Axis, ...]) -> None:
        """Names the part of block `suffix` that belongs to parameter W1, b1, ..."""
        layer = int(name[1:])
        _, units = self.layers[layer - 1]
        offset = self.blocks[suffix].start + sum((i + 1) * u for i, u in self.layers[: layer - 1])
        if name[0] == "W":
            offset += units
        full = f"d{name}" if suffix == "d" else f"{name}.{suffix}".rstrip(".")
        self._tensors[full] = Tensor(full, axes, offset, in_state=suffix == "" or suffix.endswith(".prev"))

    @property
    def turned(self) -> set[str]:
        """The tensors that are stored units first."""
        return self._turned

    def record(self, rows: int, dtype: np.dtype[np.floating]) -> np.dtype[np.void]:
        """The whole buffer as one record whose fields are the tensors, for batches of `rows` samples."""
        if rows not in self._records:
            formats = [(dtype, _stored_shape(tensor, rows)) for tensor in self._tensors.values()]
            offsets = [tensor.offset * dtype.itemsize for tensor in self._tensors.values()]
            size = self.size * dtype.itemsize
            self._records[rows] = np.dtype(
                {"names": list(self._tensors), "formats": formats, "offsets": offsets, "itemsize": size}
            )
        return self._records[rows]

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


class Workspace:
    """The views that kernels work on, for batches of `rows` samples."""

    def __init__(self, layout: Layout, buffer: Array, rows: int) -> None:
        self.layout, self.buffer, self.rows = layout, buffer, rows
        self.learning_rate: Array = np.zeros((), buffer.dtype)
        self.since = 0  # the iteration from which `at_iteration` counts
        self.follows = True  # whether every tensor follows from those before it; not where some are set by hand
        self.clocks: dict[object, tuple[Array, Clock]] = {}
        self.part = slice(0, layout.parameters)
        self._replaces: dict[str, str] = {}
        self._scratch: dict[object, Array] = {}

    def parts(self, size: int, in_place: bool) -> Iterator["Workspace"]:
        """The same workspace seen through `size` parameters at a time, so that what `flat` gives stays in the cache.

        With `in_place` the state after the update is the state before it: what is written there replaces that.
        """
        for start in range(0, self.layout.parameters, size):
            part = Workspace(self.layout, self.buffer, self.rows)
            part.learning_rate, part.since = self.learning_rate, self.since
            part.clocks, part._scratch = self.clocks, self._scratch
            if in_place:
                part._replaces = {"next": "", **{memory: f"{memory}.prev" for memory in self.layout.memories}}
            part.part = slice(start, min(start + size, self.layout.parameters))
            yield part

    def __getitem__(self, name: str) -> Array:
        return self.layout[name].stored(self.buffer, self.rows)

    def with_ones(self, name: str) -> Array:
        """(1 + units, rows): the tensor below a row of ones."""
        tensor = self.layout[name]
        ones = tensor.with_ones(self.buffer, self.rows)
        ones[0] = 1
        return ones

    def with_bias(self, layer: int, gradient: bool = False) -> Array:
        """(1 + inputs, units): the bias of a layer above its weights, or the gradients of both."""
        inputs, units = self.layout.layers[layer - 1]
        start = self.layout[f"db{layer}" if gradient else f"b{layer}"].offset
        return self.buffer[start : start + (inputs + 1) * units].reshape(inputs + 1, units)

    def flat(self, suffix: str) -> Array:
        """A block of parameters as one vector: "" for the parameters themselves, "d" for their gradient, "m", ..."""
        return self.buffer[self.layout.blocks[self._replaces.get(suffix, suffix)]][self.part]

    def at_iteration(self, key: object, value: Clock) -> Array:
        """A number without axes, set to value(t - since) before each iteration t; the same array for the same key."""
        if key not in self.clocks:
            since = self.since
            counted = (lambda t: value(t - since)) if since else value
            self.clocks[key] = (self.constant(0), counted)
        return self.clocks[key][0]

    def scratch(self, like: Array, key: object = 0) -> Array:
        """Memory for a result in between that is never shown, shared by all who ask for the same size and key."""
        name = (key, like.shape)
        if name not in self._scratch:
            self._scratch[name] = np.empty(like.shape, like.dtype)
        return self._scratch[name]

    def constant(self, value: float) -> Array:
        """A number as an array without axes: quicker in a kernel than a Python float."""
        return np.array(value, self.buffer.dtype)


def _stored_shape(tensor: Tensor, rows: int) -> tuple[int, ...]:
    if not tensor.per_sample:
        return tensor.shape(rows)
    units = len(tensor.axes[1].names)
    return (rows, units + 1) if tensor.name == "x" else (units, rows)


def _aligned(size: int) -> int:
    return -(-size // 8) * 8
