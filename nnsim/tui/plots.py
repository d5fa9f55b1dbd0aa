"""The one place that knows plotext. It draws on one global figure, so every plot is built here, straight to text."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

BRAILLE = "braille"


@dataclass(frozen=True)
class Axis:
    """A range and its ticks, already nice."""

    lower: float
    upper: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Curve:
    """Points of a line, or marks where `marker` is a letter."""

    x: Sequence[float]
    y: Sequence[float]
    marker: str = BRAILLE


def line_plot(curves: Sequence[Curve], x: Axis, y: Axis, width: int, height: int) -> list[str]:
    """The curves between a left and a lower axis: `height` lines of `width` cells, without colors."""
    import plotext

    plotext.terminal.limit(False, False)  # else a plot is clipped to the terminal that plotext believes in
    figure = plotext.figure
    figure.clear.all()
    figure.theme("colorless")
    figure.plot_size(width, height)
    for curve in curves:
        signal = figure.signal(list(curve.x), list(curve.y), marker=curve.marker)
        figure.draw(signal.lines(curve.marker == BRAILLE))
    for axis in (0, 1):
        figure.axes(False, axis=axis, side=1)
    figure.ruler(0, 0).ticks(list(x.ticks), list(x.labels)).lim(x.lower, x.upper)
    figure.ruler(1, 0).ticks(list(y.ticks), list(y.labels)).lim(y.lower, y.upper)
    return str(figure.build().string(colorless=True)).split("\n")[:height]


def nice_axis(lower: float, upper: float, most: int, whole: bool = False) -> Axis:
    """An axis over at least `lower` … `upper` with at most so many ticks, 1, 2 or 5 times a power of ten apart."""
    if not upper > lower:
        upper = lower + (1.0 if lower == 0 else abs(lower))
    step = nice_step((upper - lower) / max(1, most - 1))
    step = max(step, 1.0) if whole else step
    first, last = floor(lower / step + 1e-9), ceil(upper / step - 1e-9)
    while last - first + 1 > max(3, most):  # three: one each side of zero, and zero
        step = nice_step(step * 1.5)
        first, last = floor(lower / step + 1e-9), ceil(upper / step - 1e-9)
    ticks = tuple(i * step for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, tuple(tick_label(tick, step) for tick in ticks))


def nice_step(at_least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below."""
    power = 10.0 ** floor(log10(at_least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= at_least * (1 - 1e-9))


def tick_label(value: float, step: float) -> str:
    """No more decimals than the step has; thousands with a comma, a real minus."""
    if step < 1e-4 or abs(value) >= 1e7:
        return f"{value:.0e}".replace("-0", "−").replace("+0", "").replace("-", "−")
    decimals = max(0, -floor(log10(step) + 1e-9))
    return f"{value:,.{decimals}f}".replace("-", "−")
