"""The debugger checks what it shows: gradients against central differences, and a replay bit for bit.

It trusts neither the engine's derivatives nor its memory, and computes apart from the session.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnsim.debugger.past import Past
from nnsim.engine.checks import EPSILON, Slopes, discrepancy
from nnsim.engine.frame import Frame
from nnsim.engine.ops import parameter_names
from nnsim.engine.program import Program
from nnsim.engine.randomness import stream

ALL = 100  # gradients of a layer's weights or biases that are checked one by one; of more, a sample
SAMPLE = 40
CLOSE = 1e-6  # relative discrepancy of a single gradient that needs no second look
WRONG = {"float64": 1e-5, "float32": 1e-3}  # of all of a parameter: more than rounding explains
NEARER = (EPSILON, EPSILON / 10, EPSILON / 100)  # steps that get away from a kink close by


@dataclass(frozen=True)
class Report:
    """What has been found for one iteration.

    gradients: how many there are; checked: how many of them were compared; left_out: those of them that cannot be, for
    the loss has a kink there, such as a ReLU at exactly 0; nonfinite: those that are infinite or nan; too_large: those
    that are not, but what they would be compared with is.
    discrepancy: ‖analytic − numeric‖ / (‖analytic‖ + ‖numeric‖) of the parameter with the largest, `worst`.
    wrong: whether some parameter's is larger than the rounding of the loss explains: tiny gradients agree no better.
    identical: whether a replay from the keyframe before has the same bits. by_hand: numbers of the iteration have been
    set by hand, so that its gradients follow from those.
    """

    iteration: int
    gradients: int
    checked: int
    left_out: int
    discrepancy: float
    worst: str
    wrong: bool
    identical: bool
    by_hand: bool = False
    nonfinite: int = 0
    too_large: int = 0

    @property
    def good(self) -> bool:
        return self.identical and not self.wrong

    @property
    def clear(self) -> bool:
        """Whether all is well: what is checked is right, and every number of it is finite."""
        return self.good and not self.nonfinite and not self.too_large


class SelfCheck:
    """Checks one frame. For a thread in the background: it holds the session's lock for moments only."""

    def __init__(self, past: Past, frame: Frame) -> None:
        """`frame`: one that the session shows, of the branch that `past` belongs to."""
        self._past, self._frame = past, frame
        self.report: Report | None = None
        self._work = self._steps()

    def advance(self, seconds: float) -> bool:
        """Checks for about so long. Whether there is more to do; else `report` has the result."""
        end = time.monotonic() + seconds
        return any(time.monotonic() >= end for _ in self._work)

    def _steps(self) -> Iterator[None]:
        frame, sim = self._frame, self._past.branch.segment(self._frame.iteration).sim
        replayed = self._past.replayed(frame.iteration)
        identical = all(replayed[name].tobytes() == frame[name].tobytes() for name in frame)
        yield
        by_hand = sim.fork is not None and sim.fork.iteration == frame.iteration and sim.fork.in_flight(frame.layout)
        names = () if by_hand else parameter_names(sim.program.network)
        slopes, summing = Slopes(sim.program, frame), _rounding(frame, sim.program)
        checked, left_out, nonfinite, too_large, worst, wrong = 0, 0, 0, 0, (0.0, ""), False
        for name in names:
            analytic, numeric, noise = [], [], []
            for index in _chosen(sim.experiment.seed, frame, name):
                exact = float(frame[f"d{name}"][index])
                found = _numeric(slopes, name, index, exact)
                if not np.isfinite(exact):
                    nonfinite += 1
                elif found is None:
                    left_out += 1
                elif not np.isfinite(found[0]):
                    too_large += 1
                else:
                    analytic.append(exact)
                    numeric.append(found[0])
                    noise.append(found[1] + summing)
                yield
            if numeric:
                checked += len(numeric)
                pair = np.array(analytic), np.array(numeric)
                with np.errstate(over="ignore", invalid="ignore"):
                    worst = max(worst, (discrepancy(*pair, 0), name))
                    wrong = wrong or discrepancy(*pair, float(np.linalg.norm(noise))) > WRONG[sim.program.dtype.name]
        self.report = Report(
            frame.iteration,
            sim.program.layout.parameters,
            checked,
            left_out,
            *worst,
            wrong=wrong,
            identical=identical,
            by_hand=bool(by_hand),
            nonfinite=nonfinite,
            too_large=too_large,
        )


def _chosen(seed: int, frame: Frame, name: str) -> Iterator[tuple[int, ...]]:
    """The elements of a parameter to check: all, or a random sample."""
    values = frame[name]
    flat = np.arange(values.size)
    if values.size > ALL:
        generator = stream(seed, "check", frame.iteration, frame.layout[name].offset)
        flat = np.sort(generator.permutation(values.size)[:SAMPLE])
    for place in flat:
        yield tuple(int(i) for i in np.unravel_index(place, values.shape))


def _rounding(frame: Frame, program: Program) -> float:
    """How far rounding may move a gradient: a sum over the samples, whose terms may cancel while their errors stay."""
    layers = range(1, len(program.network.layers) + 1)
    with np.errstate(over="ignore"):
        errors = max(float(np.abs(frame[f"dz{k}"]).sum(axis=0).max()) for k in layers)
    inputs = max(1.0, *(float(np.abs(frame[name]).max()) for name in ("x", *(f"a{k}" for k in layers))))
    return 4 * len(layers) * float(np.finfo(program.dtype).eps) * errors * inputs


def _numeric(slopes: Slopes, name: str, index: tuple[int, ...], exact: float) -> tuple[float, float] | None:
    """The slope of the loss there and how far rounding may move it; None where it has none.

    nan where the slope or what it is compared with is not finite.
    """
    for epsilon in NEARER:
        found = slopes.slope(name, index, epsilon)
        if not (np.isfinite(found) and np.isfinite(exact)):
            return np.nan, np.nan
        noise = slopes.noise(epsilon)
        close = abs(found - exact) <= noise + CLOSE * (abs(found) + abs(exact))
        if close or not slopes.has_kink(name, index, epsilon):
            return found, noise
    return None
