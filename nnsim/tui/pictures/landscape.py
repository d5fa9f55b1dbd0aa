"""The loss landscape: the loss down the gradient, and over the plane that training moves in, with its path."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from nnsim.debugger.landscape import Landscape as Land
from nnsim.debugger.landscape import Survey
from nnsim.engine.notation import number
from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.chart import Frame, chart, no_room
from nnsim.tui.pictures.field import Field, Mark, field_rows, scale
from nnsim.tui.pictures.picture import Lab
from nnsim.tui.plots import Curve
from nnsim.tui.renderers.header import four_digits
from nnsim.tui.rows import Row, crop, fit, joined, width_of

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

KEPT = 12  # landscapes that are kept
START, NOW, ON_THE_WAY, STEP = "○", "●", "•", "▼"
SEGMENT = 12  # marks between two places of the path
NARROWEST_LINE = 24
VISIBLE = 0.03  # of the line: an update that is shorter lies below ●


class Landscape:
    name = "Loss landscape"
    help = "The loss around the present weights: ● here, ○ the start, • the way training took, + higher, − lower."

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
            done[key] = lab.kept["landscape"] = "The weights are no longer numbers: there is no landscape around them."
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
        rows = "all training rows" if data.rows == data.of_rows else f"{data.rows:,} training rows"
        return [
            (f"  {four_digits(data.here)}", "title"),
            (" without penalty" * data.penalised, "dim"),
            (f"{',' * data.penalised} over {rows}", "dim"),
            (f" at iteration {data.iteration:,}", "dim"),
        ]

    def render(self, data: Land, width: int, height: int, plain: bool = False) -> list[Row]:
        if width < 24 or height < 6:
            return no_room(width)
        if width < 2 * NARROWEST_LINE + 4:
            return _map(data, width, height, plain)
        left = max(width - NARROWEST_LINE - 22, width * 11 // 20)
        maps = _map(data, left, height, plain)
        lines = _line(data, width - left - 2, height)
        lines += [[]] * (len(maps) - len(lines))
        return [[*fit(a, left), ("  ", ""), *b] for a, b in zip(maps, lines, strict=True)]


def _map(data: Land, width: int, height: int, plain: bool) -> list[Row]:
    with np.errstate(all="ignore"):
        heights = (
            np.log(data.losses / data.here) if data.here > 0 and (data.losses > 0).all() else data.losses - data.here
        )
    finite = np.abs(heights[np.isfinite(heights)])
    field = Field(data.across, data.up, heights, 0.0, float(np.percentile(finite, 90)) if finite.size else 1.0)
    footed = height >= 8
    rows = field_rows(field, _path(data), width, height - 1 - footed, plain)
    low, high = float(np.nanmin(data.losses)), float(np.nanmax(data.losses))
    digits = 2 if high < 100 else 3
    colors = scale(number(low, digits), number(high, digits), plain)
    signs = [] if footed else _signs(data)
    heads = [joined([*loss, colors, *signs[i:]], ("  ", "")) for i in range(3) for loss in ([[("loss", "name")]], [])]
    head = next((head for head in heads if width_of(head) <= width), heads[-1])
    return [crop(head, width), *rows, *([_foot(data, width)] if footed else [])]


def _foot(data: Land, width: int) -> Row:
    """The signs, what plane this is, and how many rows were measured: as much of it as there is room for."""
    signs, share = _signs(data), f"{data.share:.0%}"
    planes = [f"plane that holds {share} of the path", f"{share} of the path", f"{share} of path"]
    planes = planes if len(data.visited) > 1 else ["plane down the gradient"]
    rows = [[(f"{data.rows:,} of {data.of_rows:,} rows", "dim")]] if data.rows < data.of_rows else []
    tried = [[*signs, [(plane, "dim")], *more] for plane in planes for more in (rows, [])]
    fitting = (row for items in [*tried, signs] if width_of(row := joined(items, ("  ", ""))) <= width)
    return next(fitting, crop(joined(signs, ("  ", "")), width))


def _signs(data: Land) -> list[Row]:
    """What the signs on the map say; the start lies below ● when it is here."""
    start: list[Row] = [[(START, "title"), (" start", "dim")]] if data.visited[:1] != (data.iteration,) else []
    return [*start, [(NOW, "title"), (" here", "dim")]]


def _path(data: Land) -> list[Mark]:
    """The way as dots close to each other, its start, and the present."""
    shares = np.linspace(0, 1, SEGMENT, endpoint=False)[:, None]
    way = [a + shares * (b - a) for a, b in zip(data.path[:-1], data.path[1:], strict=True)]
    marks = [Mark(float(x), float(y), ON_THE_WAY, "text") for piece in way for x, y in piece]
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
    rows = chart(curves, Frame("distance"), width, height - 1)
    name = "down the gradient" if width > 28 else "downhill"
    return [[(name, "name"), (f"  {STEP} update" * arrives, "dim")], *rows]


def _mark(at: float, data: Land, sign: str) -> Curve:
    place: Array = np.array([at])
    return Curve(place, np.interp(place, data.along, data.line), "lit", sign, foot=sign == NOW)
