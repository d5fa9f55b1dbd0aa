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
from nnsim.scenario.document import Document, read_document, read_text, with_overrides
from nnsim.scenario.errors import Mistakes, ScenarioError, did_you_mean, found, listing, safe
from nnsim.scenario.experiment import check_fit, check_network, network_of, training_of
from nnsim.scenario.generators import GENERATORS
from nnsim.scenario.lines import Lines
from nnsim.scenario.origins import Origins
from nnsim.scenario.preparation import Job, Prepared, Scaling, prepare
from nnsim.scenario.report import Report, report_on
from nnsim.scenario.schema import CsvTable, DataTable, File, check_name, parse


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenario:
    """One thing to train, checked and ready: an `nnsim.engine.spec.Experiment` with its texts and its source.

    columns: the raw columns behind the inputs, in order.
    scalings: how each target was standardised; empty where targets are as in the source.
    report: what was found in its CSV; None where the data come from elsewhere.
    document: the tables of the file with all overrides in them, as plain Python values.
    folder: where paths in the document start.
    csv: what was read of its CSV, so that nobody has to read it again.
    guide: the file of the guide that leads through it, where the document names one.
    source: what it was loaded from: a built-in name or the path of a TOML file; empty for a CSV.
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
    csv: CsvFile | None = None
    guide: Path | None = None
    source: str = ""


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
        mistakes, allowed = Mistakes(""), f"{listing(builtin.names())}, or the path of a .toml file"
        mistakes.add("", f"there is no scenario {found(source)}", allowed, did_you_mean(source, builtin.names()))
        raise ScenarioError(mistakes.lines)
    if isinstance(source, str) and source.removesuffix(".toml") in builtin.names() and not path.exists():
        raise ScenarioError([f"{source}: there is no such file; the built-in scenario is called {path.stem}"])
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
    return _scenario(document, overrides, Origin(Path(path).stem, file, Path(), from_table=True), csv=csv)


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
    """Where a document comes from. `from_table`: made for a CSV, not read from a file."""

    name: str
    file: str
    folder: Path
    from_table: bool = False


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


def _paragraphs(text: str) -> str:
    """The text without the line breaks of its file; an empty line parts paragraphs."""
    return "\n\n".join(safe(" ".join(part.split())) for part in text.strip().split("\n\n"))


def _build(document: Document, origin: Origin, progress: Progress | None, csv: CsvFile | None) -> Scenario:
    tables, data_table = parse(document, origin.file, GENERATORS)
    mistakes = Mistakes(origin.file)
    check_network(tables.network, tables.training.loss, mistakes)
    prepared = prepare(data_table, _job(tables, origin, mistakes, progress), csv)
    mistakes.stop_if_any()
    assert prepared
    return _fitted(document, tables, origin, prepared, _report(data_table, prepared, tables))


def prepare_again(scenario: Scenario, document: Document) -> Prepared:
    """The data of a changed document of a scenario; its own where nothing that they depend on has changed.

    Nothing of the network is checked. Raises ScenarioError, with one line for each mistake.
    """
    if _data_keys(document) == _data_keys(scenario.document):
        return Prepared(data=scenario.data, columns=scenario.columns, scalings=scenario.scalings, csv=scenario.csv)
    tables, data_table = parse(document, "", GENERATORS)
    mistakes = Mistakes("")
    prepared = prepare(data_table, _job(tables, _origin(scenario), mistakes), scenario.csv)
    mistakes.stop_if_any()
    assert prepared
    return prepared


def _data_keys(document: Mapping[str, Any]) -> tuple[Any, ...]:
    """All that the data follow from."""
    return document["data"], document.get("seed", 0), document["training"]["loss"]


def rebuild(scenario: Scenario, document: Document, prepared: Prepared) -> Scenario:
    """The scenario of a changed document with its data. Raises ScenarioError, with one line for each mistake."""
    origin = _origin(scenario)
    tables, data_table = parse(document, origin.file, GENERATORS)
    mistakes = Mistakes(origin.file)
    check_network(tables.network, tables.training.loss, mistakes)
    mistakes.stop_if_any()
    same = prepared.data.x is scenario.data.x
    report = scenario.report if same else _report(data_table, prepared, tables)
    return replace(_fitted(document, tables, origin, prepared, report), source=scenario.source)


def _origin(scenario: Scenario) -> Origin:
    return Origin(scenario.name, "", scenario.folder)


def _job(tables: File, origin: Origin, mistakes: Mistakes, progress: Progress | None = None) -> Job:
    loss = tables.training.loss
    return Job(seed=tables.seed, loss=loss, folder=origin.folder, mistakes=mistakes, progress=progress)


def _report(table: DataTable, prepared: Prepared, tables: File) -> Report | None:
    return report_on(table, prepared, tables.training.loss) if isinstance(table, CsvTable) else None


def _fitted(document: Document, tables: File, origin: Origin, prepared: Prepared, report: Report | None) -> Scenario:
    """The scenario of checked tables and their data, which have to fit each other."""
    mistakes = Mistakes(origin.file)
    check_fit(tables.network, tables.training, prepared.data, mistakes)
    _check_guide(tables.guide, origin, mistakes)
    mistakes.stop_if_any()
    return Scenario(
        name=safe(origin.name),
        title=safe(tables.title or origin.name),
        summary=safe(tables.summary),
        description=_paragraphs(tables.description),
        seed=tables.seed,
        network=network_of(tables.network, prepared.data),
        training=training_of(tables.training, prepared.data),
        data=replace(prepared.data, origin=Origins(prepared.columns, prepared.csv)),
        columns=prepared.columns,
        document=document,
        scalings=prepared.scalings,
        report=report,
        folder=origin.folder,
        csv=prepared.csv,
        guide=origin.folder / tables.guide if tables.guide else None,
        source="" if origin.from_table else origin.file,
    )


def _check_guide(guide: str, origin: Origin, mistakes: Mistakes) -> None:
    """Whether the file is there; what it says is checked by whoever opens it."""
    if guide and not (origin.folder / guide).is_file():
        file = Path(origin.file)
        line = Lines(read_text(file, origin.file)).of("guide") if origin.file and file.is_file() else None
        wrong = f"found {found(guide)}, and there is no such file"
        mistakes.add(f"line {line}, guide" if line else "guide", wrong, "a path from this file's folder")
