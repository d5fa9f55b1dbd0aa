"""The tensor that the current op has just written."""

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.tensor import tensor
from nnsim.tui.rows import Row
from nnsim.tui.widgets.panel import Panel


class TensorPanel(Panel):
    """Remembers which part of a tensor is in sight, so that the numbers stay where they are while the cursor moves."""

    def __init__(self) -> None:
        super().__init__()
        self._origin: dict[str, tuple[int, int]] = {}

    def inside(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        name = moment.op.name
        drawn = tensor(moment, width, height, self._origin.get(name, (0, 0)))
        self._origin[name] = drawn.origin
        return drawn.title, drawn.rows, drawn.remark
