"""Loads a scenario: a built-in one, a TOML file, or a CSV with a default network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnsim.engine.spec import Data, Network, Training
from nnsim.scenario import builtin
from nnsim.scenario.columns import Column
from nnsim.scenario.csvfile import CsvFile, read_csv
from nnsim.scenario.defaults import document_for
from nnsim.scenario.document import Document, read_document, with_overrides
from nnsim.scenario.errors import Mistakes, ScenarioError, safe
from nnsim.scenario.experiment import check_fit, check_network, network_of, training_of
from nnsim.scenario.generators import GENERATORS
from nnsim.scenario.preparation import Job, prepare
from nnsim.scenario.schema import parse


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenario:
    """One thing to train, checked and ready: an `nnsim.engine.spec.Experiment` with its texts and its source.

    columns: the raw columns behind the inputs, in order.
    document: the tables of the file with all overrides in them, as plain Python values.
    """

    name: str
    title: str
    summary: str
    description: str
    seed: int
    network: Network
    training: Training
    data: Data
    columns: tuple[Column, ...]
    document: Mapping[str, Any]


def load(source: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario of a built-in name or of a .toml file.

    overrides: dotted keys and their values, such as {"training.optimizer.name": "sgd", "network.layers.0.units": 8},
        put into the file's tables before these are checked.

    Raises ScenarioError, with one line for each mistake.
    """
    if isinstance(source, str) and source in builtin.names():
        return _load(source, builtin.path_of(source), source, overrides)
    path = Path(source)
    if isinstance(source, str) and not path.suffix and not path.exists():
        mistakes = Mistakes("")
        mistakes.name("", source, builtin.names(), "there is no scenario {}")
        raise ScenarioError([mistakes.lines[0].replace("; did", ", or the path of a .toml file; did", 1)])
    if path.suffix.lower() == ".csv":
        raise ScenarioError([f"{safe(str(source))}: is data without a target; name a column: --target COLUMN"])
    return _load(path.stem, path, str(source), overrides)


def from_csv(path: str | Path, target: str, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """A scenario for a CSV: a small network that learns the column `target` from all others that can be used.

    Raises ScenarioError, with one line for each mistake.
    """
    csv = read_csv(Path(path), str(path))
    document = document_for(csv, target, str(path))
    return _scenario(Path(path).stem, document, overrides, str(path), Path(), csv)


def _load(name: str, path: Path, file: str, overrides: Mapping[str, Any] | None) -> Scenario:
    return _scenario(name, read_document(path, file), overrides, file, path.parent)


def _scenario(
    name: str,
    document: Document,
    overrides: Mapping[str, Any] | None,
    file: str,
    folder: Path,
    csv: CsvFile | None = None,
) -> Scenario:
    try:
        return _build(name, with_overrides(document, overrides, file), file, folder, csv)
    except RecursionError:
        raise ScenarioError([f"{safe(file)}: tables or lists are nested too deeply"]) from None


def _paragraphs(text: str) -> str:
    """The text without the line breaks of its file; an empty line parts paragraphs."""
    return "\n\n".join(safe(" ".join(part.split())) for part in text.strip().split("\n\n"))


def _build(name: str, document: Document, file: str, folder: Path, csv: CsvFile | None) -> Scenario:
    tables, data_table = parse(document, file, GENERATORS)
    mistakes = Mistakes(file)
    check_network(tables.network, tables.training.loss, mistakes)
    job = Job(seed=tables.seed, loss=tables.training.loss, folder=folder, mistakes=mistakes)
    prepared = prepare(data_table, job, csv)
    mistakes.stop_if_any()
    assert prepared
    data, columns = prepared
    check_fit(tables.network, tables.training, data, mistakes)
    mistakes.stop_if_any()
    return Scenario(
        name=safe(name),
        title=safe(tables.title or name),
        summary=safe(tables.summary),
        description=_paragraphs(tables.description),
        seed=tables.seed,
        network=network_of(tables.network, data),
        training=training_of(tables.training, data),
        data=data,
        columns=columns,
        document=document,
    )
