"""Checks that do not trust the engine's own derivatives."""

from dataclasses import dataclass

import numpy as np

from nnsim.engine.explanation import Explanation
from nnsim.engine.frame import Frame
from nnsim.engine.notation import number
from nnsim.engine.ops import parameter_names
from nnsim.engine.program import Program
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array
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
    return Slopes(sim.program, sim.frame).slope(parameter, index, epsilon)


def check_gradients(sim: Simulation, epsilon: float = EPSILON) -> Verdict:
    """Compares every parameter's gradient in the frame with central differences."""
    frame = sim.frame
    slopes = Slopes(sim.program, frame)
    total, worst = 0, (0.0, "")
    for name in parameter_names(sim.program.network):
        numeric = np.empty(frame[name].shape)
        for index in np.ndindex(numeric.shape):
            numeric[index] = slopes.slope(name, index, epsilon)
        total += numeric.size
        noise = slopes.noise(epsilon) * numeric.size**0.5
        worst = max(worst, (discrepancy(frame[f"d{name}"], numeric, noise), name))
    return Verdict(total, *worst)


def discrepancy(analytic: Array, numeric: Array, noise: float) -> float:
    """‖analytic − numeric‖ / (‖analytic‖ + ‖numeric‖), without a noise of so much in the difference."""
    excess = float(np.linalg.norm(analytic - numeric)) - noise
    scale = float(np.linalg.norm(analytic) + np.linalg.norm(numeric))
    return excess / scale if excess > 0 else 0.0


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
    low, high = sim.start, last
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


class Slopes:
    """The loss of a frame as a function of its parameters: the frame's own ops, batch and dropout masks.

    In double precision, whatever the frame has.
    """

    def __init__(self, program: Program, frame: Frame) -> None:
        buffer = frame.copy_of_buffer().astype(np.float64)
        self._w = Workspace(frame.layout, buffer, len(frame.rows))
        self._calls = program.forward_calls(self._w)
        self._kinks = _kinks(program)
        layers = len(program.network.layers)
        # a small loss may be the difference of large terms: ln(1 + e^z) − z·y
        largest = max(abs(float(frame["loss"])), float(np.abs(frame[f"z{layers}"]).max()))
        self._rounding = 4 * layers * float(np.finfo(np.float64).eps) * largest

    def noise(self, epsilon: float = EPSILON) -> float:
        """How far rounding may move a slope: each layer rounds a few times, and the difference is divided by ε."""
        return self._rounding / epsilon

    def slope(self, name: str, index: tuple[int, ...], epsilon: float = EPSILON) -> float:
        """(L(w + ε) − L(w − ε)) / 2ε of an element of a parameter; nan where w is so large that ε is lost beside it."""
        place = self._w[name]
        value = float(place[index])
        above, below = value + epsilon, value - epsilon
        loss_above, loss_below = self._loss(name, index, above), self._loss(name, index, below)
        place[index] = value
        return (loss_above - loss_below) / (above - below) if above > below else float("nan")

    def has_kink(self, name: str, index: tuple[int, ...], epsilon: float = EPSILON) -> bool:
        """Whether between w − ε and w + ε there is a place where the loss has no derivative, such as a ReLU's at 0."""
        place = self._w[name]
        value = float(place[index])
        pieces = []
        for moved in (value - epsilon, value, value + epsilon):
            self._loss(name, index, moved)
            pieces.append([np.sign(self._w[one] - (self._w[other] if other else 0)) for one, other in self._kinks])
        place[index] = value
        return any(not np.array_equal(one, other) for one, *others in zip(*pieces, strict=True) for other in others)

    def _loss(self, name: str, index: tuple[int, ...], value: float) -> float:
        self._w[name][index] = value
        with np.errstate(all="ignore"):
            for call in self._calls:
                call()
        return float(self._w["loss"])


KINKED = ("relu", "leaky_relu", "step")  # activations without a derivative at 0


def _kinks(program: Program) -> list[tuple[str, str]]:
    """Pairs of tensors whose difference must not change its sign, "" for 0, lest the loss has a kink."""
    layers = program.network.layers
    kinks = [(f"z{k}", "") for k, layer in enumerate(layers, 1) if layer.activation in KINKED]
    if program.training.loss == "mean_absolute_error":
        kinks.append((f"a{len(layers)}", "y"))
    if program.training.l1:
        kinks += [(f"W{k}", "") for k in range(1, len(layers) + 1)]
    return kinks
