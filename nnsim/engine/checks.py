"""Checks that do not trust the engine's own derivatives."""

from dataclasses import dataclass

import numpy as np

from nnsim.engine.explanation import Explanation
from nnsim.engine.notation import number
from nnsim.engine.ops import parameter_names
from nnsim.engine.simulation import Simulation
from nnsim.engine.workspace import Workspace

EPSILON = 1e-5  # balances cutting off the Taylor series (ε²) against rounding (1e-16 / ε)


@dataclass(frozen=True)
class Verdict:
    """How analytic and numeric gradients of a frame compare: ‖analytic − numeric‖ / (‖analytic‖ + ‖numeric‖).

    The worst parameter's. What the rounding of the loss alone explains is not counted.
    """

    gradients: int
    discrepancy: float
    worst: str

    def __str__(self) -> str:
        return f"all {self.gradients} gradients agree with central differences to {self.discrepancy:.0e}"


def numeric_gradient(sim: Simulation, parameter: str, index: tuple[int, ...], epsilon: float = EPSILON) -> float:
    """(L(w + ε) − L(w − ε)) / 2ε of one parameter element, for the batch of the simulation's frame."""
    return _Probe(sim).slope(parameter, index, epsilon)


def check_gradients(sim: Simulation, epsilon: float = EPSILON) -> Verdict:
    """Compares every parameter's gradient in the frame with central differences."""
    probe, frame = _Probe(sim), sim.frame
    total, worst = 0, (0.0, "")
    for name in parameter_names(sim.program.network):
        numeric = np.empty(frame[name].shape)
        for index in np.ndindex(numeric.shape):
            numeric[index] = probe.slope(name, index, epsilon)
        analytic = frame[f"d{name}"]
        scale = np.linalg.norm(analytic) + np.linalg.norm(numeric)
        # each layer rounds a few times, and the difference of two losses is divided by ε
        rounding = 4 * len(sim.program.network.layers) * np.finfo(np.float64).eps * abs(float(frame["loss"]))
        noise = rounding / epsilon * numeric.size**0.5
        excess = max(0.0, float(np.linalg.norm(analytic - numeric)) - noise)
        gap = excess / scale if excess else 0.0
        total += numeric.size
        worst = max(worst, (gap, name))
    return Verdict(total, *worst)


@dataclass(frozen=True)
class NonFinite:
    """The first number that became infinite or not a number: where, when, and what it was computed from."""

    iteration: int
    op: str
    index: tuple[int, ...]
    explanation: Explanation

    def __str__(self) -> str:
        operands = ", ".join(f"{o.label} = {number(o.value)}" for o in self.explanation.operands[:6])
        return (
            f"{self.explanation.label} of iteration {self.iteration} is {number(self.explanation.result)}"
            f"{', from ' + operands if operands else ''}"
        )


def first_nonfinite(sim: Simulation) -> NonFinite | None:
    """The first op and element of the earliest visited iteration with a number that is not finite.

    Infinite and undefined numbers spread to the parameters and stay there, so the search halves the visited iterations.
    """
    here = sim.iteration
    try:
        return _search(sim, sim.recorded)
    finally:
        sim.seek(here)


def _search(sim: Simulation, last: int) -> NonFinite | None:
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        sim.seek(middle)
        low, high = (low, middle) if _nonfinite(sim) else (middle + 1, high)
    sim.seek(low)
    found = _nonfinite(sim)
    return NonFinite(low, *found, sim.explain(*found)) if found else None


def _nonfinite(sim: Simulation) -> tuple[str, tuple[int, ...]] | None:
    """The first op of this frame with such a number, and the number's index."""
    frame = sim.frame
    for op in sim.program:
        bad = np.argwhere(~np.isfinite(frame[op.name]))
        if len(bad):
            return op.name, tuple(map(int, bad[0]))
    return None


class _Probe:
    """The loss of a frame as a function of its parameters: the frame's own ops, batch and dropout masks."""

    def __init__(self, sim: Simulation) -> None:
        self._w = Workspace(sim.frame.layout, sim.frame.copy_of_buffer(), len(sim.frame.rows))
        self._calls = sim.program.forward_calls(self._w)

    def slope(self, name: str, index: tuple[int, ...], epsilon: float) -> float:
        place = self._w[name]
        value = float(place[index])
        above, below = value + epsilon, value - epsilon
        place[index] = above
        loss_above = self._loss()
        place[index] = below
        loss_below = self._loss()
        place[index] = value
        return (loss_above - loss_below) / (above - below)

    def _loss(self) -> float:
        with np.errstate(all="ignore"):
            for call in self._calls:
                call()
        return float(self._w["loss"])
