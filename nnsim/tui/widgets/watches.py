"""The line of watches. There is none without them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnsim.tui.moment import Moment
from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from nnsim.debugger.watches import Reading

MOST_ROWS, TALL = 3, 36  # rows at the most, and the height of a screen that has room for them


class WatchLine(Canvas):
    """Shows what `tell` was told last."""

    readings: "Sequence[Reading]" = ()
    _count = 0  # of its rows

    def tell(self, readings: "Sequence[Reading]") -> None:
        count = min(len(readings), MOST_ROWS if self.screen.size.height >= TALL else 1)
        if count != self._count:
            self._count = count
            self.set_class(bool(count), "-some")
            self.styles.height = max(count, 1)
        self.readings = readings
        self.redraw()

    def picture(self, moment: Moment, width: int, height: int) -> list[Row]:
        from nnsim.tui.renderers.watches import watch_rows

        return watch_rows(self.readings, width, height)
