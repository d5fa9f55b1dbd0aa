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

    def __init__(self) -> None:
        super().__init__()
        self._filled: tuple[Moment, int, int, tuple[Row, list[Row], Row]] | None = None
        self._frame_only = False

    def picture(self, moment: Moment, width: int, height: int) -> list[Row]:
        filled = self._filled
        if not (self._frame_only and filled and filled[0] is moment and filled[1:3] == (width, height)):
            seen = self._seen(moment, max(width - 4, 1), max(height - 2, 1))
            filled = self._filled = moment, width, height, seen
        return box(*filled[3], width, height, self.has_focus)

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
        self._frame_only = True
        self.redraw()
        self._frame_only = False
