"""The scenario that somebody gets who brings a CSV and the name of its target, and nothing else."""

from collections.abc import Sequence
from pathlib import Path

from nnsim.scenario.columns import number, share_of_numbers
from nnsim.scenario.csvfile import CsvFile
from nnsim.scenario.document import Document
from nnsim.scenario.errors import Mistakes, found, plural, safe
from nnsim.scenario.preparation import usable
from nnsim.scenario.targets import levels_of

MOST_CLASSES = 20  # whole numbers with more values than this are a quantity, not classes


def document_for(csv: CsvFile, target: str, path: str) -> Document:
    """The document of a small network that learns `target` from all other columns that can be used."""
    mistakes = Mistakes(csv.file)
    if target not in csv.names:
        mistakes.name("target", target, csv.names)
        mistakes.stop_if_any()
    features, left_out = usable(csv, target)
    if not features:
        mistakes.add("", f"has no column that can be used besides {found(target)}")
    activation, loss, units = _task(csv, target, mistakes)
    mistakes.stop_if_any()
    reasons = [f"{safe(name)} is left out: {why}." for name, why in left_out.items()]
    file = Path(path).name
    return {
        "title": f"{target} of {file}",
        "summary": f"{target}, learnt from {plural(len(features), 'column')} of {file}.",
        "description": " ".join(reasons),
        "seed": 0,
        "data": {"csv": path, "target": target, "features": features, "validation": 0.2, "standardize": True},
        "network": {
            "layers": [{"units": 8, "activation": "relu"}, {"units": units, "activation": activation}],
        },
        "training": {
            "loss": loss,
            "optimizer": {"name": "adam", "learning_rate": 0.01},
            "batch_size": 32,
            "epochs": 50,
        },
    }


def _task(csv: CsvFile, target: str, mistakes: Mistakes) -> tuple[str, str, int]:
    """Output activation, loss and number of outputs that suit the values of the target."""
    cells = [cell for cell in csv.cells(target) if cell]
    levels = levels_of(cells)
    if len(levels) < 2:
        only = f"has only one value, {found(cells[0])}" if cells else "has no values"
        mistakes.add(f'column "{safe(target)}"', only, "a target whose values differ")
    if len(levels) == 2:
        return "sigmoid", "binary_cross_entropy", 1
    numeric = share_of_numbers(cells) > 0.5
    if not numeric and len(levels) * 2 > len(cells):
        mistakes.add(f'column "{safe(target)}"', "almost all its texts differ", "a number, or a few classes")
    if not numeric or _few_whole_numbers(cells, len(levels)):
        return "softmax", "categorical_cross_entropy", len(levels)
    return "linear", "mean_squared_error", 1


def _few_whole_numbers(cells: Sequence[str], levels: int) -> bool:
    values = [number(cell) for cell in cells]
    return levels <= MOST_CLASSES and all(value is not None and value.is_integer() for value in values)
