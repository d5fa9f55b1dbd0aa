"""The stepper with a guide beside it."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from nnsim.debugger.answers import Reply
from nnsim.tui.covering import covered
from nnsim.tui.keys import key, quiet
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.guide import GuideView
from nnsim.tui.screens.answer import Answer
from nnsim.tui.screens.asking import PRACTICE_KEYS
from nnsim.tui.screens.stepper import Stepper
from nnsim.tui.widgets.guide import GuidePanel
from nnsim.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from nnsim.debugger.guide import Arrival, GuideRun
    from nnsim.scenario.course import Lesson

GUIDE_BINDINGS = (
    key(
        "right_square_bracket",
        "guide('next')",
        "guide: next step",
        "Go to the next step of the guide, or back to this one",
    ),
    quiet("left_square_bracket", "guide('back')", "guide: step back", "Go to the step of the guide before"),
    quiet("full_stop", "guide('again')", "guide: return", "Go back to where the step of the guide stands"),
    key("a", "answer", "guide: answer", "Answer the question of the guide"),
    quiet("H", "hint", "guide: hint", "Show a hint to the question of the guide"),
    quiet("backslash", "hide", "guide: hide", "Hide the guide, or show it again"),
    quiet("right_curly_bracket", "scroll_guide(2)", "guide: down", "Scroll the guide down"),
    quiet("left_curly_bracket", "scroll_guide(-2)", "guide: up", "Scroll the guide up"),
)


class GuidedStepper(Stepper):
    """The guide moves the session only when asked to; every key of the stepper does what it does without one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *GUIDE_BINDINGS,
        *(each for each in Stepper.BINDINGS if getattr(each, "key", "") not in ("backslash", *PRACTICE_KEYS)),
    ]

    class StepReached(Message):
        """The guide has come to the end of a move; `another`: to another step."""

        def __init__(self, arrival: "Arrival", another: bool) -> None:
            super().__init__()
            self.arrival, self.another = arrival, another

    def __init__(self, run: "GuideRun", following: "Lesson | None" = None) -> None:
        """`following`: the lesson that comes after this one."""
        self.guide_run, self._following = run, following
        self._hint, self._over = False, False
        self._reply: Reply | None = None
        self._notice = ""
        self._iteration = -1  # of the step, once it has been reached
        self._moves: list[str] = []  # those still to be made; the first is at work
        super().__init__(run.session)

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield GuidePanel()

    def on_mount(self) -> None:
        for panel in self.query(Panel):
            panel.locked = panel.key in self.guide_run.guide.locked
        progress = self.guide_run.progress
        finished = progress and progress.finished(self.guide_run.guide.name, len(self.guide_run))
        self._move("start" if finished else "begin")

    def _offer_guide(self) -> None:
        """It is here already."""

    # what is shown

    def _take(self, running: bool = False, rate: float | None = None) -> Moment:
        """While the guide is on its way it has the session, and what was there stays on the screen."""
        if self.moving:
            return replace(self.moment, view=self.view)
        moment = super()._take(running, rate)
        hidden = self.guide_run.hidden
        return covered(moment, *hidden) if hidden and moment.iteration == self._iteration else moment

    def _show(self, moment: Moment) -> None:
        super()._show(moment)
        self._show_guide()

    def repaint(self) -> None:
        super().repaint()
        self._show_guide()

    def _show_guide(self) -> None:
        for panel in self.query(GuidePanel):
            before = panel.view if self.moving else None
            panel.show(_busy(before) if before else self._view())

    def _view(self) -> GuideView:
        run = self.guide_run
        return GuideView(
            title=run.guide.title,
            number=run.index + 1,
            of=len(run),
            done=run.done,
            page=None if self.moving else run.page,
            here=run.here or self.running,
            busy=self.moving,
            hint=self._hint,
            answered=run.answered,
            reply=self._reply,
            notice=self._notice,
            covered=run.hidden is not None,
            end=self._end() if self.over and not self.moving else "",
        )

    def _end(self) -> str:
        score = self.guide_run.score
        told = (
            f"{score.right} of {score.asked} questions right, {score.at_once} at the first try." if score.asked else ""
        )
        after = f"] goes on to lesson {self._following.number}: {self._following.title}." if self._following else ""
        return f"The end. {told}\n{after or '] shows the lessons.'}"

    @property
    def over(self) -> bool:
        """Whether the last step has been done."""
        run = self.guide_run
        return run.last and (self._over or run.answered or (run.page is not None and run.question is None))

    # moves

    @property
    def moving(self) -> bool:
        return bool(self._moves)

    def _pause(self) -> None:
        """Whoever moves elsewhere does not want to wait for the guide."""
        if self.moving:
            del self._moves[1:]
            self.guide_run.interrupt.set()
        super()._pause()

    def action_guide(self, move: str) -> None:
        if move == "next" and not self.moving:
            if not self.guide_run.here:
                move = "again"
            elif self.over:
                self._go_on()
                return
            elif self.guide_run.last:
                self._over = True
        self._move(move)

    def _go_on(self) -> None:
        if self._following:
            self.app.open_guide(self._following.guide)  # type: ignore[attr-defined]
        else:
            self.app.open_course()  # type: ignore[attr-defined]

    def _move(self, move: str) -> None:
        """Moves may train for a while, so a thread makes them, one after the other."""
        if self.moving:
            self._moves.append(move)
            return
        super()._pause()
        self._moves.append(move)
        self._travel_to_step(move)

    @work(thread=True, group="guide")
    def _travel_to_step(self, move: str) -> None:
        run, before = self.guide_run, self.guide_run.index
        with run.session.lock:
            arrival = run.go(0) if move == "start" else getattr(run, move)()
            if arrival.there:
                self._iteration = run.session.iteration
                self._light()
        self.post_message(self.StepReached(arrival, run.index != before))

    def _light(self) -> None:
        """Chooses what the step lights, so that the panels show it."""
        run = self.guide_run
        lights = run.page.light if run.page else ()
        for each in reversed(lights):
            run.session.choose(tuple(i or 0 for i in each.index), each.tensor)

    @on(StepReached)
    def _step_reached(self, message: StepReached) -> None:
        if message.another:
            self._reply, self._hint, self._over = None, False, False
        self._notice = "" if message.arrival.there else message.arrival.text
        self.guide_run.interrupt.clear()
        del self._moves[:1]
        if self._moves:
            self._travel_to_step(self._moves[0])
            return
        self._refresh()
        self._warn()

    def on_unmount(self) -> None:
        self.guide_run.interrupt.set()

    def _warn(self) -> None:
        progress = self.guide_run.progress
        if progress and progress.problem:
            self._say(f"{progress.problem[:1].upper()}{progress.problem[1:]}.")
            progress.problem = ""

    # questions

    def action_answer(self) -> None:
        if self.practice:
            self.action_predict()
            return
        question = self.guide_run.question if not self.moving else None
        if question is None:
            self._say("This step asks nothing.")
            return
        self._reveal()
        self.app.push_screen(Answer(question), self._answered)

    def _answered(self, text: str | None) -> None:
        if text is not None and self.guide_run.question:
            self._reply = self.guide_run.answer(text)
            self._refresh()
            self._warn()

    def action_hint(self) -> None:
        if self.practice:
            self.action_practice_hint()
            return
        if self.guide_run.question is None:
            self._say("This step asks nothing.")
        self._hint = True
        self._reveal()
        self._show_guide()

    def action_hide(self) -> None:
        self.toggle_class("-unguided")
        self.call_after_refresh(self._show_guide)

    def _reveal(self) -> None:
        self.set_class(False, "-unguided")

    def action_scroll_guide(self, rows: int) -> None:
        self.query_one(GuidePanel).scroll_rows(rows)

    def action_design(self) -> None:
        """What is changed starts without the guide; the guide may keep everything as it is."""
        if "settings" in self.guide_run.guide.locked:
            self._say("The guide keeps the settings as they are.")
        else:
            super().action_design()

    def action_leave(self) -> None:
        """To the lessons where this is one of them, else to the scenarios; where something runs, that is stopped."""
        if self.stoppable:
            self._pause()
        elif self.app.is_lesson(self.guide_run.guide.name):  # type: ignore[attr-defined]
            self._pause()
            self.app.open_course()  # type: ignore[attr-defined]
        else:
            super().action_leave()


def _busy(view: GuideView) -> GuideView:
    return replace(view, busy=True, notice="")
