"""The picture of the network."""

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.network import network
from nnsim.tui.rows import Row
from nnsim.tui.widgets.panel import Panel


class NetworkPanel(Panel):
    def inside(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        return [("Network", "text")], network(moment, width, height), []
