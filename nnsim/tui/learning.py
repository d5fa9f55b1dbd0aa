"""The guides and the course as the screens need them: opened, and with what is done of them."""

from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import App
from textual.screen import Screen

from nnsim.tui.renderers.course import Entry

if TYPE_CHECKING:
    from nnsim.debugger.guide import GuideRun
    from nnsim.debugger.progress import Progress
    from nnsim.debugger.session import Session
    from nnsim.scenario.course import Lesson
    from nnsim.scenario.guides import Guide


class Learning:
    """`progress`: None where nothing is to be remembered. `first`: the guide to start with;
    `course_first`: whether to start with the lessons.
    """

    def __init__(
        self,
        progress: "Progress | None" = None,
        course_first: bool = False,
        first: "GuideRun | None" = None,
    ) -> None:
        self.progress, self.course_first, self.first = progress, course_first, first

    def open(self, name: str, scenario: str | None = None) -> "GuideRun":
        """A guide by its name or file, on its own session. Raises ScenarioError.

        scenario: what it is about where its file does not say so.
        """
        from nnsim.scenario.guides import read_guide

        return start(read_guide(name, scenario), self.progress)

    def entries(self) -> list[Entry]:
        """The lessons as they stand now."""
        from nnsim.scenario.course import course

        return [self._entry(lesson) for lesson in course().lessons]

    def _entry(self, lesson: "Lesson") -> Entry:
        if self.progress is None:
            return Entry(lesson)
        record = self.progress.of(lesson.guide)
        begun = bool(record.place or record.done or record.right)
        return Entry(lesson, self.progress.share(lesson.guide, lesson.steps), begun)


def start(guide: "Guide", progress: "Progress | None" = None) -> "GuideRun":
    """A guide on a new session of its scenario. Raises ScenarioError."""
    from nnsim.debugger.guide import GuideRun, simulation_of
    from nnsim.debugger.session import Session

    return GuideRun(guide, Session(simulation_of(guide), guide.title, guide.summary, guide.scenario), progress)


def guide_beside(session: "Session | None") -> tuple[str, str] | None:
    """The guide that the session's scenario names, and what that scenario was loaded from. None where there is none."""
    guide = getattr(session.sim.experiment, "guide", None) if session else None
    return (str(guide), session.sim.experiment.source) if session and guide else None  # type: ignore[attr-defined]


class LearningApp(App[None]):
    """What the application does about guides and lessons."""

    learning: Learning

    def _go(self, screen: Screen[Any]) -> None:
        raise NotImplementedError

    def first_screen(self) -> Screen[Any] | None:
        """The guide or the course that it was started with."""
        if self.learning.first:
            return self._guided(self.learning.first)
        return self._course() if self.learning.course_first else None

    def _course(self) -> Screen[Any]:
        from nnsim.tui.screens.course import CourseScreen

        return CourseScreen(self.learning.entries)

    def _guided(self, run: "GuideRun") -> Screen[Any]:
        from nnsim.scenario.course import course
        from nnsim.tui.screens.guided import GuidedStepper

        return GuidedStepper(run, course().after(run.guide.name))

    def is_lesson(self, guide: str) -> bool:
        from nnsim.scenario.course import course

        return any(lesson.guide == guide for lesson in course().lessons)

    def open_course(self) -> None:
        """Over what is open, which stays as it is until a lesson is opened."""
        self.push_screen(self._course())

    def action_course(self) -> None:
        self.open_course()

    def action_offer_guide(self) -> None:
        """Opens the guide for the scenario that is open or pointed at."""
        from nnsim.scenario.course import guide_for

        name = self._scenario()
        found = guide_for(name) if name else None
        if own := guide_beside(getattr(self.screen, "session", None)):
            self.open_guide(*own)
        elif found:
            self.open_guide(found)
        else:
            self.notify("There is no guide for this scenario. nnsim learn has the lessons.", markup=False, timeout=4)

    def _scenario(self) -> str:
        from nnsim.tui.widgets.details import Details

        session = getattr(self.screen, "session", None)
        if session is not None:
            return str(session.name)
        pointed = [details.entry.name for details in self.screen.query(Details) if details.entry]
        return pointed[0] if pointed else ""

    @work(thread=True, exclusive=True, group="open")
    def open_guide(self, name: str, scenario: str | None = None) -> None:
        """Opens a guide; reading its scenario's data may take a while, so the screen stays alive meanwhile."""
        try:
            run = self.learning.open(name, scenario)
        except (ValueError, OSError) as error:
            title = f"{name} cannot be opened"
            self.call_from_thread(self.notify, str(error), title=title, severity="error", markup=False)
            return
        self.call_from_thread(lambda: self._go(self._guided(run)))
