"""What a hidden unit is good for: the metrics without it."""

from dataclasses import dataclass

from nnsim.debugger.edits import outgoing
from nnsim.engine.metrics import Evaluator
from nnsim.engine.simulation import Simulation

Metrics = dict[str, float]


@dataclass(frozen=True)
class Ablation:
    """The metrics with a unit and without it: with the weights from it to the next layer taken as 0.

    training, validation: (with, without); empty where there are no such rows.
    """

    layer: int
    unit: str
    training: tuple[Metrics, Metrics]
    validation: tuple[Metrics, Metrics]


def ablate(sim: Simulation, layer: int, unit: int, evaluator: Evaluator | None = None) -> Ablation:
    """Silences a unit of a hidden layer, counted from 1, in a copy of this iteration's parameters.

    Raises ValueError where the layer is not hidden.
    """
    layout = sim.program.layout
    if not 1 <= layer < len(layout.layers):
        raise ValueError("only units of hidden layers can be silenced")
    measured, whole = evaluator or Evaluator(sim.experiment), sim.parameters
    without = whole.copy()
    weights = layout[f"W{layer + 1}"]
    part = without[weights.offset - layout.blocks[""].start :][: layout.layers[layer][0] * layout.layers[layer][1]]
    matrix = part.reshape(layout.layers[layer])
    for _, index in outgoing(sim, layer, unit):
        matrix[index] = 0
    name = layout[f"a{layer}"].axes[1].names[unit]
    training, validation = (
        (measured.metrics(which, whole), measured.metrics(which, without)) for which in ("training", "validation")
    )
    return Ablation(layer, name, training, validation)
