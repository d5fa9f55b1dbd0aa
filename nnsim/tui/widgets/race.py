"""The parts of the screen of a race."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from nnsim.debugger.races import Choice
from nnsim.tui.renderers.race import Standings, Start, choice_list, curves_of, map_of, race_head, table_of
from nnsim.tui.rows import Row, target_at
from nnsim.tui.widgets.canvas import Rows


class RacePart(Rows):
    """Shows a part of how a race stands; None before there is one."""

    standings: Standings | None = None

    def show(self, standings: Standings | None) -> None:
        self.standings = standings
        self.redraw()


class RaceHead(RacePart):
    def __init__(self, title: str) -> None:
        super().__init__()
        self._title, self.paused = title, False

    def rows(self, width: int, height: int) -> list[Row]:
        return race_head(self._title, self.standings, self.paused, width)


class Curves(RacePart):
    def rows(self, width: int, height: int) -> list[Row]:
        return curves_of(self.standings, width, height)


class Table(RacePart):
    def rows(self, width: int, height: int) -> list[Row]:
        return table_of(self.standings, width, height)


class LandscapeMap(RacePart):
    def rows(self, width: int, height: int) -> list[Row]:
        plain = self.app.current_theme.ansi or self.app.no_color
        return map_of(self.standings, width, height, plain)


class Choices(Rows):
    """What may be varied. Tells with `Picked` what was clicked."""

    class Picked(Message):
        """A click on the choice with this place in the list."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self, start: Start) -> None:
        super().__init__()
        self.choices: list[Choice] = []
        self.start, self.chosen = start, 0
        self.started: int | None = None

    def offer(self, choices: Sequence[Choice], start: Start) -> None:
        """Others, from another start."""
        self.choices, self.start, self.started = list(choices), start, None
        self.choose(self.chosen)

    def rows(self, width: int, height: int) -> list[Row]:
        return choice_list(self.choices, self.start, self.chosen, self.started, width, height)

    @property
    def at_hand(self) -> Choice:
        """The one that is chosen."""
        return self.choices[self.chosen]

    def put(self, choice: Choice) -> None:
        """Another one in its place."""
        self.choices[self.chosen] = choice
        self.redraw()

    def choose(self, at: int) -> None:
        self.chosen = max(0, min(at, len(self.choices) - 1))
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        target = target_at(self._drawn[event.y], event.x) if event.y < len(self._drawn) else None
        if target:
            self.post_message(self.Picked(target.place[0]))
