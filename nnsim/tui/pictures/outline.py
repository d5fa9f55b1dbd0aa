"""Long curves as few points, found as the curve grows: a million numbers are drawn as quickly as a thousand."""

import numpy as np

from nnsim.formats.digits import Array

MOST = 2048  # stretches


class Outline:
    """The lowest and the highest number of each stretch of a growing curve. All stretches are equally long.

    Each number is looked at once, however often the curve is drawn. What is not finite is left out.
    """

    def __init__(self) -> None:
        self._stretch = 1
        self._ends: Array = np.empty((0, 2))  # of each stretch the lowest and the highest number, as they are drawn

    def of(self, y: Array) -> tuple[Array, Array]:
        """Points x and y whose line looks like that through y[0], y[1], … at 0, 1, …

        What was there the last time has not changed: `y` is longer now, or has lost its end.
        """
        if len(y) < len(self._ends) * self._stretch:
            self._stretch, self._ends = 1, np.empty((0, 2))
        while len(y) > MOST * self._stretch:
            self._stretch *= 2
            even = len(self._ends) // 2 * 2
            self._ends = _ends(self._ends[:even].reshape(-1, 4))
        known, step = len(self._ends), self._stretch
        whole = len(y) // step
        new = _ends(y[known * step : whole * step].reshape(-1, step))
        self._ends = np.concatenate([self._ends, new])
        starts = np.arange(whole) * float(step)
        if step == 1:
            return starts, self._ends[:, 0]
        x = np.column_stack([starts, starts + step // 2]).ravel()
        rest = np.arange(whole * step, len(y))
        return np.concatenate([x, rest]), np.concatenate([self._ends.ravel(), y[rest]])


def _ends(stretches: Array) -> Array:
    """The lowest and the highest number of each row, the lowest first where the row rises: shape (rows, 2)."""
    finite = np.where(np.isfinite(stretches), stretches, np.nan)
    low, high = np.fmin.reduce(finite, axis=1), np.fmax.reduce(finite, axis=1)
    rises = ~(finite[:, 0] > finite[:, -1])
    return np.column_stack([np.where(rises, low, high), np.where(rises, high, low)])
