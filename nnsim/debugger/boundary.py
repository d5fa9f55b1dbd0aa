"""What the network answers all over a plane of two inputs, or along one: the ground of a decision boundary."""

from dataclasses import dataclass, replace

import numpy as np

from nnsim.engine.metrics import CHUNK
from nnsim.engine.program import Program
from nnsim.engine.spec import Array, Experiment, Indices
from nnsim.engine.workspace import Call, Workspace

GRID = (96, 64)  # places across and up
COARSE = (48, 32)  # where a forward pass is long
LARGE = 20_000  # parameters of a network that takes the coarse grid
CURVE = 240  # places along a single input
MARGIN = 0.08  # of the range, beyond the outermost point
MANY = 10  # different values that make a feature worth an axis
MOST_POINTS = 2000


@dataclass(frozen=True)
class Points:
    """Rows of the data on the plane. `y`: the target of the output shown."""

    across: Array
    up: Array
    y: Array


@dataclass(frozen=True)
class Surface:
    """The answer of one unit over two inputs, or over one (`up` None, `values` with a single row).

    across, up: places of the inputs on the axes. values: (len(up), len(across)).
    unit: layer and unit that answers; the last layer's are the outputs.
    middle: the answer that belongs to neither side. rest: how many other inputs stand at their median.
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
) -> Surface:
    """The answer of a unit (if not said, the first output) to the inputs `wanted`, filled up with the most telling."""
    data, layers = experiment.data, experiment.network.layers
    layer, number = unit or (len(layers), 0)
    inputs = chosen_inputs(experiment, wanted)
    across, up = _places(experiment, inputs)
    x = np.tile(np.median(data.x, axis=0), (len(across) * (1 if up is None else len(up)), 1))
    x[:, inputs[0]] = np.tile(across, 1 if up is None else len(up))
    if up is not None:
        x[:, inputs[1]] = np.repeat(up, len(across))
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
        rest=data.x.shape[1] - len(inputs),
        training=_points(data.x, data.y[:, target], inputs),
        validation=_points(data.x_validation, data.y_validation[:, target], inputs),
    )


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
    """The answer between the two sides: 0.5 of a probability, 0 of tanh, the middle of the targets in a regression."""
    activation = experiment.network.layers[layer - 1].activation
    if activation in ("sigmoid", "softmax"):
        return 0.5
    if layer < len(experiment.network.layers):
        return 0.0
    y = experiment.data.y
    return float(y.min() + y.max()) / 2


def _correlation(x: Array, y: Array) -> Array:
    """How closely each input goes with the target it goes with best: |r|, 0 for what never changes."""
    deviations, targets = x - x.mean(axis=0), y - y.mean(axis=0)
    sizes = np.outer(np.linalg.norm(deviations, axis=0), np.linalg.norm(targets, axis=0))
    products = np.abs(deviations.T @ targets)
    shares: Array = np.divide(products, sizes, out=np.zeros_like(products), where=sizes > 0).max(axis=1)
    return shares


def _places(experiment: Experiment, inputs: tuple[int, ...]) -> tuple[Array, Array | None]:
    data = experiment.data
    columns = np.concatenate([data.x, data.x_validation])[:, inputs]
    if len(inputs) == 1:
        return np.linspace(*_range(columns[:, 0]), CURVE), None
    parameters = sum((a + 1) * b for a, b in _shapes(experiment))
    wide, high = COARSE if parameters > LARGE else GRID
    return np.linspace(*_range(columns[:, 0]), wide), np.linspace(*_range(columns[:, 1]), high)


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


def _points(x: Array, y: Array, inputs: tuple[int, ...]) -> Points:
    every: Indices = np.arange(0, len(x), max(1, -(-len(x) // MOST_POINTS)))
    return Points(x[every, inputs[0]], x[every, inputs[-1]], y[every])
