"""What the metrics lose without a hidden unit, and whether to silence it."""

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Label

from nnsim.debugger.ablation import Ablation, ablate
from nnsim.engine.notation import subscript
from nnsim.tui.keys import quiet
from nnsim.tui.renderers.branches import ablation_rows
from nnsim.tui.rows import Row, clean
from nnsim.tui.screens.dialog import Dialog
from nnsim.tui.widgets.canvas import Rows

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

KEYS = "⏎ silence it from here on, in a branch of its own   Esc leave it"


class Losses(Rows):
    """The metrics with the unit and without it."""

    found: Ablation | None = None

    def rows(self, width: int, height: int) -> list[Row]:
        if self.found is None:
            return [[("measuring …", "dim")]]
        return ablation_rows(self.found.training, self.found.validation, width)


class Silence(Dialog[bool]):
    """Tells with True that the unit is to be silenced."""

    CSS_PATH = "silence.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        quiet("escape,d", "dismiss(False)", "branch: close", "Leave the unit as it is"),
        quiet("enter", "dismiss(True)", "branch: silence", "Silence the unit from here on"),
    ]

    class Measured(Message):
        """The metrics are known."""

        def __init__(self, found: Ablation) -> None:
            super().__init__()
            self.found = found

    def __init__(self, session: "Session", layer: int, unit: int, name: str) -> None:
        super().__init__()
        self._session, self._place, self._unit = session, (layer, unit), name

    def compose(self) -> ComposeResult:
        after = self._place[0] + 1
        how = f"Without it: its weights into layer {after}, a row of W{subscript(after)}, taken as 0."
        with Vertical(id="silence"):
            yield Label(how, id="how", markup=False)
            yield Losses()
            yield Label(KEYS, id="keys", markup=False)

    def on_mount(self) -> None:
        title = f"Unit {clean(self._unit)} of layer {self._place[0]} at iteration {self._session.iteration:,}"
        self.query_one("#silence").border_title = title
        self._measure()

    def repaint(self) -> None:
        """The theme has changed."""
        for losses in self.query(Losses):
            losses.repaint()

    @work(thread=True, exclusive=True)
    def _measure(self) -> None:
        with self._session.lock:
            found = ablate(self._session.sim, *self._place)
        self.post_message(self.Measured(found))

    @on(Measured)
    def _show(self, message: Measured) -> None:
        found = message.found
        for losses in self.query(Losses):
            losses.found = found
            losses.styles.height = 1 + len(found.training[0]) + len(found.validation[0])
            losses.redraw()
