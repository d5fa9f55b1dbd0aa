"""What a number touches: every element of this iteration's later tensors that it goes into, directly or through others.

It is the structure that counts, not the values: a number goes into a product whose other factor is 0, and into
max(0, z) where z is negative. So the answer does not change while the cursor stands still and the numbers move.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from nnsim.engine.activations import Softmax
from nnsim.engine.ops import Activate, ActivationGradient, Op
from nnsim.engine.program import Program
from nnsim.engine.workspace import Tensor

Mask = NDArray[np.bool_]
Element = tuple[str, tuple[int, ...]]  # a tensor, and the index of one of its numbers
Places = tuple[int, ...]  # what the axes of a tensor run over: a layer (0: the inputs), or SAMPLE

SAMPLE = -1  # as a place


@dataclass(frozen=True)
class Touched:
    """`masks`: for each tensor that is computed after the number, in program order, which elements it goes into."""

    tensor: str
    index: tuple[int, ...]
    masks: Mapping[str, Mask]

    def __getitem__(self, name: str) -> Mask | None:
        """Of one tensor; None where it comes before the number."""
        return self.masks.get(name)

    def touches(self, name: str) -> bool:
        """Whether the number goes into any element of a tensor."""
        return name in self.masks and bool(self.masks[name].any())

    def _counts(self, name: str) -> bool:
        parameter, _, suffix = name.partition(".")
        on_the_way = suffix not in ("", "next") and self.touches(f"{parameter}.next")
        return self.touches(name) and not on_the_way

    def summary(self, layout: Mapping[str, Tensor]) -> str:
        """In a line: z₁ a₁ 4 of 16 · all of z₂ a₂ L …; of an update its result, where it comes to that."""
        counts = [(name, int(mask.sum()), mask.size) for name, mask in self.masks.items() if self._counts(name)]
        if counts:
            return " · ".join(_groups(counts, layout))
        if self.tensor == "loss":
            return "nothing that comes later: the gradients are its derivatives, and those need no value of it"
        return "nothing that comes later in this iteration"


@lru_cache(maxsize=4)
def touched(
    program: Program, rows: int, tensor: str, index: tuple[int, ...], by_hand: frozenset[Element] = frozenset()
) -> Touched:
    """What element `index` of `tensor` goes into, in an iteration with a batch of so many rows.

    by_hand: numbers that are set by hand in that iteration, so that nothing goes into them.
    Raises KeyError for an unknown tensor and IndexError for an index outside of it.
    """
    start = np.zeros(program.layout[tensor].shape(rows), np.bool_)
    start[index] = True
    known = {tensor: start}
    position = program.position(tensor)
    masks: dict[str, Mask] = {}
    for op in program[0 if position is None else position + 1 :]:
        known[op.name] = masks[op.name] = _into(op, known, program, rows)
        for name, place in by_hand:
            if name == op.name:
                masks[name][place] = False
    return Touched(tensor, index, masks)


def _into(op: Op, known: Mapping[str, Mask], program: Program, rows: int) -> Mask:
    """The elements of an op's tensor that touched numbers go into.

    They go where the axes agree that both have: z[s,u] takes x[s,·], W[·,u] and b[u].
    """
    mask = np.zeros(program.layout[op.name].shape(rows), np.bool_)
    into = _places(op.name, program)
    for name in op.reads:
        if name in known and known[name].any():
            shared = tuple(place for place in into if place == SAMPLE or not _mixes_units(op))
            mask |= _spread(known[name], _places(name, program), shared, into)
    return mask


def _spread(mask: Mask, of: Places, shared: Places, into: Places) -> Mask:
    """`mask` as it is seen from a tensor with the axes `into`, along those axes that are `shared`."""
    gone = tuple(axis for axis, place in enumerate(of) if place not in shared)
    left = [place for place in of if place in shared]
    seen = np.asarray(mask.any(axis=gone) if gone else mask)
    order = sorted(range(len(left)), key=lambda axis: into.index(left[axis]))
    return seen.transpose(order).reshape([_length(seen, left, place) for place in into])


def _length(seen: Mask, left: list[int], place: int) -> int:
    return seen.shape[left.index(place)] if place in left else 1


def _mixes_units(op: Op) -> bool:
    """Whether each unit of a layer depends on the others of the same sample."""
    return isinstance(op, Activate | ActivationGradient) and isinstance(op.activation, Softmax)


def _places(name: str, program: Program) -> Places:
    tensor = program.layout[name]
    if not tensor.axes:
        return ()
    digits = re.search(r"\d+", name.partition(".")[0])
    layer = int(digits[0]) if digits else 0 if name == "x" else len(program.layout.layers)
    if tensor.per_sample:
        return (SAMPLE, layer)
    return (layer - 1, layer) if len(tensor.axes) == 2 else (layer,)


def _groups(counts: list[tuple[str, int, int]], layout: Mapping[str, Tensor]) -> Iterator[str]:
    """Tensors that follow each other with the same count share it."""

    def how_many(each: tuple[str, int, int]) -> str:
        _, count, size = each
        return "" if count == size else f"{count:,} of {size:,}"

    for words, group in groupby(counts, how_many):
        members = list(group)
        symbols = " ".join(layout[name].symbol for name, _, _ in members)
        whole = "all of " if any(size > 1 for _, _, size in members) else ""
        yield f"{symbols} {words}" if words else f"{whole}{symbols}"
