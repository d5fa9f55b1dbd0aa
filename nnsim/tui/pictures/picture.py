"""What every picture is: a name, data for a moment, and rows of text made of them."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Protocol

from nnsim.debugger.boundary import Forward
from nnsim.debugger.history import History
from nnsim.debugger.past import Past
from nnsim.tui.moment import Moment
from nnsim.tui.rows import Row

if TYPE_CHECKING:
    from nnsim.debugger.session import Session


class Lab:
    """Where pictures find what takes long to compute: made by `prepare` in the background, kept by name."""

    def __init__(self, session: "Session") -> None:
        self.session, self.sim, self.branch = session, session.sim, session.branch
        self.past = Past(session)
        self.history = History(self.past)
        self.kept: dict[str, Any] = {}
        self._forward: Forward | None = None

    @property
    def forward(self) -> Forward:
        if self._forward is None:
            self._forward = Forward(self.past.experiment)
        return self._forward

    @property
    def is_current(self) -> bool:
        """Whether it belongs to what the session trains now."""
        return self.sim is self.session.sim and self.branch is self.session.branch


class Picture(Protocol):
    """`data` is quick: of the moment, and of what `prepare` has found so far. `render` is pure.

    name: in the title. help: one line that says what there is to see.
    """

    @property
    def name(self) -> str: ...
    @property
    def help(self) -> str: ...

    def fits(self, session: "Session") -> bool:
        """Whether the session has something to show here; else turning the pictures leaves this one out."""
        ...

    def key(self, moment: Moment) -> Hashable:
        """Equal for two moments that look the same."""
        ...

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        """Computes in the background what `data` needs, for about so long. Whether it is complete."""
        ...

    def data(self, lab: Lab, moment: Moment) -> Any:
        """What is drawn, frozen; None as long as there is nothing, a sentence where there cannot be anything."""
        ...

    def caption(self, data: Any) -> Row:
        """The picture's most important number, for the title."""
        ...

    def render(self, data: Any, width: int, height: int, plain: bool = False) -> list[Row]:
        """The picture in so much room. `plain`: told apart without colors of our own.

        In fewer rows than chart.LOW there may be one row more, which is for the border below.
        """
        ...


class Quick:
    """A picture that needs nothing but the moment, and that every session has."""

    def fits(self, session: "Session") -> bool:
        return True

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        return True


def without(penalty: bool, dropout: bool) -> str:
    """What a measured loss leaves out of what training goes by, for behind it."""
    names = [name for name, there in (("penalty", penalty), ("dropout", dropout)) if there]
    return f" without {' and '.join(names)}" if names else ""


def iterations_done(moment: Moment) -> int:
    """How many iterations have been seen to their last op."""
    at_the_end = moment.iteration < moment.recorded or moment.op_index == len(moment.program) - 1
    return moment.recorded + at_the_end


def epochs_done(moment: Moment) -> int:
    """How many epochs have been trained through in all that has been visited."""
    return moment.recorded // moment.batches
