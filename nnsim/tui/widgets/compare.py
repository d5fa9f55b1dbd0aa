"""The parts of the screen that compares two branches."""

from collections.abc import Callable

from nnsim.tui.renderers.compare import Compared, boundary_of, compare_head, facts, losses_over
from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Rows


class ComparePart(Rows):
    """Draws a part of what is known, once something is."""

    shown: Compared | None = None

    def __init__(self, draw: Callable[[Compared, int, int, bool], list[Row]], part: str) -> None:
        """draw: of what is known, width, height and whether colors are the terminal's own."""
        super().__init__()
        self._draw_part = draw
        self.id = part

    def show(self, shown: Compared) -> None:
        self.shown = shown
        self.redraw()

    def rows(self, width: int, height: int) -> list[Row]:
        if self.shown is None:
            return []
        plain = self.app.current_theme.ansi or self.app.no_color
        return self._draw_part(self.shown, width, height, plain)


def parts() -> dict[str, ComparePart]:
    """All parts by their names in the layout."""
    draws: dict[str, Callable[[Compared, int, int, bool], list[Row]]] = {
        "compare-head": lambda shown, width, height, plain: compare_head(shown, width),
        "compare-losses": lambda shown, width, height, plain: losses_over(shown, width, height),
        "compare-facts": lambda shown, width, height, plain: facts(shown, width, height),
        "compare-one": lambda shown, width, height, plain: boundary_of(shown, 0, width, height, plain),
        "compare-other": lambda shown, width, height, plain: boundary_of(shown, 1, width, height, plain),
    }
    return {name: ComparePart(draw, name) for name, draw in draws.items()}
