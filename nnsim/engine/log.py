"""Chosen numbers of every iteration, copied into a table while the fast loop runs: for breakpoints and watches."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count, repeat

import numpy as np

from nnsim.engine.batches import Batches
from nnsim.engine.program import Program
from nnsim.engine.spec import Array, Indices
from nnsim.engine.workspace import Call, Layout

Part = tuple[str, tuple[int | None, ...]]  # a tensor, and the index in it, None for a whole axis; rows are samples
PARAMETERS: Part = ("", ())  # all weights and biases, as one flat vector
MEMORY = 2**20  # bytes, so that it stays in the cache,
LEAST = 10  # but room for so many iterations


class Log:
    """A table with a row for each iteration: row i belongs to iteration `start` + i.

    It costs one gathering copy an iteration, and a second one where numbers are wanted that the update makes: in the
    fast loop the update puts the new state in the place of the old one, so what stood there has to be taken before.
    """

    def __init__(
        self, program: Program, batches: Batches, parts: Sequence[Part], length: int, memory: int = MEMORY
    ) -> None:
        """`length`: how many iterations it has room for; down to LEAST where they take more than `memory` bytes.

        Raises IndexError for a place outside a tensor.
        """
        self.start = 0
        self._layout, self._batches = program.layout, batches
        self._early = tuple(part for part in parts if not _late(program, part[0]))
        self._late = tuple(part for part in parts if part not in self._early)
        self._width = {part: len(_places(self._layout, part, batches.size)) for part in parts}
        self._offset: dict[Part, int] = {}
        for group in (self._early, self._late):
            for part in group:
                self._offset[part] = sum(self._width[each] for each in group[: group.index(part)])
        widths = [sum(self._width[part] for part in group) for group in (self._early, self._late)]
        self.length = min(length, max(LEAST, memory // max(1, sum(widths) * program.dtype.itemsize)))
        self._tables = [np.full((self.length, width), np.nan, program.dtype) for width in widths]
        self._known: dict[object, Indices] = {}
        self._runs: dict[object, slice | None] = {}

    def begin(self, iteration: int) -> None:
        """From now on the first row belongs to `iteration`; rows of iterations from there on stay."""
        for table in self._tables:
            kept = table[max(0, iteration - self.start) :] if iteration >= self.start else table[:0]
            table[: len(kept)] = kept
        self.start = iteration

    def values(self, part: Part, times: Indices) -> Array | None:
        """A part at some logged iterations with as many samples in each: shape (times, numbers).

        None where that batch is too small to have it.
        """
        rows = self._batches.count(int(times[0]))
        numbers = len(self._at(part, rows))
        if not numbers:
            return None
        table = self._tables[part in self._late]
        at = times - self.start
        row = slice(at[0], at[-1] + 1) if at[-1] - at[0] + 1 == len(at) else at
        offset = self._offset[part]
        taken: Array = table[row, offset : offset + numbers]
        return taken

    # what the runner calls

    def around(self, update: list[Call], buffer: Array, t: int) -> list[Call]:
        """The calls of an update in place, from iteration t on, and before and after them those that copy."""
        calls = list(update)
        if self._early:
            calls.insert(0, self._copying(self._early, self._tables[0], buffer, t))
        if self._late:
            calls.append(self._copying(self._late, self._tables[1], buffer, t, in_place=True))
        return calls

    def copy(self, buffer: Array, t: int) -> None:
        """Copies from an iteration whose update has left the old state where it was."""
        for group, table in zip((self._early, self._late), self._tables, strict=True):
            if group:
                self._copying(group, table, buffer, t)()

    def _copying(self, group: tuple[Part, ...], table: Array, buffer: Array, t: int, in_place: bool = False) -> Call:
        """Each call copies the next iteration's numbers into the next row."""
        rows = iter(table[t - self.start :])
        if not self._alike(group):
            each = (self._gathered(group, in_place, self._batches.count(each)) for each in count(t))
            return partial(_copy_next, buffer.take, each, rows)
        run = self._run(group, in_place)
        if run is not None:
            return partial(_copy_run, buffer[run], rows)
        return partial(_copy_next, buffer.take, repeat(self._gathered(group, in_place, self._batches.size)), rows)

    def _alike(self, group: tuple[Part, ...]) -> bool:
        """Whether its numbers stand at the same places in every batch, also in a smaller one."""
        whole = self._batches.rows % self._batches.size == 0
        return whole or not any(tensor and self._layout[tensor].per_sample for tensor, _ in group)

    def _run(self, group: tuple[Part, ...], in_place: bool) -> slice | None:
        """Where numbers that stand one after the other begin and end: they are quicker to copy than to gather."""
        key = group, in_place
        if key not in self._runs:
            places = self._gathered(group, in_place, self._batches.size)
            together = len(places) > 0 and bool((np.diff(places) == 1).all())
            self._runs[key] = slice(int(places[0]), int(places[-1]) + 1) if together else None
        return self._runs[key]

    def _gathered(self, group: tuple[Part, ...], in_place: bool, rows: int) -> Indices:
        """Where the numbers of a row of the table stand in the buffer; what a small batch lacks is never read."""
        key = (group, in_place, rows)
        if key not in self._known:
            found = np.zeros(sum(self._width[part] for part in group), np.intp)
            for part in group:
                places = self._at(part, rows, in_place)
                found[self._offset[part] :][: len(places)] = places
            self._known[key] = found
        return self._known[key]

    def _at(self, part: Part, rows: int, in_place: bool = False) -> Indices:
        key = (part, rows, in_place)
        if key not in self._known:
            self._known[key] = _places(self._layout, _replaced(self._layout, part) if in_place else part, rows)
        return self._known[key]


def _copy_next(take: Callable[..., object], places: Iterator[Indices], rows: Iterator[Array]) -> None:
    take(next(places), 0, next(rows), "clip")


def _copy_run(run: Array, rows: Iterator[Array]) -> None:
    np.copyto(next(rows), run)


def _late(program: Program, tensor: str) -> bool:
    """Whether the update computes it. The learning rate is set before the iteration runs."""
    position = program.position(tensor)
    return position is not None and tensor != "alpha" and program[position].phase == "update"


def _replaced(layout: Layout, part: Part) -> Part:
    """Where an update in place leaves what it computes."""
    parameter, _, suffix = part[0].partition(".")
    if suffix == "next":
        return parameter, part[1]
    return (f"{part[0]}.prev", part[1]) if suffix in layout.memories else part


def _places(layout: Layout, part: Part, rows: int) -> Indices:
    """Where the numbers of a part stand in the buffer, in the order of its rows; none for a row that is not there."""
    tensor, index = part
    if part == PARAMETERS:
        block = layout.blocks[""]
        return np.arange(block.start, block.stop)
    numbered = layout[tensor].stored(np.arange(layout.size), rows)  # type: ignore[arg-type]
    whole = numbered.T if layout[tensor].per_sample else numbered
    sample = index[0] if layout[tensor].per_sample and index else None
    if sample is not None and sample >= rows:
        return np.arange(0)
    return np.array(whole[tuple(slice(None) if i is None else i for i in index)], np.intp).reshape(-1)
