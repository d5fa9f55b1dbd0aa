"""The loss landscape: the loss down the gradient, and over the plane that training moves in, with its path."""

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from nnsim.debugger.landscape import Landscape as Land
from nnsim.debugger.landscape import Survey
from nnsim.engine.notation import number
from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import BESIDE, LOW, Frame, chart, no_room, range_of
from nnsim.tui.pictures.field import Field, Mark, field_rows, scale
from nnsim.tui.pictures.picture import Lab, without
from nnsim.tui.plots import Curve
from nnsim.tui.renderers.header import four_digits
from nnsim.tui.rows import Row, crop, fit, joined, width_of

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

KEPT = 12  # landscapes that are kept
START, BEFORE, NOW, AFTER, STEP = "○", "•", "●", "·", "▼"
SEGMENT = 12  # marks between two places of the path
NARROWEST_LINE = 24
_LOSS: tuple[list[Row], ...] = ([[("loss", "name")]], [])  # the word before the colors, where there is room
VISIBLE = 0.03  # of the line: an update that is shorter lies below ●


GONE = "The weights are not numbers any more, or beyond 10¹⁰⁰: there is no landscape around them."


class Landscape:
    name = "Loss landscape"
    help = "The loss around the present weights, ●; ○ start, • the way here, · the way on; + higher, − lower than here."

    def fits(self, session: "Session") -> bool:
        return True

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, moment.recorded)

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        key = self.key(moment)
        done: dict[Any, Land | str] = lab.kept.setdefault("landscapes", {})
        if key in done:
            return True
        name, survey = lab.kept.get("survey", (None, None))
        if name != key:
            survey = Survey(lab.past, moment.frame, moment.recorded)
            lab.kept["survey"] = (key, survey)
        if not survey.possible:
            done[key] = lab.kept["landscape"] = GONE
            return True
        if not survey.advance(seconds):
            return False
        done[key] = lab.kept["landscape"] = survey.result()
        while len(done) > KEPT:
            del done[next(iter(done))]
        return True

    def data(self, lab: Lab, moment: Moment) -> Land | str | None:
        done: dict[Any, Land | str] = lab.kept.get("landscapes", {})
        return done.get(self.key(moment)) or lab.kept.get("landscape")

    def caption(self, data: Land) -> Row:
        rows = "all rows" if data.rows == data.of_rows else f"{data.rows:,} rows"
        return [
            (f"  {four_digits(data.here)}", "title"),
            (without(data.penalised, data.dropout), "dim"),
            (f" at iteration {data.iteration:,}", "dim"),
            (f", {rows}", "dim"),
        ]

    def render(self, data: Land, width: int, height: int, plain: bool = False) -> list[Row]:
        if width < 24 or height < 6:
            return no_room(width)
        low = height < LOW
        room = width - BESIDE if low else width
        height -= 0 if low else 1
        if width < 2 * NARROWEST_LINE + 4:
            maps = _map(data, width, height, plain)
            return [*maps, _signs(maps, room, plain)]
        left = max(width - NARROWEST_LINE - 22, width * 11 // 20)
        maps = _map(data, left, height, plain)
        foot = _signs(maps, room, plain)
        lines = _line(data, width - left - 2, height)
        lines += [[]] * (len(maps) - len(lines))
        return [*([*fit(a, left), ("  ", ""), *b] for a, b in zip(maps, lines, strict=True)), foot]


def _map(data: Land, width: int, height: int, plain: bool) -> list[Row]:
    with np.errstate(all="ignore"):
        heights = (
            np.log(data.losses / data.here) if data.here > 0 and (data.losses > 0).all() else data.losses - data.here
        )
    finite = np.abs(heights[np.isfinite(heights)])
    field = Field(data.across, data.up, heights, 0.0, float(np.percentile(finite, 90)) if finite.size else 1.0)
    footed = height >= LOW - 1
    rows = field_rows(field, _path(data), width, height - 1 - footed, plain)
    low, high = float(np.nanmin(data.losses)), float(np.nanmax(data.losses))
    digits = 2 if high < 100 else 3
    colors = scale(number(low, digits), number(high, digits), plain)
    below = [] if footed else _plane(data)
    heads = [joined([*loss, colors, *more], ("  ", "")) for more in (*([one] for one in below), []) for loss in _LOSS]
    head = next((head for head in heads if width_of(head) <= width), colors)
    foot = next((row for row in _plane(data) if width_of(row) <= width), [])
    return [crop(head, width), *rows, *([foot] if footed else [])]


def _plane(data: Land) -> Iterator[Row]:
    """What the axes of the map are, and how many rows were measured: in fewer and fewer words."""
    share, some = f"{data.share:.0%}", f", {data.rows:,} of {data.of_rows:,} rows" * (data.rows < data.of_rows)
    if len(data.visited) > 1:
        planes = [
            f"→ ↑ the two directions of most of the path: {share} of it",
            f"→ ↑ two directions with {share} of the path",
            f"→ ↑ span {share} of the path",
            f"→ ↑ span {share} of path",
            f"→ ↑ {share} of path",
        ]
    else:
        planes = [
            "→ down the gradient  ↑ at a right angle to it",
            "→ down the gradient  ↑ across",
            "→ downhill  ↑ across",
        ]
    for plane in planes:
        for more in (some, ""):
            yield [(f"{plane}{more}", "dim")]


def _signs(maps: list[Row], width: int, plain: bool) -> Row:
    """What the signs on the map say, as many as there is room for; what lies below ● is not there to be named."""
    drawn = "".join(text for row in maps for text, _ in row)
    names = ((START, "start"), (BEFORE, "the way here"), (NOW, "here"), (AFTER, "the way on"))
    said = [(sign, name, "title") for sign, name in names if sign in drawn]
    heights = [] if plain else [("+", "higher", "dim"), ("−", "lower than here", "dim")]
    brief = [(sign, word.removeprefix("the ").removesuffix(" than here"), role) for sign, word, role in said + heights]
    for items in (said + heights, brief, brief[: len(said)]):
        row = joined([[(sign, role), (f" {word}", "dim")] for sign, word, role in items], ("  ", ""))
        if width_of(row) <= width:
            return row
    return crop(row, width)


def _path(data: Land) -> list[Mark]:
    """The way as dots close to each other, other ones where it goes on from here, its start, and the present."""
    shares = np.linspace(0, 1, SEGMENT, endpoint=False)[:, None]
    marks: list[Mark] = []
    legs = zip(data.visited, data.path[:-1], data.path[1:], strict=False)
    for iteration, a, b in sorted(legs, key=lambda leg: leg[0] < data.iteration):  # the way here lies over the way on
        sign, role = (BEFORE, "title") if iteration < data.iteration else (AFTER, "text")
        marks += [Mark(float(x), float(y), sign, role) for x, y in a + shares * (b - a)]
    if len(data.path):
        marks.append(Mark(float(data.path[0][0]), float(data.path[0][1]), START, "title"))
    return [*marks, Mark(0.0, 0.0, NOW, "title")]


def _line(data: Land, width: int, height: int) -> list[Row]:
    """The loss down the negative gradient, and where this update arrives if it went that way only."""
    curves = [Curve(data.along, data.line, "accent")]
    arrives = bool(VISIBLE * np.ptp(data.along) < data.step <= data.along[-1])
    if arrives:
        curves.append(_mark(data.step, data, STEP))
    curves.append(_mark(0.0, data, NOW))
    rows = chart(curves, Frame("distance", "", None, range_of([data.line])), width, height - 1)
    update = f"  {STEP} this update" * arrives
    titles: list[Row] = [
        [(name, "name"), (more, "dim")]
        for name in ("loss down the gradient", "loss downhill", "downhill")
        for more in (update, update.replace(" this", ""))
    ]
    return [next((title for title in titles if width_of(title) <= width), titles[-1]), *rows]


def _mark(at: float, data: Land, sign: str) -> Curve:
    place: Array = np.array([at])
    return Curve(place, np.interp(place, data.along, data.line), "lit", sign, foot=sign == NOW)
