"""How good a network is: the forward ops run over whole sets of rows, in chunks."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nnsim.engine.program import Program
from nnsim.engine.randomness import stream
from nnsim.engine.spec import Array, Experiment, Indices
from nnsim.engine.workspace import Call, Workspace

CHUNK = 1024  # rows at a time
SAMPLE = 100_000  # of more rows than this, metrics are those of a fixed random sample of so many


class Evaluator:
    """Runs the forward ops of an experiment in a workspace of its own."""

    def __init__(self, experiment: Experiment, rows: int = CHUNK) -> None:
        """`rows` is how many are taken at a time."""
        data = experiment.data
        self._data = data
        self._seed = experiment.seed
        self._samples: dict[str, tuple[Array, Array]] = {}
        self._output = f"a{len(experiment.network.layers)}"
        penalised = experiment.training.l1 or experiment.training.l2
        self._loss = "data_loss" if penalised else "loss"  # how wrong the outputs are, not how large the weights
        self._chunk = rows
        layers = tuple(replace(layer, dropout=0.0) for layer in experiment.network.layers)
        self._program = Program(replace(experiment.network, layers=layers), experiment.training, data, rows)
        self._buffer: Array | None = None
        self._bound: dict[int, _Bound] = {}
        self._gathered: tuple[Array, Array, int] | None = None  # whose rows the workspace holds, and from which on
        self.classifies = _classifies(experiment)

    def metrics(self, which: str, parameters: Array) -> dict[str, float]:
        """The metrics of the "training" or "validation" rows; `parameters` is the flat vector."""
        x, y = self._rows(which)
        if not len(x):
            return {}
        loss, outputs = self.evaluate(parameters, x, y)
        if self.classifies:
            return {"loss": loss, "accuracy": accuracy(outputs, y)}
        errors = np.abs(outputs - y) * (self._data.scales or 1.0)
        return {"loss": loss, "mae": float(errors.mean()), "r2": r_squared(outputs, y)}

    def confusion(self, which: str, parameters: Array) -> Indices:
        """How many rows of each true class (row) were taken for each class (column)."""
        x, y = self._rows(which)
        if not self.classifies or not _one_of_each(y):
            raise ValueError("a confusion matrix needs one class a row: a single sigmoid unit or one-hot targets")
        outputs = self.evaluate(parameters, x, y)[1]
        classes = max(2, y.shape[1])
        counts = np.zeros((classes, classes), np.intp)
        np.add.at(counts, (_class(y), _class(outputs)), 1)
        return counts

    def _rows(self, which: str) -> tuple[Array, Array]:
        """The rows that are measured, always the same: all, or the sample of very many."""
        if which not in ("training", "validation"):
            raise ValueError(f"metrics are of 'training' or 'validation' rows, not {which!r}")
        if which not in self._samples:
            data, training = self._data, which == "training"
            x, y = (data.x, data.y) if training else (data.x_validation, data.y_validation)
            if len(x) > SAMPLE:
                chosen = np.sort(stream(self._seed, "metrics").permutation(len(x))[:SAMPLE])
                x, y = x[chosen], y[chosen]
            self._samples[which] = x, y
        return self._samples[which]

    def outputs(self, x: Array, parameters: Array) -> Array:
        """The network's answers, shape (rows, outputs)."""
        return self.evaluate(parameters, x, np.zeros((len(x), len(self._data.target_names))))[1]

    def evaluate(self, parameters: Array, x: Array, y: Array) -> tuple[float, Array]:
        """The mean loss over the rows and their outputs (rows, outputs).

        The same arrays again stand for the same rows: they are not gathered anew.
        """
        outputs = np.empty(y.shape)
        loss = 0.0
        with np.errstate(all="ignore"):
            for start in range(0, len(x), self._chunk):
                rows = slice(start, min(start + self._chunk, len(x)))
                bound = self._bind(rows.stop - rows.start)
                bound.parameters[...] = parameters
                self._gather(bound, x, y, rows)
                for call in bound.calls:
                    call()
                loss += float(bound.loss) * (rows.stop - rows.start) / len(x)
                outputs[rows] = bound.outputs
        return loss, outputs

    def _gather(self, bound: "_Bound", x: Array, y: Array, rows: slice) -> None:
        held = self._gathered
        if held is None or held[0] is not x or held[1] is not y or held[2] != rows.start:
            bound.x[...], bound.y[...] = x[rows], y[rows]
            self._gathered = x, y, rows.start

    def _bind(self, rows: int) -> "_Bound":
        if self._buffer is None:
            self._buffer = np.zeros(self._program.layout.size, self._program.dtype)
        if rows not in self._bound:
            w = Workspace(self._program.layout, self._buffer, rows)
            calls, outputs = self._program.forward_calls(w), w[self._output].T
            self._bound[rows] = _Bound(w.flat(""), w["x"].T, w["y"].T, w[self._loss], outputs, calls)
        return self._bound[rows]


@dataclass(frozen=True)
class _Bound:
    """The calls for so many rows at a time, and the views on the workspace around them. Rows are samples."""

    parameters: Array
    x: Array
    y: Array
    loss: Array
    outputs: Array
    calls: list[Call]


def accuracy(outputs: Array, targets: Array) -> float:
    """The share of rows answered rightly; where several outputs can be 1 at once, of all outputs."""
    if _one_hot(targets):
        return _share(outputs.argmax(axis=1) == targets.argmax(axis=1))
    return _share((outputs >= 0.5) == (targets >= 0.5))


def _share(truths: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(truths) / truths.size)


def r_squared(outputs: Array, targets: Array) -> float:
    """1 − Σ(y − a)² / Σ(y − mean of y)² over all outputs: 1 is perfect, 0 no better than always the mean."""
    spread = float(np.square(targets - targets.mean(axis=0)).sum())
    return 1 - float(np.square(targets - outputs).sum()) / spread if spread else float("nan")


def _one_of_each(targets: Array) -> bool:
    """Whether each row belongs to one class: a single 0/1 output, or one-hot rows."""
    return targets.shape[1] == 1 or _one_hot(targets)


def _one_hot(targets: Array) -> bool:
    return targets.shape[1] > 1 and bool((targets.sum(axis=1) == 1).all())


def _class(rows: Array) -> Indices:
    """The class that each row of outputs or targets stands for."""
    return rows.argmax(axis=1) if rows.shape[1] > 1 else (rows[:, 0] >= 0.5).astype(np.intp)


def _classifies(experiment: Experiment) -> bool:
    """Whether the outputs are probabilities of classes: then there is an accuracy."""
    y = experiment.data.y
    probabilities = experiment.network.layers[-1].activation in ("sigmoid", "softmax")
    return probabilities and bool(np.isin(y, (0, 1)).all())
