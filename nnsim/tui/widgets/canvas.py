"""Widgets that draw rows of text by themselves, line by line, and repaint only the lines that changed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from nnsim.tui.colors import Palette
from nnsim.tui.moment import Moment
from nnsim.tui.rows import Row, Target, cells, color_of, fit, target_at

if TYPE_CHECKING:
    from nnsim.tui.app import NnsimApp

Piece = tuple[int, int, str, Style | None]  # of a line: its first cell, the one after its last, text and style

JUMP = 4  # unchanged cells that are not worth a move of the terminal's cursor


class Rows(Widget):
    """Subclasses say in `rows` what stands there; lines that stay as they are cost nothing and are not sent again."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: list[Row] = []
        self._strips: list[Strip] = []
        self._pieces: list[list[Piece]] = []  # what each strip consists of
        self._drawn_size = Size()

    def rows(self, width: int, height: int) -> list[Row]:
        raise NotImplementedError

    def redraw(self) -> None:
        if changed := self._draw():
            self.refresh(*changed)

    def _draw(self) -> list[Region]:
        """Draws what has changed: where that is."""
        width, height = self.size
        if not self.display or width < 1 or height < 1:
            return []
        rows = self.rows(width, height)[:height]
        rows += [[]] * (height - len(rows))
        changed: list[Region] = []
        for y, row in enumerate(rows):
            if y < len(self._drawn) and y < len(self._strips) and self._drawn[y] == row:
                continue
            strip = _strip(row, self.palette, width)
            before, after = self._pieces[y] if y < len(self._drawn) and y < len(self._strips) else (), pieces(strip)
            changed += [Region(start, y, end - start, 1) for start, end in changed_spans(before, after)]
            self._strips[y : y + 1], self._pieces[y : y + 1] = [strip], [after]
        del self._strips[height:], self._pieces[height:]
        self._drawn, self._drawn_size = rows, self.size
        return changed

    def repaint(self) -> None:
        """Draws all of it anew: the size or the colors are others."""
        self._drawn = []
        self.redraw()

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._drawn_size != self.size:  # the layout is painted before it tells of the new size
            self._drawn = []
            self._draw()
        if self.palette.plain:
            return super().render_lines(crop)  # which knows what each kind of terminal makes of plain styles
        lines, (start, end) = [self.render_line(y) for y in crop.line_range], crop.column_span
        return lines if (start, end) == (0, self.size.width) else [line.crop(start, end) for line in lines]

    def render_line(self, y: int) -> Strip:
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.palette[""])

    def on_resize(self) -> None:
        if self._drawn_size != self.size:
            self.repaint()

    def on_show(self) -> None:
        self.redraw()

    @property
    def palette(self) -> Palette:
        app: NnsimApp = self.app  # type: ignore[assignment]
        return app.palette


class Canvas(Rows):
    """Shows a moment: `picture` says which rows that makes. Tells with `Picked` what was clicked."""

    class Picked(Message):
        """A click on something that stands for an op, a number or a unit of the moment that was seen."""

        def __init__(self, target: Target, moment: Moment) -> None:
            super().__init__()
            self.target, self.moment = target, moment

    def __init__(self) -> None:
        super().__init__()
        self.moment: Moment | None = None
        self._drawn_of: Moment | None = None

    def picture(self, moment: Moment, width: int, height: int) -> list[Row]:
        raise NotImplementedError

    def show(self, moment: Moment) -> None:
        self.moment = moment
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        target = target_at(self._drawn[event.y], event.x) if event.y < len(self._drawn) else None
        if target and self._drawn_of:
            self.post_message(self.Picked(target, self._drawn_of))

    def rows(self, width: int, height: int) -> list[Row]:
        self._drawn_of = self.moment
        return self.picture(self.moment, width, height) if self.moment else []


def _strip(row: Row, palette: Palette, width: int) -> Strip:
    """A row as Textual draws it. Each change of style costs forty bytes, so spaces take the style of what is beside."""
    segments: list[Segment] = []
    words, now = "", palette[""]
    for text, role in fit(row, width):
        style = palette[color_of(role)]
        if style is now or (words and text.isspace() and _alike(style, now)):
            words += text
            continue
        if words:
            segments.append(Segment(words, now))
        words, now = text, style
    return Strip([*segments, Segment(words, now)] if words else segments, width)


def pieces(strip: Strip) -> list[Piece]:
    """The segments of a strip and where they stand."""
    found: list[Piece] = []
    x = 0
    for text, style, _ in strip:
        end = x + cells(text)
        found.append((x, end, text, style))
        x = end
    return found


def changed_spans(before: Iterable[Piece], after: Iterable[Piece]) -> list[tuple[int, int]]:
    """The cells of the pieces that were not there before; those with little room between them as one span."""
    known = set(before)
    spans: list[tuple[int, int]] = []
    for piece in after:
        if piece in known:
            continue
        start, end = piece[:2]
        if spans and start - spans[-1][1] < JUMP:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _alike(style: Style, other: Style) -> bool:
    """Whether spaces look the same in both: they do on the same background."""
    lines = style.reverse or style.underline or other.reverse or other.underline
    return style.bgcolor == other.bgcolor and not lines
