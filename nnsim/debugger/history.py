"""How training went: metrics after epochs, gradients and updates at iterations. Measured on demand, kept, thinned."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from nnsim.debugger.past import Past
from nnsim.engine.frame import Frame

MOST = 60  # samples at the most, however long the training

Sample = TypeVar("Sample")


@dataclass(frozen=True)
class EpochMetrics:
    """The metrics when so many epochs are over; `validation` is empty where no rows are held out."""

    epochs: int
    training: dict[str, float]
    validation: dict[str, float]


@dataclass(frozen=True)
class Flow:
    """How strongly an iteration moved each layer, the first layer first.

    gradients: ‖∂L/∂W and ∂L/∂b‖. updates: ‖W next − W‖ / ‖W‖, NaN for weights that are all 0 or frozen.
    """

    iteration: int
    gradients: tuple[float, ...]
    updates: tuple[float, ...]


class Samples(Generic[Sample]):
    """One measurement at each of at most MOST places from 0 on, the last one always among them; and at one more."""

    def __init__(self, measure: Callable[[int], Sample]) -> None:
        self._measure = measure
        self._known: dict[int, Sample] = {}

    def until(self, last: int, here: int = 0) -> tuple[Sample, ...]:
        """What has been measured of the places up to `last` and of `here`, in order."""
        known = self._known
        return tuple(known[place] for place in sorted({*places(last), here}) if place in known)

    def fill(self, last: int, seconds: float, here: int = 0) -> bool:
        """Measures for about so long. Whether all the places up to `last` are done, and `here`."""
        end = time.monotonic() + seconds
        missing = [place for place in dict.fromkeys((*places(last), here)) if place not in self._known]
        for place in missing:
            self._known[place] = self._measure(place)
            if time.monotonic() > end:
                return place == missing[-1]
        return True


class History:
    """What is known of a session's training so far. Measuring is for one thread, reading for any."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self.epochs = Samples(self._epoch)
        self.flows = Samples(self._flow)

    def _epoch(self, epochs: int) -> EpochMetrics:
        iteration = epochs * self._past.sim.iterations_per_epoch
        training, validation = (self._past.metrics(which, iteration) for which in ("training", "validation"))
        return EpochMetrics(epochs, training, validation)

    def _flow(self, iteration: int) -> Flow:
        return flow(self._past.frame(iteration))


def places(last: int, most: int = MOST) -> list[int]:
    """Every 1, 2, 4, … th place up to `last`, and `last`: as it grows, what was measured stays in use."""
    stride = 1
    while last // stride + 1 >= most:
        stride *= 2
    return sorted({*range(0, last + 1, stride), last})


def stride_of(last: int) -> int:
    """How far apart the places up to `last` are."""
    return places(last)[1] if last else 1


def flow(frame: Frame) -> Flow:
    """The gradient's and the update's size of each layer in a frame."""
    with np.errstate(all="ignore"):
        layers = range(1, len(frame.layout.layers) + 1)
        gradients = tuple(float(np.hypot(_norm(frame, f"dW{k}"), _norm(frame, f"db{k}"))) for k in layers)
        return Flow(frame.iteration, gradients, tuple(_update(frame, f"W{k}") for k in layers))


def _norm(frame: Frame, name: str) -> float:
    return float(np.linalg.norm(frame[name])) if name in frame.layout else 0.0


def _update(frame: Frame, name: str) -> float:
    size = _norm(frame, name)
    if f"{name}.next" not in frame.layout or size == 0:
        return float("nan")
    return float(np.linalg.norm(frame[f"{name}.next"] - frame[name])) / size
