"""A guide below the panels. It has no focus: the keys stay with the stepper."""

from nnsim.tui.renderers.guide import GuideView, guide, guide_body
from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Rows


class GuidePanel(Rows):
    """Shows a view, and scrolls to what has just been said."""

    view: GuideView | None = None
    _top = 0

    def show(self, view: GuideView) -> None:
        before, self.view = self.view, view
        if before is None or before.page is not view.page:
            self._top = 0
        elif (before.reply, before.hint, before.end) != (view.reply, view.hint, view.end):
            self._top = len(guide_body(view, self.size.width))
        self.redraw()

    def rows(self, width: int, height: int) -> list[Row]:
        if self.view is None:
            return []
        self._top = max(0, min(self._top, len(guide_body(self.view, width)) - height + 1))
        return guide(self.view, width, height, self._top)

    def scroll_rows(self, rows: int) -> None:
        self._top += rows
        self.redraw()

    def on_mouse_scroll_down(self) -> None:
        self.scroll_rows(2)

    def on_mouse_scroll_up(self) -> None:
        self.scroll_rows(-2)
