"""A screen on a session, and the thread that trains it in the background."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker, get_current_worker

from nnsim.tui.aside import REST
from nnsim.tui.moment import Moment, View, describe, take

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

SLICE = 0.018  # seconds of training between two chances for the screen to look
PATIENCE = 0.05  # seconds that a move may hold up the screen before it goes on in the background
PAINTS = 22  # a second while it runs
LEAST = 0.002  # seconds of training up to the next paint
GENTLE, START, GROWTH = 2.0, 16.0, 8.0  # for so many seconds, so many iterations a second and so much more each second
STRIDE = 32  # iterations between two looks at the clock on the way to an iteration
BETWEEN = 0.004  # seconds after a paint until the next steps are prepared, and for which a key may have to wait then
HEAVY = 0.012  # seconds of a paint from which on several moves may share one


def followable(seconds: float) -> float:
    """How many iterations a run that starts gently has done after so many seconds; then there is no bound."""
    if seconds >= GENTLE:
        return float("inf")
    return 1 + START * seconds * float(GROWTH ** (seconds / 2))


class RunningScreen(Screen[None]):
    """Takes moments of its session, also while it trains. Subclasses say in `_show` what becomes of one."""

    class Trained(Message):
        """The background has trained some more. Only the newest of these matters."""

        def __init__(self, moment: Moment, run: int) -> None:
            super().__init__()
            self.moment, self.run = moment, run

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RunningScreen.Trained)

    class Arrived(Message):
        """The background is done: at the end of training, or where it was sent."""

        def __init__(self, run: int) -> None:
            super().__init__()
            self.run = run

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self.session = session
        self._about, self._described = describe(session), (session.branch, session.sim)
        self.view = View()
        self._run = 0
        self._worker: Worker[None] | None = None
        self._painted, self._cost = 0.0, 0.0
        self._due = 0.0  # when the background tells of its next moment
        self.behind = False
        self._between: Timer | None = None
        self.moment = self._take()

    # what is shown

    def _take(self, running: bool = False, rate: float | None = None) -> Moment:
        with self.session.lock:
            here = (self.session.branch, self.session.sim)
            if here != self._described:
                self._about, self._described = describe(self.session), here
            moment = take(self.session, self._about, self.view, running, rate)
        if moment.sample != self.view.sample:
            self.view = replace(self.view, sample=moment.sample)
        return moment

    def _show(self, moment: Moment) -> None:
        raise NotImplementedError

    def _refresh(self) -> None:
        """Shows where the session stands. Where that is slow, moves that follow at once share a paint."""
        if self._cost > HEAVY and time.monotonic() - self._painted < self._cost:
            if not self.behind:
                self.behind = True
                self.set_timer(self._cost, self._catch_up)
            self._prepare_back()
            return
        start = time.monotonic()
        self._show(self._take(running=self.running))
        self._painted = time.monotonic()
        self._cost = self._painted - start

    def _catch_up(self) -> None:
        self.behind = False
        self._painted = 0.0
        self._refresh()

    def _newest(self) -> Moment:
        """The moment on the screen, brought up to date where it is behind."""
        return self._take() if self.behind else self.moment

    # between two keys

    def _prepare_back(self, seconds: float = 0) -> None:
        """Steps back are to be as quick as those forwards: what they need is prepared in pieces, if it takes long."""
        if self._between:
            self._between.stop()
        if not self.running and not self.session.prepare_back(seconds):
            self._between = self.set_timer(REST if seconds else BETWEEN, partial(self._prepare_back, BETWEEN))

    # the background

    @property
    def running(self) -> bool:
        return self._worker is not None

    def _start(self, work: Callable[[], bool]) -> None:
        self._run += 1
        self._show(self._take(running=True))
        self._worker = self._background(work, self._run)

    def _pause(self) -> None:
        if self._worker:
            self._worker.cancel()
            self.session.hurry()
            self._worker = None
            self._run += 1
            self.call_after_refresh(self._refresh)  # whatever else happens, the header says that it is paused

    def _train(self) -> None:
        """Trains to the planned end: so slowly at first that one can see it, then as fast as it goes."""
        started, first = time.monotonic(), self.session.iteration

        def more() -> bool:
            bound = first + followable(time.monotonic() - started)
            seconds = min(SLICE, max(LEAST, self._due - time.monotonic()))
            last = self.session.sim.iterations - 1
            if bound > last:
                return self.session.advance(seconds)
            self.session.advance(seconds, int(bound))
            stopped = self.session.stopped
            return self.session.hit is None and (stopped is None or stopped.reason == "iterations")

        self._start(more)

    def _go_towards(self, iteration: int) -> None:
        """Goes to an iteration; what is not there yet, and takes long, is trained in the background."""
        with self.session.lock:
            if iteration <= self.session.recorded:
                self.session.go_to(iteration)
            elif self.session.iteration < self.session.recorded:
                self.session.last()  # from there on it is new
            waiting = self._travel(iteration, PATIENCE)
        if waiting:
            self._start(lambda: self._travel(iteration))
        else:
            self._refresh()

    def _travel(self, iteration: int, seconds: float = SLICE) -> bool:
        """A stretch of the way to an iteration not visited yet. Whether there is more of it."""
        end = time.monotonic() + seconds
        while self.session.iteration < iteration and time.monotonic() < end:
            self.session.go_to(min(iteration, self.session.iteration + STRIDE))
        return self.session.iteration < iteration

    @work(thread=True, group="background", exit_on_error=True)
    def _background(self, work: Callable[[], bool], run: int) -> None:
        worker = get_current_worker()
        more, self._due = True, 0.0
        started, first = time.monotonic(), self.session.iteration
        while more and not worker.is_cancelled:
            now = time.monotonic()
            with self.session.lock:
                if worker.is_cancelled:
                    return
                before = self.session.iteration
                more = work()
                idle = self.session.iteration == before
                if now >= self._due and not idle:
                    self._due = now + 1 / PAINTS
                    rate = (self.session.iteration - first) / max(time.monotonic() - started, 1e-3)
                    self.post_message(self.Trained(self._take(running=True, rate=rate), run))
            time.sleep(0.01 if idle else 0.0002)  # lets a waiting key have the lock
        self.post_message(self.Arrived(run))

    @on(Trained)
    def _trained(self, message: Trained) -> None:
        if message.run == self._run and self._worker:
            self._show(message.moment)

    @on(Arrived)
    def _arrived(self, message: Arrived) -> None:
        if message.run == self._run:
            self._worker = None
            self._show(self._take())
            self._has_arrived()

    def _has_arrived(self) -> None:
        """The background is done, and what it has come to is shown."""
