"""The tensor that the current op has just written."""

from textual import events

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.tensor import tensor
from nnsim.tui.renderers.why import reason
from nnsim.tui.rows import Row
from nnsim.tui.widgets.panel import Panel

NOTCH = 3  # rows that the wheel moves at a time


class TensorPanel(Panel):
    """Remembers which part of a tensor is in sight, so that the numbers stay where they are while the cursor moves.

    The wheel moves that part, away from the cursor too, until the cursor moves again. `page`: the rows in sight.
    """

    key = "tensor"
    heading = "The tensor of this operation"
    about = (
        ("numbers", "orange above zero, blue below, the stronger the larger; the frame below names the axes"),
        ("▸ ·", "▸ is the chosen number; · are new since the last iteration, where the others are not"),
        ("✎", "set by hand, with r, in this iteration, or held by hand as the weights of a silenced unit are"),
        ("update", "an element a row: its value, its gradient, the optimizer's numbers, the value after"),
        ("flow", "what the tensor is computed from and what it goes into; a click goes to that operation"),
        ("+ −", "more or fewer digits"),
        ("h", "the whole tensor as a heat map: two numbers a cell, blue below zero, orange above"),
        ("images", "inputs that are pixels: the sample, and the weights of the chosen unit"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._origin: dict[str, tuple[int, int]] = {}
        self._follow = True
        self.page = 1

    def show(self, moment: Moment) -> None:
        if self.moment and (self.moment.op_index, self.moment.index) != (moment.op_index, moment.index):
            self._follow = True
        super().show(moment)

    def inside(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        name = moment.op.name
        drawn = tensor(moment, width, height, self._origin.get(name, (0, 0)), self._follow, not self._alone)
        self._origin[name], self.page = drawn.origin, drawn.page
        rows = drawn.rows + (reason(moment, width, height - len(drawn.rows)) if self._alone else [])
        return drawn.title, rows, drawn.remark

    @property
    def _alone(self) -> bool:
        """Whether it fills the screen, so that the panel that explains the number is out of sight."""
        return self.screen.has_class("-zoomed")

    def scroll_by(self, down: int, right: int) -> None:
        """Moves the part in sight, and leaves the cursor where it is."""
        if not self.moment or self.moment.view.overview:
            return
        top, start = self._origin.get(self.moment.op.name, (0, 0))
        self._origin[self.moment.op.name] = (max(0, top + down), max(0, start + right))
        self._follow = False
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.scroll_by(*((0, 1) if event.shift else (NOTCH, 0)))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.scroll_by(*((0, -1) if event.shift else (-NOTCH, 0)))

    def on_mouse_scroll_right(self) -> None:
        self.scroll_by(0, 1)

    def on_mouse_scroll_left(self) -> None:
        self.scroll_by(0, -1)
