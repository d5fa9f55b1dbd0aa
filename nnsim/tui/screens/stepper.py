"""The stepper: one scenario, an operation at a time."""

import gc
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, get_current_worker

from nnsim.tui.keys import key, quiet
from nnsim.tui.moment import Moment, describe, take
from nnsim.tui.renderers.tensor import moved
from nnsim.tui.screens.goto import GoTo
from nnsim.tui.screens.help import Help
from nnsim.tui.widgets.canvas import Canvas, Rows
from nnsim.tui.widgets.footer import KeyBar
from nnsim.tui.widgets.header import Header
from nnsim.tui.widgets.loss import LossPanel
from nnsim.tui.widgets.network import NetworkPanel
from nnsim.tui.widgets.panel import Panel
from nnsim.tui.widgets.phase_line import PhaseLine
from nnsim.tui.widgets.tensor import TensorPanel
from nnsim.tui.widgets.why import WhyPanel

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

SLICE = 0.02  # seconds of training between two chances for the screen to look
PAINTS = 25  # a second while it runs
PAGES = {TensorPanel: "-numbers", WhyPanel: "-numbers", NetworkPanel: "-pictures", LossPanel: "-pictures"}


class Stepper(Screen[None]):
    """Everything of one scenario. Moves go to the session; what it then shows goes to the widgets as one moment."""

    AUTO_FOCUS = "TensorPanel"
    HORIZONTAL_BREAKPOINTS = [(0, "-thin"), (60, "-narrow"), (104, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-low"), (30, "-high"), (48, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        key("n", "step('next_op')", "step: next", "Run the next operation (op)"),
        key("b", "step('back_op')", "step: back", "Go back one operation"),
        quiet("N", "step('next_phase')", "step: next phase", "Go to the next phase of the iteration"),
        quiet("B", "step('previous_phase')", "step: previous phase", "Go to the phase before"),
        key("enter", "step('next_iteration')", "step: iteration", "Go one iteration on, to the same op"),
        quiet("backspace", "step('previous_iteration')", "step: iteration back", "Go one iteration back"),
        quiet("e", "step('next_epoch')", "step: epoch", "Go to the next epoch"),
        quiet("E", "step('previous_epoch')", "step: epoch back", "Go to the epoch before"),
        key("space", "run_or_pause", "run: run", "Train in the background, or pause"),
        key("g", "go_to", "go: go to", "Go to an iteration by its number"),
        quiet("home", "step('first')", "go: first", "Go to the very start"),
        quiet("end", "step('last')", "go: last", "Go to the last iteration recorded"),
        quiet("up", "choose(-1, 0)", "number: up", "Choose the number above"),
        quiet("down", "choose(1, 0)", "number: down", "Choose the number below"),
        quiet("left", "choose(0, -1)", "number: left", "Choose the number to the left"),
        quiet("right", "choose(0, 1)", "number: right", "Choose the number to the right"),
        key("tab", "panel(1)", "view: panel", "Go to the next panel"),
        quiet("shift+tab", "panel(-1)", "view: previous panel", "Go to the panel before"),
        key("question_mark", "help", "view: help", "What the screen shows, and all keys"),
        quiet("p,escape", "leave", "app: scenarios", "Choose another scenario"),
        key("q", "app.quit", "app: quit", "Leave nnsim"),
    ]

    class Trained(Message):
        """The background has trained some more. Only the newest of these matters."""

        def __init__(self, moment: Moment, run: int) -> None:
            super().__init__()
            self.moment, self.run = moment, run

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Stepper.Trained)

    class Arrived(Message):
        """The background is done: at the end of training, or where it was sent."""

        def __init__(self, run: int) -> None:
            super().__init__()
            self.run = run

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self.session = session
        self._about = describe(session)
        self._sample = 0
        self._run = 0
        self._worker: Worker[None] | None = None
        self.moment = self._take()

    def compose(self) -> ComposeResult:
        yield Header()
        yield PhaseLine()
        with Container(id="panels"):
            yield NetworkPanel()
            yield TensorPanel()
            yield WhyPanel()
            yield LossPanel()
        yield KeyBar(self.BINDINGS)
        yield Static(id="no-room", markup=False)

    def on_mount(self) -> None:
        self.set_class(True, "-numbers")
        self._show(self.moment)
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        """What may wait until the first paint: the plot's library, and the garbage of the start."""
        self.query_one(LossPanel).begin()
        gc.collect()
        gc.freeze()

    # what is shown

    def _take(self, running: bool = False, rate: float | None = None) -> Moment:
        with self.session.lock:
            moment = take(self.session, self._about, self._sample, running, rate)
        self._sample = moment.sample
        return moment

    def _show(self, moment: Moment) -> None:
        self.moment = moment
        with self.app.batch_update():
            for canvas in self.query(Canvas):
                canvas.show(moment)

    def repaint(self) -> None:
        """The theme has changed."""
        for rows in self.query(Rows):
            rows.repaint()

    def on_resize(self) -> None:
        width, height = self.size
        need = "nnsim needs more room: at least 60×18" if width >= 38 else "needs 60×18"
        self.query_one("#no-room", Static).update(f"{need}, this is {width}×{height}" if width >= 60 else need)
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        if self.focused is None or not self.focused.display:
            self._focus_panel(self.query_one(TensorPanel))

    # moves

    def action_step(self, move: str) -> None:
        self._pause()
        with self.session.lock:
            getattr(self.session, move)()
        self._show(self._take())

    def action_choose(self, down: int, right: int) -> None:
        if self._worker:
            self._pause()
        with self.session.lock:
            self.session.choose(moved(self.moment, down, right))
        self._show(self._take())

    def action_panel(self, step: int) -> None:
        """Focuses the next panel; where not all are in sight, it comes into sight."""
        panels = list(self.query(Panel))
        at = panels.index(self.focused) if isinstance(self.focused, Panel) else -1
        self._focus_panel(panels[(at + step) % len(panels)])

    def _focus_panel(self, panel: Panel) -> None:
        page = PAGES[type(panel)]
        for name in PAGES.values():
            self.set_class(name == page, name)
        for other in self.query(Panel):
            other.set_class(other is panel, "-front")
        panel.focus()

    def action_go_to(self) -> None:
        self._pause()
        most = max(self.moment.iterations - 1, self.moment.recorded)
        self.app.push_screen(GoTo(self.moment.iteration, self.moment.recorded, most), self._go_to)

    def _go_to(self, iteration: int | None) -> None:
        if iteration is None:
            return
        if iteration <= self.session.sim.recorded:
            with self.session.lock:
                self.session.go_to(iteration)
            self._show(self._take())
        else:
            self._start(lambda: self._travel(iteration))

    def action_help(self) -> None:
        self._pause()
        self.app.push_screen(Help(self.BINDINGS))

    def action_leave(self) -> None:
        self._pause()
        self.app.open_picker()  # type: ignore[attr-defined]

    # the background

    def action_run_or_pause(self) -> None:
        if self._worker:
            self._pause()
            self._show(self._take())
        else:
            self._start(self._train)

    def _start(self, work: Callable[[], bool]) -> None:
        self._run += 1
        self._show(self._take(running=True))
        self._worker = self._background(work, self._run)

    def _pause(self) -> None:
        if self._worker:
            self._worker.cancel()
            self._worker = None
            self._run += 1

    def _train(self) -> bool:
        return self.session.advance(SLICE)

    def _travel(self, iteration: int) -> bool:
        """A stretch of the way to an iteration not visited yet."""
        end = time.monotonic() + SLICE
        while self.session.iteration < iteration and time.monotonic() < end:
            self.session.go_to(min(iteration, self.session.iteration + STRIDE))
        return self.session.iteration < iteration

    @work(thread=True, group="background", exit_on_error=True)
    def _background(self, work: Callable[[], bool], run: int) -> None:
        worker = get_current_worker()
        more, painted = True, 0.0
        started, first = time.monotonic(), self.session.iteration
        while more and not worker.is_cancelled:
            now = time.monotonic()
            with self.session.lock:
                if worker.is_cancelled:
                    return
                more = work()
                if now - painted > 1 / PAINTS:
                    painted = now
                    rate = (self.session.iteration - first) / max(time.monotonic() - started, 1e-3)
                    self.post_message(self.Trained(self._take(running=True, rate=rate), run))
            time.sleep(0.001)  # lets a waiting key have the lock
        self.post_message(self.Arrived(run))

    @on(Trained)
    def _trained(self, message: Trained) -> None:
        if message.run == self._run and self._worker:
            self._show(message.moment)

    @on(Arrived)
    def _arrived(self, message: Arrived) -> None:
        if message.run == self._run:
            self._worker = None
            self._show(self._take())


STRIDE = 32  # iterations between two looks at the clock on the way to an iteration
