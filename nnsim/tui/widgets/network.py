"""The picture of the network."""

from nnsim.tui.moment import Moment
from nnsim.tui.renderers.network import network
from nnsim.tui.rows import Row
from nnsim.tui.widgets.panel import Panel


class NetworkPanel(Panel):
    key = "network"
    heading = "The network"
    about = (
        ("units", "○◔◑◕● how large a unit's number is for the sample named below; a click chooses the unit"),
        ("· a₁", "above a layer: which numbers its units show"),
        ("◌ ×", "not computed yet; not a finite number"),
        ("lines", "weights: thick is large, dashed is negative; orange above zero, blue below"),
        ("lit", "what the operation works on; bright names went into the chosen number"),
        ("b", "the bias of a unit"),
        ("image", "inputs that are pixels, as the data have them: not standardized"),
        ("+ 24 more", "units that do not fit: those that the next layer hears most are shown, and the chosen one"),
    )

    def inside(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        return [("Network", "text")], network(moment, width, height), []
