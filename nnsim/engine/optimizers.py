"""The optimizers, from simple to complex: each a list of steps over one flat vector of all parameters.

`step` is what is subtracted: parameter next = parameter − step. A step's kernel works on whole vectors; the same step
is shown per parameter, with its formula. Definitions are PyTorch's (`torch.optim`), t counted from 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nnsim.engine.expressions import Constant, Node, sqrt
from nnsim.engine.spec import Array
from nnsim.engine.workspace import Call, Workspace

Named = Callable[[str], Node]  # a number of the parameter by suffix: "" itself, "d" its gradient, "m", "m.prev" ...
Options = Mapping[str, float]
Mask = NDArray[np.bool_]
Clock = Callable[[int], None]  # sets what depends on the iteration


@dataclass(frozen=True)
class Step:
    """One line of an optimizer's update rule.

    formula and numpy are written with {w} for the parameter, {g} for its gradient, and the names of other steps.
    """

    name: str
    title: str
    reads: tuple[str, ...]
    formula: str
    numpy: str
    calls: Callable[[Workspace, Options, list[Clock]], list[Call]]
    explain: Callable[[Named, Options, int], Node]


@dataclass(frozen=True)
class Optimizer:
    """`memories` are carried from one iteration to the next; `defaults` are the options that it takes."""

    name: str
    title: str
    memories: tuple[str, ...]
    steps: tuple[Step, ...]
    defaults: Options = field(default_factory=dict)

    @property
    def results(self) -> tuple[str, ...]:
        """What is computed on the way and not kept."""
        return tuple(step.name for step in self.steps if step.name not in (*self.memories, "next"))


def _alpha(options: Options) -> Node:
    return Constant(options["learning_rate"], "α")


def _next() -> Step:
    def calls(w: Workspace, options: Options, clocks: list[Clock]) -> list[Call]:
        return [partial(np.subtract, w.flat(""), w.flat("step"), w.flat("next"))]

    return Step(
        "next", "new value", ("", "step"), "{w} − step", "{w} - step", calls, lambda n, options, t: n("") - n("step")
    )


def _descent(direction: str, formula: str) -> Step:
    """The step of plain gradient descent along `direction`."""

    def calls(w: Workspace, options: Options, clocks: list[Clock]) -> list[Call]:
        return [partial(np.multiply, w.flat(direction), w.constant(options["learning_rate"]), w.flat("step"))]

    return Step(
        "step",
        "what is subtracted",
        (direction,),
        f"α · {formula}",
        f"learning_rate * {'{g}' if direction == 'd' else direction}",
        calls,
        lambda n, options, t: _alpha(options) * n(direction),
    )


def _velocity() -> Step:
    def calls(w: Workspace, options: Options, clocks: list[Clock]) -> list[Call]:
        m = w.flat("m")
        return [
            partial(np.multiply, w.flat("m.prev"), w.constant(options["momentum"]), m),
            partial(np.add, m, w.flat("d"), m),
        ]

    return Step(
        "m",
        "velocity: the gradients so far, older ones fading",
        ("m.prev", "d"),
        "μ·mₜ₋₁ + {g}",
        "momentum * m_prev + {g}",
        calls,
        lambda n, options, t: Constant(options["momentum"], "μ") * n("m.prev") + n("d"),
    )


def _moving_average(memory: str, beta: str, power: int, title: str) -> Step:
    """β·before + (1 − β)·gradient^power."""
    letter, gradient, code = ("β₁", "{g}", "{g}") if power == 1 else ("β₂", "{g}²", "{g}**2")

    def calls(w: Workspace, options: Options, clocks: list[Clock]) -> list[Call]:
        new, share = w.flat(memory), w.scratch(w.flat(memory), "update")
        kept, added = w.constant(options[beta]), w.constant(1 - options[beta])
        squared = [partial(np.multiply, share, w.flat("d"), share)] if power == 2 else []
        return [
            partial(np.multiply, w.flat(f"{memory}.prev"), kept, new),
            partial(np.multiply, w.flat("d"), added, share),
            *squared,
            partial(np.add, new, share, new),
        ]

    def explain(n: Named, options: Options, t: int) -> Node:
        b = Constant(options[beta], letter)
        return b * n(f"{memory}.prev") + (1 - b) * (n("d") ** 2 if power == 2 else n("d"))

    return Step(
        memory,
        title,
        (f"{memory}.prev", "d"),
        f"{letter}·{memory}ₜ₋₁ + (1 − {letter})·{gradient}",
        f"{beta} * {memory}_prev + (1 - {beta}) * {code}",
        calls,
        explain,
    )


def _correction(memory: str, beta: str) -> Step:
    """Makes up for the memory having started at zero: divided by 1 − β^(t+1)."""
    letter, hat = ("β₁", "m̂") if memory == "m" else ("β₂", "v̂")

    def calls(w: Workspace, options: Options, clocks: list[Clock]) -> list[Call]:
        divisor = w.constant(1)

        def tick(t: int) -> None:
            divisor[()] = 1 - options[beta] ** (t + 1)

        clocks.append(tick)
        return [partial(np.divide, w.flat(memory), divisor, w.flat(f"{memory}hat"))]

    def explain(n: Named, options: Options, t: int) -> Node:
        return n(memory) / (1 - Constant(options[beta], letter) ** (Constant(t, "t") + 1))

    return Step(
        f"{memory}hat",
        f"{hat}: {memory} without its bias towards the zero it started from",
        (memory,),
        f"{memory} / (1 − {letter}^(t + 1))",
        f"{memory} / (1 - {beta}**(t + 1))",
        calls,
        explain,
    )


def _adam_step() -> Step:
    def calls(w: Workspace, options: Options, clocks: list[Clock]) -> list[Call]:
        step, root = w.flat("step"), w.scratch(w.flat("step"), "update")
        return [
            partial(np.sqrt, w.flat("vhat"), root),
            partial(np.add, root, w.constant(options["epsilon"]), root),
            partial(np.divide, w.flat("mhat"), root, step),
            partial(np.multiply, step, w.constant(options["learning_rate"]), step),
        ]

    def explain(n: Named, options: Options, t: int) -> Node:
        return _alpha(options) * (n("mhat") / (sqrt(n("vhat")) + Constant(options["epsilon"], "ε")))

    return Step(
        "step",
        "what is subtracted",
        ("mhat", "vhat"),
        "α · m̂ / (√v̂ + ε)",
        "learning_rate * mhat / (np.sqrt(vhat) + epsilon)",
        calls,
        explain,
    )


SGD = Optimizer(
    "sgd",
    "gradient descent",
    (),
    (_descent("d", "{g}"), _next()),
    {"learning_rate": 1e-3},
)

# The velocity form of torch.optim.SGD: the learning rate scales the whole velocity (Sutskever et al. 2013 differ)
MOMENTUM = Optimizer(
    "momentum",
    "gradient descent with momentum",
    ("m",),
    (_velocity(), _descent("m", "m"), _next()),
    {"learning_rate": 1e-3, "momentum": 0.9},
)

# Kingma & Ba (2015), "Adam: a method for stochastic optimization", algorithm 1; ε stands outside the root as there
ADAM = Optimizer(
    "adam",
    "Adam",
    ("m", "v"),
    (
        _moving_average("m", "beta1", 1, "first moment: a moving average of the gradient"),
        _moving_average("v", "beta2", 2, "second moment: a moving average of the squared gradient"),
        _correction("m", "beta1"),
        _correction("v", "beta2"),
        _adam_step(),
        _next(),
    ),
    {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
)

OPTIMIZERS: dict[str, Optimizer] = {optimizer.name: optimizer for optimizer in (SGD, MOMENTUM, ADAM)}


def frozen_stay(frozen: Mask, step: Array) -> Call:
    """Takes the step of frozen parameters back to exactly nothing, whatever their gradient is."""
    return partial(np.copyto, step, 0, where=frozen)
