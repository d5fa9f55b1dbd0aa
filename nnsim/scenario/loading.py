"""Loads a scenario: a built-in one, a TOML file, or a CSV with a default network."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnsim.engine.spec import Data, Network, Training
from nnsim.scenario import builtin
from nnsim.scenario.columns import Column
from nnsim.scenario.csvfile import CsvFile, Progress, read_csv
from nnsim.scenario.defaults import document_for
from nnsim.scenario.dialect import DECIMALS, DELIMITERS, ENCODINGS, Given
from nnsim.scenario.document import Document, read_document, with_overrides
from nnsim.scenario.errors import Mistakes, ScenarioError, safe
from nnsim.scenario.experiment import check_fit, check_network, network_of, training_of
from nnsim.scenario.generators import GENERATORS
from nnsim.scenario.origins import Origins
from nnsim.scenario.preparation import Job, Prepared, Scaling, prepare
from nnsim.scenario.report import Report, report_on
from nnsim.scenario.schema import CsvTable, check_name, parse


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenario:
    """One thing to train, checked and ready: an `nnsim.engine.spec.Experiment` with its texts and its source.

    columns: the raw columns behind the inputs, in order.
    scalings: how each target was standardised; empty where targets are as in the source.
    report: what was found in its CSV; None where the data come from elsewhere.
    document: the tables of the file with all overrides in them, as plain Python values.
    folder: where paths in the document start.
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
    scalings: tuple[Scaling, ...] = ()
    report: Report | None = None
    folder: Path = Path()


def load(source: str | Path, overrides: Mapping[str, Any] | None = None, progress: Progress | None = None) -> Scenario:
    """The scenario of a built-in name or of a .toml file.

    overrides: dotted keys and their values, such as {"training.optimizer.name": "sgd", "network.layers.0.units": 8},
        put into the file's tables before these are checked.
    progress: is told, now and then, the share of a table that has been read.

    Raises ScenarioError, with one line for each mistake.
    """
    if isinstance(source, str) and source in builtin.names():
        return _load(source, builtin.path_of(source), source, overrides, progress)
    path = Path(source)
    if isinstance(source, str) and not path.suffix and not path.exists():
        mistakes = Mistakes("")
        mistakes.name("", source, builtin.names(), "there is no scenario {}")
        raise ScenarioError([mistakes.lines[0].replace("; did", ", or the path of a .toml file; did", 1)])
    if path.suffix.lower() in (".csv", ".tsv"):
        raise ScenarioError([f"{safe(str(source))}: is data without a target; name a column: --target COLUMN"])
    return _load(path.stem, path, str(source), overrides, progress)


def from_csv(
    path: str | Path, target: str, overrides: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> Scenario:
    """A scenario for a CSV: a small network that learns the column `target` from all others that can be used.

    progress: is told, now and then, the share of the file that has been read.

    Raises ScenarioError, with one line for each mistake.
    """
    file, given = str(path), _given(overrides or {}, str(path))
    csv = read_csv(Path(path), file, given, progress)
    document = document_for(csv, target, file)
    return _scenario(document, overrides, Origin(Path(path).stem, file, Path()), csv=csv)


def _given(overrides: Mapping[str, Any], file: str) -> Given:
    """What the overrides say about the way the file is written, which is to be known before it is read."""
    mistakes, said = Mistakes(file), {}
    for key, names in (("encoding", ENCODINGS), ("delimiter", DELIMITERS), ("decimal", DECIMALS)):
        if (value := overrides.get(f"data.{key}")) is not None:
            check_name(value, names, f"data.{key}", mistakes)
            said[key] = value
    mistakes.stop_if_any()
    return Given(**said)


def _load(name: str, path: Path, file: str, overrides: Mapping[str, Any] | None, progress: Progress | None) -> Scenario:
    return _scenario(read_document(path, file), overrides, Origin(name, file, path.parent), progress)


@dataclass(frozen=True)
class Origin:
    """Where a document comes from."""

    name: str
    file: str
    folder: Path


def _scenario(
    document: Document,
    overrides: Mapping[str, Any] | None,
    origin: Origin,
    progress: Progress | None = None,
    csv: CsvFile | None = None,
) -> Scenario:
    try:
        return _build(with_overrides(document, overrides, origin.file), origin, progress, csv)
    except RecursionError:
        raise ScenarioError([f"{safe(origin.file)}: tables or lists are nested too deeply"]) from None


def _origins(prepared: Prepared) -> Origins:
    csv = prepared.csv
    return Origins(prepared.columns, safe(Path(csv.file).name), csv.lines) if csv else Origins(prepared.columns)


def _paragraphs(text: str) -> str:
    """The text without the line breaks of its file; an empty line parts paragraphs."""
    return "\n\n".join(safe(" ".join(part.split())) for part in text.strip().split("\n\n"))


def _build(document: Document, origin: Origin, progress: Progress | None, csv: CsvFile | None) -> Scenario:
    tables, data_table = parse(document, origin.file, GENERATORS)
    mistakes = Mistakes(origin.file)
    check_network(tables.network, tables.training.loss, mistakes)
    loss = tables.training.loss
    job = Job(seed=tables.seed, loss=loss, folder=origin.folder, mistakes=mistakes, progress=progress)
    prepared = prepare(data_table, job, csv)
    mistakes.stop_if_any()
    assert prepared
    check_fit(tables.network, tables.training, prepared.data, mistakes)
    mistakes.stop_if_any()
    return Scenario(
        name=safe(origin.name),
        title=safe(tables.title or origin.name),
        summary=safe(tables.summary),
        description=_paragraphs(tables.description),
        seed=tables.seed,
        network=network_of(tables.network, prepared.data),
        training=training_of(tables.training, prepared.data),
        data=replace(prepared.data, origin=_origins(prepared)),
        columns=prepared.columns,
        document=document,
        scalings=prepared.scalings,
        report=report_on(data_table, prepared, loss) if isinstance(data_table, CsvTable) else None,
        folder=origin.folder,
    )
