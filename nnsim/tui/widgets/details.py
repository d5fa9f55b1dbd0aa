"""What there is to say about the chosen scenario."""

from nnsim.tui.renderers.cards import Entry, details
from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Rows


class Details(Rows):
    entry: Entry | None = None

    def show(self, entry: Entry) -> None:
        self.entry = entry
        self.redraw()

    def rows(self, width: int, height: int) -> list[Row]:
        return details(self.entry, width) if self.entry else []
