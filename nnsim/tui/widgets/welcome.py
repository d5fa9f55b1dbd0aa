"""What nnsim is, in two lines above the scenarios."""

from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Rows

_WORDS = (
    "Step through the training of a neural network, forwards and backwards in time.",
    "Step through the training of a neural network, number by number.",
    "See a neural network train, number by number.",
)


class Welcome(Rows):
    def rows(self, width: int, height: int) -> list[Row]:
        name: Row = [(" nnsim ", "now"), ("  a debugger for learning", "title")]
        fitting = (words for words in _WORDS if len(words) <= width)
        return [name, [(next(fitting, ""), "dim")]]
