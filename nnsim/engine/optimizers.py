"""The optimizers, from simple to complex: each a list of steps over one flat vector of all parameters.

`step` is what is subtracted: parameter next = parameter − step. A step's kernel works on whole vectors; the same step
is shown per parameter, with its formula. Definitions and defaults are those of `torch.optim`; t is counted from 0.
What a step reads and writes is named by suffix: "" the parameter, "d" its gradient, "m" a memory, "m.prev" the old one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nnsim.engine.expressions import Constant, Node, call, sqrt
from nnsim.engine.spec import Array
from nnsim.engine.workspace import Call, Workspace

Named = Callable[[str], Node]  # a number of the parameter by suffix, or "alpha" or "norm"
Options = Mapping[str, float]
Mask = NDArray[np.bool_]
Explain = Callable[[Named, int], Node]
Kernel = Callable[[Workspace], list[Call]]


@dataclass(frozen=True)
class Step:
    """One line of an update rule.

    formula and numpy are written with {w} for the parameter and {g} for the gradient that the optimizer works with.
    `calls` must not write a memory before it has read the old one: in the fast loop both are the same array.
    """

    name: str
    title: str
    reads: tuple[str, ...]
    formula: str
    numpy: str
    calls: Kernel
    explain: Explain


@dataclass(frozen=True)
class Optimizer:
    """`title` as people write it; `defaults` are the options that it takes.

    `rule` makes its steps from the options and the suffix of the gradient that it is to work with.
    """

    name: str
    title: str
    defaults: Options
    rule: Callable[[Options, str], list[Step]]
    decoupled: bool = False  # weight decay as a part of the step, not of the gradient


def memories(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """What is carried from one iteration to the next: whatever a step reads as it was before."""
    read = {suffix for step in steps for suffix in step.reads}
    return tuple(step.name for step in steps if f"{step.name}.prev" in read)


def sgd(options: Options, g: str) -> list[Step]:
    """W next = W − α·g"""
    return [_scaled(g, "{g}", "{g}")]


def momentum(options: Options, g: str) -> list[Step]:
    """m = μ·m + g, W next = W − α·m: the rate scales the whole velocity (Sutskever et al. 2013 differ)."""
    return [_velocity(options, g), _scaled("m", "m", "m")]


def nesterov(options: Options, g: str) -> list[Step]:
    """As momentum, looking ahead: W next = W − α·(g + μ·m)."""
    mu = options["momentum"]

    def calls(w: Workspace) -> list[Call]:
        step = w.flat("step")
        return [
            partial(np.multiply, w.flat("m"), w.constant(mu), step),
            partial(np.add, step, w.flat(g), step),
            partial(np.multiply, step, w.learning_rate, step),
        ]

    ahead = Step(
        "step",
        STEP,
        (g, "m", "alpha"),
        "α · ({g} + μ·m)",
        "learning_rate * ({g} + momentum * m)",
        calls,
        lambda n, t: n("alpha") * (n(g) + Constant(mu, "μ") * n("m")),
    )
    return [_velocity(options, g), ahead]


def adagrad(options: Options, g: str) -> list[Step]:
    """v = v + g², W next = W − α·g / (√v + ε). Duchi, Hazan & Singer (2011)."""

    def calls(w: Workspace) -> list[Call]:
        v, square = w.flat("v"), w.scratch(w.flat("v"), "update")
        return [partial(np.multiply, w.flat(g), w.flat(g), square), partial(np.add, w.flat("v.prev"), square, v)]

    squares = Step(
        "v",
        "the sum of the squared gradients so far",
        ("v.prev", g),
        "vₜ₋₁ + {g}²",
        "v_prev + {g}**2",
        calls,
        lambda n, t: n("v.prev") + n(g) ** 2,
    )
    return [squares, _over_root(options, g, "v", "{g}", "{g}")]


def rmsprop(options: Options, g: str) -> list[Step]:
    """v = ρ·v + (1 − ρ)·g², W next = W − α·g / (√v + ε). Hinton's lecture 6e.

    With a momentum, the velocity is that of the scaled gradient.
    """
    average = _average("v", g, options["decay"], "ρ", "decay", 2, "a moving average of the squared gradient")
    if not options["momentum"]:
        return [average, _over_root(options, g, "v", "{g}", "{g}")]
    mu, epsilon = options["momentum"], options["epsilon"]

    def calls(w: Workspace) -> list[Call]:
        m, scaled = w.flat("m"), w.scratch(w.flat("m"), "update")
        return [
            partial(np.sqrt, w.flat("v"), scaled),
            partial(np.add, scaled, w.constant(epsilon), scaled),
            partial(np.divide, w.flat(g), scaled, scaled),
            partial(np.multiply, w.flat("m.prev"), w.constant(mu), m),
            partial(np.add, m, scaled, m),
        ]

    velocity = Step(
        "m",
        "velocity of the scaled gradients",
        ("m.prev", g, "v"),
        "μ·mₜ₋₁ + {g} / (√v + ε)",
        "momentum * m_prev + {g} / (np.sqrt(v) + epsilon)",
        calls,
        lambda n, t: Constant(mu, "μ") * n("m.prev") + n(g) / (sqrt(n("v")) + Constant(epsilon, "ε")),
    )
    return [average, velocity, _scaled("m", "m", "m")]


def adadelta(options: Options, g: str) -> list[Step]:
    """Steps in the units of the parameter: δ = g·√(u + ε) / √(v + ε), u a moving average of δ². Zeiler (2012)."""
    rho, epsilon = options["decay"], options["epsilon"]

    def calls(w: Workspace) -> list[Call]:
        delta, root = w.flat("delta"), w.scratch(w.flat("delta"), "update")
        return [
            partial(np.add, w.flat("u.prev"), w.constant(epsilon), delta),
            partial(np.sqrt, delta, delta),
            partial(np.add, w.flat("v"), w.constant(epsilon), root),
            partial(np.sqrt, root, root),
            partial(np.divide, delta, root, delta),
            partial(np.multiply, delta, w.flat(g), delta),
        ]

    def explain(n: Named, t: int) -> Node:
        e = Constant(epsilon, "ε")
        return sqrt(n("u.prev") + e) / sqrt(n("v") + e) * n(g)

    delta = Step(
        "delta",
        "the gradient in the units of the parameter",
        ("u.prev", "v", g),
        "√(uₜ₋₁ + ε) / √(v + ε) · {g}",
        "np.sqrt(u_prev + epsilon) / np.sqrt(v + epsilon) * {g}",
        calls,
        explain,
    )
    return [
        _average("v", g, rho, "ρ", "decay", 2, "a moving average of the squared gradient"),
        delta,
        _average("u", "delta", rho, "ρ", "decay", 2, "a moving average of the squared δ"),
        _scaled("delta", "δ", "delta"),
    ]


def adam(options: Options, g: str) -> list[Step]:
    """Kingma & Ba (2015), algorithm 1: W next = W − α·m̂ / (√v̂ + ε). As there, ε stands outside the root."""
    return [*_moments(options, g), _over_root(options, "mhat", "vhat", "m̂", "mhat")]


def adamw(options: Options, g: str) -> list[Step]:
    """Adam with the weights' decay apart from the gradient: α·(m̂ / (√v̂ + ε) + λ·W). Loshchilov & Hutter (2019)."""
    epsilon, decay = options["epsilon"], options["weight_decay"]

    def calls(w: Workspace) -> list[Call]:
        step, other = w.flat("step"), w.scratch(w.flat("step"), "update")
        return [
            partial(np.sqrt, w.flat("vhat"), other),
            partial(np.add, other, w.constant(epsilon), other),
            partial(np.divide, w.flat("mhat"), other, step),
            partial(np.multiply, w.flat(""), w.constant(decay), other),
            partial(np.add, step, other, step),
            partial(np.multiply, step, w.learning_rate, step),
        ]

    def explain(n: Named, t: int) -> Node:
        adaptive = n("mhat") / (sqrt(n("vhat")) + Constant(epsilon, "ε"))
        return n("alpha") * (adaptive + Constant(decay, "λ") * n(""))

    step = Step(
        "step",
        STEP,
        ("mhat", "vhat", "", "alpha"),
        "α · (m̂ / (√v̂ + ε) + λ·{w})",
        "learning_rate * (mhat / (np.sqrt(vhat) + epsilon) + weight_decay * {w})",
        calls,
        explain,
    )
    return [*_moments(options, g), step]


_ADAM: Options = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0}
# PyTorch's SGD has momentum 0, which would be no momentum at all: 0.9 is what everyone sets
_MOMENTUM: Options = {"learning_rate": 1e-3, "momentum": 0.9, "weight_decay": 0.0}

_ALL = (
    Optimizer("sgd", "SGD", {"learning_rate": 1e-3, "weight_decay": 0.0}, sgd),
    Optimizer("momentum", "momentum", _MOMENTUM, momentum),
    Optimizer("nesterov", "Nesterov momentum", _MOMENTUM, nesterov),
    Optimizer("adagrad", "AdaGrad", {"learning_rate": 1e-2, "epsilon": 1e-10, "weight_decay": 0.0}, adagrad),
    Optimizer(
        "rmsprop",
        "RMSprop",
        {"learning_rate": 1e-2, "decay": 0.99, "epsilon": 1e-8, "momentum": 0.0, "weight_decay": 0.0},
        rmsprop,
    ),
    Optimizer(
        "adadelta",
        "Adadelta",
        {"learning_rate": 1.0, "decay": 0.9, "epsilon": 1e-6, "weight_decay": 0.0},
        adadelta,
    ),
    Optimizer("adam", "Adam", _ADAM, adam),
    Optimizer("adamw", "AdamW", {**_ADAM, "weight_decay": 1e-2}, adamw, decoupled=True),
)
OPTIMIZERS: dict[str, Optimizer] = {optimizer.name: optimizer for optimizer in _ALL}

STEP = "what is subtracted"
CLIP_EPSILON = 1e-6  # keeps the division by the norm safe, as in torch.nn.utils.clip_grad_norm_


def all_steps(optimizer: Optimizer, options: Options, clip_norm: float, clip_value: float) -> tuple[Step, ...]:
    """What happens to the gradient before the optimizer sees it, then the optimizer's own steps.

    The gradient is clipped first, then the weight decay added, as PyTorch does.
    """
    steps: list[Step] = []
    gradient = "d"
    if clip_norm or clip_value:
        steps.append(_clipped_by_norm(clip_norm) if clip_norm else _clipped_by_value(clip_value))
        gradient = "clipped"
    if options.get("weight_decay") and not optimizer.decoupled:
        steps.append(_decayed(options["weight_decay"], gradient))
        gradient = "g"
    return (*steps, *optimizer.rule(options, gradient), _next())


def frozen_stay(frozen: Mask, step: Array) -> Call:
    """Takes the step of frozen parameters back to exactly nothing, whatever their gradient is."""
    return partial(np.copyto, step, 0, where=frozen)


def _clipped_by_norm(limit: float) -> Step:
    def calls(w: Workspace) -> list[Call]:
        share, clipped = w.constant(1), w.flat("clipped")
        return [
            partial(np.add, w["norm"], w.constant(CLIP_EPSILON), share),
            partial(np.divide, w.constant(limit), share, share),
            partial(np.minimum, share, w.constant(1), out=share),
            partial(np.multiply, w.flat("d"), share, clipped),
        ]

    def explain(n: Named, t: int) -> Node:
        share = Constant(limit, "c") / (n("norm") + Constant(CLIP_EPSILON))
        return n("d") * call("min(1, {})", lambda value: min(1.0, value), share)

    return Step(
        "clipped",
        "the gradient, all of it scaled down where its norm exceeds the limit",
        ("d", "norm"),
        "{g} · min(1, c / ‖∂L‖)",
        f"{{g}} * min(1, clip_norm / (norm + {CLIP_EPSILON:g}))",
        calls,
        explain,
    )


def _clipped_by_value(limit: float) -> Step:
    def calls(w: Workspace) -> list[Call]:
        clipped = w.flat("clipped")
        return [
            partial(np.minimum, w.flat("d"), w.constant(limit), out=clipped),
            partial(np.maximum, clipped, w.constant(-limit), out=clipped),
        ]

    def explain(n: Named, t: int) -> Node:
        pattern = f"clip({{}} to ±{limit:g})"
        return call(pattern, lambda value: max(-limit, min(limit, value)), n("d"))

    return Step(
        "clipped",
        "the gradient, each number kept within the limit",
        ("d",),
        "{g} clipped to ±c",
        "np.clip({g}, -clip_value, clip_value)",
        calls,
        explain,
    )


def _decayed(decay: float, gradient: str) -> Step:
    def calls(w: Workspace) -> list[Call]:
        g = w.flat("g")
        return [partial(np.multiply, w.flat(""), w.constant(decay), g), partial(np.add, g, w.flat(gradient), g)]

    return Step(
        "g",
        "the gradient and the decay of the parameter",
        (gradient, ""),
        "{g} + λ·{w}",
        "{g} + weight_decay * {w}",
        calls,
        lambda n, t: n(gradient) + Constant(decay, "λ") * n(""),
    )


def _next() -> Step:
    def calls(w: Workspace) -> list[Call]:
        return [partial(np.subtract, w.flat(""), w.flat("step"), w.flat("next"))]

    return Step("next", "new value", ("", "step"), "{w} − step", "{w} - step", calls, lambda n, t: n("") - n("step"))


def _scaled(direction: str, formula: str, code: str) -> Step:
    """step = α · direction"""

    def calls(w: Workspace) -> list[Call]:
        return [partial(np.multiply, w.flat(direction), w.learning_rate, w.flat("step"))]

    def explain(n: Named, t: int) -> Node:
        return n("alpha") * n(direction)

    return Step("step", STEP, (direction, "alpha"), f"α · {formula}", f"learning_rate * {code}", calls, explain)


def _over_root(options: Options, above: str, below: str, formula: str, code: str) -> Step:
    """step = α · above / (√below + ε)"""
    epsilon, symbol = options["epsilon"], "v̂" if below == "vhat" else below

    def calls(w: Workspace) -> list[Call]:
        step, root = w.flat("step"), w.scratch(w.flat("step"), "update")
        return [
            partial(np.sqrt, w.flat(below), root),
            partial(np.add, root, w.constant(epsilon), root),
            partial(np.divide, w.flat(above), root, step),
            partial(np.multiply, step, w.learning_rate, step),
        ]

    return Step(
        "step",
        STEP,
        (above, below, "alpha"),
        f"α · {formula} / (√{symbol} + ε)",
        f"learning_rate * {code} / (np.sqrt({below}) + epsilon)",
        calls,
        lambda n, t: n("alpha") * (n(above) / (sqrt(n(below)) + Constant(epsilon, "ε"))),
    )


def _velocity(options: Options, g: str) -> Step:
    mu = options["momentum"]

    def calls(w: Workspace) -> list[Call]:
        m = w.flat("m")
        return [partial(np.multiply, w.flat("m.prev"), w.constant(mu), m), partial(np.add, m, w.flat(g), m)]

    return Step(
        "m",
        "velocity: the gradients so far, older ones fading",
        ("m.prev", g),
        "μ·mₜ₋₁ + {g}",
        "momentum * m_prev + {g}",
        calls,
        lambda n, t: Constant(mu, "μ") * n("m.prev") + n(g),
    )


def _average(memory: str, of: str, beta: float, letter: str, option: str, power: int, title: str) -> Step:
    """β·before + (1 − β)·of^power"""
    plain, code = ("δ", "delta") if of == "delta" else ("{g}", "{g}")
    squared, code = (f"{plain}²", f"{code}**2") if power == 2 else (plain, code)

    def calls(w: Workspace) -> list[Call]:
        new, share, added = w.flat(memory), w.scratch(w.flat(memory), "update"), w.flat(of)
        return [
            partial(np.multiply, w.flat(f"{memory}.prev"), w.constant(beta), new),
            partial(np.multiply, added, w.constant(1 - beta), share),
            *([partial(np.multiply, share, added, share)] if power == 2 else []),
            partial(np.add, new, share, new),
        ]

    def explain(n: Named, t: int) -> Node:
        b = Constant(beta, letter)
        return b * n(f"{memory}.prev") + (1 - b) * (n(of) ** 2 if power == 2 else n(of))

    formula = f"{letter}·{memory}ₜ₋₁ + (1 − {letter})·{squared}"
    numpy = f"{option} * {memory}_prev + (1 - {option}) * {code}"
    return Step(memory, title, (f"{memory}.prev", of), formula, numpy, calls, explain)


def _moments(options: Options, g: str) -> list[Step]:
    beta1, beta2 = options["beta1"], options["beta2"]
    return [
        _average("m", g, beta1, "β₁", "beta1", 1, "first moment: a moving average of the gradient"),
        _average("v", g, beta2, "β₂", "beta2", 2, "second moment: a moving average of the squared gradient"),
        _correction("m", "m̂", beta1, "β₁", "beta1"),
        _correction("v", "v̂", beta2, "β₂", "beta2"),
    ]


def _correction(memory: str, hat: str, beta: float, letter: str, option: str) -> Step:
    """Makes up for the memory having started at zero: divided by 1 − β^(t+1)."""

    def calls(w: Workspace) -> list[Call]:
        # multiplied by the reciprocal: a division takes three times as long
        share = w.at_iteration(("correction", beta), lambda t: 1 / (1 - beta ** (t + 1)))
        return [partial(np.multiply, w.flat(memory), share, w.flat(f"{memory}hat"))]

    return Step(
        f"{memory}hat",
        f"{memory}, corrected for its start at 0",
        (memory,),
        f"{memory} / (1 − {letter}^(t + 1))",
        f"{memory} / (1 - {option}**(t + 1))",
        calls,
        lambda n, t: n(memory) / (1 - Constant(beta, letter) ** (Constant(t, "t") + 1)),
    )
