"""Breakpoints, watches, the self-check and bookmarks, as keys of the stepper and as lines on it."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from nnsim.tui.aside import Aside
from nnsim.tui.files import free_path
from nnsim.tui.keys import quiet
from nnsim.tui.moment import Moment
from nnsim.tui.rows import Row, clean, shorten, width_of
from nnsim.tui.screens.looking import LookingScreen
from nnsim.tui.screens.running import SLICE
from nnsim.tui.widgets.header import Header
from nnsim.tui.widgets.watches import WatchLine

if TYPE_CHECKING:
    from nnsim.debugger.bookmarks import Bookmark, Bookmarks
    from nnsim.debugger.branches import Branch
    from nnsim.debugger.breakpoints import Breakpoint, Hit, Search
    from nnsim.debugger.past import Past
    from nnsim.debugger.places import Place
    from nnsim.debugger.selfcheck import Report, SelfCheck
    from nnsim.debugger.session import Session
    from nnsim.debugger.watches import Meter, Reading, Watch

TOLD, TOLD_LOUD = 0.1, 1.0  # seconds between two words on how far a search is, in the header or before it
JUST = 0.5  # seconds after a run has ended in which Esc was still meant for it
BREAK_BINDINGS = (
    quiet("t", "breakpoints", "break: breakpoints", "Breakpoints to stop at, and watches to show"),
    quiet("f", "find_next", "break: next hit", "Run on to where a breakpoint next begins to hold"),
    quiet("F", "find_previous", "break: previous hit", "Go back to where one last began to hold"),
)
MOMENT_BINDINGS = (
    quiet("m", "bookmark", "moment: bookmark", "Set a bookmark here, with a note"),
    quiet("M", "bookmarks", "moment: bookmarks", "Go to a bookmark of this scenario"),
    quiet("at", "copy_command", "moment: copy command", "Copy the command that opens exactly here"),
)


class WatchingScreen(LookingScreen):
    """Looks out for breakpoints in the thread that trains, and measures and checks in idle moments."""

    class Measured(Message):
        """Idle time has brought something to show."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, WatchingScreen.Measured)

    class Searched(Message):
        """How much a search has looked through, from 0 to 1."""

        def __init__(self, share: float, run: int) -> None:
            super().__init__()
            self.share, self.run = share, run

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, WatchingScreen.Searched)

    def __init__(self, session: "Session") -> None:
        self._measuring = _Measuring(session)
        self._marks: Bookmarks | None = None
        self._errand: tuple[int, Callable[[], None]] | None = None  # what is to be done when that run has arrived
        self._told = 0.0  # when there was last a notice of how far a search is
        self._ended = 0.0  # when a run has last ended by itself
        super().__init__(session)
        self._aside = Aside(self, self._measuring.work, lambda: self.post_message(self.Measured()))

    # what is shown

    def _show_aside(self, moment: Moment) -> None:
        """The watches and the self-check as far as they are known; the rest comes in idle time."""
        self._show_measured(moment)
        self._aside.ask(moment)

    def _show_measured(self, moment: Moment) -> None:
        hit = self.session.hit
        here = hit if hit and hit.iteration == moment.iteration and not moment.running else None
        for line in self.query(WatchLine):
            line.tell(self._measuring.readings(moment))
        for header in self.query(Header):
            header.remark = partial(_remark, here, self._measuring.report, moment.iteration)

    @on(Measured)
    def _measured(self) -> None:
        self._show_measured(self.moment)
        for header in self.query(Header):
            header.redraw()

    # breakpoints

    def action_breakpoints(self) -> None:
        from nnsim.tui.screens.breakpoints import BreakpointScreen

        self._pause()
        self.app.push_screen(BreakpointScreen(self.session), self._set)

    def _set(self, first_of: "Breakpoint | None") -> None:
        self._refresh()
        if first_of:
            self._look_for("first", first_of)

    def action_find_next(self) -> None:
        """As fast as it goes, unlike a run that one watches."""
        self._pause()
        if not self.session.breakpoints.enabled:
            self._say("No breakpoint is set: t sets one, such as loss < 0.1.")
        elif self.session.iteration >= self.session.sim.iterations - 1:
            self._say("This is the last iteration planned: F looks back.")
        elif not self._testable():
            self._say("No breakpoint can be tested on this branch: it has no such numbers.")
        else:
            self._start(lambda: self.session.advance(SLICE))
            self._errand = self._run, self._say_how_it_ended

    def _testable(self) -> bool:
        breakpoints = self.session.breakpoints
        with self.session.lock:
            return bool(breakpoints.conditions(self.session.branch.sim, breakpoints.enabled))

    def action_find_previous(self) -> None:
        self._pause()
        if self.session.breakpoints.enabled:
            self._look_for("previous")
        else:
            self._say("No breakpoint is set: t sets one, such as loss < 0.1.")

    def _look_for(self, way: str, only: "Breakpoint | None" = None) -> None:
        from nnsim.debugger.breakpoints import Search

        with self.session.lock:
            search = Search(self.session, "first" if way == "first" else "previous", only)
        run, told = self._run + 1, 0.0

        def look() -> bool:
            nonlocal told
            more = search.advance(SLICE)
            if time.monotonic() - told > TOLD:
                told = time.monotonic()
                self.post_message(self.Searched(search.share, run))
            return more

        self._start(look)
        self._errand = self._run, partial(self._found, search)

    @on(Searched)
    def _searched(self, message: Searched) -> None:
        """In the header; where that has no room for all of it, in a notice as well."""
        if message.run != self._run or not self.running:
            return
        words, seen = f"looking back: {message.share:.0%} ", False

        def remark(room: int) -> Row:
            nonlocal seen
            seen = room >= len(words)
            short = words.removeprefix("looking ")
            return [(words if seen else short, "bar lit")] if room >= len(short) else []

        for header in self.query(Header):
            header.remark = remark
            header.redraw()
        if not seen and time.monotonic() - self._told > TOLD_LOUD:
            self._told = time.monotonic()
            self._say(f"{words.strip().capitalize()}. Esc stops.")

    def _pause(self) -> None:
        if self._told:
            self._told = 0.0
            self.app.clear_notifications()
        super()._pause()

    def _train(self) -> None:
        super()._train()
        if self.session.breakpoints.enabled:
            self._errand = self._run, self._say_how_it_ended

    @property
    def stoppable(self) -> bool:
        """Whether something runs, or has ended so short ago that whoever presses Esc cannot have seen it."""
        return self.running or time.monotonic() - self._ended < JUST

    def _has_arrived(self) -> None:
        errand, self._errand, self._told = self._errand, None, 0.0
        self._ended = time.monotonic()
        if errand and errand[0] == self._run:
            errand[1]()

    def _say_how_it_ended(self) -> None:
        hit = self.session.hit
        if hit:
            self._say(f"{hit.texts} begins to hold at iteration {hit.iteration:,}.")
            return
        breakpoints = self.session.breakpoints
        with self.session.lock:
            held = ", ".join(each.text for each in breakpoints.enabled if breakpoints.holds(each))
        always = f" {held} has held all the way." if held else ""
        self._say(f"No breakpoint was hit up to iteration {self.session.iteration:,}, where training ends.{always}")

    def _found(self, search: "Search") -> None:
        hit = search.hit
        if hit is None:
            visited = "No hit in the iterations visited so far: f runs on."
            self._say("No hit before this iteration." if search.way == "previous" else visited)
        else:
            with self.session.lock:
                self.session.stop_at(hit)
            how = "first begins" if search.way == "first" else "begins"
            self._say(f"{hit.texts} {how} to hold at iteration {hit.iteration:,}.")
        self._show(self._take())

    # bookmarks

    def _bookmarks(self) -> "Bookmarks":
        """Raises ValueError where the scenario has no name to keep them under."""
        from nnsim.debugger.bookmarks import Bookmarks, default_path

        if self._marks is None:
            self._marks = Bookmarks(self._words(), default_path() if self.store.path else None)
        return self._marks

    def _words(self) -> tuple[str, ...]:
        """What stands after `nnsim` to open this scenario. Raises ValueError where there is no such command."""
        from nnsim.scenario.commands import words
        from nnsim.scenario.loading import Scenario

        scenario = self.session.tree.root.sim.experiment
        return words(scenario) if isinstance(scenario, Scenario) else (self.session.name,)

    def action_bookmark(self) -> None:
        from nnsim.debugger.bookmarks import Bookmark
        from nnsim.debugger.places import place_of, written
        from nnsim.tui.screens.bookmarks import Note

        self._pause()
        with self.session.lock:
            at = written(place_of(self.session), self.session.program)
            edits = self.session.branch.words

        def keep(note: str | None) -> None:
            if note is not None:
                self._mark(Bookmark(at, note, edits))

        self.app.push_screen(Note(at), keep)

    def _mark(self, bookmark: "Bookmark") -> None:
        try:
            marks = self._bookmarks()
        except ValueError as error:
            self._complain(error)
            return
        marks.add(bookmark)
        self._say(f"Bookmark set at {bookmark.at}: M lists all of this scenario.")
        if problem := marks.told():
            self._say(sentence(problem))

    def action_bookmarks(self) -> None:
        from nnsim.tui.screens.bookmarks import BookmarkScreen

        self._pause()
        try:
            marks = self._bookmarks()
        except ValueError as error:
            self._complain(error)
        else:
            self.app.push_screen(BookmarkScreen(marks), self._go_to_bookmark)

    def _go_to_bookmark(self, bookmark: "Bookmark | None") -> None:
        """A branch that is no more is made again from its edits."""
        from nnsim.debugger.bookmarks import way_to

        if bookmark is None:
            return
        with self.session.lock:
            branch, missing = way_to(self.session.tree, bookmark.edits)
            if branch is not self.session.branch:
                self.session.switch(branch)
        if missing:
            self._say(f"Making its branch again: {', '.join(bookmark.edits)}.")
        self._go_on_to_bookmark(bookmark, missing)

    def _go_on_to_bookmark(self, bookmark: "Bookmark", edits: tuple[str, ...]) -> None:
        """Makes the edits, one after the other, each at its iteration; then goes there."""
        from nnsim.debugger.edits import read as request
        from nnsim.debugger.places import read

        try:
            if edits:
                self._travel_then(request(edits[0]).iteration or 0, partial(self._make_again, bookmark, edits))
            else:
                with self.session.lock:
                    place = read(bookmark.at, self.session)
                self._travel_to_place(place)
        except ValueError as error:
            self._complain(error)

    def _make_again(self, bookmark: "Bookmark", edits: tuple[str, ...]) -> None:
        try:
            with self.session.lock:
                self.session.edit(edits[0])
        except ValueError as error:
            self._complain(error)
        else:
            self._go_on_to_bookmark(bookmark, edits[1:])

    def _travel_to_place(self, place: "Place") -> None:
        self._travel_then(place.iteration, partial(self._go_to_place, place))

    def _travel_then(self, iteration: int, errand: "Callable[[], None]") -> None:
        """Goes to an iteration, and once it is there on the errand."""
        self._go_towards(iteration)
        if self.running:
            self._errand = self._run, errand
        else:
            errand()

    def _go_to_place(self, place: "Place") -> None:
        from nnsim.debugger.places import go

        with self.session.lock:
            go(self.session, place)
        self._show(self._take())

    def action_copy_command(self) -> None:
        from nnsim.debugger.places import command

        self._pause()
        try:
            with self.session.lock:
                line = command(self._words(), self.session)
        except ValueError as error:
            self._complain(error)
            return
        if self.store.settings.copy == "file":
            self._write(free_path(Path.cwd(), f"{self._stem}-command", ".txt"), line + "\n")
        else:
            self.app.copy_to_clipboard(line)
            self._say(f"Copied: {line}")

    def _complain(self, error: ValueError) -> None:
        self._say(sentence(str(error)))


def sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


class _Measuring:
    """What idle time brings: watches and the self-check of the branch that the session stands on."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._past: Past | None = None
        self._meter: Meter | None = None
        self._check: tuple[object, SelfCheck] | None = None
        self._checked: object = None  # the branch and the iteration that the report is about
        self.report: Report | None = None

    def readings(self, moment: Moment) -> "Sequence[Reading]":
        """The watches, as far as they are known."""
        watches = self._watches
        if not watches:
            return ()
        hidden = () if moment.running else moment.hidden
        return self._current_meter().read(watches, moment.frame, hidden, moment.recorded)

    def work(self, moment: Moment) -> bool:
        """A small piece of what is to be known of a moment. Whether that was all."""
        watches, t = self._watches, moment.iteration
        iterations = () if moment.running else (t, t - 1)
        if watches and not self._current_meter().measure(watches, iterations, moment.recorded, 0.0):
            return False
        return moment.running or self._self_check((self._session.branch, t))

    @property
    def _watches(self) -> "tuple[Watch, ...]":
        return self._session.watches.enabled if "watches" in self._session.__dict__ else ()

    def _current_past(self) -> "Past":
        from nnsim.debugger.past import Past

        if self._past is None or self._past.branch is not self._session.branch:
            self._past, self._meter, self.report, self._checked = Past(self._session), None, None, None
        return self._past

    def _current_meter(self) -> "Meter":
        from nnsim.debugger.watches import Meter

        past = self._current_past()
        if self._meter is None:
            self._meter = Meter(past)
        return self._meter

    def _self_check(self, here: "tuple[Branch, int]") -> bool:
        from nnsim.debugger.selfcheck import SelfCheck

        if self._checked == here:
            return True
        if self._check is None or self._check[0] != here:
            past = self._current_past()
            with self._session.lock:
                if (self._session.branch, self._session.iteration) != here:
                    return True
                frame = self._session.frame
            self._check = here, SelfCheck(past, frame)
            return False
        check = self._check[1]
        if check.advance(0.0):
            return False
        self.report, self._checked, self._check = check.report, here, None
        return True


def _remark(hit: "Hit | None", report: "Report | None", iteration: int, room: int) -> Row:
    """What the header says at the right: the breakpoint that stopped the run, else what the self-check has found."""
    if hit:
        what = f"◉ {clean(hit.texts)} "
        whole = f"{what}begins to hold here "
        return [(whole if width_of([(whole, "")]) <= room else shorten(what, room), "bar lit")]
    if report:
        from nnsim.tui.renderers.badge import badge

        return badge(report, iteration, room)
    return []
