"""The keys, in one line: Textual's own footer is composed anew whenever the focus moves."""

from collections.abc import Iterable

from textual import events
from textual.binding import Binding, BindingType

from nnsim.tui.keys import key_name
from nnsim.tui.rows import Row, fit, joined, width_of
from nnsim.tui.widgets.canvas import Rows

_LAST = 2  # bindings that are always shown: help, and leaving


class KeyBar(Rows):
    """`n next  b back …`; a click presses the key."""

    def __init__(self, bindings: Iterable[BindingType]) -> None:
        super().__init__()
        all_of_them = [binding for binding in bindings if isinstance(binding, Binding)]
        self._shown = [binding for binding in all_of_them if binding.show]
        self._more = [binding for binding in all_of_them if not binding.show]

    def rows(self, width: int, height: int) -> list[Row]:
        keys = joined(map(_item, self._fitting(width)), ("", ""))
        palette: Row = [("^p", "bar key"), (" palette " if width >= 100 else " ", "bar dim")]
        return [[*fit([(" ", "bar"), *keys], width - width_of(palette), "bar"), *palette]]

    def _fitting(self, width: int) -> list[Binding]:
        """The bindings that there is room for; on a wide screen also some that are not so important."""
        first, last = self._shown[:-_LAST], self._shown[-_LAST:]
        while first and _width([*first, *last]) > width - 6:
            first.pop()
        for binding in self._more if len(first) + _LAST == len(self._shown) else ():
            if _width([*first, binding, *last]) > width - 12:
                break
            first.append(binding)
        return [*first, *last]

    def on_click(self, event: events.Click) -> None:
        at = 1
        for binding in self._fitting(self.size.width):
            at += width_of(_item(binding))
            if event.x < at:
                self.app.simulate_key(binding.key.split(",")[0])
                return
        if event.x >= self.size.width - 9:
            self.app.simulate_key("ctrl+p")


def _width(bindings: list[Binding]) -> int:
    return sum(width_of(_item(binding)) for binding in bindings)


def _item(binding: Binding) -> Row:
    return [(key_name(binding), "bar key"), (f" {binding.description}  ", "bar dim")]
