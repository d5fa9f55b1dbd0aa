"""Connections between two columns of units, drawn in braille: 2 × 4 dots a cell.

Thicker is larger, dashed is negative; where lines cross, a cell takes the color of the largest.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nnsim.formats.digits import Array
from nnsim.tui.colors import ink
from nnsim.tui.rows import Row

_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # by row and column inside a cell
_SAMPLES_A_DOT = 2
FAINTER = 2.0  # how much what is not lit steps back; few others change color then when an op lights its own
FEWEST = 6  # lines that are drawn in whatever little room
INVISIBLE, WEAK, STRONG = 0.03, 0.12, 0.55  # shares of the largest weight


@dataclass(frozen=True)
class Links:
    """Weights between units that stand in the rows `starts` and `ends`: the bytes of a (starts, ends) float64 array.

    `chosen`: those to stand out. `lit`: those that what is pinned goes into. `coarse`: they become blocks, so that
    fewer can be told apart, and no thick ones. `lead`: cells in which they run level before they part.
    Bytes, so that equal pictures are equal and can be kept.
    """

    data: bytes
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    largest: float
    chosen: frozenset[tuple[int, int]] = frozenset()
    coarse: bool = False
    lit: frozenset[tuple[int, int]] = frozenset()
    lead: int = 0

    @property
    def weights(self) -> Array:
        return np.frombuffer(self.data).reshape(len(self.starts), len(self.ends))

    def rows(self, width: int, height: int) -> list[Row]:
        """The picture: `height` rows of `width` cells, the lead in front of them."""
        width += self.lead
        if width - self.lead < 2 or not self.weights.size or self.largest <= 0:
            return [[(" " * max(width, 0), "")] for _ in range(height)]
        order = self._order(self.most(width - self.lead, height))
        bits, owner = _draw(self._curves(order, width, height), width, height)
        roles = [self._role(int(i), int(j)) for i, j in zip(*np.unravel_index(order, self.weights.shape), strict=True)]
        return [_row(bits[y], owner[y], roles) for y in range(height)]

    def most(self, width: int, height: int) -> int:
        """How many lines can be told apart in so much room."""
        return max(FEWEST, min(width, height), min(width // 2, height * 3 // 2)) // (2 if self.coarse else 1)

    def _order(self, most: int) -> np.ndarray:
        """Flat positions of the weights to draw: so many of the largest, the very largest last, on top."""
        share = np.abs(self.weights).ravel() / self.largest
        for pair in self.chosen:
            share[np.ravel_multi_index(pair, self.weights.shape)] += 1 if len(self.chosen) > 1 else np.inf
        for pair in self.lit - self.chosen:
            share[np.ravel_multi_index(pair, self.weights.shape)] += 1
        order = np.argsort(share)[-most:]
        return order[share[order] >= INVISIBLE]

    def _role(self, i: int, j: int) -> str:
        if (i, j) in self.lit:
            return "lit"
        if (i, j) in self.chosen:
            return "lit" if len(self.chosen) == 1 else ink(self.weights[i, j], self.largest / FAINTER)
        return ink(self.weights[i, j], FAINTER * self.largest)

    def _curves(self, order: np.ndarray, width: int, height: int) -> "_Curves":
        i, j = np.unravel_index(order, self.weights.shape)
        start, end = np.array(self.starts)[i] * 4 + 1.5, np.array(self.ends)[j] * 4 + 1.5
        t = np.linspace(0.0, 1.0, _SAMPLES_A_DOT * max(2 * width, 4 * height))
        x = np.broadcast_to(t * (2 * width - 1), (len(order), len(t)))
        level = self.lead / width
        y = start[:, None] + (end - start)[:, None] * np.clip((t - level) / (1 - level), 0, 1)
        roomy = len(order) <= min(width - self.lead, height) // 2  # a crowd of thick lines is a blot
        thick = self._thick(order) & (roomy and not self.coarse)
        return _Curves(x, y, self._visible(order, x, y), thick)

    def _visible(self, order: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Which samples of each line to draw: all, or dashes for negative weights, sparse ones for weak weights."""
        along = np.cumsum(np.hypot(np.diff(x, prepend=x[:, :1]), np.diff(y, prepend=y[:, :1])), axis=1)
        weights = self.weights.ravel()[order]
        asked = self._asked()
        dashed, weak = weights < 0, np.abs(weights) < WEAK * self.largest
        weak &= ~np.isin(order, list(asked))
        visible = np.ones(along.shape, dtype=bool)
        visible[dashed] = _dashes(along[dashed], 4, 7)
        visible[weak & ~dashed] = _dashes(along[weak & ~dashed], 1, 4)
        visible[weak & dashed] = _dashes(along[weak & dashed], 2, 7)
        return visible

    def _asked(self) -> set[int]:
        """Flat positions of the weights that are shown to be the ones in question, however weak they are."""
        pairs = self.lit | (self.chosen if len(self.chosen) == 1 else frozenset())
        return {start * len(self.ends) + end for start, end in pairs}

    def _thick(self, order: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(self.weights.ravel()[order]) >= STRONG * self.largest)


def _dashes(along: np.ndarray, drawn: int, apart: int) -> np.ndarray:
    """Which places along the lines (lines, samples) lie in a dash: about so far apart that each line ends with one."""
    last = along[:, -1:] - drawn  # where the last dash starts
    period = np.maximum(last / np.maximum(np.rint(last / apart), 1), drawn)
    return np.asarray(along % period < drawn)


@lru_cache(maxsize=64)
def links_picture(links: Links, width: int, height: int) -> list[Row]:
    return links.rows(width, height)


@dataclass(frozen=True)
class _Curves:
    x: np.ndarray
    y: np.ndarray
    visible: np.ndarray
    thick: np.ndarray


def _draw(curves: _Curves, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Braille bits of every cell, and which curve owns it (−1: none)."""
    bits, owner = np.zeros(width * height, dtype=np.int64), np.full(width * height, -1)
    number = np.broadcast_to(np.arange(len(curves.x))[:, None], curves.x.shape)
    for lower in (0, 1):  # a thick line is drawn again, a dot lower
        drawn = curves.visible & (curves.thick[:, None] | (lower == 0))
        x = np.rint(curves.x[drawn]).astype(np.int64)
        y = np.clip(np.rint(curves.y[drawn]).astype(np.int64) + lower, 0, 4 * height - 1)
        cells = (y // 4) * width + x // 2
        np.bitwise_or.at(bits, cells, _DOTS[y % 4, x % 2])
        np.maximum.at(owner, cells, number[drawn])
    return bits.reshape(height, width), owner.reshape(height, width)


def _row(bits: np.ndarray, owner: np.ndarray, roles: list[str]) -> Row:
    row: Row = []
    for bit, curve in zip(bits.tolist(), owner.tolist(), strict=True):
        role = roles[curve] if bit else ""
        letter = chr(0x2800 + bit) if bit else " "
        if row and row[-1][1] == role:
            row[-1] = (row[-1][0] + letter, role)
        else:
            row.append((letter, role))
    return row
