"""What the choices of a scenario mean, a line each: in the engine's formulas and the glossary's words."""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.initializers import INITIALIZERS
from nnsim.engine.losses import LOSSES
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.schedules import SCHEDULES
from nnsim.scenario import glossary
from nnsim.scenario.errors import ScenarioError
from nnsim.scenario.generators import GENERATORS


class Meaning(NamedTuple):
    """What a key of a scenario file is for, and the term of the glossary that says more."""

    text: str
    term: str = ""


KEYS = {
    "seed": Meaning("Start weights, split and order of the rows follow from it: another one, another start.", "seed"),
    "target": Meaning("The column that is to be predicted.", "target"),
    "features": Meaning("Whether the column is among the inputs.", "feature"),
    "generator": Meaning("How the rows are made up."),
    "validation": Meaning("The share of the rows held out, to see how good it is on new data.", "validation set"),
    "standardize": Meaning(
        "Inputs to mean 0 and standard deviation 1, so that all of them count alike at the start.", "standardization"
    ),
    "standardize_target": Meaning(
        "The target to mean 0 and standard deviation 1, so that a large quantity is not far away.", "standardization"
    ),
    "skip_missing_targets": Meaning("Rows without a target are left out, instead of being refused.", "target"),
    "samples": Meaning("How many rows are made.", "sample"),
    "noise": Meaning("The standard deviation by which points are moved from their place."),
    "wrong_labels": Meaning("The share of rows whose class is exchanged."),
    "outliers": Meaning("The share of rows whose target is 10 too large."),
    "turns": Meaning("How often the arms of the spiral go round."),
    "squares": Meaning("Squares along a side of the board."),
    "ratio": Meaning("How many times as long as wide the ellipse is: the larger, the narrower the valley."),
    "angle": Meaning("Degrees between the ellipse and the axis of x1."),
    "units": Meaning("How many neurons it has: more can bend the answer more, and learn rows by heart.", "layer"),
    "outputs": Meaning("One unit for each target: the data and the loss say how many.", "output layer"),
    "activation": Meaning("What a neuron does to its weighted sum.", "activation function"),
    "init": Meaning("How its weights start.", "initialization"),
    "dropout": Meaning("The share of its activations that each iteration silences at random.", "dropout"),
    "loss": Meaning("What training makes small. The output layer follows it.", "loss"),
    "optimizer": Meaning("How gradients become steps.", "optimizer"),
    "learning_rate": Meaning("α, the size of a step: too small takes ages, too large never settles.", "learning rate"),
    "momentum": Meaning("μ, how much of the last steps' velocity stays.", "momentum"),
    "beta1": Meaning("β₁, how slowly the average of the gradients fades.", "Adam"),
    "beta2": Meaning("β₂, how slowly the average of their squares fades.", "Adam"),
    "decay": Meaning("ρ, how slowly the average of the squared gradients fades.", "RMSprop"),
    "epsilon": Meaning("ε, keeps the divisor from being 0."),
    "weight_decay": Meaning("λ, by how much each update shrinks the weights.", "weight decay"),
    "batch_size": Meaning("Rows in an iteration: fewer make quicker, noisier steps.", "batch"),
    "epochs": Meaning("How often training goes over all its rows.", "epoch"),
    "shuffle": Meaning("The rows in a new order in each epoch.", "epoch"),
    "l1": Meaning("Adds l1·Σ|W| to the loss: pushes weights to exactly 0.", "L1 regularization"),
    "l2": Meaning("Adds ½·l2·ΣW² to the loss: keeps weights small.", "L2 regularization"),
    "clip_norm": Meaning("The longest that the gradient may be; 0 for no limit.", "gradient clipping"),
    "clip_value": Meaning("The largest that each number of the gradient may be; 0 for no limit.", "gradient clipping"),
    "schedule": Meaning("How the learning rate changes over the epochs.", "learning rate schedule"),
    "every": Meaning("Epochs from one fall of the rate to the next.", "learning rate schedule"),
    "factor": Meaning("What the rate is multiplied by.", "learning rate schedule"),
    "lowest": Meaning("The rate at the end.", "learning rate schedule"),
    "start": Meaning("The share of the rate at the beginning.", "learning rate schedule"),
    "over": Meaning("Epochs until the full rate is reached.", "learning rate schedule"),
    "patience": Meaning("Epochs without a lower validation loss before training stops.", "early stopping"),
    "dtype": Meaning("How exact the numbers are: 16 digits in float64, 7 in float32."),
    "value": Meaning("The number that all weights start with.", "initialization"),
    "mean": Meaning("The mean of the weights.", "initialization"),
    "std": Meaning("The standard deviation of the weights.", "initialization"),
    "low": Meaning("The smallest that a weight can be.", "initialization"),
    "high": Meaning("The largest that a weight can be.", "initialization"),
}


def of_key(key: str) -> Meaning:
    """The meaning of a key by its last part."""
    return KEYS.get(key, Meaning(""))


def of_activation(name: str) -> str:
    return f"{_sentence(name, alias=False) or 'a = ' + ACTIVATIONS[name].formula.format(z='z')}."


def of_loss(name: str) -> str:
    formula = f"L = {LOSSES[name].formula.format(a='a', y='y')}."
    sentence = _sentence(name)
    return f"{formula} {sentence}." if sentence else formula


def of_optimizer(name: str) -> str:
    rule = (OPTIMIZERS[name].rule.__doc__ or "").strip().split("\n")[0]
    return f"{_sentence(name) or _first(rule)}."


def of_init(name: str) -> str:
    formula = INITIALIZERS[name].formula
    fans = "; fan_in: inputs of a unit, fan_out: units" if "fan" in formula else ""
    return f"W starts as {formula}{fans}."


def of_schedule(name: str) -> str:
    return f"α of an epoch = {SCHEDULES[name].formula}."


def of_generator(name: str) -> str:
    return f"{_first((GENERATORS[name].__doc__ or '').strip().split(chr(10))[0])}."


NAMES: dict[str, Callable[[str], str]] = {
    "activation": of_activation,
    "loss": of_loss,
    "optimizer": of_optimizer,
    "init": of_init,
    "schedule": of_schedule,
    "generator": of_generator,
}


def of_name(kind: str, name: str) -> str:
    """What a name means where a key takes one; empty for other keys."""
    return NAMES[kind](name) if kind in NAMES else ""


@cache
def term_of(name: str, alias: bool = True) -> str:
    """The term of the glossary that a name stands for; empty where there is none.

    alias: whether other names of a term count, which may stand for something else: "step" is an iteration.
    """
    try:
        entry = glossary.look_up(name)
    except ScenarioError:
        return ""
    return entry.term if alias or entry.term.casefold().replace(" ", "_") == name else ""


def _sentence(name: str, alias: bool = True) -> str:
    term = term_of(name, alias)
    return _first(glossary.look_up(term).text) if term else ""


def _first(text: str) -> str:
    """The first sentence."""
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0].rstrip(".")
