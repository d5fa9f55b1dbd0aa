"""A framed canvas that can have the focus."""

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.blocks import in_blocks
from nnsim.tui.renderers.box import box
from nnsim.tui.rows import Row, plain
from nnsim.tui.widgets.canvas import Canvas


class Panel(Canvas, can_focus=True):
    """Subclasses fill `inside`; the frame brightens where the focus is.

    `key`: its name in settings and files; `about`: how to read it, for the help; `locked`: a guide keeps it closed.
    """

    key = "panel"
    heading = ""
    about: tuple[tuple[str, str], ...] = ()
    locked = False

    def picture(self, moment: Moment, width: int, height: int) -> list[Row]:
        title, body, remark = self._seen(moment, max(width - 4, 1), max(height - 2, 1))
        return box(title, body, remark, width, height, self.has_focus)

    def inside(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        """Title, rows and remark for so much room."""
        raise NotImplementedError

    def _seen(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        if self.locked:
            return [(self.key.capitalize(), "dim")], [[("The guide keeps this panel closed.", "dim")]], []
        title, rows, remark = self.inside(moment, width, height)
        return title, in_blocks(rows) if moment.view.blocks else rows, remark

    def text(self) -> str:
        """What it shows, as plain text."""
        if self.moment is None:
            return ""
        title, rows, remark = self._seen(self.moment, max(self.size.width - 4, 1), self._lines)
        lines = [plain(row).rstrip() for row in (title, *rows, *([remark] if remark else []))]
        return "\n".join(lines) + "\n"

    @property
    def _lines(self) -> int:
        """How many lines a copy has at the most."""
        return max(self.size.height - 2, 1)

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.redraw()
