"""A whole tensor at a glance: a heat map with its scale, and the chosen number in words."""

import numpy as np

from nnsim.formats.digits import Array, number_format
from nnsim.tui.colors import STEPS
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.heatmap import ABOVE, BELOW, heatmap
from nnsim.tui.rows import Row, clean, crop


def overview(moment: Moment, width: int, height: int) -> list[Row]:
    """At most `height` rows of at most `width` cells. A vector lies in one row."""
    matrix, cursor = _matrix(moment)
    if height < 4 or width < 10:
        return []
    largest = float(np.max(np.abs(matrix), initial=0.0, where=np.isfinite(matrix)))
    drawn = heatmap(matrix, width, height - 3, largest, cursor, moment.view.plain, square=False)
    rows = _for_vectors(drawn.rows) if moment.tensor.axes and len(moment.tensor.axes) == 1 else drawn.rows
    words = [_scale(matrix, largest, moment.view.plain), _block(drawn.block), _chosen(moment)]
    return [*rows, *(crop(row, width) for row in words if row)]


def _matrix(moment: Moment) -> tuple[Array, tuple[int, int]]:
    array, index = moment.frame[moment.op.name], moment.index
    return (array, (index[0], index[1])) if array.ndim == 2 else (array.reshape(1, -1), (0, index[0] if index else 0))


def _for_vectors(rows: list[Row]) -> list[Row]:
    """A vector has one axis: its places lose the row."""
    return [[(text, role.replace("@cell:0,", "@cell:")) for text, role in row] for row in rows]


def _scale(matrix: Array, largest: float, plain: bool) -> Row:
    form = number_format(np.array([largest]), 3)
    signed = bool((matrix < 0).any())
    steps = range(-STEPS if signed else 0, STEPS + 1)
    dots: Row = [
        ((ABOVE if at > 0 else BELOW)[abs(at)] if plain else "█", f"v{at:+d}" if plain else f"h{at}:{at}")
        for at in steps
    ]
    low, high = (f"−{form(largest).strip()} " if signed else "0 "), f" {form(largest).strip()}"
    return [(low, "dim"), *dots, (high, "dim")]


def _block(block: tuple[int, int]) -> Row:
    if block == (1, 1):
        return []
    return [(f"a dot stands for {block[0]} × {block[1]} numbers: the one farthest from 0", "dim")]


def _chosen(moment: Moment) -> Row:
    names = (clean(moment.frame.axis_names(moment.op.name, axis)[i]) for axis, i in enumerate(moment.index))
    value = number_format(np.array([moment.number]), moment.view.digits, signed=True)(moment.number)
    return [
        ("▸ ", "title"),
        (", ".join(names), "title"),
        (f"  {value}", "lit"),
        ("   o numbers" if moment.view.overview else "   o larger", "dim"),
    ]
