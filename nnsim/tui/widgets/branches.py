"""The list of branches, one of them chosen."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from nnsim.tui.renderers.branches import BranchLine, branch_list
from nnsim.tui.rows import Row, target_at
from nnsim.tui.widgets.canvas import Rows


class BranchList(Rows):
    """Tells with `Picked` which one was clicked."""

    class Picked(Message):
        """A click on the branch with this place in the list."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    lines: Sequence[BranchLine] = ()
    chosen = 0
    _first = 0

    def rows(self, width: int, height: int) -> list[Row]:
        room = max(1, height - 1)
        first = min(max(self._first, self.chosen - room + 1), self.chosen)
        self._first = max(0, min(first, len(self.lines) - room))
        return branch_list(self.lines, self.chosen, self._first, width, height)

    def show(self, lines: Sequence[BranchLine], chosen: int) -> None:
        self.lines, self.chosen = lines, max(0, min(chosen, len(lines) - 1))
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        target = target_at(self._drawn[event.y], event.x) if event.y < len(self._drawn) else None
        if target:
            self.post_message(self.Picked(target.place[0]))
