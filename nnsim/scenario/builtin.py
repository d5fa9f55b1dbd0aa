"""The built-in scenarios. Reads only their TOML files, so that a list of them needs nothing heavy."""

import csv
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "scenarios"
# As a lesson would take them; what is not named here follows by name.
ORDER = (
    # the lesson in four steps: a neuron, a hidden layer, logistic regression, and both on real data
    *("neuron", "xor", "logistic-titanic", "titanic"),
    # why there are activation functions and layers, and how backpropagation goes
    *("xor-linear", "gaussians", "circles", "moons", "spiral", "checkerboard", "mazur"),
    # how weights should start, and what can go wrong on the way back
    *("symmetry", "saturation", "vanishing", "vanishing-relu", "dying-relu", "exploding"),
    # optimizers, batches, validation
    *("optimizers", "batch-size", "overfit", "overfit-l2", "overfit-dropout"),
    # more than two classes, regression, and targets that are the inputs
    *("iris", "penguins", "digits", "sine", "plane", "auto-mpg", "autoencoder"),
)
MANY_ALIKE = 3  # layers that are named together
INPUTS = {"sine": "1"}  # of the generators; the others make points of a plane


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A scenario in a list."""

    name: str
    title: str
    summary: str
    architecture: str  # "2 → 4 tanh → 1 sigmoid", or "7 features → ..." where columns become inputs only later
    rows: int
    description: str  # paragraphs with an empty line between


def names() -> tuple[str, ...]:
    """The names of the built-in scenarios."""
    found = [path.stem for path in FOLDER.glob("*.toml")]
    return tuple(sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)))


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.toml"


def catalogue() -> tuple[Entry, ...]:
    """Title, summary, architecture and number of rows of each built-in scenario."""
    return tuple(_entry(name) for name in names())


def in_words(inputs: str, layers: Iterable[str]) -> str:
    """2 → 4 tanh → 1 sigmoid; many alike, one after the other, go together: 2 → 6 layers of 8 tanh → 1 sigmoid."""
    words = [inputs]
    for layer, alike in groupby(layers):
        count = len(list(alike))
        words += [f"{count} layers of {layer}"] if count >= MANY_ALIKE else [layer] * count
    return " → ".join(words)


def _entry(name: str) -> Entry:
    document = tomllib.loads(path_of(name).read_text(encoding="utf-8"))
    layers = [f"{layer['units']} {layer['activation']}" for layer in document["network"]["layers"]]
    return Entry(
        name=name,
        title=document["title"],
        summary=document["summary"],
        architecture=in_words(_inputs(document["data"]), layers),
        rows=_rows(document["data"]),
        description="\n\n".join(" ".join(part.split()) for part in document["description"].strip().split("\n\n")),
    )


def _inputs(data: dict[str, Any]) -> str:
    match data:
        case {"rows": {"inputs": [first, *_]}}:
            return str(len(first))
        case {"features": features}:
            return f"{len(features)} features"
        case _:
            return INPUTS.get(data["generator"], "2")


def _rows(data: dict[str, Any]) -> int:
    match data:
        case {"rows": {"inputs": inputs}}:
            return len(inputs)
        case {"csv": file}:
            with open(FOLDER / file, encoding="utf-8-sig", newline="") as lines:
                return sum(1 for row in csv.reader(lines) if row) - 1
        case _:
            return int(data.get("samples", 4))
