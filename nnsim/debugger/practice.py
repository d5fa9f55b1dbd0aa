"""Predict, then check: the chosen number of each op is asked for before it is shown.

An answer is right where the number, rounded to as many digits as were given, is that answer. At least two significant
digits have to be given, or all that the number has; more than are shown count as those that are shown. What comes of
working with the numbers as they are shown, rounded, is right too.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from nnsim.debugger.answers import Asked, Reply, judge, number_of, precision_of
from nnsim.debugger.scores import Attempt, Scores, Tally, advice, score, tallies
from nnsim.debugger.session import Session
from nnsim.debugger.slips import Slip, slips
from nnsim.engine.explanation import Explanation
from nnsim.engine.expressions import Add, Sum, filled, reckoned, terms_only
from nnsim.engine.notation import number, symbol
from nnsim.engine.ops import Op, Update

DIGITS = 4
LEAST = 2  # significant digits of an answer
OF_NEW = ("the old value", "the sign", "the learning rate")  # slips that a new parameter hardly shows
TINY = 1e-12  # what rounding leaves of a zero: 0 is right there

Moment = tuple[object, int, int]  # simulation, iteration, op


class Practice:
    """Asks for the chosen number of the op that the cursor stands at. One right answer uncovers the op's tensor."""

    def __init__(self, session: Session, digits: int = DIGITS, scores: Scores | None = None) -> None:
        """`digits`: the significant digits that numbers are shown with. scores: where attempts are kept."""
        self._session, self._scores = session, scores
        self.digits = digits
        self.earlier = scores.attempts if scores else ()
        self._attempts: dict[Moment, Attempt] = {}

    @property
    def covered(self) -> bool:
        """Whether the tensor of the op is to be kept from view."""
        if not asks(self._session.op) or (self._here in self._attempts and self._attempts[self._here].over):
            return False
        explanation = self._session.trail.chosen
        return explanation.formula is not None and math.isfinite(explanation.result)  # not set by hand, nor overflown

    @property
    def prompt(self) -> str:
        """The question in words; empty where nothing is asked."""
        return _prompt(self._session.trail.chosen) if self.covered else ""

    @property
    def others(self) -> bool:
        """Whether another number of the tensor could be asked for in place of the chosen one."""
        return self.covered and self._session.frame[self._session.tensor].size > 1

    @property
    def question(self) -> Asked | None:
        """What is asked now; None where nothing is."""
        return self._asked(self._session.trail.chosen) if self.covered else None

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints taken so far: the formula, then for this element, then with the numbers filled in."""
        attempt = self._attempts.get(self._here)
        return tuple(self._all_hints())[: attempt.hints] if attempt and self.covered else ()

    @property
    def more_hints(self) -> bool:
        """Whether there are hints that have not been taken."""
        return self.covered and len(self.hints) < len(list(self._all_hints()))

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(self._attempts.values())

    def answer(self, text: str) -> Reply:
        """Judges a prediction. Raises ValueError where nothing is asked."""
        explanation = self._session.trail.chosen
        if not self.covered:
            raise ValueError(f"{explanation.label} is not asked for: n goes on to the next number")
        given = number_of(text)
        asked = self._asked(explanation)
        if given is None:
            return judge(asked, text)
        found = self._slips()
        digits = precision_of(text)
        enough = digits is None or digits[0] >= LEAST
        asked = replace(
            asked,
            answer=0.0 if given == 0 and abs(asked.answer) < TINY else asked.answer,
            tolerance=self._tolerance(given, digits),
            mistakes=tuple((slip.value, slip.text) for slip in found),
        )
        reply = judge(asked, text)
        if not reply.right and not enough and digits and given and abs(given - asked.answer) <= digits[1] / 2:
            return Reply(False, f"Right so far: give at least {LEAST} significant digits.", understood=False)
        if reply.right and self._looks_alike(given, asked, found):
            text = f"Right so far, but so is a wrong number: give {self.digits} significant digits."
            return Reply(False, text, understood=False)
        self._count(reply, given, asked, found)
        return reply

    def hint(self) -> str:
        """The next hint; after the last one that again. Raises ValueError where nothing is asked."""
        if not self.covered:
            raise ValueError("there is nothing to give a hint to")
        hints = list(self._all_hints())
        attempt = self._attempt()
        attempt.hints = min(attempt.hints + 1, len(hints))
        return hints[attempt.hints - 1]

    def give_up(self) -> str:
        """Uncovers the number without an answer. Raises ValueError where nothing is asked."""
        if not self.covered:
            raise ValueError("there is nothing to show: the number is in sight")
        explanation = self._session.trail.chosen
        self._attempt().given_up = True
        self._keep(self._attempt())
        return f"{explanation.label} = {number(explanation.result, self.digits)}"

    # score

    @property
    def score(self) -> str:
        """In a line: 7 of 9 right, 5 at the first try."""
        return score(self.attempts)

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """Each kind of op that was asked for; what went worst first."""
        return tallies(self.attempts)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to practise after this and earlier practice, a line each; nothing where all went well."""
        return advice((*self.earlier, *self.attempts))

    def end(self) -> None:
        """Keeps also what was tried and not brought to an end."""
        self._keep(*(attempt for attempt in self.attempts if attempt.tried and not attempt.over))

    def _keep(self, *attempts: Attempt) -> None:
        if self._scores:
            self._scores.add(*attempts)

    # parts

    @property
    def _here(self) -> Moment:
        return (self._session.sim, self._session.iteration, self._session.op_index)

    def _attempt(self) -> Attempt:
        op = self._session.op
        return self._attempts.setdefault(self._here, Attempt(kind_of(op), op.formula))

    def _asked(self, explanation: Explanation) -> Asked:
        return Asked(
            kind="number",
            text=_prompt(explanation),
            options=(),
            answer=explanation.result,
            tolerance=None,
            hint="",
            explanation=f"{explanation.label} = {number(explanation.result, self.digits)}",
            reveal=True,
            mistakes=(),
            predicted=(explanation.tensor, explanation.index),
            also=tuple(_as_shown(explanation, self.digits)),
        )

    def _slips(self) -> tuple[Slip, ...]:
        session = self._session
        return slips(session.program, session.frame, session.op, session.index)

    def _tolerance(self, given: float, digits: tuple[int, float] | None) -> float:
        """Half of one in the last digit that is given or shown; next to nothing where there are too few digits."""
        if given == 0 or (digits and digits[0] < LEAST):
            return 1e-9 * abs(given)
        shown = 10.0 ** (math.floor(math.log10(abs(given))) - self.digits + 1)
        return max(shown, digits[1] if digits else 0.0) / 2 * (1 + 1e-9)

    def _looks_alike(self, given: float, asked: Asked, found: tuple[Slip, ...]) -> bool:
        """Whether so few digits do not tell a new parameter from what a slip gives, such as its old value."""
        op = self._session.op
        if not isinstance(op, Update) or op.step.name != "next":
            return False
        if abs(given - asked.answer) <= self._tolerance(given, None):
            return False
        return any(slip.name in OF_NEW and abs(slip.value - given) <= (asked.tolerance or 0.0) for slip in found)

    def _count(self, reply: Reply, given: float, asked: Asked, found: tuple[Slip, ...]) -> None:
        attempt = self._attempt()
        attempt.tries += 1
        attempt.right = reply.right
        if not reply.right:
            matched = dict.fromkeys(
                slip.name for slip in found if abs(slip.value - given) <= (asked.tolerance or 0.0) + TINY
            )
            attempt.slips += list(matched)[:1]
        else:
            self._keep(attempt)

    def _all_hints(self) -> Iterator[str]:
        """From the formula of the tensor to the numbers filled in."""
        explanation = self._session.trail.chosen
        told = dict.fromkeys([self._session.op.formula, explanation.symbolic])
        yield from told
        yield from (f"{explanation.label} = {line}" for line in explanation.filled(self.digits)[:1])


def _prompt(explanation: Explanation) -> str:
    return f"What is {explanation.label}?"


def asks(op: Op) -> bool:
    """Whether an op's numbers can be foretold: they come from others, not from the data or a draw."""
    return bool(op.reads)


def kind_of(op: Op) -> str:
    """What an op is to practise: weighted sums, ∂L/∂W ..."""
    if isinstance(op, Update):
        return {"next": "new parameters", "step": "the optimizer's step"}.get(
            op.step.name, f"the optimizer's {symbol(op.name).partition('(')[0]}"
        )
    return _KINDS.get(op.name.rstrip("0123456789"), symbol(op.name))


_KINDS = {
    "z": "weighted sums z",
    "a": "activations a",
    "drop": "dropout",
    "loss": "the loss",
    "data_loss": "the loss",
    "penalty": "the penalty",
    "da": "∂L/∂a",
    "ddrop": "∂L/∂a",
    "dz": "∂L/∂z",
    "dW": "∂L/∂W",
    "db": "∂L/∂b",
    "norm": "the gradient's norm",
}


def _as_shown(explanation: Explanation, digits: int) -> Iterator[float]:
    """What a reader gets who works with the numbers as they are shown: those that went in, or the terms of a sum."""
    formula = explanation.formula
    if formula is None:
        return
    writers = [filled(digits), *([terms_only(digits, formula)] if isinstance(formula, Add | Sum) else [])]
    for write in writers:
        value = reckoned(formula, write)
        if math.isfinite(value) and abs(value - explanation.result) <= 0.01 * abs(explanation.result):
            yield value
