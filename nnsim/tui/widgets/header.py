"""The header."""

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.header import Remark, header
from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Canvas


class Header(Canvas):
    """`remark`: what else it says, in at most so many cells."""

    remark: Remark | None = None

    def picture(self, moment: Moment, width: int, height: int) -> list[Row]:
        return header(moment, width, height, self.remark)
