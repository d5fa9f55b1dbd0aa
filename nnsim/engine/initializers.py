"""Where weights start. Biases start at zero.

Definitions are those of `torch.nn.init`; `fan_in` is the number of inputs of a unit, `fan_out` the number of units.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from nnsim.engine.randomness import stream
from nnsim.engine.spec import Array, Initialization

Draw = Callable[[np.random.Generator, tuple[int, int], Mapping[str, float]], Array]


@dataclass(frozen=True)
class Initializer:
    """`draw` fills a matrix of shape (fan_in, fan_out); `defaults` are the options that it takes."""

    draw: Draw
    formula: str
    defaults: Mapping[str, float] = field(default_factory=dict)


def _normal(gain: float, fan: Callable[[int, int], float]) -> Draw:
    return lambda rng, shape, options: rng.standard_normal(shape) * sqrt(gain / fan(*shape))


def _uniform(gain: float, fan: Callable[[int, int], float]) -> Draw:
    def draw(rng: np.random.Generator, shape: tuple[int, int], options: Mapping[str, float]) -> Array:
        limit = sqrt(3 * gain / fan(*shape))
        return rng.uniform(-limit, limit, shape)

    return draw


def _both(fan_in: int, fan_out: int) -> float:
    return (fan_in + fan_out) / 2


def _inputs(fan_in: int, fan_out: int) -> float:
    return fan_in


INITIALIZERS: dict[str, Initializer] = {
    "zeros": Initializer(lambda rng, shape, options: np.zeros(shape), "0"),
    "constant": Initializer(lambda rng, shape, options: np.full(shape, options["value"]), "value", {"value": 0.0}),
    "normal": Initializer(
        lambda rng, shape, options: options["mean"] + options["std"] * rng.standard_normal(shape),
        "N(mean, std²)",
        {"mean": 0.0, "std": 1.0},
    ),
    "uniform": Initializer(
        lambda rng, shape, options: rng.uniform(options["low"], options["high"], shape),
        "U(low, high)",
        {"low": 0.0, "high": 1.0},
    ),
    # Glorot & Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks"
    "xavier_normal": Initializer(_normal(1.0, _both), "N(0, 2 / (fan_in + fan_out))"),
    "xavier_uniform": Initializer(_uniform(1.0, _both), "U(±√(6 / (fan_in + fan_out)))"),
    # He et al. (2015), "Delving deep into rectifiers"
    "he_normal": Initializer(_normal(2.0, _inputs), "N(0, 2 / fan_in)"),
    "he_uniform": Initializer(_uniform(2.0, _inputs), "U(±√(6 / fan_in))"),
    # LeCun et al. (1998), "Efficient BackProp"
    "lecun_normal": Initializer(_normal(1.0, _inputs), "N(0, 1 / fan_in)"),
}


def initial_weights(init: Initialization, shape: tuple[int, int], seed: int, layer: int) -> Array:
    """The start weights of a layer, shape (fan_in, fan_out)."""
    initializer = INITIALIZERS[init.name]
    return initializer.draw(stream(seed, "init", layer), shape, {**initializer.defaults, **init.options})
