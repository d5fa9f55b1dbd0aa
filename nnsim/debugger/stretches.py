"""Conditions over many iterations at once: the numbers that they need are logged, then they are tested in one go."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnsim.debugger.conditions import Expression, truth
from nnsim.debugger.numbers import Source, Vocabulary, changed_since
from nnsim.debugger.references import Reference
from nnsim.engine.log import PARAMETERS, Part
from nnsim.engine.metrics import Evaluator
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array, Indices

BEFORE = 2  # so many: a condition may begin to hold, and compares with the iteration before

Truths = NDArray[np.bool_]


class Tester:
    """Tests conditions at the logged iterations of a simulation."""

    def __init__(
        self, sim: Simulation, conditions: Sequence[Expression], most: int, parent: Simulation | None = None
    ) -> None:
        """`most`: how many iterations are to be logged at once, unless their numbers take too much memory.

        parent: has the iteration before the first, where that is the beginning of a branch.
        """
        self.sim, self.parent = sim, parent
        self._conditions = tuple(conditions)
        references = {each for condition in conditions for each in condition.references if each.tensor != "loss"}
        self._parts: dict[Reference, Part] = {each: (each.tensor, each.index) for each in references}
        parts = list(self._parts.values())
        if any(condition.metrics for condition in conditions):
            parts.append(PARAMETERS)
        self.log = sim.log(parts, BEFORE + most)
        self.most = self.log.length - BEFORE
        self.needs_log = bool(parts)
        self.losses: Array = np.empty(0)
        self._measured: dict[tuple[str, int], dict[str, float]] = {}
        self._last: tuple[int, list[bool]] = -2, []  # the iteration tested last, and which conditions hold there
        self._compares = any(condition.comparing for condition in conditions)
        self._evaluator: Evaluator | None = None
        self._alike = len(sim.rows(0)) == len(sim.rows(sim.iterations_per_epoch - 1))  # all batches

    def lead(self, first: int) -> int:
        """The iteration from which on to log, so that iteration `first` can be tested for a condition's beginning."""
        back = int(self._compares) if self._last[0] == first - 1 else BEFORE
        return max(self.sim.start, first - back)

    def beginnings(self, first: int, stop: int, before: Sequence[bool] | None = None) -> list[Indices]:
        """For each condition the iterations of [first, stop) where it begins to hold: it does not one before.

        They, and those from `lead(first)` on, have been logged, and their losses are in `losses`.
        before: which conditions held before the first iteration of all; none if not said.
        """
        self._measured = {key: found for key, found in self._measured.items() if first - BEFORE <= key[1] < stop}
        start = max(self.sim.start, first - 1)
        if self._last[0] == first - 1:
            start, before = first, self._last[1]
        found, last = [], []
        for condition, held in zip(self._conditions, before or [False] * len(self._conditions), strict=True):
            holds = self.holds(condition, start, stop)
            earlier = np.concatenate([[held], holds[:-1]]) if start == first else holds[:-1]
            found.append(first + np.flatnonzero(holds[first - start :] & ~earlier))
            last.append(bool(holds[-1]))
        self._last = stop - 1, last
        return found

    def holds(self, condition: Expression, first: int, stop: int) -> Truths:
        """Whether it holds at the iterations of [first, stop). They and the one before have been logged."""
        result = np.empty(stop - first, np.bool_)
        for group in self._groups(condition, first, stop):
            values = condition(_Stretch(self, group, np.True_))
            result[group - first] = truth(np.asarray(values))
        return result

    def _groups(self, condition: Expression, first: int, stop: int) -> Iterator[Indices]:
        """The iterations, in groups that have batches of one size, also before them."""
        times = np.arange(first, stop)
        per_epoch, layout = self.sim.iterations_per_epoch, self.sim.program.layout
        if self._alike or not any(layout[each.tensor].per_sample for each in condition.references):
            yield times
            return
        place = times % per_epoch
        start, last, after = times == self.sim.start, place == per_epoch - 1, place == 0
        for members in (times[start], *(times[each & ~start] for each in (last, after & ~last, ~last & ~after))):
            if len(members):
                yield members

    def part(self, reference: Reference, times: Indices) -> Any:
        """What is logged of a reference: its shape, then the iterations."""
        if reference.tensor == "loss":
            return self.losses[times]
        values = self.log.values(self._parts[reference], times)
        if values is None:
            return np.full(len(times), np.nan)
        shape = (-1 if length == Vocabulary.ANY_ROWS else length for length in reference.shape)
        return values.T.reshape(*shape, len(times))

    def metric(self, name: str, times: Indices, wanted: Truths) -> Array:
        """A metric at the iterations that are wanted, nan at the others."""
        metric, _, which = name.partition(".")
        found = np.full(len(times), np.nan)
        if self._evaluator is None:
            self._evaluator = Evaluator(self.sim.experiment)
        parameters = self.log.values(PARAMETERS, times)
        assert parameters is not None
        for at in np.flatnonzero(wanted):
            key = which, int(times[at])
            if key not in self._measured:
                self._measured[key] = self._evaluator.metrics(which, parameters[at])
            found[at] = self._measured[key].get(metric, np.nan)
        return found


class _Stretch:
    """The numbers of several iterations, along a last axis."""

    def __init__(self, tester: Tester, times: Indices, wanted: Any) -> None:
        self._tester, self._times, self._wanted = tester, times, wanted

    def part(self, reference: Reference) -> Any:
        return self._tester.part(reference, self._times)

    def metric(self, name: str) -> Any:
        return self._tester.metric(name, self._times, np.broadcast_to(self._wanted, self._times.shape))

    def clock(self, name: str) -> Any:
        sim, times = self._tester.sim, self._times
        if name == "learning_rate":
            return self._rates()
        return (times if name == "iteration" else times // sim.iterations_per_epoch).astype(np.float64)

    def _rates(self) -> Array:
        sim, times = self._tester.sim, self._times
        if not sim.program.rate.changes:
            return np.full(len(times), sim.learning_rate(0))
        epochs, of_each = np.unique(times // sim.iterations_per_epoch, return_inverse=True)
        return np.array([sim.learning_rate(int(epoch) * sim.iterations_per_epoch) for epoch in epochs])[of_each]

    def where(self, wanted: Any) -> "_Stretch":
        return _Stretch(self._tester, self._times, self._wanted & truth(np.asarray(wanted)))

    def compared(self, run: Callable[[Source], Any], axes: int) -> Any:
        earlier = np.maximum(self._times - 1, self._tester.sim.start)
        now, before = run(self), run(_Stretch(self._tester, earlier, self._wanted))
        if np.shape(now) != np.shape(before):
            return np.ones(len(self._times), np.bool_)
        now, before = np.asarray(now), np.asarray(before)
        same = (now == before) | (np.isnan(now) & np.isnan(before))
        changed = ~same.all(axis=tuple(range(axes)))
        if np.ndim(changed) and self._times[0] == self._tester.sim.start:
            changed[0] = changed_since(self._tester.parent, self._times[0] - 1, run, now[..., 0])
        return changed
