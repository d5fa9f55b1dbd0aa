"""The list of scenarios, one of them chosen."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from nnsim.tui.renderers.cards import HEIGHT, Entry, cards, scrolled
from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Rows


class Scenarios(Rows):
    """Tells with `Opened` which one was asked for."""

    class Opened(Message):
        """A scenario is to be stepped through."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Chosen(Message):
        """Another one is chosen."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self, entries: Sequence[Entry], chosen: str = "") -> None:
        super().__init__()
        self._entries = entries
        names = [entry.name for entry in entries]
        self._chosen = names.index(chosen) if chosen in names else 0
        self._first = 0

    def on_mount(self) -> None:
        self.choose(0)

    def rows(self, width: int, height: int) -> list[Row]:
        self._first = scrolled(self._chosen, self._first, len(self._entries), height)
        return cards(self._entries, self._chosen, self._first, width, height)

    def choose(self, step: int) -> None:
        self._chosen = max(0, min(self._chosen + step, len(self._entries) - 1))
        self.redraw()
        if self._entries:
            self.post_message(self.Chosen(self._entries[self._chosen]))

    def open(self) -> None:
        if self._entries:
            self.post_message(self.Opened(self._entries[self._chosen].name))

    def on_click(self, event: events.Click) -> None:
        at = self._first + event.y // HEIGHT
        if at < len(self._entries):
            self._chosen = at
            self.redraw()
            self.open()
