"""Watches: expressions whose values are shown beside the run, with how they went so far."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nnsim.debugger.conditions import ConditionError, Expression, scalar
from nnsim.debugger.history import Samples
from nnsim.debugger.numbers import Source, clock, differ, part_of
from nnsim.debugger.past import Past
from nnsim.engine.frame import Frame

if TYPE_CHECKING:
    from nnsim.debugger.references import Reference
    from nnsim.debugger.session import Session
    from nnsim.engine.simulation import Simulation


@dataclass(eq=False)
class Watch:
    """An expression to be shown, as it was typed."""

    text: str
    enabled: bool = True


class Watches:
    """All of a session's, in the order in which they were set."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self.all: list[Watch] = []

    def add(self, text: str) -> Watch:
        """Raises ConditionError, which says the character where it is wrong."""
        scalar(text, self._session.breakpoints.vocabulary(self._session.sim))
        found = Watch(" ".join(text.split()))
        self.all.append(found)
        return found

    def remove(self, watch: Watch) -> None:
        self.all.remove(watch)

    @property
    def enabled(self) -> tuple[Watch, ...]:
        return tuple(each for each in self.all if each.enabled)

    def expression(self, watch: Watch, sim: "Simulation") -> Expression | None:
        """The expression as it is read there; None where there are no such names."""
        try:
            return scalar(watch.text, self._session.breakpoints.vocabulary(sim))
        except ConditionError:
            return None


@dataclass(frozen=True)
class Reading:
    """A watch at one moment. value: None where it is not known (yet). earlier: it is that of the iteration before.

    history: its values at iterations so far, evenly spread, the last one at the latest visited.
    """

    text: str
    value: float | None
    earlier: bool = False
    history: tuple[float, ...] = ()


class Meter:
    """Measures the watches of one branch, apart from the session. `read` is for any thread, `measure` for one."""

    def __init__(self, past: Past) -> None:
        self._past, self._session = past, past.session
        self._read: dict[tuple[str, int], Expression | None] = {}
        self._values: dict[tuple[str, int], float] = {}
        self._histories: dict[str, Samples[float]] = {}

    def read(self, watches: Collection[Watch], frame: Frame, hidden: Collection[str], recorded: int) -> list[Reading]:
        """The watches at a frame of which some tensors are `hidden`: then they are those of the iteration before."""
        return [self._reading(watch, frame, hidden, recorded) for watch in watches]

    def measure(self, watches: Collection[Watch], iterations: Collection[int], recorded: int, seconds: float) -> bool:
        """Measures for about so long what `read` wants to know: at some iterations, then the history.

        Whether all of it is known.
        """
        end = time.monotonic() + seconds
        for watch in watches:
            for iteration in iterations:
                if iteration >= 0 and (watch.text, iteration) not in self._values:
                    self._values[watch.text, iteration] = self._value(watch, iteration)
        done = True
        for watch in watches:
            done = self._history(watch).fill(recorded, max(0.0, end - time.monotonic())) and done
        return done

    def _reading(self, watch: Watch, frame: Frame, hidden: Collection[str], recorded: int) -> Reading:
        history = self._history(watch).until(recorded)
        expression = self._expression(watch, frame.iteration)
        if expression is None:
            return Reading(watch.text, None)
        late = any(each.tensor in hidden for each in expression.references)
        iteration = frame.iteration - late
        value = self._values.get((watch.text, iteration))
        if value is None and not late and not expression.metrics and not expression.comparing:
            value = expression.value(self._still(frame))
        return Reading(watch.text, value, late, history)

    def _value(self, watch: Watch, iteration: int) -> float:
        expression = self._expression(watch, iteration)
        return np.nan if expression is None else expression.value(self._still(self._past.frame(iteration)))

    def _still(self, frame: Frame) -> "_Still":
        return _Still(self._past, frame)

    def _expression(self, watch: Watch, iteration: int) -> Expression | None:
        segment = self._past.branch.segment(iteration)
        key = watch.text, segment.number
        if key not in self._read:
            self._read[key] = self._session.watches.expression(watch, segment.sim)
        return self._read[key]

    def _history(self, watch: Watch) -> Samples[float]:
        return self._histories.setdefault(watch.text, Samples(lambda iteration: self._value(watch, iteration)))


class _Still:
    """The numbers of one frame."""

    def __init__(self, past: Past, frame: Frame) -> None:
        self._past, self._frame = past, frame

    def part(self, reference: "Reference") -> Any:
        return part_of(self._frame, reference)

    def metric(self, name: str) -> Any:
        metric, _, which = name.partition(".")
        return np.float64(self._past.metrics(which, self._frame.iteration).get(metric, np.nan))

    def clock(self, name: str) -> Any:
        t = self._frame.iteration
        return np.float64(clock(self._past.branch.segment(t).sim, name, t))

    def where(self, wanted: Any) -> "_Still":
        return self

    def compared(self, run: Callable[[Source], Any], axes: int) -> Any:
        if self._frame.iteration == 0:
            return np.False_
        before = _Still(self._past, self._past.frame(self._frame.iteration - 1))
        try:
            return np.bool_(differ(run(before), run(self)))
        except KeyError:  # another optimizer has other tensors
            return np.False_
