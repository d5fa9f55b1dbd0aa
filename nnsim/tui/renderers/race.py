"""A race: what it may be about, the losses of all runs, their metrics, and where they went on the landscape."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

import numpy as np

from nnsim.debugger.races import Choice, Map
from nnsim.engine.notation import number
from nnsim.formats.digits import Array
from nnsim.tui.pictures.chart import Frame, chart, exponents, needs_powers, no_room, range_of
from nnsim.tui.pictures.field import Field, Mark, field_rows
from nnsim.tui.plots import Curve
from nnsim.tui.renderers.box import box
from nnsim.tui.rows import Row, aimed, clean, crop, fit, left, right, shorten, spread, wrapped

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ROLES = ("accent", "v+6", "v-6", "title", "warning", "v+3", "v-3", "key")
SHORT = {"mae": "abs. error", "r2": "R²"}
GROUPS = ("training", "validation")
NARROWEST, NUMBER = 10, 11  # cells for the values of a run, and for a metric
POINTS = 40  # of each curve that has a letter


@dataclass(frozen=True)
class RunLine:
    """One run as it stands. at, losses: places of its curve. metrics: of "training" and "validation" rows."""

    label: str
    iterations: int
    share: float
    at: Array
    losses: Array
    metrics: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Start:
    """Where a race starts: onward from an iteration of a branch with its weights, or from the start of training.

    branch: where the session stands, in words; empty for the original.
    """

    onward: bool
    iteration: int
    branch: str = ""

    @property
    def one(self) -> bool:
        """Whether the session stands at the very start, so that there is only one."""
        return not self.branch and not self.iteration

    @property
    def brief(self) -> str:
        return f"iteration {self.iteration:,}" if self.onward else "the start of training"

    @property
    def words(self) -> str:
        if not self.onward:
            return f"From {self.brief}{', without the edits of the branch' * bool(self.branch)}:"
        return f"From {self.brief}{f' of {self.branch}' * bool(self.branch)}, with its weights:"


@dataclass(frozen=True)
class Standings:
    """A race as it stands; `map` once the runs go onto one. means: whether curves are of whole epochs."""

    title: str
    start: Start
    heads: tuple[str, ...]
    runs: tuple[RunLine, ...]
    notes: tuple[str, ...]
    done: bool
    means: bool = False
    map: Map | None = None


def choice_list(
    choices: Sequence[Choice], start: Start, chosen: int, running: int | None, width: int, height: int
) -> list[Row]:
    """Where the race starts, and what may be varied, each with its values."""
    above = _start_rows(start, width - 4)
    rows: list[Row] = []
    for at, choice in enumerate(choices):
        back, mark = ("bar ", "▸") if at == chosen else ("", " ")
        name: Row = [(f"{mark} ", f"{back}lit"), (choice.title, f"{back}title")]
        name = spread(name, [("● ", f"{back}lit")] if at == running else [], width - 4, back.strip())
        values = "  ".join(_written(value) for values in choice.vary.values() for value in values)
        below = fit([(f"    {shorten(values, width - 8)}", f"{back}dim")], width - 4, back.strip())
        rows += [[(text, aimed(role, "choice", at)) for text, role in row] for row in (name, below)]
    room = height - 2 - len(above)
    first = max(0, min(2 * chosen - (room - 2), len(rows) - room))
    keys: Row = [("⏎", "key"), (" start  ", "dim"), ("r", "key"), (" other values", "dim")]
    return box([("What to vary", "text")], [*above, *rows[first : first + room]], keys, width, height, focused=True)


def _start_rows(start: Start, width: int) -> list[Row]:
    """Which start is chosen, and how to have the other one."""
    rows = wrapped(start.words, width, "accent")
    other = "from the start of training" if start.onward else f"from here, iteration {start.iteration:,}"
    return rows if start.one else [*rows, [("f", "key"), (f" {other}", "dim")], []]


def _written(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def curves_of(shown: Standings | None, width: int, height: int) -> list[Row]:
    """The losses of all runs, each with its letter."""
    words = " of each run" + ", means of epochs" * bool(shown and shown.means)
    if shown is None:
        said = "The same start, trained several times: choose what is to differ, ⏎ starts."
        return box([("Loss", "text"), (words, "dim")], wrapped(said, width - 4, "dim"), [], width, height)
    curves = [
        Curve(run.at, run.losses, role, letter, clean(run.label))
        for run, role, letter in zip(shown.runs, _roles(shown), LETTERS, strict=False)
    ]
    curves, frame = framed(curves, shown.start.iteration if shown.start.onward else 0)
    title: Row = [("Loss", "text"), (f"{words}{', logarithmic scale' * frame.powers}", "dim")]
    return box(title, chart(curves, frame, width - 4, height - 2), [], width, height)


def framed(curves: list[Curve], first: int) -> tuple[list[Curve], Frame]:
    """Losses of runs that begin at the same iteration, and the axes on which all of them can be seen."""
    low, high = range_of([curve.y for curve in curves])
    last = max(float(curve.x[-1]) if len(curve.x) else 0.0 for curve in curves)
    start = max((float(curve.y[0]) for curve in curves if np.isfinite(curve.y[0])), default=high)
    top = min(high, 2 * start) if start > 0 else high  # one that diverges would flatten all others
    x, y = (first, max(last, first + 10)), (min(0.0, low), top or 1.0)
    if powers := needs_powers(curves, low, top):
        curves, y = [exponents(curve) for curve in curves], (log10(low), log10(top))
    return curves, Frame("iteration", "loss", x, y, whole=True, powers=powers)


def _roles(shown: Standings) -> list[str]:
    return [ROLES[at % len(ROLES)] for at in range(len(shown.runs))]


def table_of(shown: Standings | None, width: int, height: int) -> list[Row]:
    """A line for each run: its values, how far it is, its metrics; ◂ marks the lowest loss."""
    if shown is None:
        return box([("Table", "text")], [], [], width, height)
    inner = width - 4
    judged = "validation" if shown.runs[0].metrics["validation"] else "training"
    losses = [run.metrics[judged]["loss"] for run in shown.runs]
    known = [loss for loss in losses if np.isfinite(loss)]
    columns = _columns(shown.runs[0], judged, (inner - NARROWEST - 11) // NUMBER)
    wide = max(NARROWEST, min(48, inner - 11 - NUMBER * len(columns)))
    groups = "".join(right(which, NUMBER) for which, _ in columns)
    names = "".join(right(SHORT.get(name, name), NUMBER) for _, name in columns)
    head = clean("  ".join(shown.heads))
    rows: list[Row] = [
        [(" " * (wide + 9) + groups, "dim")],
        [(f"  {left(head, wide)}{right('done', 7)}{names}", "dim")],
    ]
    for run, role, letter, loss in zip(shown.runs, _roles(shown), LETTERS, losses, strict=False):
        best = bool(known) and loss == min(known)
        numbers = "".join(right(number(run.metrics[which].get(name, np.nan)), NUMBER) for which, name in columns)
        progress = "✓" if run.share >= 1 else f"{run.share:.0%}"
        label: Row = [(f"{letter} ", role), (left(clean(run.label), wide), "title" if best else "text")]
        rows.append([*label, (right(progress, 7), "dim"), (numbers, "text"), (" ◂" if best else "", "lit")])
    room = height - 2
    if len(rows) > room:
        rows = [*rows[: room - 1], [(f"  … {len(rows) - room + 1} more", "dim")]]
    notes = [row for note in shown.notes for row in wrapped(clean(note), inner, "dim")]
    if len(rows) + len(notes) > room:
        notes = [[(shorten(clean(note), inner), "dim")] for note in shown.notes]
    rows += [*([[]] if len(rows) + len(notes) < room else []), *notes]
    mark: Row = [("◂", "lit"), (f" lowest loss{' on validation rows' * (judged == 'validation')}", "dim")]
    return box([("Table", "text")], [crop(row, inner) for row in rows], mark, width, height)


def _columns(run: RunLine, judged: str, most: int) -> list[tuple[str, str]]:
    """Which metrics of which rows there is room for: first those that the runs are judged by."""
    every = [(which, name) for which in GROUPS for name in run.metrics[which]]
    ranked = sorted(every, key=lambda column: (column[0] != judged, every.index(column)))
    kept = ranked[: max(most, 1)]
    return [column for column in every if column in kept]


def map_of(shown: Standings | None, width: int, height: int, plain: bool) -> list[Row]:
    """The loss over the plane in which the runs move most, each run's way as its letters."""
    title: Row = [
        ("Landscape", "text"),
        (f"  the way of each run, {'▓ higher' if plain else '+ higher, − lower'}", "dim"),
    ]
    if shown is None or shown.map is None:
        words = "The map is drawn when all runs are done."
        if shown is not None and shown.done:
            words = "No map: the runs do not start from the same weights."
        return box(title, wrapped(words, width - 4, "dim"), [], width, height)
    found = shown.map
    finite = found.losses[np.isfinite(found.losses)]
    if width < 28 or height < 9 or not finite.size:
        return box(title, no_room(width - 4), [], width, height)
    middle = float(np.median(finite))
    reach = float(np.percentile(np.abs(finite - middle), 90)) or 1.0
    marks = [
        Mark(float(x), float(y), letter, f"title {role}" if at == len(path) - 1 else role)
        for path, letter, role in zip(found.paths, LETTERS, _roles(shown), strict=False)
        for at, (x, y) in enumerate(path)
    ]
    marks.append(Mark(0.0, 0.0, "○", "title"))
    field = Field(found.across, found.up, found.losses, middle, reach)
    heights = "" if found.shared else "   heights: run a"
    remark: Row = [("○ start", "dim"), (f"{heights}   → ↑ span {found.share:.0%} of where they went", "dim")]
    return box(title, field_rows(field, marks, width - 4, height - 2, plain), remark, width, height)


def race_head(title: str, shown: Standings | None, paused: bool, width: int) -> list[Row]:
    """What is raced, from where, and whether it still runs."""
    topic = f": {shown.title}, from {shown.start.brief}" if shown else ""
    going = "❚❚ paused" if paused else "▶ running"
    status = "" if shown is None else "■ finished" if shown.done else going
    name: Row = [
        (" nnsim ", "now"),
        (f" {clean(title)} ", "bar title"),
        (f"  race{topic}", "bar name"),
    ]
    return [spread(name, [(f"{status} ", "bar lit")], width, "bar")]
