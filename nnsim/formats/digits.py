"""Numbers of one table, written alike: the same decimals, a real minus sign, a plus where signs matter."""

from dataclasses import dataclass, replace
from math import floor, isfinite, isnan, log10

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

MINUS = "−"
FULL = 17  # digits that tell every double from its neighbours
MOST_MEASURED = 1000
SMALLEST, LARGEST = 1e-4, 1e6  # magnitudes outside are written with a power of ten


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of one tensor are written. `width`: the cells that the widest takes."""

    decimals: int
    power: bool = False
    signed: bool = True
    width: int = 0
    full: bool = False

    def __call__(self, value: float) -> str:
        if not isfinite(value):
            return "nan" if isnan(value) else ("+∞" if value > 0 else f"{MINUS}∞")
        if value == 0:
            return "0" + " " * (self.decimals + 1 if self.decimals and not self.power else 0)
        sign = "+" if self.signed else ""
        if self.full:
            return (sign * bool(value > 0) + _short_power(repr(float(value)))).replace("-", MINUS)
        text = format(value, f"{sign}.{self.decimals}{'e' if self.power else 'f'}")
        if not self.power and not text.strip("+-0."):
            return self._tiny(value)
        return (_short_power(text) if self.power else text).replace("-", MINUS)

    def _tiny(self, value: float) -> str:
        """A number that would round to zero, which it is not: its first digit, or what fits with a power of ten."""
        sign = "+" if self.signed else ""
        fixed = format(value, f"{sign}.{-floor(log10(abs(value)))}f")
        powers = (_short_power(format(value, f"{sign}.{places}e")) for places in range(self.decimals, -1, -1))
        return next((text for text in (fixed, *powers) if len(text) <= self.width), "≈0").replace("-", MINUS)


def number_format(values: Array, digits: int = 4, signed: bool | None = None) -> NumberFormat:
    """The format that gives the largest of `values` so many significant digits; from FULL on each has all its own."""
    finite = values[np.isfinite(values)]
    sizes = np.abs(finite[finite != 0])
    largest = float(sizes.max()) if sizes.size else 0.0
    signed = bool((finite < 0).any()) if signed is None else signed
    if largest == 0 or (largest < 1000 and not (finite % 1).any()):
        form = NumberFormat(0, signed=signed)
    elif digits >= FULL:
        form = NumberFormat(1, signed=signed, full=True)
        return replace(form, width=max(len(form(float(value))) for value in values.flat[:MOST_MEASURED]) + 1)
    elif SMALLEST <= largest < (min(LARGEST, 10.0 ** max(digits, 4)) if (finite % 1).any() else LARGEST):
        least = 2 if digits >= 4 and sizes.min() < 1 else 0  # beside thousands too, 0.05 is no power of ten
        form = NumberFormat(max(least, digits - 1 - floor(log10(largest))), signed=signed)
    else:
        form = NumberFormat(digits - 1, power=True, signed=signed)
    ends = (largest, float(sizes.min())) if sizes.size else (0.0,)
    odd = 3 if finite.size < values.size else 1  # nan, −∞
    return replace(form, width=max(odd, *(len(form(-end if signed else end)) for end in ends)))


def _short_power(text: str) -> str:
    mantissa, e, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if e else text
