"""A guide at work: the step that a person is at, beside the session. It moves the session only when asked to."""

from dataclasses import dataclass
from threading import Event

from nnsim.debugger.answers import Asked, Reply, judge
from nnsim.debugger.conditions import Reference
from nnsim.debugger.guide_checks import CheckedQuestion, check
from nnsim.debugger.numbers import Numbers
from nnsim.debugger.progress import Progress
from nnsim.debugger.session import Session
from nnsim.engine.simulation import Simulation
from nnsim.scenario import ScenarioError, load
from nnsim.scenario.guides import Guide, Step

STRIDE = 256  # iterations between two looks at `interrupt`


@dataclass(frozen=True)
class Page:
    """What a step says, with the numbers of its moment: they stay, wherever the session goes."""

    number: int  # from 1
    of: int
    title: str
    text: str
    light: tuple[Reference, ...]
    question: Asked | None
    claims: tuple[tuple[str, bool], ...]  # each with whether it holds


@dataclass(frozen=True)
class Arrival:
    """Whether the session stands at the step's moment now; if not, why."""

    there: bool
    text: str = ""


@dataclass(frozen=True)
class Score:
    """right: questions answered rightly; at_once: at the first try; asked: all questions of the guide."""

    right: int
    at_once: int
    asked: int


def simulation_of(guide: Guide) -> Simulation:
    """A simulation of the scenario that a guide is about. Raises ScenarioError, whose lines name the guide too."""
    try:
        return Simulation(load(guide.scenario, guide.overrides))
    except ScenarioError as error:
        mistakes = guide.mistakes()
        for line in error.mistakes:
            mistakes.add("scenario", line)
        raise ScenarioError(mistakes.lines) from None


class GuideRun:
    """A guide beside a session. `begin` takes the session to where the person left off.

    Moving may train for a while: call it from a thread where that matters. It holds the session's lock meanwhile; set
    `interrupt` and it gives up, also where it has not begun yet.
    """

    def __init__(
        self, guide: Guide, session: Session, progress: Progress | None = None, limit: int | None = None
    ) -> None:
        """limit: the last iteration to look for a condition in; by default the end of the training.

        Raises ScenarioError where the guide does not fit the session's scenario.
        """
        self.guide, self.session, self.progress = guide, session, progress
        self._steps = check(guide, session.sim)
        self._numbers = Numbers(session.sim)
        self._limit = session.sim.iterations if limit is None else limit
        self._found: dict[int, int] = {}  # the iteration of each step that has been looked for
        self._pages: dict[int, Page] = {}
        self._tries: dict[int, int] = {}
        self._right: dict[int, int] = dict(progress.of(guide.name).right) if progress else {}
        self.index = 0
        self.interrupt = Event()

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def step(self) -> Step:
        return self.guide.steps[self.index]

    @property
    def page(self) -> Page | None:
        """The current step as it reads. None before `begin`, or where its moment was not found."""
        return self._pages.get(self.index)

    @property
    def here(self) -> bool:
        """Whether the session stands at the current step's moment."""
        session = self.session
        original = session.branch is session.tree.root or session.iteration < session.branch.path[1].start
        at = (self._found.get(self.index), self._steps[self.index].op)
        return original and at == (session.iteration, session.op_index)

    @property
    def first(self) -> bool:
        return self.index == 0

    @property
    def last(self) -> bool:
        return self.index == len(self) - 1

    @property
    def done(self) -> frozenset[int]:
        """The steps that are done, where progress is kept."""
        return frozenset(self.progress.of(self.guide.name).done if self.progress else ())

    # moves

    def begin(self) -> Arrival:
        """To the step where the person left off, or the first one."""
        return self.go(self.progress.of(self.guide.name).place if self.progress else 0)

    def next(self) -> Arrival:
        """To the next step; the last one stays. What is left behind counts as done."""
        self._mark(self.index)
        return self.go(self.index + 1)

    def back(self) -> Arrival:
        return self.go(self.index - 1)

    def again(self) -> Arrival:
        """Back to the current step's moment, from wherever the session has gone."""
        return self.go(self.index)

    def go(self, index: int) -> Arrival:
        """To a step, the nearest where there is none so far."""
        self.index = max(0, min(index, len(self) - 1))
        with self.session.lock:
            self.session.switch(self.session.tree.root)  # a guide is about the training as the scenario has it
            arrival = self._move(self.index)
        self.interrupt.clear()
        if self.progress and self.progress.of(self.guide.name).place != self.index:
            self.progress.stand(self.guide.name, self.index)
        if arrival.there and self.last and self.step.question is None:
            self._mark(self.index)
        return arrival

    def _move(self, index: int) -> Arrival:
        started = self.session.iteration
        iteration = self._iteration(index)
        if iteration is None:
            self.session.go_to(started)
            if self.interrupt.is_set():
                return Arrival(False, "Interrupted.")
            when = self._steps[index].source.at.when or self._missing(index)
            return Arrival(False, f"“{when}” has not come true up to iteration {self._limit}.")
        if not self._travel(iteration):
            self.session.go_to(started)
            return Arrival(False, "Interrupted.")
        self.session.go_to_op(self._steps[index].op)
        if index not in self._pages:
            self._pages[index] = self._told(index)
        return Arrival(True)

    def _travel(self, iteration: int) -> bool:
        """To an iteration, in strides, so that it can be interrupted on the way."""
        sim = self.session.sim
        while sim.recorded < iteration and not self.interrupt.is_set():
            sim.seek(min(iteration, sim.recorded + STRIDE))
        if not self.interrupt.is_set():
            self.session.go_to(iteration)
        return not self.interrupt.is_set()

    def _iteration(self, index: int) -> int | None:
        """The iteration of a step. One with a condition is looked for from the step before onwards."""
        if index not in self._found:
            found = self._look_for(index)
            if found is None:
                return None
            self._found[index] = found
        return self._found[index]

    def _look_for(self, index: int) -> int | None:
        at, when, sim = self._steps[index].source.at, self._steps[index].when, self.session.sim
        if when is None:
            by_epoch = (at.epoch or 0) * sim.iterations_per_epoch
            return sim.iterations if at.end else by_epoch if at.iteration is None else at.iteration
        start = self._iteration(index - 1) if index else 0
        for iteration in range(self._limit + 1 if start is None else start, self._limit + 1):
            if self.interrupt.is_set():
                return None
            sim.seek(iteration)
            if when.holds(self._numbers):
                return iteration
        return None

    def _missing(self, index: int) -> str:
        """The condition of an earlier step that this one waits for."""
        conditions = [step.source.at.when for step in self._steps[:index] if step.when]
        return conditions[-1] if conditions else ""

    def _told(self, index: int) -> Page:
        step, now = self._steps[index], self._numbers
        return Page(
            number=index + 1,
            of=len(self),
            title=step.source.title,
            text=step.text.filled(now),
            light=step.light,
            question=_asked(step.question, now) if step.question else None,
            claims=tuple((claim.text, claim.holds(now)) for claim in step.claims),
        )

    # questions

    @property
    def question(self) -> Asked | None:
        """The current step's question, with the numbers of its moment."""
        return self.page.question if self.page else None

    @property
    def answered(self) -> bool:
        """Whether the current step's question has been answered rightly, now or in an earlier run."""
        return self.index in self._right

    @property
    def tries(self) -> int:
        return self._tries.get(self.index, 0)

    def answer(self, text: str) -> Reply:
        """Judges an answer to the current question. Raises ValueError where there is none."""
        question = self.question
        if question is None:
            raise ValueError("this step asks nothing")
        reply = judge(question, text)
        if reply.understood:
            self._tries[self.index] = self.tries + 1
        if reply.right:
            self._right.setdefault(self.index, self.tries)
            if self.progress:
                self.progress.answered(self.guide.name, self.index, self.tries)
        return reply

    @property
    def hidden(self) -> tuple[str, tuple[int, ...]] | None:
        """The number that is to be foretold, as tensor and index: not to be shown until `answered`."""
        return self.question.predicted if self.question and not self.answered else None

    @property
    def score(self) -> Score:
        asked = [i for i, step in enumerate(self.guide.steps) if step.question]
        right = [self._right[i] for i in asked if i in self._right]
        return Score(len(right), sum(tries == 1 for tries in right), len(asked))

    def _mark(self, index: int) -> None:
        if self.progress and index not in self.done:
            self.progress.mark(self.guide.name, index)


def _asked(question: CheckedQuestion, now: Numbers) -> Asked:
    source, part = question.source, question.predicted
    mistakes = [(float(w) if isinstance(w, int) else w.value(now), text.filled(now)) for w, text in question.mistakes]
    return Asked(
        kind=source.kind,
        text=question.text.filled(now),
        options=tuple(option.filled(now) for option in question.options),
        answer=float(source.answer) if question.answer is None else question.answer.value(now),
        tolerance=source.tolerance,
        hint=question.hint.filled(now),
        explanation=question.explanation.filled(now),
        reveal=source.reveal,
        mistakes=tuple(mistakes),
        predicted=(part.tensor, part.element) if part and part.element is not None else None,
    )
