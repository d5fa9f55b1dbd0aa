"""The panel that shows one of the pictures; what takes long is computed in the background."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from textual import events, work
from textual.message import Message
from textual.worker import Worker, get_current_worker

from nnsim.tui.moment import Moment
from nnsim.tui.pictures import NAMES
from nnsim.tui.renderers.formulas import wrapped
from nnsim.tui.rows import Row, joined, width_of
from nnsim.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from nnsim.debugger.findings import Place
    from nnsim.debugger.session import Session
    from nnsim.tui.pictures.picture import Lab, Picture

PAUSE = 0.2  # seconds between two pictures while training runs
QUIET = 0.12  # seconds without a move before something is computed
SLICE = 0.015  # seconds of computing between two looks at what is wanted: a key does not wait longer
REPORT = 0.4  # seconds between two looks at what is not complete yet
SHARE = 20  # while training runs, so many times as long is left to it as a picture takes


class PicturePanel(Panel):
    """Draws only when asked to begin, so that loading the pictures does not hold up the first paint."""

    key = "picture"

    class Computed(Message):
        """The background has found something. One of these is enough."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, PicturePanel.Computed)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self.ready = False
        self.chosen = 0
        self._session = session
        self._lab: Lab
        self._shown: object = None
        self._data: Any = None
        self._rows: list[Row] = []
        self._next = 0.0
        self._found = 0  # how often the background has found something
        self._wanted: tuple[Picture, Moment, Lab] | None = None
        self._asked = 0.0
        self._busy = False
        self._guard = Lock()

    @property
    def current(self) -> "Picture":
        return self._picture(self.chosen)

    def _picture(self, number: int) -> "Picture":
        from nnsim.tui.pictures.shelf import PICTURES

        return PICTURES[number]

    def _foretells(self, picture: "Picture") -> bool:
        from nnsim.tui.pictures.shelf import FORETELLING

        return isinstance(picture, FORETELLING)

    def inside(self, moment: Moment, width: int, height: int) -> tuple[Row, list[Row], Row]:
        if self.ready:
            self._update(moment, width, height)
        name = getattr(self._data, "title", NAMES[self.chosen])
        title: Row = [(name, "text"), (f" {self.chosen + 1}/{len(NAMES)}", "dim")]
        caption = self.current.caption(self._data) if self._data is not None else []
        while caption and width_of(title) + width_of(caption) > width - 2:
            caption = caption[:-1]
        axes: Row = [("A", "key"), (" other axes", "dim")] if getattr(self._data, "has_other_axes", False) else []
        return [*title, *caption], self._rows[:height], _remark(self._rows[height:], axes, width - 2)

    @property
    def place(self) -> "Place | None":
        """The number that the picture points at, if it does."""
        from nnsim.debugger.findings import Place

        place = getattr(self._data, "place", None)
        return place if isinstance(place, Place) else None

    def begin(self) -> None:
        self._renew()
        self._describe()
        self.ready = True
        self.redraw()
        self._load()

    @work(thread=True, group="pictures")
    def _load(self) -> None:
        """Loads what draws curves, so that the first of them does not wait for it."""
        from nnsim.tui import plots

        plots.load()

    def turn(self, steps: int) -> None:
        """To the next picture that the session has, or the one before."""
        at = (self.chosen + steps) % len(NAMES)
        while at != self.chosen and not self._picture(at).fits(self._session):
            at = (at + steps) % len(NAMES)
        self.choose(at)

    def choose(self, number: int) -> None:
        """To a picture by its place, counted from 0."""
        if 0 <= number < len(NAMES):
            self.chosen = number
            self._shown, self._data, self._rows, self._next = None, None, [], 0.0
            self._describe()
            self.redraw()

    def _describe(self) -> None:
        """What the help says of the panel."""
        self.heading = f"Picture: {self.current.name.lower()}"
        self.about = (("shown", self.current.help), ("v V", f"the next of {len(NAMES)} pictures, the one before"))

    def on_click(self, event: events.Click) -> None:
        """A click on the lower border turns to the next picture."""
        if event.y == self.size.height - 1:
            self.turn(1)

    # what is drawn

    def _update(self, moment: Moment, width: int, height: int) -> None:
        picture = self.current
        if not self._lab.is_current:  # another branch: the rest of the screen is painted first
            self.call_after_refresh(self._begin_anew)
            return
        if moment.covered and self._foretells(picture):
            self._shown, self._data = None, None
            self._rows = _said("Kept from view until the number is predicted: this picture may give it away.", width)
            return
        key = (self.chosen, picture.key(moment), moment.covered)
        shown = (key, self._found, width, height, self._plain)
        if shown == self._shown or (moment.running and time.monotonic() < self._next):
            return
        if self._shown is None or self._shown[0] != key:  # type: ignore[index]
            self._want(picture, moment)
        self._shown = shown
        started = time.monotonic()
        data = picture.data(self._lab, moment)
        if isinstance(data, str):
            self._data, self._rows = None, _said(data, width)
        elif data is not None:
            self._data, self._rows = data, picture.render(data, width, height, self._plain)
        elif self._data is None:
            self._rows = _said("computing …", width)
        now = time.monotonic()
        self._next = now + max(PAUSE, SHARE * (now - started))

    def _renew(self) -> None:
        from nnsim.tui.pictures.picture import Lab

        self._lab = Lab(self._session)
        self._shown, self._data = None, None

    def _begin_anew(self) -> None:
        self._renew()
        self.redraw()

    @property
    def _plain(self) -> bool:
        return self.app.current_theme.ansi or self.app.no_color

    # the background

    def _want(self, picture: "Picture", moment: Moment) -> None:
        with self._guard:
            self._wanted, self._asked = (picture, moment, self._lab), time.monotonic()
            start, self._busy = not self._busy, True
        if start:
            self._compute()

    def _newest(self, idle: bool) -> "tuple[Picture, Moment, Lab] | None":
        """What is wanted now. Where that is nothing, or `idle`, the background counts as ended from here on."""
        with self._guard:
            wanted = None if idle else self._wanted
            self._busy = wanted is not None
            return wanted

    @work(thread=True, group="pictures")
    def _compute(self) -> None:
        worker, rest = get_current_worker(), 0.0
        wanted, complete, reported = self._wanted, True, time.monotonic()
        while newest := self._newest(worker.is_cancelled):
            picture, moment, lab = newest
            if moment.running:
                _sleep(worker, rest)
            elif time.monotonic() - self._asked < QUIET:
                _sleep(worker, QUIET / 6)
                continue
            if complete or not wanted or wanted[0] is not picture or wanted[2] is not lab or not moment.running:
                wanted = newest  # while it runs, what was begun is brought to an end first
            started = time.monotonic()
            with _polite():
                complete = wanted[0].prepare(wanted[2], wanted[1], SLICE)
            rest = max(PAUSE, SHARE * (time.monotonic() - started))
            with self._guard:
                if complete and self._wanted is wanted:
                    self._wanted = None
            if complete or time.monotonic() - reported > REPORT:
                reported = time.monotonic()
                self.post_message(self.Computed())
            time.sleep(SLICE / 3)  # lets a key have its turn

    def on_picture_panel_computed(self) -> None:
        self._found += 1
        self.redraw()


@contextmanager
def _polite() -> Iterator[None]:
    """Lets the thread that draws interrupt this one sooner than the five milliseconds that Python gives a thread."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _sleep(worker: Worker[None], seconds: float) -> None:
    """Sleeps, but not on when the program is left."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not worker.is_cancelled:
        time.sleep(min(0.02, seconds))


def _remark(foot: list[Row], axes: Row, width: int) -> Row:
    """What stands in the lower border: the foot of a low picture, and keys as far as there is room for them."""
    brief: Row = [("v", "key")]
    keys: Row = [*brief, (" next picture", "dim")]
    for shown in (keys, [*brief, (" next", "dim")], brief):
        row = joined([*foot, *([axes] if axes else []), shown], ("   ", ""))
        if width_of(row) <= width:
            return row
    return joined([*([axes] if axes else []), keys], ("   ", ""))


def _said(text: str, width: int) -> list[Row]:
    return [[(line, "dim")] for line in wrapped(text, width, "")]
