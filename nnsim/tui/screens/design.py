"""Data, network and training of a scenario, to be changed before it starts."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Label, Static

from nnsim.debugger.design import MOST, preview
from nnsim.scenario import ScenarioError
from nnsim.scenario.editing import Draft
from nnsim.scenario.errors import listing, safe
from nnsim.scenario.fields import Field, fields, parameters, reason, summary, turned, typed
from nnsim.scenario.saving import save
from nnsim.tui.files import free_path
from nnsim.tui.keys import key, quiet
from nnsim.tui.moment import Moment, View, describe, take
from nnsim.tui.renderers.design import differing
from nnsim.tui.rows import clean
from nnsim.tui.screens.dialog import Dialog
from nnsim.tui.screens.help import Help
from nnsim.tui.widgets.canvas import Rows
from nnsim.tui.widgets.design import About, Architecture, DesignHead, DesignPart, Fields, Shown
from nnsim.tui.widgets.footer import KeyBar

if TYPE_CHECKING:
    from nnsim.scenario import Scenario

LARGE = 2_000_000  # numbers among the inputs: then they are prepared in the background
READING = (
    ("‹ 4 ›", "the chosen value; ← and → change it, or a click on ‹ and ›"),
    ("• units", "it is another than in the scenario that was opened"),
    ("[x] Age", "a column of the table that is an input"),
    ("dim", "values that the scenario leaves to the default"),
)
UNDOS, UNDOS_OF_LARGE = 100, 3  # changes that can be taken back; each may hold data of its own
Change = Callable[[Draft], Draft]
Refused = Callable[[str], None]
Then = Callable[[], None]


class Design(Screen[None]):
    """Every change is checked at once; what cannot be is said, and nothing is changed. Enter starts the training."""

    HORIZONTAL_BREAKPOINTS = [(0, "-thin"), (60, "-narrow"), (76, "-middle"), (104, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-low"), (30, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "start", "design: start", "Train this, from its start"),
        quiet("left", "turn(-1)", "design: less", "The value before, or a smaller number"),
        quiet("right", "turn(1)", "design: more", "The next value, or a larger number"),
        key("plus", "add_layer", "design: layer", "Add a hidden layer after the chosen one"),
        key("minus", "drop_layer", "design: drop", "Drop the chosen hidden layer, or the last one"),
        key("n", "start_anew", "design: new start", "Train this with another seed"),
        key("w", "save", "design: save", "Save this as a scenario file (TOML)"),
        key("u", "undo", "design: undo", "Take the last change back"),
        quiet("space", "edit", "design: type", "Type a number; digits do that at once"),
        quiet("up", "choose(-1)", "design: up", "Choose the line above"),
        quiet("down", "choose(1)", "design: down", "Choose the line below"),
        quiet("pageup", "page(-1)", "design: page up", "A page up"),
        quiet("pagedown", "page(1)", "design: page down", "A page down"),
        quiet("home", "choose(-100000)", "design: first", "Choose the first line"),
        quiet("end", "choose(100000)", "design: last", "Choose the last line"),
        quiet("tab", "group(1)", "design: next group", "Go to the next group of choices"),
        quiet("shift+tab", "group(-1)", "design: previous group", "Go to the group before"),
        quiet("equals_sign", "add_layer", "design: add layer", "As +, on keyboards where that needs Shift"),
        quiet("ctrl+s", "save", "design: save file", "As w"),
        quiet("G", "glossary", "view: glossary", "What the terms mean"),
        key("escape", "back", "design: back", "Back, with nothing changed"),
        key("question_mark", "help", "view: help", "All keys"),
        key("q", "app.quit", "app: quit", "Leave nnsim"),
    ]

    def __init__(self, scenario: "Scenario") -> None:
        super().__init__()
        self.draft = Draft.of(scenario)
        self._before: list[Draft] = []  # for undo
        self._opened = fields(self.draft)
        self.chosen = 0
        self._said = _told(scenario)
        self._wrong = False
        self._busy = False
        self._saved: Mapping[str, Any] = scenario.document  # what is not lost by leaving
        self._leaving: Mapping[str, Any] | None = None  # what was said to be lost
        self._pictured: tuple[Scenario, Moment | None] | None = None

    def compose(self) -> ComposeResult:
        yield DesignHead()
        with Horizontal(id="design"):
            yield Fields()
            yield Architecture()
        yield About()
        yield KeyBar(self.app.remapped(self.BINDINGS))  # type: ignore[attr-defined]
        yield Static(id="no-room", markup=False)

    def on_mount(self) -> None:
        self._show()

    def on_resize(self) -> None:
        width, height = self.size
        self.query_one("#no-room", Static).update(f"nnsim needs 60×18, this is {width}×{height}", layout=False)

    # what is shown

    @property
    def fields(self) -> tuple[Field, ...]:
        return fields(self.draft)

    @property
    def field(self) -> Field:
        return self.fields[self.chosen]

    def _show(self) -> None:
        every = self.fields
        self.chosen = max(0, min(self.chosen, len(every) - 1))
        shown = Shown(
            title=self.draft.scenario.title,
            changed=self.draft.changed,
            fields=every,
            chosen=self.chosen,
            differing=differing(every, self._opened),
            layers=_layers(self.draft),
            moment=self._picture(),
            summary=summary(self.draft),
            said=self._said,
            wrong=self._wrong,
        )
        with self.app.batch_update():
            for part in self.query(DesignPart):
                part.show(shown)

    def repaint(self) -> None:
        """The theme has changed."""
        self._pictured = None
        self._show()
        for rows in self.query(Rows):
            rows.repaint()

    def _picture(self) -> Moment | None:
        """The network with its start weights; made anew only for another scenario."""
        scenario = self.draft.scenario
        if self._pictured is None or self._pictured[0] is not scenario:
            plain = self.app.current_theme.ansi or self.app.no_color
            self._pictured = scenario, _moment(scenario, plain) if parameters(self.draft) <= MOST else None
        return self._pictured[1]

    def _say(self, *words: str, wrong: bool = False) -> None:
        self._said, self._wrong = words, wrong

    # changes

    def _apply(self, change: Change, refused: Refused | None = None, then: Then | None = None) -> None:
        """Makes a change, in the background where there are very many data.

        refused: is told why it cannot be made; then: what follows where it was.
        """
        if self._busy:
            return
        if self.draft.scenario.data.x.size > LARGE:
            self._busy = True
            self._say("one moment: the data are being prepared …")
            self._show()
            self._apply_in_background(change, refused, then)
        else:
            self._arrived(_attempt(self.draft, change), refused, then)

    @work(thread=True, group="design")
    def _apply_in_background(self, change: Change, refused: Refused | None, then: Then | None) -> None:
        made = _attempt(self.draft, change)
        self.app.call_from_thread(self._arrived, made, refused, then)

    def _arrived(self, made: "Draft | str", refused: Refused | None, then: Then | None) -> None:
        self._busy = False
        if not self.is_attached:  # left meanwhile
            return
        if isinstance(made, Draft):
            if made.document != self.draft.document:
                kept = UNDOS_OF_LARGE if self.draft.scenario.data.x.size > LARGE else UNDOS
                self._before = [*self._before[1 - kept :], self.draft]
            self.draft = made
            self._say(*made.notes)
        else:
            if refused:
                refused(made)
            else:
                self._say(made, wrong=True)
        self._show()
        if then and isinstance(made, Draft):
            then()

    def action_turn(self, step: int) -> None:
        field = self.field
        self._apply(lambda draft: turned(draft, field, step))

    def action_edit(self) -> None:
        """A number is typed; anything else takes its next value."""
        if self.field.kind == "number":
            self._ask(self.field.text)
        else:
            self.action_turn(1)

    def on_key(self, event: events.Key) -> None:
        character = event.character or ""
        if self.field.kind == "number" and (character.isdecimal() or character == "."):
            event.stop()
            self._ask(character, typing=True)

    def _ask(self, text: str, problem: str = "", typing: bool = False) -> None:
        field = self.field
        asked = Ask(f"{field.group}, {field.label}", text, field.allowed, problem, typing)
        self.app.push_screen(asked, lambda answer: self._answered(field, answer))

    def _answered(self, field: Field, text: str | None) -> None:
        if text is not None:
            self._apply(lambda draft: typed(draft, field, text), lambda problem: self._ask(text, problem))

    def action_add_layer(self) -> None:
        layer, last = self.field.layer, len(self.draft.layers) - 1
        at = last if layer is None else min(layer + 1, last)
        said = f"hidden layer {at + 1} is new"
        self._apply(lambda draft: _noted(draft.add_layer(at), said), then=lambda: self._go_to_layer(at))

    def _go_to_layer(self, layer: int) -> None:
        self.chosen = next(at for at, field in enumerate(self.fields) if field.layer == layer)
        self._show()

    def action_drop_layer(self) -> None:
        layer = self.field.layer
        at = max(len(self.draft.layers) - 2, 0) if layer is None else layer
        self._apply(lambda draft: _noted(draft.drop_layer(at), f"hidden layer {at + 1} is dropped"))

    def action_undo(self) -> None:
        if self._busy:
            return
        if self._before:
            self.draft = self._before.pop()
            self._say("the last change is taken back")
        else:
            self._say("nothing has been changed", wrong=True)
        self._show()

    # moves

    def action_choose(self, step: int) -> None:
        self._say()
        self.chosen += step
        self._show()

    def action_page(self, pages: int) -> None:
        self.action_choose(pages * self.query_one(Fields).page)

    def action_group(self, step: int) -> None:
        every = self.fields
        starts = [at for at, field in enumerate(every) if at == 0 or every[at - 1].group != field.group]
        here = sum(start <= self.chosen for start in starts) - 1
        self.action_choose(starts[(here + step) % len(starts)] - self.chosen)

    @on(Fields.Picked)
    def _picked(self, message: Fields.Picked) -> None:
        kind, place = message.target.kind, message.target.place
        if kind == "move":
            self.action_choose(place[0])
            return
        self.action_choose(place[0] - self.chosen)
        if kind == "turn":
            self.action_turn(1 if place[1] else -1)
        elif kind == "edit" or self.field.kind == "column":
            self.action_edit()

    # out of the screen

    def action_start(self) -> None:
        if not self._busy:
            self.app.begin(self.draft.ready)  # type: ignore[attr-defined]

    def action_start_anew(self) -> None:
        """The same with the next seed."""
        self._apply(Draft.anew, then=self.action_start)

    def action_save(self) -> None:
        name = self.draft.scenario.name if self.draft.scenario.name.isascii() else "scenario"
        path = free_path(Path(), f"my-{name.removeprefix('my-')}", ".toml")
        self._ask_name(path.name)

    def _ask_name(self, text: str, problem: str = "", there: str = "") -> None:
        asked = Ask("Save as", text, "the name of a file that ends with .toml", problem)
        self.app.push_screen(asked, lambda answer: self._save_as(answer, there))

    def _save_as(self, name: str | None, there: str) -> None:
        """`there`: a file that has been said to be there already, so that it may be replaced."""
        if name is None:
            return
        path = Path(os.path.expanduser(name.strip()))
        if path.name and os.path.lexists(path) and name != there:
            self._ask_name(name, f"{safe(name)} is there already: Enter once more replaces it.", name)
            return
        try:
            save(self.draft.own, path)
        except ScenarioError as error:
            self._ask_name(name, reason(error))
            return
        self._saved = self.draft.document
        self._say(f"saved: nnsim {safe(str(path))} opens it")
        self._show()

    def action_glossary(self) -> None:
        self.app.open_glossary(self.field.term)  # type: ignore[attr-defined]

    def action_help(self) -> None:
        bindings = [*self.BINDINGS, *self.app.BINDINGS]
        self.app.push_screen(Help(self.app.remapped(bindings), reading=READING))  # type: ignore[attr-defined]

    def action_back(self) -> None:
        """To what is open below; where nothing is, out: after a second Esc if there is something to lose."""
        if self.app.screen_stack[0] is not self:
            self.dismiss()
        elif self.draft.document in (self._saved, self._leaving):
            self.app.exit()
        else:
            self._leaving = self.draft.document
            self._say("Esc once more leaves nnsim, and these changes are gone; w saves them", wrong=True)
            self._show()


class Ask(Dialog[str | None]):
    """A line to type in, with what is allowed or what was wrong below it."""

    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "dismiss(None)", "design: cancel", "Leave it as it is")]

    def __init__(self, question: str, text: str, allowed: str, problem: str = "", typing: bool = False) -> None:
        """`typing`: whether `text` is the beginning of an answer that is being typed, and not to be replaced by it."""
        super().__init__()
        self._question, self._text, self._allowed, self._problem = question, text, allowed, problem
        self._typing = typing or bool(problem)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            with Horizontal():
                yield Label(f"{clean(self._question)}: ", id="question", markup=False)
                yield Input(self._text, id="answer", compact=True, max_length=500, select_on_focus=not self._typing)
            words = clean(self._problem or f"{self._allowed[:1].upper()}{self._allowed[1:]}.   ⏎ take it   Esc cancel")
            yield Label(words, id="allowed", classes="-wrong" if self._problem else "", markup=False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


def _noted(draft: Draft, first: str) -> Draft:
    """The draft with something to say before its own notes."""
    return replace(draft, notes=(first, *draft.notes))


def _attempt(draft: Draft, change: Change) -> "Draft | str":
    """The changed draft, or in one line why there is none."""
    try:
        return change(draft)
    except ScenarioError as error:
        return reason(error)


def _told(scenario: "Scenario") -> tuple[str, ...]:
    """What was made of a table, for who has just brought it."""
    report = scenario.report
    if scenario.source or report is None:
        return ()
    left = [field.name for field in report.fields if field.role == "left out"]
    why = (f"left out: {listing(left)}; the list of inputs says why",) if left else ()
    skipped = f", {report.skipped:,} of them without a target and left out" if report.skipped else ""
    return (f"found {report.rows:,} rows{skipped}; the target asks for {report.task}", *why)


def _layers(draft: Draft) -> tuple[str, ...]:
    scenario = draft.scenario
    count = scenario.network.inputs
    inputs = f"{count:,} {'input' if count == 1 else 'inputs'}"
    return (inputs, *(f"{layer.units:,} {layer.activation}" for layer in scenario.network.layers))


def _moment(scenario: "Scenario", plain: bool) -> Moment:
    session = preview(scenario)
    session.go_to_op([op.name for op in session.program].index("loss"))
    return take(session, describe(session), View(plain=plain))
