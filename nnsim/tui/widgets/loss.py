"""The loss so far."""

import time

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.loss import loss, loss_title
from nnsim.tui.rows import Row
from nnsim.tui.widgets.panel import Panel

PAUSE = 0.2  # seconds between two plots while training runs


class LossPanel(Panel):
    """Draws only when asked to begin, so that loading the plot library does not hold up the first paint."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = False
        self._plotted: tuple[object, ...] = ()
        self._plot: list[Row] = []
        self._next = 0.0

    def inside(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        shown = (moment.iteration, moment.recorded, "loss" in moment.hidden, width, height)
        if self.ready and shown != self._plotted and not (moment.running and time.monotonic() < self._next):
            self._plotted, self._plot = shown, loss(moment, width, height)
            self._next = time.monotonic() + PAUSE
        return loss_title(moment), self._plot, []

    def begin(self) -> None:
        self.ready = True
        self.redraw()
