"""The scenario that somebody gets who brings a CSV and the name of its target, and nothing else.

The choices are the plainest that learn most tables: one hidden layer, small enough to look at; Adam, which forgives a
rate that does not suit; standardised numbers, for a quantity those of the target, too.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnsim.scenario.cells import Cells
from nnsim.scenario.csvfile import CsvFile
from nnsim.scenario.document import Document
from nnsim.scenario.errors import Mistakes, found, plural, safe
from nnsim.scenario.profile import are_dates, have_units, profile, usable

MOST_CLASSES = 20  # whole numbers with more values than this are a quantity, not classes
ROWS_OF_A_CLASS = 5  # on average, or whole numbers are a quantity
MOST_TEXT_CLASSES = 100  # each becomes an output

SMALL, LARGE = 8, 16  # hidden units
MANY_INPUTS = 12
BATCHES = {10_000: 32, 100_000: 256}  # batch size up to so many training rows
LARGE_BATCH = 1024
ITERATIONS = 2000  # that most tables need
LEAST_EPOCHS, MOST_EPOCHS = 10, 200


@dataclass(frozen=True)
class Task:
    """What kind of answer the target asks for."""

    loss: str
    activation: str
    outputs: int


BINARY = Task("binary_cross_entropy", "sigmoid", 1)
QUANTITY = Task("mean_squared_error", "linear", 1)


def document_for(csv: CsvFile, target: str, path: str) -> Document:
    """The document of a small network that learns `target` from all other columns that can be used."""
    mistakes = Mistakes(csv.file)
    if target not in csv.names:
        mistakes.name("target", target, csv.names)
        mistakes.stop_if_any()
    features, left_out = usable(csv, target)
    if not features:
        whys = "; ".join(f"{found(name)}: {why}" for name, why in list(left_out.items())[:3])
        mistakes.add("", f"has no column that can be used besides {found(target)}{f' ({whys})' if whys else ''}")
    task = _task(csv.columns[target], f'column "{safe(target)}"', mistakes)
    mistakes.stop_if_any()
    file = Path(path).name
    return {
        "title": f"{target} of {file}",
        "summary": f"{target}, learnt from {plural(len(features), 'column')} of {file}.",
        "description": " ".join(f"{safe(name)} is left out: {why}." for name, why in left_out.items()),
        "seed": 0,
        "data": _data(csv, target, path, features, task),
        "network": {"layers": _layers(csv, features, task)},
        "training": {
            "loss": task.loss,
            "optimizer": {"name": "adam", "learning_rate": 0.01},
            **_pace(round(0.8 * csv.columns[target].present)),
        },
    }


def _data(csv: CsvFile, target: str, path: str, features: list[str], task: Task) -> dict[str, Any]:
    data = {"csv": path, "target": target, "features": features, "validation": 0.2, "standardize": True}
    if task == QUANTITY:
        data["standardize_target"] = True
    if csv.columns[target].missing:
        data["skip_missing_targets"] = True
    return data


def _layers(csv: CsvFile, features: list[str], task: Task) -> list[dict[str, Any]]:
    inputs = sum(_inputs(csv.columns[name], name) for name in features)
    hidden = LARGE if max(inputs, task.outputs) > MANY_INPUTS else SMALL
    return [{"units": hidden, "activation": "relu"}, {"units": task.outputs, "activation": task.activation}]


def _inputs(cells: Cells, name: str) -> int:
    return 1 if profile(name, cells).kind == "number" else cells.distinct - 1


def _pace(rows: int) -> dict[str, int]:
    """Batch size and epochs: enough iterations to learn, none too many to watch."""
    batch = next((size for most, size in BATCHES.items() if rows <= most), LARGE_BATCH)
    in_an_epoch = -(-rows // batch)
    epochs = -(-ITERATIONS // max(in_an_epoch, 1))
    return {"batch_size": batch, "epochs": min(max(epochs, LEAST_EPOCHS), MOST_EPOCHS)}


def _task(cells: Cells, place: str, mistakes: Mistakes) -> Task:
    """The task that suits the values of the target."""
    levels, share = cells.distinct, cells.share_of_numbers()
    if levels < 2:
        only = f"has only one value, {found(cells.texts[0])}" if cells.texts else "has no values"
        mistakes.add(place, only, "a target whose values differ")
    elif levels == 2:
        return BINARY
    elif are_dates(cells):
        mistakes.add(place, "holds dates or times", "a number, or a few classes")
    elif share <= 0.5 and (levels > MOST_TEXT_CLASSES or levels * 2 > cells.present):
        many = "very many" if cells.countless else f"{levels:,}"
        counted = "almost all its texts differ" if levels * 2 > cells.present else f"has {many} different texts"
        if have_units(cells):
            counted = f"has numbers written with signs or units, as in {found(cells.texts[0])}"
        mistakes.add(place, counted, f"a number, or up to {MOST_TEXT_CLASSES} classes")
    elif share <= 0.5 or _are_classes(cells, levels):
        return Task("categorical_cross_entropy", "softmax", levels)
    return QUANTITY


def _are_classes(cells: Cells, levels: int) -> bool:
    """A few whole numbers, each of them often."""
    if levels > MOST_CLASSES or levels * ROWS_OF_A_CLASS > cells.present or cells.values is not None:
        return False
    return bool(np.isfinite(cells.parsed).all() and (cells.parsed == np.floor(cells.parsed)).all())
