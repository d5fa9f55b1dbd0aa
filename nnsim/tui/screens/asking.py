"""What one asks of a number: where it comes from, what it touches, who shares in it, whether one can foretell it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from nnsim.tui.covering import unpredicted
from nnsim.tui.inquiry import predicting, to_pin
from nnsim.tui.keys import quiet
from nnsim.tui.moment import Moment
from nnsim.tui.screens.answer import Answer
from nnsim.tui.screens.looking import LookingScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from nnsim.debugger.answers import Asked
    from nnsim.debugger.practice import Practice
    from nnsim.debugger.scores import Scores

PRACTICE_KEYS = ("a", "H")
ASKING_BINDINGS = (
    quiet("i", "into", "number: into", "Go into the operand chosen in Why, to where it was computed"),
    quiet("o", "out", "number: out", "Come back out to where i was pressed"),
    quiet("j", "operand(1)", "number: next operand", "Choose the next operand in Why"),
    quiet("J", "operand(-1)", "number: previous operand", "Choose the operand before"),
    quiet("w", "touches", "number: touches", "Light all that the chosen number touches in this iteration, or no more"),
    quiet("s", "shares", "number: shares", "Split a gradient into what each sample has in it, or show its arithmetic"),
    quiet("P", "practise", "practice: predict", "Predict numbers before they are shown, or end that"),
    quiet("a", "predict", "practice: answer", "Type the number that is asked for"),
    quiet("H", "practice_hint", "practice: hint", "A hint; after the last one the number itself"),
)


class AskingScreen(LookingScreen):
    """Asks the session's trail and its practice, and shows what they say in the panels."""

    practice: "Practice | None" = None
    _kept_scores: "Scores | None" = None
    _verdict: tuple[tuple[int, int], str, bool] | None = None  # where it was said, what, and whether it was right

    def _take(self, running: bool = False, rate: float | None = None) -> Moment:
        moment = super()._take(running, rate)
        if self.practice is None or running:
            return moment
        self.practice.digits = self.view.digits
        here, said, right = self._verdict or ((-1, -1), "", False)
        if here != (moment.iteration, moment.op_index):
            said, right = "", False
        moment = replace(moment, predicting=predicting(self.practice, said, right))
        return unpredicted(moment) if self.practice.covered else moment

    # where a number comes from, and where it goes

    def _ask(self, question: "Callable[[], None]") -> None:
        """Asks the session; where there is no answer, says why."""
        self._pause()
        try:
            with self.session.lock:
                question()
        except ValueError as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        self._refresh()

    def action_into(self) -> None:
        self._ask(self.session.trail.into)

    def action_out(self) -> None:
        self._ask(self.session.trail.out)

    def action_operand(self, step: int) -> None:
        def choose() -> None:
            if not self.session.trail.operands:
                raise ValueError("there is nothing to choose: this number is not made of others")
            self.session.trail.choose(self.session.trail.choice + step)

        self._ask(choose)

    def _operand_picked(self, place: int) -> None:
        """A click chooses an operand; a click on the chosen one goes into it."""
        trail = self.session.trail
        self._ask(trail.into if trail.choice == place else lambda: trail.choose(place))

    def action_touches(self) -> None:
        self._pause()
        with self.session.lock:
            pinned = to_pin(self.session)
        self._look(pinned=None if self.view.pinned == pinned else pinned)

    def action_shares(self) -> None:
        def split() -> None:
            from nnsim.debugger.shares import shares

            session = self.session
            shares(session.program, session.frame, session.tensor, session.index)
            self.view = replace(self.view, shares=True)

        if self.view.shares and self.moment.inquiry.shares:
            self._look(shares=False)
        else:
            self._ask(split)

    # predict, then check

    def action_practise(self) -> None:
        from nnsim.debugger.practice import Practice

        self._pause()
        if self.practice is None:
            self.practice = Practice(self.session, self.view.digits, self._scores())
            if self.practice.earlier:
                self._say(_so_far(self.practice))
            elif not self.practice.covered:
                self._say("Practice: n goes on to a number to predict, P ends it.")
        else:
            self._end_practice(self.practice)
        self._refresh()

    def _end_practice(self, practice: "Practice") -> None:
        from nnsim.debugger.scores import score
        from nnsim.tui.screens.report import Report

        self.practice, self._verdict = None, None
        practice.end()
        self._tell_of_scores()
        if any(attempt.tried for attempt in practice.attempts):
            in_all = score((*practice.earlier, *practice.attempts)) if practice.earlier else ""
            self.app.push_screen(Report(practice.score, practice.advice, in_all))

    def _scores(self) -> "Scores":
        """Those of this scenario; one that is in no file has none that are kept."""
        from nnsim.debugger.keeping import name_of
        from nnsim.debugger.scores import Scores, default_path

        if self._kept_scores is None:
            name = name_of(self.session.tree.root.sim.experiment)
            self._kept_scores = Scores(name, default_path() if name and self.store.path else None)
            self._tell_of_scores()
        return self._kept_scores

    def _tell_of_scores(self) -> None:
        if self._kept_scores and (problem := self._kept_scores.told()):
            self._say(f"{problem[:1].upper()}{problem[1:]}.")

    def on_unmount(self) -> None:
        if self.practice:
            self.practice.end()

    def action_predict(self) -> None:
        question = self._question()
        if question:
            how = "Two digits or more: 0.25 or 1/4."
            self.app.push_screen(Answer(question, how, above=True), self._predicted)

    def action_practice_hint(self) -> None:
        if self.practice is None or not self._question():
            return
        with self.session.lock:
            if self.practice.more_hints:
                self.practice.hint()
            else:
                self._verdict = (self._place, self.practice.give_up(), False)
        self._refresh()

    def _question(self) -> "Asked | None":
        """What is asked now; where nothing is, says so."""
        self._pause()
        if self.practice is None:
            self._say("P begins to ask for numbers before they are shown.")
            return None
        with self.session.lock:
            question = self.practice.question
        if question is None:
            self._say("Nothing is asked here: n goes on to the next number.")
        return question

    def _predicted(self, text: str | None) -> None:
        if text is None or self.practice is None:
            return
        with self.session.lock:
            reply = self.practice.answer(text)
        self._verdict = (self._place, reply.text, reply.right)
        self._refresh()

    @property
    def _place(self) -> tuple[int, int]:
        return (self.session.iteration, self.session.op_index)


def _so_far(practice: "Practice") -> str:
    """What earlier practice of the scenario has come to."""
    from nnsim.debugger.scores import score

    return "\n".join([f"So far {score(practice.earlier)}.", *(f"To practise: {line}" for line in practice.advice[:1])])
