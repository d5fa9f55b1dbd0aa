"""What nnsim is, in two lines above the scenarios."""

from nnsim.tui.rows import Row
from nnsim.tui.widgets.canvas import Rows


class Welcome(Rows):
    def rows(self, width: int, height: int) -> list[Row]:
        name: Row = [(" nnsim ", "now"), ("  a debugger for learning", "title")]
        words = "Step through the training of a neural network, forwards and backwards in time."
        short = "Step through the training of a neural network, number by number."
        return [name, [(words if len(words) <= width else short, "dim")]]
