"""Work for idle moments: it begins when nobody has pressed a key for a while, and never stands in the way of one."""

import time
from collections.abc import Callable
from functools import partial

from textual.screen import Screen
from textual.timer import Timer
from textual.worker import get_current_worker

from nnsim.tui.moment import Moment

QUIET = 0.4  # seconds without a new moment, until it begins; while it runs, between two looks
REST = 0.0003  # seconds after each piece of work: whoever waits for Python has a chance
REPORT = 0.3  # seconds between two reports of what has been found so far

Work = Callable[[Moment], bool]


class Aside:
    """A thread that works on the newest moment, piece by piece, and leaves it as soon as there is a newer one."""

    def __init__(self, screen: Screen[None], work: Work, report: Callable[[], object]) -> None:
        """work: does a small piece for a moment and says whether all is done. report: is called in the thread."""
        self._screen, self._work, self._report = screen, work, report
        self._wanted: Moment | None = None
        self._timer: Timer | None = None
        self._busy = False

    def ask(self, moment: Moment) -> None:
        """This is the newest moment."""
        self._wanted = moment
        if self._timer is None:
            self._timer = self._screen.set_timer(QUIET, self._begin)
        elif not moment.running:
            self._timer.reset()

    def rest(self) -> None:
        """Leaves what it is at, until it is asked again."""
        self._wanted = None

    def _begin(self) -> None:
        self._timer = None
        moment = self._wanted
        if moment is None:
            return
        if self._busy:
            self.ask(moment)
            return
        self._busy = True
        self._screen.run_worker(partial(self._go, moment), thread=True, group="aside")

    def _go(self, moment: Moment) -> None:
        worker, reported = get_current_worker(), time.monotonic()
        try:
            while self._wanted is moment and not worker.is_cancelled and not self._work(moment):
                time.sleep(REST)
                if time.monotonic() - reported > REPORT:
                    reported = time.monotonic()
                    self._report()
        finally:
            self._busy = False
        self._report()
