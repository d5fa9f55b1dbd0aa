"""The loss of every iteration visited so far, and where the cursor stands on it."""

import numpy as np

from nnsim.engine.notation import number
from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment
from nnsim.tui.plots import Curve, line_plot, nice_axis
from nnsim.tui.rows import Row, shorten

_SHORTEST = 10  # iterations on the axis when hardly any has been visited
_MARK = "●"


def loss(moment: Moment, width: int, height: int) -> list[Row]:
    if width < 20 or height < 5:
        return [[(shorten("more room is needed for the plot", width), "dim")]]
    at, hidden = moment.iteration, "loss" in moment.hidden
    losses = moment.losses[: moment.recorded + 1]
    known = np.isfinite(losses)
    known[at] &= not (hidden and at == moment.recorded)  # its point comes when its loss does
    at -= hidden
    x, y = thinned(losses, known, 2 * width)
    top = float(y.max()) if len(y) else 1.0
    bottom = min(0.0, float(y.min())) if len(y) else 0.0
    across = nice_axis(0, max(moment.recorded, _SHORTEST), max(2, width // 9), whole=True)
    up = nice_axis(bottom, top or 1.0, max(2, min(7, (height - 2) // 2)))
    curves = [Curve(x.tolist(), y.tolist())] if len(x) > 1 else []
    if at >= 0 and known[at]:
        curves.append(Curve([at], [float(losses[at])], _MARK))
    if not curves:
        return [[(shorten("The loss of every iteration will be drawn here.", width), "dim")]]
    lines = line_plot(curves, across, up, width, height - 1)
    return [*(_colored(line) for line in _with_foot(lines)), [("iteration".center(width), "dim")]]


def _with_foot(lines: list[str]) -> list[str]:
    """A dotted line from the mark down to the axis, where nothing else is drawn."""
    column = next((line.index(_MARK) for line in lines if _MARK in line), None)
    if column is None:
        return lines
    top = next(y for y, line in enumerate(lines) if _MARK in line)
    for y in range(top + 1, len(lines) - 2):
        if lines[y][column] == " ":
            lines[y] = lines[y][:column] + "┊" + lines[y][column + 1 :]
    return lines


def thinned(losses: Array, known: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Iterations and losses of at most about `most` points: of each stretch of a long run its lowest and highest."""
    at = np.flatnonzero(known)
    if len(at) <= most:
        return at, losses[at]
    kept = []
    for stretch in np.array_split(at, most // 2):
        values = losses[stretch]
        kept += sorted({int(stretch[values.argmin()]), int(stretch[values.argmax()])})
    return np.array(kept), losses[kept]


def loss_title(moment: Moment) -> Row:
    title: Row = [("Loss", "lit" if moment.op.name == "loss" else "text"), (f"  {moment.about.loss}", "dim")]
    if moment.last_loss is None:
        return title
    at = moment.iteration - ("loss" in moment.hidden)
    return [*title, (f"  {number(moment.last_loss)}", "title"), (f" at iteration {at:,}", "dim")]


def _colored(line: str) -> Row:
    """Roles for a line of the plot: curve, mark, axes."""
    row: Row = []
    for letter in line:
        role = "lit" if letter == _MARK else "accent" if "⠀" < letter <= "⣿" else "dim"
        if row and row[-1][1] == role:
            row[-1] = (row[-1][0] + letter, role)
        else:
            row.append((letter, role))
    return row
