"""Fewer bytes to the terminal: within a line only what has changed is sent, and only what changes in style.

Textual ends every piece of text with a reset and says both colors anew: three quarters of what a step sends. Of a line
in which something has changed it sends all that stands before. This is the one place that reaches into the framework.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

RESET = "\x1b[0m"
_ATTRIBUTES = {
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "underline": "4",
    "blink": "5",
    "blink2": "6",
    "reverse": "7",
    "conceal": "8",
    "strike": "9",
    "underline2": "21",
    "frame": "51",
    "encircle": "52",
    "overline": "53",
}


class _Codes(NamedTuple):
    attributes: str
    front: str
    back: str


_NONE = _Codes("", "", "")


def install() -> None:
    """From now on strips and updates are rendered so."""
    Strip.render = _render  # type: ignore[method-assign]
    ChopsUpdate.render_segments = _render_segments  # type: ignore[method-assign]


def lean(segments: Iterable[Segment], system: ColorSystem) -> str:
    """The segments as text for a terminal whose style is the default one before and after."""
    parts, now = [], _NONE
    for text, style, _ in segments:
        if style is not None and style.link:
            parts += [RESET if now != _NONE else "", Strip.render_style(style, text, system)]
            now = _NONE
            continue
        codes = _codes(style, system) if style is not None else _NONE
        parts += [_change(now, codes), text]
        now = codes
    return "".join([*parts, RESET if now != _NONE else ""])


def _change(now: _Codes, to: _Codes) -> str:
    if now == to:
        return ""
    if now.attributes != to.attributes:
        codes = [("0" if now != _NONE else ""), *to]
    else:
        codes = [(to.front or "39") if now.front != to.front else "", (to.back or "49") if now.back != to.back else ""]
    return f"\x1b[{';'.join(filter(None, codes))}m"


@lru_cache(maxsize=4096)
def _codes(style: Style, system: ColorSystem) -> _Codes:
    attributes = ";".join(code for name, code in _ATTRIBUTES.items() if getattr(style, name))
    front = style.color.downgrade(system).get_ansi_codes() if style.color else ()
    back = style.bgcolor.downgrade(system).get_ansi_codes(foreground=False) if style.bgcolor else ()
    return _Codes(attributes, ";".join(front), ";".join(back))


def _render(self: Strip, console: Console) -> str:
    if self._render_cache is None:
        self._render_cache = lean(self, console._color_system or ColorSystem.TRUECOLOR)
    return self._render_cache


def _render_segments(self: ChopsUpdate, console: Console) -> str:
    """Each span of a line by itself: the terminal's cursor is moved there."""
    parts = []
    for y, first, last in self.spans:
        for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
            start, stop = max(x, first), min(end, last)
            if strip is not None and start < stop:
                piece = strip if (start, stop) == (x, end) else strip.crop(start - x, stop - x)
                parts += [f"\x1b[{y + 1};{start + 1}H", piece.render(console)]
    return "".join(parts)
