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

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nnsim.engine.notation import symbol
from nnsim.engine.spec import Array

Call = Callable[[], object]


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

    def view(self, buffer: Array, rows: int) -> Array:
        """This tensor as a frame shows it: rows are samples."""
        if not self.axes:
            return buffer[self.offset : self.offset + 1].reshape(())
        if not self.per_sample:
            shape = self.shape(rows)
            return buffer[self.offset : self.offset + int(np.prod(shape))].reshape(shape)
        return self.stored(buffer, rows).T

    def stored(self, buffer: Array, rows: int) -> Array:
        """This tensor as kernels see it: (units, rows)."""
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

    def add(self, name: str, axes: tuple[Axis, ...], batch: int) -> None:
        """Makes room for a tensor that is not a parameter, for up to `batch` samples."""
        if not axes:
            self._tensors[name] = Tensor(name, axes, self.size)
            self.size += _aligned(1)
            return
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
        self._scratch: dict[object, Array] = {}

    def __getitem__(self, name: str) -> Array:
        tensor = self.layout[name]
        return tensor.stored(self.buffer, self.rows) if tensor.per_sample else self._fixed(tensor)

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
        """A whole block of parameters as one vector: "" for the parameters, "d" for their gradient, "m", ..."""
        return self.buffer[self.layout.blocks[suffix]]

    def scratch(self, like: Array, key: object = 0) -> Array:
        """Memory for a result in between that is never shown, shared by all who ask for the same size and key."""
        name = (key, like.shape)
        if name not in self._scratch:
            self._scratch[name] = np.empty(like.shape, like.dtype)
        return self._scratch[name]

    def constant(self, value: float) -> Array:
        """A number as an array without axes: quicker in a kernel than a Python float."""
        return np.array(value, self.buffer.dtype)

    def _fixed(self, tensor: Tensor) -> Array:
        return tensor.view(self.buffer, self.rows)


def _aligned(size: int) -> int:
    return -(-size // 8) * 8
