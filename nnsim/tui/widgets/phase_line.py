"""The phase line."""

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.phase_line import phase_line
from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Canvas


class PhaseLine(Canvas):
    def picture(self, moment: Moment, width: int, height: int) -> list[Row]:
        return phase_line(moment, width, height)
