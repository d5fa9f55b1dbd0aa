"""The parts of the screen on which a scenario is changed."""

from dataclasses import dataclass

from textual import events
from textual.message import Message

from nnsim.scenario.fields import Field
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.box import box
from nnsim.tui.renderers.design import architecture, field_rows, head, remarks, scrolled
from nnsim.tui.rows import Row, Target, clean, target_at
from nnsim.tui.widgets.canvas import Rows


@dataclass(frozen=True)
class Shown:
    """All that the screen shows of a draft."""

    title: str
    changed: bool
    fields: tuple[Field, ...]
    chosen: int
    differing: frozenset[str]
    layers: tuple[str, ...]
    moment: Moment | None
    summary: str
    said: tuple[str, ...]
    wrong: bool

    @property
    def field(self) -> Field:
        return self.fields[self.chosen]


class DesignPart(Rows):
    """Shows a part of it."""

    shown: Shown | None = None

    def show(self, shown: Shown) -> None:
        self.shown = shown
        self.redraw()

    def rows(self, width: int, height: int) -> list[Row]:
        return self.picture(self.shown, width, height) if self.shown else []

    def picture(self, shown: Shown, width: int, height: int) -> list[Row]:
        raise NotImplementedError


class DesignHead(DesignPart):
    def picture(self, shown: Shown, width: int, height: int) -> list[Row]:
        return [head(shown.title, shown.changed, " → ".join(shown.layers), width)]


class Fields(DesignPart):
    """The list of choices. Tells with `Picked` what was clicked."""

    class Picked(Message):
        """A click on a field, its value or an arrow; or the wheel."""

        def __init__(self, target: Target) -> None:
            super().__init__()
            self.target = target

    _first = 0

    def picture(self, shown: Shown, width: int, height: int) -> list[Row]:
        inside = max(height - 2, 1)
        rows, place = field_rows(shown.fields, shown.chosen, shown.differing, width - 4)
        self._first = scrolled(self._first, place, len(rows), inside)
        below = len(rows) - self._first - inside
        remark: Row = [(f"{below} more below", "dim")] if below > 0 else []
        return box([("Choices", "text")], rows[self._first : self._first + inside], remark, width, height, focused=True)

    @property
    def page(self) -> int:
        return max(self.size.height - 4, 1)

    def on_click(self, event: events.Click) -> None:
        target = target_at(self._drawn[event.y], event.x) if event.y < len(self._drawn) else None
        if target:
            self.post_message(self.Picked(target))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.post_message(self.Picked(Target("move", (1,))))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.post_message(self.Picked(Target("move", (-1,))))


class Architecture(DesignPart):
    """The network that the choices make."""

    def picture(self, shown: Shown, width: int, height: int) -> list[Row]:
        body = architecture(shown.moment, shown.layers, max(width - 4, 1), max(height - 2, 1))
        return box([("Network", "text")], body, [("start weights, first row", "dim")], width, height)


class About(DesignPart):
    """What the chosen field means, what is wrong, and what would be trained."""

    def picture(self, shown: Shown, width: int, height: int) -> list[Row]:
        inner, room = max(width - 4, 1), max(height - 2, 1)
        body = remarks(shown.field, shown.said, shown.wrong, inner, room)
        title: Row = [(clean(f"{shown.field.group}: {shown.field.label}"), "text")]
        return box(title, body, [(shown.summary, "name")], width, height)
