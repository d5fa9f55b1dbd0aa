"""A race on the screen: choose what to vary, and watch."""

import time
from threading import Event, Lock
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from nnsim.debugger.keeping import name_of
from nnsim.debugger.onward import RaceOnward, choices_onward
from nnsim.debugger.race_values import TypedValues, default_path, with_values
from nnsim.debugger.races import Choice, Map, Race, Run, choices, heads, survey
from nnsim.scenario import ScenarioError
from nnsim.tui.keys import key, quiet
from nnsim.tui.renderers.race import GROUPS, POINTS, RunLine, Standings, Start
from nnsim.tui.screens.edit import Edit
from nnsim.tui.widgets.canvas import Rows
from nnsim.tui.widgets.footer import KeyBar
from nnsim.tui.widgets.race import Choices, Curves, LandscapeMap, RaceHead, RacePart, Table

if TYPE_CHECKING:
    from nnsim.debugger.session import Session
    from nnsim.scenario import Scenario

ALLOWED = "Values between commas, 2 to 24 of them, as in a scenario file."
TYPING = "⏎ start the race   Esc leave it"
SLICE = 0.05  # seconds of training between two looks whether something else is wanted
REPORT, SHARE = 0.25, 5  # seconds between two pictures, or so many times as long as one takes


class RaceScreen(Screen[None]):
    """Runs in the background; the session that was left stays as it is."""

    CSS_PATH = "race.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-thin"), (60, "-narrow"), (104, "-wide"), (150, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-low"), (30, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "start", "race: start", "Start the chosen race"),
        quiet("up", "choose(-1)", "race: up", "The choice above"),
        quiet("down", "choose(1)", "race: down", "The choice below"),
        key("space", "stop", "race: stop", "Stop where it is, or go on"),
        key("r", "values", "race: values", "Type the values to try"),
        key("f", "turn_start", "race: other start", "Race on from where you stand, or from the start of training"),
        key("v", "turn", "race: picture", "Curves, or the landscape with the way of each run"),
        key("escape,R", "dismiss", "race: close", "Back to the stepper"),
        key("q", "app.quit", "app: quit", "Leave nnsim"),
    ]

    class Stands(Message):
        """How a race stands. Only the newest matters."""

        def __init__(self, standings: Standings, of: Event) -> None:
            super().__init__()
            self.standings, self.of = standings, of

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RaceScreen.Stands)

    class Refused(Message):
        """A race that cannot be."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    def __init__(self, scenario: "Scenario", session: "Session") -> None:
        """scenario: of the session. On a branch the race goes on from where the session stands, else from the start."""
        super().__init__()
        self._scenario, self._session = scenario, session
        self._onward = session.branch.parent is not None
        self._leave, self._paused = Event(), Event()  # of the race that is run
        self._guard = Lock()
        self._typed: TypedValues | None = None

    def compose(self) -> ComposeResult:
        yield RaceHead(self._scenario.title)
        with Container(id="race"):
            yield Choices(self._start_of())
            yield Curves()
            yield LandscapeMap()
            yield Table()
        yield KeyBar(self.app.remapped(self.BINDINGS))  # type: ignore[attr-defined]
        yield Static(id="no-room", markup=False)

    def on_mount(self) -> None:
        name, kept = name_of(self._scenario), self.app.store.path  # type: ignore[attr-defined]
        self._typed = TypedValues(name, default_path() if name and kept else None)
        self._offer()

    def _offer(self) -> None:
        """What may be varied from this start."""
        assert self._typed
        with self._session.lock:
            found = choices_onward(self._session.sim) if self._onward else choices(self._scenario)
        self.query_one(Choices).offer(self._typed.put_into(found), self._start_of())
        self._tell()

    def _tell(self) -> None:
        """What has gone wrong with the file, once."""
        if self._typed and (problem := self._typed.told()):
            self.app.notify(f"{problem[:1].upper()}{problem[1:]}.", severity="warning", markup=False)

    def _start_of(self) -> Start:
        session = self._session
        branch = session.branch.title if session.branch.parent else ""
        return Start(self._onward, session.iteration, branch)

    def action_turn_start(self) -> None:
        """From the very start these are the same."""
        if not self._start_of().one:
            self._onward = not self._onward
            self.remove_class("-racing")
            self._offer()

    def on_resize(self) -> None:
        width, height = self.size
        self.query_one("#no-room", Static).update(f"nnsim needs 60×18, this is {width}×{height}", layout=False)

    def on_unmount(self) -> None:
        self._leave.set()

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(Rows):
            rows.repaint()

    def action_choose(self, step: int) -> None:
        offered = self.query_one(Choices)
        if self._choosing:
            offered.choose(offered.chosen + step)
        self.remove_class("-racing")

    @on(Choices.Picked)
    def _picked(self, message: Choices.Picked) -> None:
        offered = self.query_one(Choices)
        again = offered.chosen == message.at
        offered.choose(message.at)
        if again:
            self.action_start()

    @property
    def _choosing(self) -> bool:
        """Whether the choices are in sight."""
        return bool(self.query_one(Choices).display)

    def action_turn(self) -> None:
        self.toggle_class("-mapped")

    def action_stop(self) -> None:
        if self._paused.is_set():
            self._paused.clear()
        else:
            self._paused.set()
        self._show_pause()

    def _show_pause(self) -> None:
        head = self.query_one(RaceHead)
        head.paused = self._paused.is_set()
        head.redraw()

    def action_values(self) -> None:
        """Other values for what is chosen."""
        choice = self.query_one(Choices).at_hand
        [values] = choice.vary.values()
        text = ", ".join(map(str, values))

        def attempt(typed: str) -> None:
            found = with_values(choice, typed)
            self._made(found, self._onward)  # says what cannot be
            self.query_one(Choices).put(found)
            if self._typed:
                self._typed.keep(choice.title, typed)
                self._tell()

        self.app.push_screen(Edit(f"Race with {choice.title}", attempt, text, ALLOWED, TYPING), self._start_typed)

    def _start_typed(self, typed: bool | None) -> None:
        if typed:
            self.action_start()

    def action_start(self) -> None:
        offered = self.query_one(Choices)
        self._leave.set()
        self._leave, self._paused = Event(), Event()
        offered.started = offered.chosen
        self.add_class("-racing")
        offered.redraw()
        self._show_pause()
        self._race(offered.at_hand, offered.start, self._leave, self._paused)

    def _made(self, choice: Choice, onward: bool) -> Race:
        """Raises ScenarioError where there can be no such race."""
        if not onward:
            return Race(self._scenario, choice.vary)
        with self._session.lock:
            return RaceOnward(self._session.sim, self._scenario, choice.vary)

    @work(thread=True, group="race")
    def _race(self, choice: Choice, start: Start, leave: Event, paused: Event) -> None:
        with self._guard:
            try:
                race = self._made(choice, start.onward)
            except ScenarioError as error:
                self.post_message(self.Refused(str(error)))
                return
            due = 0.0
            while not leave.is_set() and not race.done:
                if paused.is_set():
                    time.sleep(SLICE)
                    continue
                race.advance(SLICE)
                if (started := time.monotonic()) > due:
                    self.post_message(self.Stands(_standings(choice, start, race), leave))
                    due = time.monotonic() + max(REPORT, SHARE * (time.monotonic() - started))
                time.sleep(0.002)  # lets a key have its turn
            if not leave.is_set():
                self.post_message(self.Stands(_standings(choice, start, race), leave))
                self.post_message(self.Stands(_standings(choice, start, race, survey(race)), leave))

    @on(Stands)
    def _stands(self, message: Stands) -> None:
        if message.of is self._leave:
            with self.app.batch_update():
                for part in self.query(RacePart):
                    part.show(message.standings)

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        self.app.notify(message.reason, severity="warning", markup=False)


def _standings(choice: Choice, start: Start, race: Race, drawn: Map | None = None) -> Standings:
    lines = tuple(_line(run) for run in race.runs)
    means = any(run.sim.iterations_per_epoch > 1 for run in race.runs)
    return Standings(choice.title, start, tuple(heads(race.vary)), lines, tuple(race.notes), race.done, means, drawn)


def _line(run: Run) -> RunLine:
    at, losses = run.curve(POINTS)
    metrics = {which: run.metrics(which) for which in GROUPS}
    return RunLine(run.label, run.sim.iteration, run.share, at, losses, metrics)
