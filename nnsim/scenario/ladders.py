"""The next larger and the next smaller number for what is changed with two keys."""

import math
from collections.abc import Callable, Mapping
from typing import Any

Ladder = Callable[[Any, int], Any]  # takes a value and 1 or -1

LOW, HIGH = 1e-6, 1e6  # the smallest step of a scale, the largest size of a start weight


def batch(value: int | None, step: int, rows: int) -> int | None:
    """The next power of two; beyond the rows all of them, which is where it comes from on its way back."""
    power = 1
    while power * 2 < (rows if value is None else min(value, rows)):
        power *= 2
    if step < 0:
        return power
    above = 1
    while value is not None and above <= value:
        above *= 2
    return None if value is None or above >= rows else above


def _patience(value: int | None, step: int) -> int | None:
    """From none to 1 and back."""
    return max(0, (value or 0) + step) or None


def _at_least(least: int) -> Ladder:
    return lambda value, step: max(least, value + step)


def _by(size: float, least: float, most: float = math.inf) -> Ladder:
    """Steps of one size, between bounds."""
    return lambda value, step: round(min(max(value + step * size, least), most), 10)


def scale(value: float, step: int) -> float:
    """The next number of 1, 2, 5, 10, 20 ... in either direction; below the smallest there is 0."""
    if value <= 0:
        return LOW if step > 0 else 0.0
    exponent = math.floor(math.log10(value))
    rungs = [float(f"{digit}e{power}") for power in range(exponent - 1, exponent + 2) for digit in (1, 2, 5)]
    if step > 0:
        return next(rung for rung in rungs if rung > value * (1 + 1e-9))
    lower = next(rung for rung in reversed(rungs) if rung < value * (1 - 1e-9))
    return lower if lower >= LOW else 0.0


def _positive(value: float, step: int) -> float:
    return scale(value, step) or value


def _counted(value: int, step: int) -> int:
    """1, 2, 5, 10, 20 ... as whole numbers."""
    return max(1, round(scale(value, step)))


def _fading(value: float, step: int) -> float:
    """Towards 1 in ever smaller steps: 0.5, 0.8, 0.9, 0.95, 0.98, 0.99 ..."""
    if value <= 0.5 and step < 0:
        return 0.0
    if value < 0.5:
        return 0.5
    return round(1 - min(scale(1 - value, -step) if value < 1 else 0.001, 0.5), 10)


LADDERS: Mapping[str, Ladder] = {
    "seed": _at_least(0),
    "validation": _by(0.05, 0, 0.95),
    "samples": _counted,
    "noise": _by(0.05, 0),
    "wrong_labels": _by(0.05, 0, 0.95),
    "outliers": _by(0.05, 0, 0.95),
    "turns": _by(0.25, 0.25, 5),
    "squares": _by(1, 2, 10),
    "angle": _by(5, -360, 360),
    "units": _at_least(1),
    "dropout": _by(0.1, 0, 0.9),
    "learning_rate": _positive,
    "momentum": _fading,
    "beta1": _fading,
    "beta2": _fading,
    "decay": _fading,
    "epochs": _counted,
    "every": _by(1, 1),
    "factor": _by(0.05, 0.05, 1),
    "start": _by(0.05, 0, 1),
    "over": _by(1, 1),
    "patience": _patience,
    "value": _by(0.1, -HIGH),
    "mean": _by(0.1, -HIGH),
    "low": _by(0.1, -HIGH),
    "high": _by(0.1, -HIGH),
}
