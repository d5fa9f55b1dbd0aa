"""What a check of a training has found, and what it looks at."""

from dataclasses import dataclass

import numpy as np

from nnsim.debugger.boundary import Forward
from nnsim.debugger.branches import Branch
from nnsim.debugger.history import EpochMetrics, Flow
from nnsim.engine.checks import NonFinite, first_nonfinite
from nnsim.engine.frame import Frame
from nnsim.engine.notation import number
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array, Experiment

MOST_ROWS = 2000  # training rows that units are looked at with


@dataclass(frozen=True)
class Place:
    """Where something can be seen: an iteration, the tensor of an op, and a number of it."""

    iteration: int
    tensor: str
    index: tuple[int, ...]


@dataclass(frozen=True)
class Finding:
    """What one check says. `healthy`: there is nothing to do. `place`: where it can be seen, if in one number.

    `waits`: it is too early to judge, and the sentence says until when.
    """

    check: str
    healthy: bool
    sentence: str
    evidence: str = ""
    advice: str = ""
    place: Place | None = None
    waits: bool = False


@dataclass(frozen=True)
class Evidence:
    """What the checks look at. losses: of every iteration so far. activations: by hidden layer, (rows, units).

    epochs, flows: samples in order, as far as known; the last flow is that of the cursor. frame: that of the cursor.
    first, start: the activations and the frame of iteration 0, before training.
    """

    experiment: Experiment
    per_epoch: int
    losses: Array
    activations: tuple[Array, ...]
    frame: Frame
    first: tuple[Array, ...]
    start: Frame
    epochs: tuple[EpochMetrics, ...]
    flows: tuple[Flow, ...]


def hidden_activations(experiment: Experiment, forward: Forward, parameters: Array) -> tuple[Array, ...]:
    """Each hidden layer's activations for the training rows, or for a share of very many: (rows, units)."""
    x = experiment.data.x
    x = x[:: max(1, -(-len(x) // MOST_ROWS))]
    return tuple(forward.layer(parameters, x, k) for k in range(1, len(experiment.network.layers)))


def nonfinite(branch: Branch, losses: Array) -> NonFinite | None:
    """The first number that is infinite or undefined on a branch, searched in a training of its own."""
    bad = np.flatnonzero(~np.isfinite(losses))
    if not bad.size:
        return None
    sim = branch.segment(int(bad[0])).sim
    apart = Simulation(sim.experiment, memory=2**22, fork=sim.fork)
    apart.seek(int(bad[0]))
    return first_nonfinite(apart)


def broken(found: NonFinite) -> Finding:
    label, result = found.explanation.label, number(found.explanation.result)
    operands = ", ".join(f"{o.label} = {number(o.value)}" for o in found.explanation.operands[:4])
    return Finding(
        check="numbers",
        healthy=False,
        sentence=f"{label} becomes {result} in iteration {found.iteration:,}: nothing is learnt from there on.",
        evidence=f"made of {operands}" if operands else "",
        advice="a lower learning rate, clip_norm, or inputs that are standardised",
        place=Place(found.iteration, found.op, found.index),
    )
