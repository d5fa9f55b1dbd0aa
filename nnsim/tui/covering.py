"""Keeps a number covered that a person is to foretell."""

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

from nnsim.tui.moment import Moment

if TYPE_CHECKING:
    from nnsim.engine.explanation import Explanation


def covered(moment: Moment, tensor: str, index: tuple[int, ...]) -> Moment:
    """The moment with nan in the place of one number, and without the arithmetic that tells it."""
    losses = moment.losses
    if tensor == "loss" and moment.iteration < len(losses):
        losses = losses.copy()
        losses[moment.iteration] = nan
    return replace(
        moment,
        frame=moment.frame.without(tensor, index),
        losses=losses,
        explanation=_silent(moment.explanation, tensor, index),
        numeric=None if (moment.op.name, moment.index) == (tensor, index) else moment.numeric,
    )


def _silent(explanation: "Explanation", tensor: str, index: tuple[int, ...]) -> "Explanation":
    itself = (explanation.tensor, explanation.index) == (tensor, index)
    if not itself and all((each.tensor, each.index) != (tensor, index) for each in explanation.operands):
        return explanation
    result = nan if itself else explanation.result
    return replace(explanation, formula=None, source="covered until the guide's question is answered", result=result)
