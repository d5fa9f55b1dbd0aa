"""A list that one can go through, switch in, and take from."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from nnsim.tui.renderers.entries import Entry, entry_list
from nnsim.tui.rows import Row, target_at
from nnsim.tui.widgets.canvas import Rows

MOST = 8  # lines at a time


class EntryList(Rows, can_focus=True):
    """Tells with `Picked` which entry was clicked."""

    class Picked(Message):
        """A click on the entry with this place in the list."""

        def __init__(self, entries: "EntryList", at: int) -> None:
            super().__init__()
            self.entries, self.at = entries, at

        @property
        def control(self) -> "EntryList":
            return self.entries

    def __init__(self) -> None:
        super().__init__()
        self.entries: Sequence[Entry] = ()
        self.chosen = 0
        self._first = 0

    def show(self, entries: Sequence[Entry], chosen: int) -> None:
        self.entries, self.chosen = entries, max(0, min(chosen, len(entries) - 1))
        self.display = bool(entries)
        self.styles.height = max(1, min(len(entries), MOST))
        self.redraw()

    def rows(self, width: int, height: int) -> list[Row]:
        first = max(min(self._first, self.chosen), self.chosen - height + 1)
        self._first = max(0, min(first, len(self.entries) - height))
        return entry_list(self.entries, self.chosen, self._first, width, height, self.has_focus)

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        target = target_at(self._drawn[event.y], event.x) if event.y < len(self._drawn) else None
        if target:
            self.post_message(self.Picked(self, target.place[0]))
