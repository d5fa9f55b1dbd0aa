"""Numbers of one table, written alike: the same decimals, a real minus sign, a plus where signs matter."""

from dataclasses import dataclass, replace
from math import floor, isfinite, isnan, log10

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

MINUS = "−"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FULL = 17  # digits that tell every double from its neighbours
MOST_MEASURED = 1000
SMALL = 0.1  # below it a table may say its power of ten once
MOST_SCALED = 300  # the largest common power of ten
SHORT_POWER = 6  # cells for 1.5e−7
SMALLEST, LARGEST = 1e-4, 1e6  # magnitudes outside are written with a power of ten


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of one tensor are written. `width`: the cells that the widest takes.

    least: what is smaller would keep but one digit, and is written with up to `digits` of its own.
    exponent: the power of ten that all of them are multiples of, which is said once.
    """

    decimals: int
    power: bool = False
    signed: bool = True
    width: int = 0
    full: bool = False
    digits: int = 1
    least: float = 0.0
    exponent: int = 0

    @property
    def factor(self) -> str:
        """×10⁻⁵, or empty."""
        return f"×10{str(self.exponent).translate(_RAISED)}" if self.exponent else ""

    @property
    def alone(self) -> "NumberFormat":
        """For a number that stands by itself, without the power of ten that it shares with the others of its table."""
        return replace(self, exponent=0, power=True) if self.exponent else self

    def __call__(self, value: float) -> str:
        if not isfinite(value):
            return "nan" if isnan(value) else ("+∞" if value > 0 else f"{MINUS}∞")
        if value == 0:
            return "0" + " " * (self.decimals + 1 if self.decimals and not self.power else 0)
        sign = "+" if self.signed else ""
        if self.exponent:
            text = format(value * 10.0**-self.exponent, f"{sign}.{self.decimals}f")
            return text.replace("-", MINUS) if text.strip("+-0.") else "≈0"
        if self.full:
            return (sign * bool(value > 0) + _short_power(repr(float(value)))).replace("-", MINUS)
        text = format(value, f"{sign}.{self.decimals}{'e' if self.power else 'f'}")
        if not self.power and (abs(value) < self.least or not text.strip("+-0.")):
            return self._tiny(value, text)
        return (_short_power(text) if self.power else text).replace("-", MINUS)

    def _tiny(self, value: float, text: str) -> str:
        """A number of which `text` leaves one digit or none, where that is not all of it: two digits, or what fits."""
        if float(text) == value:
            return text.replace("-", MINUS)
        sign = "+" if self.signed else ""
        first = -floor(log10(abs(value)))
        powers = [_short_power(format(value, f"{sign}.{places}e")) for places in range(self.digits - 1, -1, -1)]
        several = [format(value, f"{sign}.{first + 1}f"), *powers[:-1]] if self.least else []
        shown = (*several, format(value, f"{sign}.{first}f"), powers[-1])
        return next((text for text in shown if len(text) <= self.width), "≈0").replace("-", MINUS)


def number_format(values: Array, digits: int = 4, signed: bool | None = None, even: bool = False) -> NumberFormat:
    """The format that gives the largest of `values` so many significant digits; from FULL on each has all its own.

    even: far smaller ones have no more decimals than the others.
    """
    finite = values[np.isfinite(values)]
    sizes = np.abs(finite[finite != 0])
    largest = float(sizes.max()) if sizes.size else 0.0
    signed = bool((finite < 0).any()) if signed is None else signed
    whole = not (finite % 1).any()
    decimals, power, least = 0, False, 0.0
    if digits >= FULL and largest and not (whole and largest < 1000):
        form = NumberFormat(1, signed=signed, full=True)
        return replace(form, width=max(len(form(float(value))) for value in values.flat[:MOST_MEASURED]) + 1)
    if whole and largest < 1000:
        pass
    elif SMALLEST <= largest < (LARGEST if whole else min(LARGEST, 10.0 ** max(digits, 4))):
        fewest = 2 if digits >= 4 and sizes.min() < 1 else 0  # beside thousands too, 0.05 is no power of ten
        decimals = max(fewest, digits - 1 - floor(log10(largest)))
        least = 10.0 ** (1 - decimals) if digits > 2 and not even else 0.0
    else:
        decimals, power = digits - 1, True
    form = NumberFormat(decimals, power, signed, digits=digits, least=least)
    ends = (largest, float(sizes.min())) if sizes.size else (0.0,)
    width = max(3 if finite.size < values.size else 1, *(len(form(-end if signed else end)) for end in ends))  # nan, −∞
    if ends[-1] < least and (small := sizes[sizes < least]).size and (small != small.round(decimals)).any():
        width = max(width, SHORT_POWER + signed)
    return replace(form, width=width)


def scaled(values: Array, form: NumberFormat, digits: int) -> NumberFormat | None:
    """As `form`, but with the power of ten of the largest said once for all of them, and so many digits.

    None where that is no good: the largest is not that small or large, or its power is beyond doubles.
    """
    largest = float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))
    exponent = int(f"{largest:.{digits - 1}e}".partition("e")[2])
    if not (form.power or largest < SMALL) or not 0 < abs(exponent) <= MOST_SCALED:
        return None
    odd = 3 if not np.isfinite(values).all() else 1
    width = max(odd, form.signed + digits + 1)
    return replace(form, decimals=digits - 1, power=False, digits=digits, least=0.0, exponent=exponent, width=width)


def _short_power(text: str) -> str:
    mantissa, e, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if e else text
