"""The stepper: one scenario, an operation at a time."""

import gc
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Static

from nnsim.tui.keys import key, quiet
from nnsim.tui.learning import guide_beside
from nnsim.tui.moment import Moment
from nnsim.tui.pictures import BINDINGS as PICTURE_BINDINGS
from nnsim.tui.pictures.panel import PicturePanel
from nnsim.tui.renderers.anatomy import index_of_unit
from nnsim.tui.renderers.tensor import moved
from nnsim.tui.screens.asking import ASKING_BINDINGS, AskingScreen
from nnsim.tui.screens.branching import BRANCH_BINDINGS, BranchingScreen
from nnsim.tui.screens.goto import GoTo
from nnsim.tui.screens.looking import NUMBER_BINDINGS, VIEW_BINDINGS
from nnsim.tui.screens.watching import BREAK_BINDINGS, MOMENT_BINDINGS, WatchingScreen
from nnsim.tui.widgets.canvas import Canvas, Rows
from nnsim.tui.widgets.footer import KeyBar
from nnsim.tui.widgets.header import Header
from nnsim.tui.widgets.network import NetworkPanel
from nnsim.tui.widgets.panel import Panel
from nnsim.tui.widgets.phase_line import PhaseLine
from nnsim.tui.widgets.tensor import TensorPanel
from nnsim.tui.widgets.watches import WatchLine
from nnsim.tui.widgets.why import WhyPanel

SELDOM = 20_000  # new objects between two looks for garbage: the explanation of one number may have five thousand
PAGES = {TensorPanel: "-numbers", WhyPanel: "-numbers", NetworkPanel: "-pictures", PicturePanel: "-pictures"}


class Stepper(AskingScreen, BranchingScreen, WatchingScreen):
    """Everything of one scenario. Moves go to the session; what it then shows goes to the widgets as one moment."""

    AUTO_FOCUS = "TensorPanel"
    focused = var[Widget | None](None)  # else each change of the focus paints the whole screen
    HORIZONTAL_BREAKPOINTS = [(0, "-thin"), (60, "-narrow"), (104, "-wide"), (160, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-low"), (30, "-high"), (48, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        key("n", "step('next_op')", "step: next", "Run the next operation (op)"),
        key("b", "step('back_op')", "step: back", "Go back one operation"),
        quiet("N", "step('next_phase')", "step: next phase", "Go to the next phase of the iteration"),
        quiet("B", "step('previous_phase')", "step: previous phase", "Go to the phase before"),
        key("enter", "step('next_iteration')", "step: iteration", "Go one iteration on, to the same op"),
        quiet("backspace", "step('previous_iteration')", "step: iteration back", "Go one iteration back"),
        quiet("e", "epoch", "step: epoch", "Go to the next epoch"),
        quiet("E", "step('previous_epoch')", "step: epoch back", "Go to the epoch before"),
        key("space", "run_or_pause", "run: run", "Train in the background, or pause"),
        key("g", "go_to", "go: go to", "Go to an iteration by its number"),
        quiet("home", "step('first')", "go: first", "Go to the very start"),
        quiet("end", "step('last')", "go: last", "Go to the last iteration recorded"),
        quiet("up", "choose(-1, 0)", "number: up", "Choose the number above"),
        quiet("down", "choose(1, 0)", "number: down", "Choose the number below"),
        quiet("left", "choose(0, -1)", "number: left", "Choose the number to the left"),
        quiet("right", "choose(0, 1)", "number: right", "Choose the number to the right"),
        quiet("pageup", "page(-1)", "number: page up", "Choose a number a page above"),
        quiet("pagedown", "page(1)", "number: page down", "Choose a number a page below"),
        *NUMBER_BINDINGS,
        *ASKING_BINDINGS,
        *BRANCH_BINDINGS,
        *BREAK_BINDINGS,
        *MOMENT_BINDINGS,
        key("tab", "panel(1)", "view: panel", "Go to the next panel"),
        quiet("shift+tab", "panel(-1)", "view: previous panel", "Go to the panel before"),
        *VIEW_BINDINGS,
        *PICTURE_BINDINGS,
        quiet("D", "design", "scenario: design", "Change data, network and training, or start over"),
        quiet("G", "glossary", "view: glossary", "What the terms mean, beginning with that of this op"),
        quiet("backslash", "app.offer_guide", "guide: open", "Let a guide lead through this scenario"),
        key("question_mark", "help", "view: help", "What the screen shows, and all keys"),
        quiet("p,escape", "leave", "app: scenarios", "Choose another scenario"),
        key("q", "app.quit", "app: quit", "Leave nnsim"),
    ]

    def compose(self) -> ComposeResult:
        self._lay_out_once()
        tensor = TensorPanel()
        tensor.add_class("-front")
        yield Header()
        yield PhaseLine()
        yield WatchLine()
        with Container(id="panels"):
            yield NetworkPanel()
            yield tensor
            yield WhyPanel()
            yield PicturePanel(self.session)
        yield KeyBar(self.app.remapped(self.BINDINGS))  # type: ignore[attr-defined]
        yield Static(id="no-room", markup=False)

    def _lay_out_once(self) -> None:
        """Takes the classes of its size, which else come after the first paint and bring about a second one."""
        width, height = self.app.size
        of_width = [name for least, name in self.HORIZONTAL_BREAKPOINTS if least <= width]
        of_height = [name for least, name in self.VERTICAL_BREAKPOINTS if least <= height]
        self.add_class("-numbers", of_width[-1], of_height[-1])

    def on_mount(self) -> None:
        self._restore()
        self._show(self._take())
        self._offer_guide()
        self.call_after_refresh(self._settle)

    def _offer_guide(self) -> None:
        """Says so where the scenario's file names a guide."""
        if guide_beside(self.session):
            self._say("A guide leads through this scenario: \\ opens it.")

    def _settle(self) -> None:
        """What may wait until the first paint: the pictures, and once they are there the garbage of the start."""
        for panel in self.query(PicturePanel):  # none where the screen has been left meanwhile
            panel.begin()
        self.call_after_refresh(_collect)

    # what is shown

    def _show(self, moment: Moment) -> None:
        self.moment = moment
        with self.app.batch_update():
            self._show_aside(moment)
            for canvas in self.query(Canvas):
                canvas.show(moment)
        self._prepare_back()

    def _pause(self) -> None:
        """Whoever presses a key does not share Python with what is done in idle moments."""
        self._aside.rest()
        super()._pause()

    def on_screen_resume(self) -> None:
        self._aside.ask(self.moment)

    def repaint(self) -> None:
        """The theme has changed."""
        self._restore()
        self._show(self._take(self.running))
        for rows in self.query(Rows):
            rows.repaint()

    def on_resize(self) -> None:
        width, height = self.size
        need = "nnsim needs more room: at least 60×18" if width >= 38 else "needs 60×18"
        words = f"{need}, this is {width}×{height}" if width >= 60 else need
        self.query_one("#no-room", Static).update(words, layout=False)
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        panels = self.query(TensorPanel)  # none where the screen has been left meanwhile
        if panels and (self.focused is None or not self.focused.display):
            self._focus_panel(panels.first())

    # moves

    def action_step(self, move: str) -> None:
        self._pause()
        with self.session.lock:
            getattr(self.session, move)()
        self._refresh()

    def action_epoch(self) -> None:
        """To the first iteration of the next epoch, which may take a while."""
        self._pause()
        self._go_towards(self.session.next_epoch_start)

    def action_choose(self, down: int, right: int) -> None:
        moment = self._newest()
        self._choose(moved(moment, down, right), moment)

    def action_page(self, pages: int) -> None:
        """As many rows of the table as are in sight."""
        self.action_choose(pages * self.query_one(TensorPanel).page, 0)

    def _choose(self, index: tuple[int, ...], moment: Moment) -> None:
        """Chooses a number of the tensor of a moment, which the background may have left meanwhile."""
        self._pause()
        with self.session.lock:
            if moment.op.name in self.session.frame:
                self.session.choose(index, moment.op.name)
        self._refresh()

    @on(Canvas.Picked)
    def _picked(self, message: Canvas.Picked) -> None:
        """A click on an op goes there, on a number or a unit chooses it."""
        kind, place = message.target.kind, message.target.place
        if kind == "op":
            self._pause()
            with self.session.lock:
                self.session.go_to_op(place[0])
            self._refresh()
        elif kind == "cell":
            self._choose(place, message.moment)
        elif kind == "operand":
            self._operand_picked(*place)
        elif kind == "unit" and (index := index_of_unit(message.moment, *place)) is not None:
            self._choose(index, message.moment)

    def action_panel(self, step: int) -> None:
        """Focuses the next panel; where not all are in sight, it comes into sight."""
        panels = list(self.query(Panel))
        at = panels.index(self.focused) if isinstance(self.focused, Panel) else -1
        self._focus_panel(panels[(at + step) % len(panels)])

    def _focus_panel(self, panel: Panel) -> None:
        page = PAGES[type(panel)]
        for name in PAGES.values():
            self.set_class(name == page, name)
        self._bring_to_front(panel)
        panel.focus()

    def _bring_to_front(self, panel: Panel) -> None:
        for other in self.query(Panel):
            other.set_class(other is panel, "-front")

    def on_descendant_focus(self) -> None:
        if isinstance(self.focused, Panel):
            self._bring_to_front(self.focused)
            self._remember_zoom()

    def action_picture(self, steps: int) -> None:
        """Turns to another picture; where the panel is not in sight, it comes into sight first."""
        panel = self.query_one(PicturePanel)
        if panel.display:
            panel.turn(steps)
        else:
            self._focus_panel(panel)

    def action_picture_visit(self) -> None:
        """To the number that the picture points at."""
        place = self.query_one(PicturePanel).place
        position = self.session.program.position(place.tensor) if place else None
        if place and position is not None:
            self._pause()
            with self.session.lock:
                self.session.go_to(place.iteration)
                self.session.go_to_op(position)
                self.session.choose(place.index)
            self._show(self._take())

    def action_picture_at(self, number: int) -> None:
        panel = self.query_one(PicturePanel)
        panel.choose(number)
        if not panel.display:
            self._focus_panel(panel)

    def action_go_to(self) -> None:
        self._pause()
        most = max(self.moment.iterations - 1, self.moment.recorded)
        self.app.push_screen(GoTo(self.moment.iteration, self.moment.recorded, most), self._go_to)

    def _go_to(self, iteration: int | None) -> None:
        if iteration is not None:
            self._go_towards(iteration)

    def action_leave(self) -> None:
        """To the scenarios; where something runs, that is stopped instead."""
        stopped = self.stoppable
        self._pause()
        if not stopped:
            self.app.open_picker(self.session.name)  # type: ignore[attr-defined]

    def action_design(self) -> None:
        """To the choices of the scenario, to change them or to start over."""
        from nnsim.scenario.loading import Scenario

        self._pause()
        scenario = self.session.sim.experiment
        if isinstance(scenario, Scenario):
            self.app.open_design(scenario)  # type: ignore[attr-defined]

    def action_glossary(self) -> None:
        from nnsim.scenario.glossary import term_of_op

        self._pause()
        moment = self._newest()
        term = term_of_op(moment.op.name, moment.about.activations)
        self.app.open_glossary(term)  # type: ignore[attr-defined]

    # the background

    def action_run_or_pause(self) -> None:
        if self.running:
            self._pause()
        elif self.session.iteration >= self.session.sim.iterations - 1:
            planned = f"{self.session.sim.iterations:,} iterations"
            self._say(f"Training is finished after the {planned} planned. Enter goes on by one, Backspace goes back.")
        else:
            self._train()


def _collect() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)
    gc.enable()
