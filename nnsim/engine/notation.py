"""How names read on a screen: `dW2` is ∂L/∂W₂, `W1.mhat` is m̂(W₁), -0.5 is −0.5."""

import re
from functools import cache
from math import isfinite

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SINGLE = {"loss": "L", "data_loss": "L₀", "penalty": "Ω", "alpha": "αₜ", "norm": "‖∂L‖"}
_MEMORY = {
    "clipped": "clipped",
    "g": "g",
    "delta": "δ",
    "m": "m",
    "v": "v",
    "u": "u",
    "mhat": "m̂",
    "vhat": "v̂",
    "m.prev": "mₜ₋₁",
    "v.prev": "vₜ₋₁",
    "u.prev": "uₜ₋₁",
    "step": "step",
}
OPTIONS = {
    "β₁": "beta1",
    "β₂": "beta2",
    "μ": "momentum",
    "ρ": "decay",
    "ε": "epsilon",
    "λ": "weight_decay",
    "α": "learning_rate",
}
"""The letters that formulas have for an optimizer's options."""


def subscript(number: int) -> str:
    return str(number).translate(SUBSCRIPTS)


@cache
def symbol(name: str) -> str:
    """The textbook symbol of a tensor of the frame."""
    parameter, _, suffix = name.partition(".")
    if suffix == "next":
        return f"{symbol(parameter)} next"
    if suffix:
        return f"{_MEMORY[suffix]}({symbol(parameter)})"
    if name in _SINGLE:
        return _SINGLE[name]
    if dropped := re.fullmatch(r"drop(\d+)", name):
        return f"ã{subscript(int(dropped[1]))}"
    if derivative := re.fullmatch(r"d([azWb]\d+|drop\d+)", name):
        return f"∂L/∂{symbol(derivative[1])}"
    return re.sub(r"\d+$", lambda digits: digits[0].translate(SUBSCRIPTS), name)


def number(value: float, digits: int = 4) -> str:
    """`value` with so many significant digits, a real minus sign, and no more zeros than it needs."""
    if value == 0:
        return "0"
    if not isfinite(value):
        return str(value).replace("-", "−").replace("inf", "∞")
    text = repr(float(value)) if digits >= 17 else f"{value:.{digits}g}"
    mantissa, exponent, power = text.partition("e")
    if exponent:
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", "−")
