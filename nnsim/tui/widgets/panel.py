"""A framed canvas that can have the focus."""

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.box import box
from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Canvas


class Panel(Canvas, can_focus=True):
    """Subclasses fill `inside`; the frame brightens where the focus is."""

    def picture(self, moment: Moment, width: int, height: int) -> list[Row]:
        title, body, remark = self.inside(moment, max(width - 4, 1), max(height - 2, 1))
        return box(title, body, remark, width, height, self.has_focus)

    def inside(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        """Title, rows and remark for so much room."""
        raise NotImplementedError

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()
