"""Keeps a number covered that a person is to foretell."""

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment

if TYPE_CHECKING:
    from nnsim.engine.explanation import Explanation


def covered(moment: Moment, tensor: str, index: tuple[int, ...]) -> Moment:
    """The moment with nan in the place of one number, and without the arithmetic that tells it."""
    explanation = _silent(moment.explanation, tensor, index)
    told = explanation is moment.explanation
    return replace(
        moment,
        frame=moment.frame.without(tensor, index),
        losses=_losses(moment, tensor),
        explanation=explanation,
        inquiry=moment.inquiry if told else replace(moment.inquiry, operands=(), shares=None),
        numeric=None if (moment.op.name, moment.index) == (tensor, index) else moment.numeric,
    )


def unpredicted(moment: Moment) -> Moment:
    """The moment with the tensor of its op kept from view, until one of its numbers has been predicted."""
    name = moment.op.name
    return replace(
        moment,
        frame=moment.frame.without(name, ()),
        losses=_losses(moment, name),
        explanation=replace(moment.explanation, result=nan),
        inquiry=replace(moment.inquiry, shares=None),
        numeric=None,
        covered=True,
    )


def _losses(moment: Moment, tensor: str) -> Array:
    """Without the newest, where that is the number in question."""
    if tensor != "loss" or moment.iteration >= len(moment.losses):
        return moment.losses
    losses = moment.losses.copy()
    losses[moment.iteration] = nan
    return losses


def _silent(explanation: "Explanation", tensor: str, index: tuple[int, ...]) -> "Explanation":
    itself = (explanation.tensor, explanation.index) == (tensor, index)
    if not itself and all((each.tensor, each.index) != (tensor, index) for each in explanation.operands):
        return explanation
    result = nan if itself else explanation.result
    return replace(explanation, formula=None, source="covered until the guide's question is answered", result=result)
