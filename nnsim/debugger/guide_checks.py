"""A guide against the scenario that it is about: every moment, tensor, condition and number that it names exists."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from nnsim.debugger.conditions import ConditionError, Expression, Reference, expression, reference, scalar
from nnsim.debugger.numbers import Vocabulary
from nnsim.debugger.templates import Template, template
from nnsim.engine.simulation import Simulation
from nnsim.scenario.errors import Mistakes, did_you_mean, found, listing
from nnsim.scenario.guides import Guide, Question, Step

Compiled = TypeVar("Compiled", Expression, Reference, Template)


@dataclass(frozen=True)
class CheckedQuestion:
    """answer: for a choice None; else the expression. predicted: the element that a person is to foretell."""

    source: Question
    text: Template
    options: tuple[Template, ...]
    hint: Template
    explanation: Template
    answer: Expression | None
    predicted: Reference | None
    mistakes: tuple[tuple[Expression | int, Template], ...]


@dataclass(frozen=True)
class CheckedStep:
    """A step whose parts are ready to be worked out. `op` is the place of its op in the program."""

    source: Step
    op: int
    when: Expression | None
    text: Template
    light: tuple[Reference, ...]
    claims: tuple[Expression, ...]
    question: CheckedQuestion | None


def check(guide: Guide, sim: Simulation, lockable: Collection[str] | None = None) -> tuple[CheckedStep, ...]:
    """Its steps, ready. Raises ScenarioError, with one line for each mistake.

    lockable: the names that `locked` may hold; any where it is not given.
    """
    mistakes = guide.mistakes()
    for i, name in enumerate(guide.locked):
        if lockable is not None and name not in lockable:
            mistakes.name(f"locked[{i}]", name, lockable)
    checker = Checker(sim, mistakes)
    steps = [checker.step(step, f"steps[{i}]") for i, step in enumerate(guide.steps)]
    mistakes.stop_if_any()
    return tuple(steps)


class Checker:
    """Compiles what a guide says; what cannot be is a mistake, and something harmless in its place."""

    def __init__(self, sim: Simulation, mistakes: Mistakes) -> None:
        self.sim, self.mistakes = sim, mistakes
        self.vocabulary = Vocabulary.of(sim)
        self._nothing = expression("0", self.vocabulary)

    def step(self, step: Step, key: str) -> CheckedStep:
        op = self.op(step, f"{key}.at")
        self.time(step, f"{key}.at")
        when = self.scalar(step.at.when, f"{key}.when") if step.at.when else None
        text = self.template(step.text, f"{key}.text")
        lights = [self.reference(each, f"{key}.light[{i}]") for i, each in enumerate(step.light)]
        return CheckedStep(
            source=step,
            op=op,
            when=when,
            text=text,
            light=tuple(each for each in lights if each),
            claims=tuple(self.scalar(each, f"{key}.claims[{i}]") for i, each in enumerate(step.claims)),
            question=self.question(step.question, op, f"{key}.question") if step.question else None,
        )

    def op(self, step: Step, key: str) -> int:
        """The place of the op that a step stands at."""
        program, at = self.sim.program, step.at
        phases = [op.phase for op in program]
        if at.phase and at.phase not in phases:
            self.mistakes.name(key, at.phase, dict.fromkeys(phases), "there is no phase {}")
            return 0
        if not at.op:
            return phases.index(at.phase) if at.phase else 0
        position = program.position(at.op)
        if position is None:
            names = [op.name for op in program if at.phase in ("", op.phase)]
            wrong = f"there is no op {found(at.op)}"
            if at.op in self.vocabulary.shapes:
                wrong = f"{at.op} is not computed: it is there when the iteration begins"
            self.mistakes.add(key, wrong, listing(names), did_you_mean(at.op, names))
            return 0
        if at.phase and program[position].phase != at.phase:
            self.mistakes.add(key, f"{at.op} is not in phase {at.phase}", f"phase {program[position].phase}")
        return position

    def time(self, step: Step, key: str) -> None:
        planned, epochs = self.sim.iterations, self.sim.experiment.training.epochs
        if step.at.iteration is not None and step.at.iteration > planned:
            self.mistakes.add(key, f"found iteration {step.at.iteration}", f"0 to {planned}, the end of the training")
        if step.at.epoch is not None and step.at.epoch > epochs:
            self.mistakes.add(key, f"found epoch {step.at.epoch}", f"0 to {epochs}, the end of the training")

    def question(self, question: Question, op: int, key: str) -> CheckedQuestion:
        choice, predict = (question.kind == kind for kind in ("choice", "predict"))
        predicted = self.predicted(question.answer, op, f"{key}.answer") if predict else None
        wrong: list[tuple[Expression | int, Template]] = []
        for i, (answer, text) in enumerate(question.mistakes):
            place = f"{key}.mistakes[{i}]"
            given = int(answer) if choice else self.scalar(answer, f"{place}.answer")
            wrong.append((given, self.template(text, f"{place}.text")))
        return CheckedQuestion(
            source=question,
            text=self.template(question.text, f"{key}.text"),
            options=tuple(self.template(each, f"{key}.options[{i}]") for i, each in enumerate(question.options)),
            hint=self.template(question.hint, f"{key}.hint"),
            explanation=self.template(question.explanation, f"{key}.explanation"),
            answer=None if choice or (predict and predicted is None) else self.scalar(question.answer, f"{key}.answer"),
            predicted=predicted,
            mistakes=tuple(wrong),
        )

    def predicted(self, answer: str, op: int, key: str) -> Reference | None:
        """What is to be foretold is one number, and not on the screen yet."""
        part = self.reference(answer, key)
        if part is None:
            return None
        position = self.sim.program.position(part.tensor)
        if part.element is not None and (position is None or position <= op):
            later = [each.name for each in self.sim.program[op + 1 :]]
            self.mistakes.add(key, f"{part.tensor} can be seen already at {self.sim.program[op].name}", listing(later))
        return part

    def scalar(self, text: str, key: str) -> Expression:
        try:
            return scalar(text, self.vocabulary)
        except ConditionError as error:
            self.mistakes.add(key, f"found {found(text)}, {error}")
            return self._nothing

    def reference(self, text: str, key: str) -> Reference | None:
        try:
            return reference(text, self.vocabulary)
        except ConditionError as error:
            self.mistakes.add(key, f"found {found(text)}, {error}")
            return None

    def template(self, text: str, key: str) -> Template:
        try:
            return template(text, self.vocabulary)
        except ConditionError as error:
            start = max(0, text.rfind("{", 0, error.column))
            quote = text[start : text.find("}", start) + 1 or None]
            self.mistakes.add(key, f"found {found(quote)}, {error}")
            return Template(())
