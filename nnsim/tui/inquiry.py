"""What is asked about the chosen number beyond its arithmetic, as the screen shows it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnsim.debugger.practice import Practice
    from nnsim.debugger.provenance import Mark
    from nnsim.debugger.session import Session
    from nnsim.debugger.shares import Shares
    from nnsim.debugger.touches import Touched
    from nnsim.engine.explanation import Operand
    from nnsim.tui.moment import View

Pinned = tuple[str, tuple[int, ...]]  # a tensor and the index of one of its numbers


@dataclass(frozen=True)
class Inquiry:
    """operands: those that can be gone into, `choice` the one that is chosen. marks: the breadcrumb.

    ended: the number in question is not the chosen one, but what the trail has ended at.
    touched: what the pinned number goes into; `of` is its label. shares: the chosen gradient by samples.
    """

    operands: "tuple[Operand, ...]" = ()
    choice: int = 0
    marks: "tuple[Mark, ...]" = ()
    ended: bool = False
    touched: "Touched | None" = None
    of: str = ""
    shares: "Shares | None" = None


NOTHING_ASKED = Inquiry()


@dataclass(frozen=True)
class Predicting:
    """A practice at work. `question` is empty where nothing is asked; `verdict`: what was said last.

    others: whether another number of the tensor can be chosen, to be asked for in its place.
    """

    question: str
    hints: tuple[str, ...]
    more_hints: bool
    verdict: str
    right: bool
    score: str
    others: bool = False


def inquire(session: "Session", view: "View") -> Inquiry:
    """What is asked of a session that stands still."""
    trail = session.trail
    pinned = _pinned(session, view.pinned)
    return Inquiry(
        operands=trail.operands,
        choice=trail.choice,
        marks=trail.marks,
        ended=trail.source is not None,
        touched=_touched(session, pinned) if pinned else None,
        of=session.frame.label(*pinned) if pinned else "",
        shares=_shares(session) if view.shares else None,
    )


def to_pin(session: "Session") -> Pinned:
    """The number whose touches are asked for: of a parameter's new value it is the parameter."""
    explanation = session.trail.explanation
    return explanation.tensor.removesuffix(".next"), explanation.index


def predicting(practice: "Practice", verdict: str, right: bool) -> Predicting:
    return Predicting(
        question=practice.prompt,
        hints=practice.hints,
        more_hints=practice.more_hints,
        verdict=verdict,
        right=right,
        score=practice.score,
        others=practice.others,
    )


def _pinned(session: "Session", pinned: Pinned | None) -> Pinned | None:
    """None where this iteration has no such number, as in a smaller batch."""
    if pinned is None or pinned[0] not in session.layout:
        return None
    shape = session.frame[pinned[0]].shape
    inside = len(shape) == len(pinned[1]) and all(i < length for i, length in zip(pinned[1], shape, strict=True))
    return pinned if inside else None


def _touched(session: "Session", pinned: Pinned) -> "Touched":
    from nnsim.debugger.touches import touched

    by_hand = frozenset(put.element for put in session.sim.in_flight)
    return touched(session.program, len(session.frame.rows), *pinned, by_hand)


def _shares(session: "Session") -> "Shares | None":
    from nnsim.debugger.shares import shares

    try:
        return shares(session.program, session.frame, session.tensor, session.index)
    except ValueError:
        return None
