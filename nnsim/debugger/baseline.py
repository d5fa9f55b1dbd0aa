"""What a network has to be better than: one that gives every row the same answer."""

from dataclasses import dataclass

import numpy as np

from nnsim.engine.losses import LOSSES
from nnsim.engine.metrics import accuracy
from nnsim.engine.spec import Array, Experiment
from nnsim.engine.workspace import Layout, Workspace


@dataclass(frozen=True)
class Baseline:
    """`answer`: what is always answered, in words. `loss`: what that costs over the training rows."""

    answer: str
    loss: float


def baseline(experiment: Experiment) -> Baseline | None:
    """The mean or the median of the training targets, whichever costs less.

    None where every row has the same targets: no network can be better there.
    """
    y = experiment.data.y
    if not np.ptp(y, axis=0).any():
        return None
    mean = "how frequent each class is" if np.isin(y, (0, 1)).all() else "the mean of the targets"
    answers = ((mean, y.mean(axis=0)), ("the median of the targets", np.median(y, axis=0)))
    return min((Baseline(words, _loss(experiment, answer)) for words, answer in answers), key=lambda each: each.loss)


def hit_rate(experiment: Experiment) -> float:
    """The accuracy over the training rows of the same answer for all: for classes the share of the most frequent."""
    y = experiment.data.y
    return accuracy(np.broadcast_to(y.mean(axis=0), y.shape), y)


def _loss(experiment: Experiment, answer: Array) -> float:
    """The loss, without a penalty, of answering so to every training row: by the very kernel that trains."""
    targets = np.array(experiment.data.y.T, dtype=float)
    answers = np.repeat(answer[:, None], targets.shape[1], axis=1)
    w, loss = Workspace(Layout([(1, 1)], (), ()), np.zeros(8), targets.shape[1]), np.zeros(())
    with np.errstate(all="ignore"):
        for call in LOSSES[experiment.training.loss].value(answers, answers, targets, loss, w, False):
            call()
    return float(loss)
