"""The loss around the present parameters: along the negative gradient, and over the plane that training moves in.

The plane is spanned by the two directions in which the visited parameters differ most from the present ones, as in
Li et al., "Visualizing the Loss Landscape of Neural Nets" (2018), section 7.2.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnsim.debugger.history import places
from nnsim.debugger.past import Past, parameters_of
from nnsim.engine.frame import Frame
from nnsim.engine.spec import Array, Experiment, Indices

GRID = (33, 21)  # places across and up
LINE = 41  # places along the gradient
MOST_STATES = 40  # of the path
MARGIN = 0.3  # of the path's extent, around it
FARTHEST = 1e100  # beyond it squares overflow
BEHIND = 0.25  # of the line lies uphill
WORK = 1e10  # multiplications that a map may take, which bounds the rows it is measured on
MOST_ROWS, FEWEST_ROWS = 2000, 64


@dataclass(frozen=True)
class Landscape:
    """The loss of the training rows (or of `rows` of them) near the parameters of an iteration.

    along, line: distances down the negative gradient and the losses there; `step`: how far this update goes along it.
    across, up, losses: the plane, (len(up), len(across)), the present parameters at (0, 0).
    path: (places, 2), where training was at the iterations `visited`, projected on the plane.
    share: of the path's squared distances that the plane shows. penalised: whether training minimises more than that.
    dropout: whether it silences units, which are all at work here.
    """

    iteration: int
    here: float
    along: Array
    line: Array
    step: float
    across: Array
    up: Array
    losses: Array
    path: Array
    visited: tuple[int, ...]
    share: float
    rows: int
    of_rows: int
    penalised: bool = False
    dropout: bool = False


class Survey:
    """Measures a landscape, a slice of time after another."""

    def __init__(self, past: Past, frame: Frame, recorded: int) -> None:
        self._past, self._frame, self._recorded = past, frame, recorded
        self._here = parameters_of(frame)
        self._visited = sorted({*places(recorded, MOST_STATES), frame.iteration})  # the path leads through here
        self._states: list[Array] = []
        self._x, self._y = _rows(past.experiment, len(self._here))
        self._losses: list[float] = []
        self._points: Array | None = None

    @property
    def possible(self) -> bool:
        """Whether there is anything to measure: the parameters are numbers, and not beyond all measure."""
        return bool((np.abs(self._here) < FARTHEST).all())

    def advance(self, seconds: float) -> bool:
        """Works for about so long. Whether it is done."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if len(self._states) < len(self._visited):
                self._states.append(self._past.parameters(self._visited[len(self._states)]))
            elif self._points is None:
                self._lay_out()
            elif len(self._losses) < len(self._points):
                self._losses.append(self._loss(self._points[len(self._losses)]))
            else:
                return True
        return False

    def result(self) -> Landscape:
        """What was measured, once it is done."""
        wide, high = GRID
        losses, training = np.array(self._losses), self._past.experiment.training
        return Landscape(
            iteration=self._frame.iteration,
            here=self._loss(np.zeros(3)),
            along=self._along,
            line=losses[:LINE],
            step=self._step,
            across=self._across,
            up=self._up,
            losses=losses[LINE:].reshape(high, wide),
            path=self._path,
            visited=tuple(self._visited),
            share=self._share,
            rows=len(self._x),
            of_rows=len(self._past.experiment.data.x),
            penalised=bool(training.l1 or training.l2),
            dropout=any(layer.dropout for layer in self._past.experiment.network.layers),
        )

    def _lay_out(self) -> None:
        """Chooses the directions and the places to measure: coordinates along the gradient, across, up."""
        gradient = _moving(self._past.experiment, self._frame, "d")
        gradient = gradient if (np.abs(gradient) < FARTHEST).all() else np.zeros_like(gradient)
        self._downhill = -_unit(gradient)
        moved = np.array(self._states) - self._here
        near: NDArray[np.bool_] = np.asarray((np.abs(moved) < FARTHEST).all(axis=1))
        moved, self._visited = moved[near], [t for t, kept in zip(self._visited, near, strict=True) if kept]
        self._axes, self._share = plane(moved, self._downhill)
        self._path = moved @ self._axes.T
        size = float(np.linalg.norm(self._here)) or 1.0
        step = float(_update(self._frame) @ self._downhill)
        self._step = step if abs(step) < FARTHEST else 0.0
        reach = max(0.25 * size, 3 * self._step)
        self._along = np.linspace(-BEHIND * reach, reach, LINE)
        self._across = _range(self._path[:, 0], 0.1 * size, GRID[0])
        self._up = _range(self._path[:, 1], 0.1 * size, GRID[1])
        line = np.column_stack([self._along, np.zeros((LINE, 2))])
        across, up = np.meshgrid(self._across, self._up)
        self._points = np.concatenate([line, np.column_stack([np.zeros(across.size), across.ravel(), up.ravel()])])

    def _loss(self, point: Array) -> float:
        directions = np.vstack([self._downhill, self._axes])
        with np.errstate(all="ignore"):
            return self._past.evaluator.evaluate(self._here + point @ directions, self._x, self._y)[0]


def plane(moved: Array, spare: Array) -> tuple[Array, float]:
    """Two unit vectors at a right angle, shape (2, P), that `moved` (places, P) lies along most; and its share there.

    Where it has fewer directions, `spare` and then a random one fill up.
    """
    values, vectors = np.linalg.eigh(moved @ moved.T)
    total = float(values.clip(0).sum())
    kept = [i for i in (-1, -2) if len(values) >= -i and values[i] > 1e-12 * max(total, 1e-300)]
    found = [_unit(moved.T @ vectors[:, i]) for i in kept]
    share = sum(float(values[i]) for i in kept) / total if total > 0 else 1.0
    random: np.random.Generator = np.random.default_rng(0)
    while len(found) < 2:
        candidate: Array = spare if np.any(spare) else np.asarray(random.normal(size=moved.shape[1]))
        spare = np.zeros_like(spare)
        for axis in found:
            candidate = np.subtract(candidate, float(candidate @ axis) * axis)
        if float(np.linalg.norm(candidate)) > 1e-9 or moved.shape[1] < 2:
            found.append(_unit(candidate))
    return np.array(found), min(share, 1.0)


def _unit(vector: Array) -> Array:
    norm = float(np.linalg.norm(vector))
    unit: Array = vector / norm if norm > 0 else vector
    return unit


def _range(path: Array, least: float, places: int) -> Array:
    """Places around the path and zero. An odd number of them, zero among them."""
    low, high = min(0.0, float(path.min())), max(0.0, float(path.max()))
    margin = max(MARGIN * (high - low), least)
    low, high = low - margin, high + margin
    points = np.linspace(low, high, places)
    around: Array = points - points[np.abs(points).argmin()]
    return around


def _rows(experiment: Experiment, parameters: int) -> tuple[Array, Array]:
    x, y = experiment.data.x, experiment.data.y
    most = int(np.clip(WORK / (parameters * (GRID[0] * GRID[1] + LINE)), FEWEST_ROWS, MOST_ROWS))
    every: Indices = np.arange(0, len(x), max(1, -(-len(x) // most)))
    return x[every], y[every]


def _moving(experiment: Experiment, frame: Frame, block: str) -> Array:
    """A block of the frame as one vector, 0 for what is frozen."""
    layout = frame.layout
    vector = frame.copy_of_buffer()[layout.blocks[block]]
    start = layout.blocks[""].start
    for name in experiment.network.frozen:
        offset = layout[name].offset - start
        vector[offset : offset + int(np.prod(layout[name].shape(0)))] = 0
    return vector


def _update(frame: Frame) -> Array:
    buffer = frame.copy_of_buffer()
    difference: Array = buffer[frame.layout.blocks["next"]] - buffer[frame.layout.blocks[""]]
    return difference
