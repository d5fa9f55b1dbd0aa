"""How good a network is: the forward ops run over whole sets of rows, in chunks."""

from dataclasses import replace

import numpy as np

from nnsim.engine.program import Program
from nnsim.engine.spec import Array, Experiment
from nnsim.engine.workspace import Call, Workspace

CHUNK = 1024  # rows at a time


class Evaluator:
    """Runs the forward ops of an experiment in a workspace of its own."""

    def __init__(self, experiment: Experiment, rows: int = CHUNK) -> None:
        """`rows` is how many are taken at a time."""
        data = experiment.data
        self._data = data
        self._output = f"a{len(experiment.network.layers)}"
        self._chunk = rows
        layers = tuple(replace(layer, dropout=0.0) for layer in experiment.network.layers)
        self._program = Program(replace(experiment.network, layers=layers), experiment.training, data, rows)
        self._buffer: Array | None = None
        self._bound: dict[int, tuple[Workspace, list[Call]]] = {}
        self._classifies = _classifies(experiment)

    def metrics(self, which: str, parameters: Array) -> dict[str, float]:
        """The metrics of the "training" or "validation" rows; `parameters` is the flat vector."""
        sets = {
            "training": (self._data.x, self._data.y),
            "validation": (self._data.x_validation, self._data.y_validation),
        }
        if which not in sets:
            raise ValueError(f"metrics are of 'training' or 'validation' rows, not {which!r}")
        x, y = sets[which]
        if not len(x):
            return {}
        loss, outputs = self.evaluate(parameters, x, y)
        found = {"loss": loss}
        if self._classifies:
            found["accuracy"] = accuracy(outputs, y)
        return found

    def outputs(self, x: Array, parameters: Array) -> Array:
        """The network's answers, shape (rows, outputs)."""
        return self.evaluate(parameters, x, np.zeros((len(x), len(self._data.target_names))))[1]

    def evaluate(self, parameters: Array, x: Array, y: Array) -> tuple[float, Array]:
        """The mean loss over the rows and their outputs (rows, outputs)."""
        outputs = np.empty(y.shape)
        loss = 0.0
        with np.errstate(all="ignore"):
            for start in range(0, len(x), self._chunk):
                rows = slice(start, min(start + self._chunk, len(x)))
                w, calls = self._bind(rows.stop - rows.start)
                w.flat("")[...] = parameters
                w["x"][...] = x[rows].T
                w["y"][...] = y[rows].T
                for call in calls:
                    call()
                loss += float(w["loss"]) * (rows.stop - rows.start) / len(x)
                outputs[rows] = w[self._output].T
        return loss, outputs

    def _bind(self, rows: int) -> tuple[Workspace, list[Call]]:
        if self._buffer is None:
            self._buffer = np.zeros(self._program.layout.size, self._program.dtype)
        if rows not in self._bound:
            w = Workspace(self._program.layout, self._buffer, rows)
            self._bound[rows] = (w, self._program.forward_calls(w))
        return self._bound[rows]


def accuracy(outputs: Array, targets: Array) -> float:
    """The share of rows answered rightly: the largest output of several, or the side of ½ of each single one."""
    if outputs.shape[1] > 1 and (targets.sum(axis=1) == 1).all():
        return float(np.mean(outputs.argmax(axis=1) == targets.argmax(axis=1)))
    return float(np.mean((outputs >= 0.5) == (targets >= 0.5)))


def _classifies(experiment: Experiment) -> bool:
    """Whether the outputs are probabilities of classes: then there is an accuracy."""
    y = experiment.data.y
    probabilities = experiment.network.layers[-1].activation in ("sigmoid", "softmax")
    return probabilities and bool(np.isin(y, (0, 1)).all())
