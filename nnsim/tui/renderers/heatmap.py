"""A matrix as colors, two numbers a cell: half blocks. Without colors of our own, a letter for each number."""

from dataclasses import dataclass

import numpy as np

from nnsim.formats.digits import Array
from nnsim.tui.colors import STEPS
from nnsim.tui.rows import Row, aimed

CURSOR, NOTHING = 99, 98  # levels of the chosen number, and of what is no number of the matrix
ABOVE, BELOW = " ░░▒▒▓▓██", " ..--==≡≡"  # letters by size
LARGEST_SCALE, LARGEST_NAMED = 8, 12  # dots for a number, at the most; across, where a name stands above it
FINE = 512  # dots beyond which half as many colors serve the eye as well, and a terminal is sent far less


@dataclass(frozen=True)
class Heatmap:
    """`rows`; and how many numbers of the matrix a dot stands for, downwards and across."""

    rows: list[Row]
    block: tuple[int, int]


def heatmap(
    matrix: Array, width: int, height: int, largest: float, cursor: tuple[int, int] | None, plain: bool, square: bool
) -> Heatmap:
    """The matrix in at most `height` rows of at most `width` cells. `square`: a number takes as much across as down."""
    dots = height if plain else 2 * height
    aspect = 2 if plain else 1  # a letter is twice as high as wide
    down, across = max(1, -(-len(matrix) // dots)), max(1, -(-matrix.shape[1] * aspect // width))
    pooled = pool(matrix, down, across)
    levels = _levels(pooled, largest)
    if cursor:
        levels[cursor[0] // down, cursor[1] // across] = CURSOR
    tall, wide = _scales(pooled.shape, dots, width // aspect, square)
    down_names, across_names = (
        np.arange(n).repeat(k) for n, k in zip(pooled.shape, (tall, wide * aspect), strict=True)
    )
    shown = levels.repeat(tall, 0).repeat(wide * aspect, 1)
    draw = _letters if plain else _blocks
    return Heatmap(draw(shown, down_names * down, across_names * across), (down, across))


def pool(matrix: Array, down: int, across: int) -> Array:
    """Of each block of so many numbers the one farthest from zero."""
    if down == across == 1:
        return matrix
    rows, columns = np.arange(0, len(matrix), down), np.arange(0, matrix.shape[1], across)
    filled = np.nan_to_num(matrix)
    high = np.maximum.reduceat(np.maximum.reduceat(filled, rows, 0), columns, 1)
    low = np.minimum.reduceat(np.minimum.reduceat(filled, rows, 0), columns, 1)
    return np.where(high >= -low, high, low)


def _levels(matrix: Array, largest: float) -> np.ndarray:
    """Steps of the color scale; NOTHING for what is no number."""
    if not 0 < largest < np.inf:
        return np.where(np.isnan(matrix), NOTHING, 0)
    share = np.clip(matrix, -largest, largest) / largest
    each = 2 if matrix.size > FINE else 1
    steps = np.sign(share) * each * np.ceil(STEPS // each * np.abs(share))
    return np.where(np.isnan(matrix), NOTHING, steps).astype(np.int64)


def _scales(shape: tuple[int, ...], dots: int, width: int, square: bool) -> tuple[int, int]:
    """The dots that a number takes downwards and across."""
    wide = max(1, min(LARGEST_SCALE if square else LARGEST_NAMED, width // shape[1]))
    tall = max(1, min(LARGEST_SCALE, dots // shape[0], (2 if square else 4) * wide))
    return (min(tall, wide), min(tall, wide)) if square else (tall, wide)


def widest(width: int, count: int, plain: bool) -> int:
    """The cells that each of so many columns takes in a map of `width` cells that is not square."""
    aspect = 2 if plain else 1
    return min(LARGEST_NAMED, width // aspect // count) * aspect


def _blocks(levels: np.ndarray, down: np.ndarray, across: np.ndarray) -> list[Row]:
    if len(levels) % 2:
        levels = np.vstack([levels, np.full(levels.shape[1], NOTHING)])
    names = across.tolist()
    rows = []
    for y in range(0, len(levels), 2):
        pairs = zip(levels[y].tolist(), levels[y + 1].tolist(), names, strict=True)
        at = int(down[y])
        rows.append([("▀", aimed(f"h{top}:{bottom}", "cell", at, column)) for top, bottom, column in pairs])
    return rows


def _letters(levels: np.ndarray, down: np.ndarray, across: np.ndarray) -> list[Row]:
    names = across.tolist()
    return [
        [_letter(level, int(down[y]), column) for level, column in zip(row.tolist(), names, strict=True)]
        for y, row in enumerate(levels)
    ]


def _letter(level: int, row: int, column: int) -> tuple[str, str]:
    if level == CURSOR:
        return ("+", aimed("cursor", "cell", row, column))
    if level == NOTHING:
        return (" ", "")
    return ((ABOVE if level > 0 else BELOW)[abs(level)], aimed(f"v{level:+d}", "cell", row, column))
