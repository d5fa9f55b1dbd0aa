"""Why the chosen number is what it is."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.operands import CHOSEN
from nnsim.tui.renderers.why import why, why_title
from nnsim.tui.rows import Row
from nnsim.tui.widgets.panel import Panel


class WhyPanel(Panel):
    """Scrolls where the arithmetic is longer than the panel."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_rows(-1)", "scroll up", show=False),
        Binding("down", "scroll_rows(1)", "scroll down", show=False),
        Binding("pageup", "scroll_rows(-8)", "scroll up", show=False),
        Binding("pagedown", "scroll_rows(8)", "scroll down", show=False),
    ]

    key = "why"
    heading = "Why this number?"
    about = (
        ("formula", "how the chosen number comes about, in symbols and then with the numbers filled in"),
        ("≈", "the numbers before it are rounded as they are shown; + shows more digits"),
        ("chain", "the chain rule behind a gradient, factor by factor"),
        ("NumPy", "the line of code that computes the whole tensor"),
        ("check", "with c: the gradient by moving the weight a little both ways; ✓ where both agree"),
        ("made of", "every number that went in: j and J choose one, i goes into it, o comes back out; ↑ ↓ scroll"),
        ("› ⋯", "the way here: › into an operand, ⋯ by another move; a number before it is the iteration"),
        ("◆", "with w: what the number goes into, here and in the other panels; in the phase line it is underlined"),
        ("shares", "with s: a gradient by samples; those to the left push the parameter up, to the right down"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._top = 0
        self._follow = False  # brings the chosen operand into sight

    @property
    def _lines(self) -> int:
        return 10**4

    def show(self, moment: Moment) -> None:
        before, self._follow = self.moment, False
        if before and _asked(before) != _asked(moment):
            self._top = 0
        elif before and before.inquiry.choice != moment.inquiry.choice:
            self._follow = True
        super().show(moment)

    def inside(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        rows = why(moment, width, height)
        if self._follow:
            at = next((y for y, row in enumerate(rows) if any(text == CHOSEN for text, _ in row)), self._top)
            self._top = min(max(self._top, at - height + 1), at)
        self._top = max(0, min(self._top, len(rows) - height))
        rest = len(rows) - height - self._top
        how = "↓" if self.has_focus else "⇥ and ↓:"
        remark: Row = [(f"{how} {rest} more line{'s' if rest > 1 else ''}", "dim")] if rest > 0 else []
        return why_title(moment), rows[self._top :], remark

    def action_scroll_rows(self, rows: int) -> None:
        self._follow = False
        self._top += rows
        self.redraw()

    def on_mouse_scroll_down(self) -> None:
        self.action_scroll_rows(3)

    def on_mouse_scroll_up(self) -> None:
        self.action_scroll_rows(-3)


def _asked(moment: Moment) -> object:
    """What it is about: another thing is shown from its start."""
    return (moment.op_index, moment.index, moment.inquiry.ended, moment.inquiry.shares is None, moment.covered)
