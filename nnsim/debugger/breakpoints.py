"""Breakpoints: conditions at which a run stops, found forwards while it runs, and backwards by replay.

A hit is an iteration at which a condition begins to hold: it holds there and did not one iteration before. So a run
that goes on from a hit does not stop at the very next iteration, and the hit before the cursor is where what one sees
began. A run looks for hits after the iteration where it starts; where another run has been interrupted, also at that.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

import numpy as np

from nnsim.debugger.conditions import ConditionError, Expression, condition, scalar
from nnsim.debugger.numbers import Numbers, Vocabulary
from nnsim.debugger.stretches import BEFORE, Tester
from nnsim.engine.runner import Runner
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Indices

if TYPE_CHECKING:
    from nnsim.debugger.branches import Branch
    from nnsim.debugger.session import Session

MOST = 1024  # iterations tested at once,
WORK = 2**26  # and as many as take so many multiplications, at most some 40 ms: a search is to stop at once
WITHOUT_LOG = 2**17  # where all that is needed is known already

Way = Literal["previous", "first"]


@dataclass(eq=False)
class Breakpoint:
    """A condition to stop at, as it was typed."""

    text: str
    enabled: bool = True


@dataclass(frozen=True)
class Hit:
    """An iteration at which conditions begin to hold."""

    iteration: int
    breakpoints: tuple[Breakpoint, ...]

    @property
    def texts(self) -> str:
        return ", ".join(each.text for each in self.breakpoints)


class Breakpoints:
    """All of a session's, in the order in which they were set. They hold for every branch that has their names."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self.all: list[Breakpoint] = []
        self._read: WeakKeyDictionary[Simulation, dict[str, Expression | None]] = WeakKeyDictionary()
        self._words: WeakKeyDictionary[Simulation, Vocabulary] = WeakKeyDictionary()

    def add(self, text: str) -> Breakpoint:
        """Raises ConditionError, which says the character where it is wrong."""
        condition(text, self.vocabulary(self._session.sim))
        found = Breakpoint(" ".join(text.split()))
        self.all.append(found)
        return found

    def remove(self, breakpoint_: Breakpoint) -> None:
        self.all.remove(breakpoint_)

    @property
    def enabled(self) -> tuple[Breakpoint, ...]:
        return tuple(each for each in self.all if each.enabled)

    def conditions(self, sim: Simulation, wanted: Sequence[Breakpoint]) -> list[tuple[Breakpoint, Expression]]:
        """Those of them that can be read there, ready to be tested."""
        pairs = [(each, self._expression(each.text, sim)) for each in wanted]
        return [(each, found) for each, found in pairs if found]

    def reveal(self, hit: Hit) -> None:
        """Goes on to the op that computes the last of what the conditions read, where that is not reached yet."""
        sim = self._session.sim
        references = [each for _, found in self.conditions(sim, hit.breakpoints) for each in found.references]
        positions = [sim.program.position(each.tensor) or 0 for each in references]
        self._session.go_to_op(max([self._session.op_index, *positions]))

    def readable(self, breakpoint_: Breakpoint) -> bool:
        """Whether there are such numbers where the session stands: another optimizer has others."""
        return self._expression(breakpoint_.text, self._session.sim) is not None

    def holds(self, breakpoint_: Breakpoint) -> bool:
        """Whether its condition holds where the session stands."""
        condition = self._expression(breakpoint_.text, self._session.sim)
        sim = self._session.sim
        return condition is not None and condition.holds(Numbers(sim, _parent(self._session.branch, sim)))

    def vocabulary(self, sim: Simulation) -> Vocabulary:
        """What conditions can name."""
        with self._session.lock:
            if sim not in self._words:
                self._words[sim] = Vocabulary.of(sim)
            return self._words[sim]

    def _expression(self, text: str, sim: Simulation) -> Expression | None:
        known = self._read.setdefault(sim, {})
        if text not in known:
            try:
                known[text] = scalar(text, self.vocabulary(sim))
            except ConditionError:  # another optimizer has other tensors
                known[text] = None
        return known[text]


class Scan:
    """Runs a session on and finds the first hit after the iteration where it stood."""

    def __init__(self, session: "Session", before: "Scan | None" = None) -> None:
        """`before`: the scan of the part of the branch that has just been left: then this iteration is tested, too."""
        self.sim = session.sim
        self.of = session.breakpoints.enabled
        self._pairs = session.breakpoints.conditions(self.sim, self.of)
        conditions = [condition for _, condition in self._pairs]
        self._tester = Tester(self.sim, conditions, _most(self.sim, conditions), _parent(session.branch, self.sim))
        here = self.sim.iteration
        self._tested = here if before else here + 1
        self._held = before._held_last(self._pairs) if before else None
        if self._tester.needs_log:
            self.sim.seek(max(self.sim.start, here - 1))
            self._tester.log.begin(self.sim.iteration)
            self.sim.seek(here, self._tester.log)
        self.left_at: int | None = here

    def step(self, iterations: int) -> Hit | None:
        """Goes on by so many iterations, or to the first hit among those that are left behind, and says it.

        What has been run beyond a hit to find it counts as not visited.
        """
        stop, visited = self.sim.iteration + iterations, self.sim.recorded
        log = self._tester.log if self._tester.needs_log else None
        while self.sim.iteration < stop:
            if log:
                log.begin(max(log.start, self._tester.lead(self.sim.iteration)))
            self.sim.seek(min(stop, self.sim.iteration + self._tester.most), log)
            if hit := self._test():
                self.sim.seek(hit.iteration)
                self.sim.forget(max(hit.iteration, visited))
                self.left_at = None  # it has tested beyond
                return hit
        self.left_at = stop
        return None

    def here(self) -> Hit | None:
        """The hit at the iteration where it stands, which has not been left yet."""
        t, now = self.sim.iteration, Numbers(self.sim, self._tester.parent)
        if t < self._tested:
            return None
        found = [
            each for each, condition in self._pairs if condition.holds(now) and not self._held_at(condition, t - 1)
        ]
        return Hit(t, tuple(found)) if found else None

    def _test(self) -> Hit | None:
        first, stop = self._tested, self.sim.iteration
        if first >= stop:
            return None
        self._tester.losses = self.sim.losses_before(stop)
        found = self._tester.beginnings(first, stop, self._held)
        self._tested = stop
        return _nearest(found, self._pairs, first=True)

    def _held_at(self, condition: Expression, t: int) -> bool:
        if t < self.sim.start:
            return False
        self._tester.losses = self.sim.losses_before(t + 1)
        return bool(self._tester.holds(condition, t, t + 1)[0])

    def _held_last(self, pairs: Sequence[tuple[Breakpoint, Expression]]) -> list[bool]:
        """Which of the next part's conditions held in the last iteration of this one."""
        known = {each: self._held_at(condition, self.sim.iteration - 1) for each, condition in self._pairs}
        return [known.get(each, False) for each, _ in pairs]


class Search:
    """Looks for a hit among the iterations visited on a session's branch: replayed apart, the cursor stays where it is.

    For one thread; between two slices the session is free.
    """

    def __init__(self, session: "Session", way: Way, only: Breakpoint | None = None) -> None:
        """way: "previous", the last hit before the cursor; or "first", the earliest of all whose loss is known.

        only: of one breakpoint instead of all that are enabled.
        """
        self.session, self.branch, self.way = session, session.branch, way
        self._wanted = session.breakpoints.enabled if only is None else (only,)
        self.hit: Hit | None = None
        self._stop = session.iteration if way == "previous" else len(session.branch.losses)
        self._done = 0
        self._replays: dict[Branch, _Replay] = {}
        self._work = self._backwards() if way == "previous" else self._forwards()

    @property
    def share(self) -> float:
        """How much has been looked through, from 0 to 1."""
        return self._done / max(self._stop, 1)

    def advance(self, seconds: float) -> bool:
        """Looks for about so long. Whether there is more to do."""
        end = time.monotonic() + seconds
        return any(time.monotonic() >= end for _ in self._work)

    def _backwards(self) -> Iterator[None]:
        stop = self._stop
        while stop > 0 and not self.hit:
            replay = self._replay(self.branch.segment(stop - 1))
            first = replay.block(stop)
            for at, hits in replay.tested(first, stop, self._held_before(replay, first)):
                self._done = self._stop - stop + at - first
                self.hit = _nearest(hits, replay.pairs, first=False) or self.hit
                yield
            stop = first

    def _forwards(self) -> Iterator[None]:
        first = 0
        while first < self._stop:
            segment = self.branch.segment(first)
            leaves = self.branch.end(segment)
            replay, stop = self._replay(segment), self._stop if leaves is None else min(leaves, self._stop)
            for at, hits in replay.tested(first, stop, self._held_before(replay, first)):
                self._done = at
                self.hit = _nearest(hits, replay.pairs, first=True)
                yield
                if self.hit:
                    return
            first = stop

    def _replay(self, segment: "Branch") -> "_Replay":
        if segment not in self._replays:
            self._replays[segment] = _Replay(self.session, self.branch, segment, self._wanted)
        return self._replays[segment]

    def _held_before(self, replay: "_Replay", first: int) -> list[bool] | None:
        """Which conditions held in the part of the branch before, where `first` is the start of another."""
        if first == 0 or first > replay.sim.start:
            return None
        return self._replay(self.branch.segment(first - 1)).held(first - 1, replay.pairs)


class _Replay:
    """Tests conditions at iterations visited on one part of a branch, in a workspace of its own."""

    def __init__(self, session: "Session", branch: "Branch", segment: "Branch", wanted: Sequence[Breakpoint]) -> None:
        self.sim, self._lock = segment.sim, session.lock
        self.pairs = session.breakpoints.conditions(self.sim, wanted)
        conditions = [condition for _, condition in self.pairs]
        self._tester = Tester(self.sim, conditions, _most(self.sim, conditions), _parent(branch, self.sim))
        self._most = self._tester.most if self._tester.needs_log else WITHOUT_LOG
        self._runner: Runner | None = None
        self._losses = np.empty(0)

    def block(self, stop: int) -> int:
        """Where to begin so that not much has to be run twice to test the iterations before `stop`."""
        start = self.sim.start
        if not self._tester.needs_log or stop - self._most <= start:
            return max(start, stop - self._most)
        keyframe = stop
        with self._lock:
            while keyframe > start and keyframe + BEFORE >= stop:
                keyframe, _ = self.sim.keyframe(max(start, min(keyframe - 1, stop - self._most)))
        return start if keyframe == start else keyframe + BEFORE

    def tested(self, first: int, stop: int, held: Sequence[bool] | None = None) -> Iterator[tuple[int, list[Indices]]]:
        """Tests the iterations of [first, stop) piece by piece: up to where, and the beginnings of each condition."""
        self._go_to(self._tester.lead(first), stop)
        while first < stop:
            end = min(first + self._most, stop)
            self._log(first, end)
            yield end, self._tester.beginnings(first, end, held)
            first = end

    def held(self, t: int, pairs: Sequence[tuple[Breakpoint, Expression]]) -> list[bool]:
        """Which of another part's conditions hold at iteration t."""
        self._go_to(self._tester.lead(t), t + 1)
        self._log(t, t + 1)
        holds = {each: bool(self._tester.holds(condition, t, t + 1)[0]) for each, condition in self.pairs}
        return [holds.get(each, False) for each, _ in pairs]

    def _go_to(self, t: int, stop: int) -> None:
        if not self._tester.needs_log:
            return
        if self._runner is None:
            self._runner = Runner(self.sim.experiment, self.sim.fork)
        if len(self._losses) < stop:
            self._losses = np.empty(stop)
        with self._lock:
            keyframe, state = self.sim.keyframe(t)
        if not keyframe <= self._runner.iteration <= t:
            self._runner.restore(keyframe, state)
        self._runner.advance(t, self._losses)

    def _log(self, first: int, stop: int) -> None:
        """From where the runner stands."""
        tester = self._tester
        if self._runner is None:
            with self._lock:
                tester.losses = self.sim.losses_before(stop)
            return
        tester.log.begin(tester.lead(first))
        self._runner.advance(stop, self._losses, tester.log)
        tester.losses = self._losses


def _parent(branch: "Branch", sim: Simulation) -> Simulation | None:
    """What has the iteration before a part of a branch begins."""
    return branch.segment(sim.start - 1).sim if sim.start else None


def _most(sim: Simulation, conditions: Sequence[Expression]) -> int:
    data, rows = sim.experiment.data, len(sim.rows(0))
    if any(condition.metrics for condition in conditions):
        rows += len(data.x) + len(data.x_validation)
    return max(1, min(MOST, WORK // (rows * sim.program.layout.parameters)))


def _nearest(found: list[Indices], pairs: Sequence[tuple[Breakpoint, Expression]], first: bool) -> Hit | None:
    """The first or the last of all hits."""
    hits = [int(each[0] if first else each[-1]) for each in found if len(each)]
    if not hits:
        return None
    at = min(hits) if first else max(hits)
    return Hit(
        at, tuple(each for each, iterations in zip((p for p, _ in pairs), found, strict=True) if at in iterations)
    )
