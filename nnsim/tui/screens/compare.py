"""Two branches side by side, in lock-step."""

from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import get_current_worker

from nnsim.debugger.comparison import Comparison, Side
from nnsim.scenario.loading import Scenario
from nnsim.tui.keys import key, quiet
from nnsim.tui.renderers.compare import Compared
from nnsim.tui.screens.goto import GoTo
from nnsim.tui.widgets.canvas import Rows
from nnsim.tui.widgets.compare import ComparePart, parts
from nnsim.tui.widgets.footer import KeyBar

if TYPE_CHECKING:
    from nnsim.debugger.branches import Branch
    from nnsim.debugger.session import Session

SLICE = 0.05  # seconds of work before it looks whether something else is wanted
RUN = 150  # pictures of a run to its end


class Compare(Screen[None]):
    """Both stand at one iteration; what takes long is computed in the background. The session stays where it is."""

    CSS_PATH = "compare.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-thin"), (60, "-narrow"), (104, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-low"), (30, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "move(1)", "both: iteration", "Both one iteration on"),
        key("backspace", "move(-1)", "both: back", "Both one iteration back"),
        key("space", "run", "both: run", "Train both to the end, or pause"),
        key("g", "go_to", "both: go to", "Both to an iteration by its number"),
        quiet("home", "first", "both: parting", "To the first iteration that can differ"),
        quiet("end", "last", "both: last", "To the last iteration that both have"),
        key("tab", "turn", "both: page", "Curves, or boundaries, where there is no room for both"),
        key("escape,C", "dismiss", "both: close", "Back to the stepper"),
        key("q", "app.quit", "app: quit", "Leave nnsim"),
    ]

    class Measured(Message):
        """Something new is known. Only the newest matters."""

        def __init__(self, shown: Compared) -> None:
            super().__init__()
            self.shown = shown

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Compare.Measured)

    def __init__(self, session: "Session", one: "Branch", other: "Branch") -> None:
        super().__init__()
        self.session = session
        self.comparison = Comparison(session, one, other)
        self.at = max(self.comparison.parting, min(session.iteration, self.comparison.recorded))
        self._planned = min(one.sim.iterations, other.sim.iterations)
        self._names = tuple(map(_with_unit, session.layout["x"].axes[1].names, _standardised(session)))
        self._training = False
        self._guard = Lock()
        self._known: tuple[object, tuple[Side, Side]] | None = None

    def compose(self) -> ComposeResult:
        found = parts()
        yield found.pop("compare-head")
        with Container(id="compare"):
            yield from found.values()
        yield KeyBar(self.app.remapped(self.BINDINGS))  # type: ignore[attr-defined]
        yield Static(id="no-room", markup=False)

    def on_mount(self) -> None:
        self._go(self.at)

    def on_resize(self) -> None:
        width, height = self.size
        self.query_one("#no-room", Static).update(f"nnsim needs 60×18, this is {width}×{height}", layout=False)

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(Rows):
            rows.repaint()

    # moves

    def action_move(self, step: int) -> None:
        self._go(max(0, self.at + step))

    def action_first(self) -> None:
        self._go(self.comparison.parting)

    def action_last(self) -> None:
        self._go(self.comparison.recorded)

    def action_go_to(self) -> None:
        recorded = self.comparison.recorded
        self.app.push_screen(GoTo(self.at, recorded, max(self._planned - 1, recorded)), self._went)

    def _went(self, iteration: int | None) -> None:
        if iteration is not None:
            self._go(iteration)

    def action_run(self) -> None:
        if self._training:
            self._go(self.at)
        elif self.at < self._planned - 1:
            self._go(self._planned - 1, run=True)

    def action_turn(self) -> None:
        self.toggle_class("-turned")

    def _go(self, iteration: int, run: bool = False) -> None:
        self._training = run
        if not run:
            self.at = iteration
        self._measure(iteration)

    # the background

    @work(thread=True, exclusive=True, group="compare")
    def _measure(self, to: int) -> None:
        """Trains both as far as is wanted, looks for the first difference, and measures both where they then stand."""
        worker, comparison = get_current_worker(), self.comparison
        stride = max(1, (to - self.at) // RUN) if self._training else 0
        with self._guard:
            while not worker.is_cancelled:
                goal = min(to, self.at + stride) if stride else to
                if not comparison.train(goal, SLICE):
                    continue
                self.at = goal
                searched = comparison.advance(SLICE)
                self.post_message(self.Measured(self._compared(stride > 0 and goal < to)))
                if goal >= to and searched:
                    return

    def _compared(self, running: bool) -> Compared:
        comparison = self.comparison
        return Compared(
            title=self.session.title,
            sides=self._sides(),
            iteration=self.at,
            iterations=self._planned,
            recorded=comparison.recorded,
            parting=comparison.parting,
            first=comparison.first,
            searched=comparison.searched,
            done=comparison.done,
            names=self._names,
            running=running,
        )

    def _sides(self) -> tuple[Side, Side]:
        """Both where they stand; measured anew only where that is elsewhere."""
        here = (self.at, self.comparison.one.recorded, self.comparison.other.recorded)
        if self._known is None or self._known[0] != here:
            self._known = here, self.comparison.sides(self.at)
        return self._known[1]

    @on(Measured)
    def _measured(self, message: Measured) -> None:
        self._training = message.shown.running and self._training
        with self.app.batch_update():
            for part in self.query(ComparePart):
                part.show(message.shown)


def _standardised(session: "Session") -> tuple[bool, ...]:
    """Whether each input was standardised."""
    experiment, names = session.sim.experiment, session.layout["x"].axes[1].names
    columns = experiment.columns if isinstance(experiment, Scenario) else ()
    scaled = {name for column in columns if column.standardized for name in column.input_names}
    return tuple(name in scaled for name in names)


def _with_unit(name: str, standardised: bool) -> str:
    return f"{name} (standardised)" if standardised else name
