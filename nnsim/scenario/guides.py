"""Guides: TOML files that lead through the training of a scenario, step by step.

What a file says is read and checked here as far as the file alone can tell; `nnsim.debugger.guide_checks` checks it
against the scenario that it is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from nnsim.scenario import builtin
from nnsim.scenario.document import read_document, read_text
from nnsim.scenario.errors import Mistakes, ScenarioError, did_you_mean, found, listing, safe
from nnsim.scenario.lines import LinedMistakes, Lines
from nnsim.scenario.moments import At, parse_at
from nnsim.scenario.schema import NotNegative, Switch, Table, check_numbers, check_table

FOLDER = builtin.FOLDER / "guides"
KINDS = ("choice", "number", "predict")

Words = Annotated[str, Meta(min_length=1, description="text in quotes")]
Texts = Annotated[list[Words], Meta(description="a list of texts in quotes")]
Tables = Annotated[list[dict[str, Any]], Meta(min_length=1, description="one table or more")]


class GuideTable(Table, kw_only=True):
    title: Words
    steps: Tables
    scenario: Words | UnsetType = UNSET
    summary: Words | UnsetType = UNSET
    overrides: Annotated[dict[str, Any], Meta(description="a table of dotted keys and values")] = msgspec.field(
        default_factory=dict
    )
    locked: Texts = msgspec.field(default_factory=list)


class StepTable(Table, kw_only=True):
    text: Words
    title: Words | UnsetType = UNSET
    at: Annotated[Any, Meta(description='a moment, such as "iteration 0, forward, z1"')] = UNSET
    when: Words | UnsetType = UNSET
    light: Texts = msgspec.field(default_factory=list)
    claims: Texts = msgspec.field(default_factory=list)
    question: Annotated[dict[str, Any], Meta(description="a table")] | UnsetType = UNSET


class QuestionTable(Table, kw_only=True):
    kind: Annotated[str, Meta(extra={"names": KINDS})]
    text: Words
    answer: Annotated[int | float | str, Meta(description="the number of an option, or an expression")]
    options: Annotated[list[Words], Meta(min_length=2, description="a list of two texts or more")] | UnsetType = UNSET
    tolerance: NotNegative | UnsetType = UNSET
    hint: Words | UnsetType = UNSET
    explanation: Words | UnsetType = UNSET
    reveal: Switch = True
    mistakes: Annotated[list[dict[str, Any]], Meta(description="a list of tables")] = msgspec.field(
        default_factory=list
    )


class MistakeTable(Table, kw_only=True):
    answer: Annotated[int | float | str, Meta(description="the number of an option, or an expression")]
    text: Words


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a step asks.

    kind: "choice" (answer: the number of an option, from 1), "number" (answer: an expression), "predict" (answer: an
        element of a tensor that is computed later than the step's moment).
    mistakes: wrong answers that can be expected, and what to say to each.
    reveal: whether the right answer may be told.
    """

    kind: str
    text: str
    answer: str
    options: tuple[str, ...] = ()
    tolerance: float | None = None
    hint: str = ""
    explanation: str = ""
    reveal: bool = True
    mistakes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One page of a guide. `light`: tensors or parts of them; `claims`: what is true at its moment."""

    at: At
    text: str
    title: str = ""
    light: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    question: Question | None = None


@dataclass(frozen=True, kw_only=True)
class Guide:
    """A checked file. `name` is its key in the progress; `scenario` a built-in name or a path."""

    name: str
    title: str
    scenario: str
    steps: tuple[Step, ...]
    summary: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    locked: tuple[str, ...] = ()
    file: str = ""
    lines: Lines = field(default_factory=lambda: Lines(""), repr=False, compare=False)

    def mistakes(self) -> LinedMistakes:
        """Collects what is wrong with it."""
        return LinedMistakes(self.file, self.lines)


def names() -> tuple[str, ...]:
    """The built-in guides: those of the course and those of scenarios."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def is_guide(source: str | Path) -> bool:
    """Whether it is a guide and no scenario: a built-in name of one, or a TOML file with steps."""
    if source in names():
        return source not in builtin.names()
    try:
        return Path(source).suffix == ".toml" and "steps" in read_document(Path(source), str(source))
    except ScenarioError:  # whoever loads it says why
        return False


def read_guide(source: str | Path, scenario: str | None = None) -> Guide:
    """The guide of a built-in name, or of a .toml file in any folder.

    scenario: what it is about where the file does not say so. Raises ScenarioError, one line a mistake.
    """
    if isinstance(source, str) and source in names():
        return _read(FOLDER / f"{source}.toml", source, source, scenario or _same_name(source))
    path = Path(source)
    if isinstance(source, str) and not path.suffix and not path.exists():
        hint = did_you_mean(source, names())
        allowed = f"{listing(names())}, or the path of a .toml file"
        raise ScenarioError(["; ".join(filter(None, [f"there is no guide {found(source)}; allowed: {allowed}", hint]))])
    return _read(path, str(source), str(path.absolute()), scenario)


def _same_name(guide: str) -> str | None:
    return guide if guide in builtin.names() else None


def _read(path: Path, file: str, name: str, scenario: str | None) -> Guide:
    document = read_document(path, file)
    mistakes = LinedMistakes(file, Lines(read_text(path, file)))
    try:
        return _guide(document, path, name, scenario, mistakes)
    except RecursionError:
        raise ScenarioError([f"{safe(file)}: tables or lists are nested too deeply"]) from None


def _guide(document: dict[str, Any], path: Path, name: str, scenario: str | None, mistakes: LinedMistakes) -> Guide:
    check_numbers(document, "", mistakes)
    mistakes.stop_if_any()
    check_table(GuideTable, document, "", mistakes)
    if "scenario" not in document and scenario is None:
        mistakes.add("scenario", "is missing", "a built-in scenario or the path of a .toml file")
    given = document.get("steps")
    tables = given if isinstance(given, list) else []
    steps = [_step(table, f"steps[{i}]", mistakes) for i, table in enumerate(tables) if isinstance(table, dict)]
    mistakes.stop_if_any()
    table = msgspec.convert(document, GuideTable)
    return Guide(
        name=name,
        title=safe(table.title),
        scenario=_place_of(table.scenario, path) if table.scenario else str(scenario),
        steps=tuple(step for step in steps if step),
        summary=safe(table.summary or ""),
        overrides=table.overrides,
        locked=tuple(table.locked),
        file=mistakes.file,
        lines=mistakes.where,
    )


def _place_of(scenario: str, path: Path) -> str:
    """A path starts from the folder of the guide."""
    return scenario if scenario in builtin.names() or not Path(scenario).suffix else str(path.parent / scenario)


def _step(document: dict[str, Any], key: str, mistakes: Mistakes) -> Step | None:
    before = len(mistakes.lines)
    check_table(StepTable, document, key, mistakes)
    at = parse_at(document, key, mistakes)
    asked = document.get("question")
    question = _question(asked, f"{key}.question", mistakes) if isinstance(asked, dict) else None
    if len(mistakes.lines) > before or at is None:
        return None
    table = msgspec.convert(document, StepTable)
    return Step(
        at=at,
        text=_flowing(table.text),
        title=safe(table.title or ""),
        light=tuple(table.light),
        claims=tuple(table.claims),
        question=question,
    )


def _question(document: dict[str, Any], key: str, mistakes: Mistakes) -> Question | None:
    before = len(mistakes.lines)
    check_table(QuestionTable, document, key, mistakes)
    for i, each in enumerate(document["mistakes"] if isinstance(document.get("mistakes"), list) else []):
        if isinstance(each, dict):
            check_table(MistakeTable, each, f"{key}.mistakes[{i}]", mistakes)
    if len(mistakes.lines) > before:
        return None
    table = msgspec.convert(document, QuestionTable)
    _check_kind(table, key, mistakes)
    if len(mistakes.lines) > before:
        return None
    wrong = [msgspec.convert(each, MistakeTable) for each in table.mistakes]
    return Question(
        kind=table.kind,
        text=_flowing(table.text),
        answer=str(table.answer),
        options=tuple(map(safe, table.options or ())),
        tolerance=table.tolerance if isinstance(table.tolerance, float) else None,
        hint=_flowing(table.hint or ""),
        explanation=_flowing(table.explanation or ""),
        reveal=table.reveal,
        mistakes=tuple((str(each.answer), _flowing(each.text)) for each in wrong),
    )


def _check_kind(table: QuestionTable, key: str, mistakes: Mistakes) -> None:
    """What belongs to one kind of question only."""
    if table.kind != "choice":
        if table.options is not UNSET:
            mistakes.add(f"{key}.options", f"found with kind {found(table.kind)}", 'only with kind "choice"')
        return
    if table.tolerance is not UNSET:
        mistakes.add(f"{key}.tolerance", 'found with kind "choice"', 'only with kind "number" or "predict"')
    if table.options is UNSET:
        mistakes.add(f"{key}.options", "is missing", "a list of two texts or more")
        return
    options = len(table.options)
    places = [("answer", table.answer), *((f"mistakes[{i}].answer", e["answer"]) for i, e in enumerate(table.mistakes))]
    for place, answer in places:
        if not isinstance(answer, int) or not 1 <= answer <= options:
            mistakes.add(f"{key}.{place}", f"found {found(answer)}", f"the number of an option, 1 to {options}")


def _flowing(text: str) -> str:
    """The text without the line breaks of its file; an empty line parts paragraphs."""
    return "\n\n".join(safe(" ".join(part.split())) for part in text.strip().split("\n\n"))
