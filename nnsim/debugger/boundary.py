"""What the network answers all over a plane, or along its only input: the ground of a decision boundary.

The plane is that of two inputs, the others at their median, or that of the first two principal components.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nnsim.engine.metrics import CHUNK
from nnsim.engine.program import Program
from nnsim.engine.spec import Array, Experiment, Indices
from nnsim.engine.workspace import Call, Workspace

GRID = (96, 64)  # places across and up
COARSE = (48, 32)  # where a forward pass is long
LARGE = 20_000  # parameters of a network that takes the coarse grid
CURVE = 240  # places along a single input
MARGIN = 0.15  # of the range, beyond the outermost point
MANY = 10  # different values that make a feature worth an axis
MOST_POINTS = 2000
MOST_ROWS = 10_000  # of more rows every so manieth tells where the principal components lie


@dataclass(frozen=True)
class Points:
    """Rows of the data on the plane. `y`: the target of the output shown."""

    across: Array
    up: Array
    y: Array


@dataclass(frozen=True)
class Components:
    """The first two principal components of the training rows (Jolliffe, Principal Component Analysis, chapter 1).

    mean: (inputs,). axes: (2, inputs), orthonormal; of each the largest entry is positive.
    shares: of the rows' variance, along each axis.
    """

    mean: Array
    axes: Array
    shares: tuple[float, float]

    def projected(self, x: Array) -> Array:
        """Where rows of inputs lie on the plane: (rows, 2)."""
        places: Array = (x - self.mean) @ self.axes.T
        return places

    def points(self, across: Array, up: Array) -> Array:
        """The inputs at places on the plane: (places, inputs)."""
        inputs: Array = self.mean + np.column_stack([across, up]) @ self.axes
        return inputs


@dataclass(frozen=True)
class Surface:
    """The answer of one unit over two inputs, or over one (`up` None, `values` with a single row).

    across, up: places on the axes. values: (len(up), len(across)).
    unit: layer and unit that answers; the last layer's are the outputs.
    middle: the answer that belongs to neither side. rest: how many other inputs stand at their median.
    inputs: on the axes; none where these are `components`, onto whose plane the points are projected.
    """

    iteration: int
    inputs: tuple[int, ...]
    across: Array
    up: Array | None
    values: Array
    unit: tuple[int, int]
    middle: float | None
    rest: int
    training: Points
    validation: Points
    components: Components | None = None


class Forward:
    """Runs the forward ops over any inputs, without dropout, and gives any unit's activation."""

    def __init__(self, experiment: Experiment) -> None:
        network = experiment.network
        plain = replace(network, layers=tuple(replace(layer, dropout=0.0) for layer in network.layers))
        self._program = Program(plain, experiment.training, experiment.data, CHUNK)
        self._buffer = np.zeros(self._program.layout.size, self._program.dtype)
        self._bound: dict[int, tuple[Workspace, list[Call]]] = {}

    def activation(self, parameters: Array, x: Array, layer: int, unit: int) -> Array:
        """The unit's activation for each row of x, shape (rows,)."""
        return self.layer(parameters, x, layer)[:, unit]

    def layer(self, parameters: Array, x: Array, layer: int) -> Array:
        """What a layer's units answer to each row of x, shape (rows, units)."""
        answers = np.empty((len(x), self._program.layout.layers[layer - 1][1]))
        with np.errstate(all="ignore"):
            for start in range(0, len(x), CHUNK):
                rows = x[start : start + CHUNK]
                w, calls = self._bind(len(rows))
                w.flat("")[...] = parameters
                w["x"][...] = rows.T
                w["y"][...] = 0
                for call in calls:
                    call()
                answers[start : start + CHUNK] = w[f"a{layer}"].T
        return answers

    def _bind(self, rows: int) -> tuple[Workspace, list[Call]]:
        if rows not in self._bound:
            w = Workspace(self._program.layout, self._buffer, rows)
            self._bound[rows] = (w, self._program.forward_calls(w))
        return self._bound[rows]


def surface(
    experiment: Experiment,
    forward: Forward,
    parameters: Array,
    iteration: int,
    unit: tuple[int, int] | None = None,
    wanted: tuple[int, ...] = (),
    components: Components | None = None,
) -> Surface:
    """The answer of a unit (if not said, the first output) over the plane of the components.

    Without these over the inputs `wanted`, filled up with the most telling.
    """
    data, layers = experiment.data, experiment.network.layers
    layer, number = unit or (len(layers), 0)
    inputs = () if components else chosen_inputs(experiment, wanted)

    def placed(x: Array) -> Array:
        return components.projected(x) if components else x[:, inputs]

    training, validation = placed(data.x), placed(data.x_validation)
    across, up = _places(experiment, np.concatenate([training, validation]))
    flat_across, flat_up = np.tile(across, 1 if up is None else len(up)), np.repeat(_some(up), len(across))
    if components:
        x = components.points(flat_across, flat_up)
    else:
        x = np.tile(np.median(data.x, axis=0), (len(flat_across), 1))
        x[:, inputs] = np.column_stack([flat_across, flat_up])[:, : len(inputs)]
    values = forward.activation(parameters, x, layer, number).reshape(-1, len(across))
    target = number if layer == len(layers) else 0
    return Surface(
        iteration=iteration,
        inputs=inputs,
        across=across,
        up=up,
        values=values,
        unit=(layer, number),
        middle=middle_of(experiment, layer),
        rest=0 if components else data.x.shape[1] - len(inputs),
        training=_points(training, data.y[:, target]),
        validation=_points(validation, data.y_validation[:, target]),
        components=components,
    )


def _some(up: Array | None) -> Array:
    """The places up; a single one where there is no second axis."""
    return np.zeros(1) if up is None else up


def principal_components(x: Array) -> Components:
    """The two directions in which rows (rows, inputs) with at least two inputs differ most.

    They are singular vectors of the covariance matrix; a sign that no data decide is fixed.
    """
    sampled = x[:: -(-len(x) // MOST_ROWS)]
    mean: Array = sampled.mean(axis=0)
    deviations = sampled - mean
    vectors, variances, _ = np.linalg.svd(deviations.T @ deviations, hermitian=True)
    axes = vectors[:, :2].T
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    total = float(variances.sum())
    first, second = (float(variance) / total if total > 0 else 0.0 for variance in variances[:2])
    return Components(mean, axes * np.sign(largest), (first, second))


def chosen_inputs(experiment: Experiment, wanted: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Two inputs, or the only one: those wanted, then those most correlated with a target.

    A feature with few different values would put all points into a few places, so it comes last.
    """
    x, y = experiment.data.x, experiment.data.y
    if x.shape[1] <= 2:
        return tuple(range(x.shape[1]))
    many = np.array([len(np.unique(column[:1000])) >= MANY for column in x.T])
    order = np.argsort(-(_correlation(x, y) + 2 * many), kind="stable")
    return tuple(dict.fromkeys([*wanted, *map(int, order)]))[:2]


def middle_of(experiment: Experiment, layer: int) -> float | None:
    """The answer between the two sides: 0.5 of a probability, 0 of tanh, the median target in a regression."""
    activation = experiment.network.layers[layer - 1].activation
    if activation in ("sigmoid", "softmax"):
        return 0.5
    if layer < len(experiment.network.layers):
        return 0.0
    return parting(experiment.data.y)


def parting(y: Array) -> float:
    """Between two different targets the middle, of more their median."""
    low, high = float(y.min()), float(y.max())
    median = float(np.median(y))
    if len(np.unique(y)) <= 2:
        return (low + high) / 2
    return median if abs(median) > 1e-9 * (high - low) else 0.0


def _correlation(x: Array, y: Array) -> Array:
    """How closely each input goes with the target it goes with best: |r|, 0 for what never changes."""
    deviations, targets = x - x.mean(axis=0), y - y.mean(axis=0)
    sizes = np.outer(np.linalg.norm(deviations, axis=0), np.linalg.norm(targets, axis=0))
    products = np.abs(deviations.T @ targets)
    shares: Array = np.divide(products, sizes, out=np.zeros_like(products), where=sizes > 0).max(axis=1)
    return shares


def _places(experiment: Experiment, placed: Array) -> tuple[Array, Array | None]:
    """Places on the axes that cover the rows `placed`, (rows, 1 or 2)."""
    if placed.shape[1] == 1:
        return np.linspace(*_range(placed[:, 0]), CURVE), None
    parameters = sum((a + 1) * b for a, b in _shapes(experiment))
    wide, high = COARSE if parameters > LARGE else GRID
    return np.linspace(*_range(placed[:, 0]), wide), np.linspace(*_range(placed[:, 1]), high)


def _range(column: Array) -> tuple[float, float]:
    """What the points cover and a margin; of a column with outliers only what nearly all of them cover."""
    low, high = float(column.min()), float(column.max())
    inner_low, inner_high = np.percentile(column, [1, 99])
    if high - low > 2 * (inner_high - inner_low) > 0:
        low, high = max(low, inner_low), min(high, inner_high)
    margin = MARGIN * (high - low) or 1.0
    return float(low - margin), float(high + margin)


def _shapes(experiment: Experiment) -> list[tuple[int, int]]:
    units = [layer.units for layer in experiment.network.layers]
    return list(zip([experiment.network.inputs, *units[:-1]], units, strict=True))


def _points(placed: Array, y: Array) -> Points:
    kept = thinned(y, MOST_POINTS)
    return Points(placed[kept, 0], placed[kept, -1], y[kept])


def thinned(y: NDArray[np.generic], most: int) -> Indices:
    """Rows that stand for all where these are more than `most`: of each target its share, however they are ordered."""
    order: Indices = np.argsort(y, kind="stable")
    kept: Indices = np.sort(order[:: max(1, -(-len(y) // most))])
    return kept
