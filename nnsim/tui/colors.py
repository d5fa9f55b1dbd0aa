"""Colors: two themes, and the palette that turns the roles of a picture into terminal styles.

Numbers lie on one diverging scale, blue (below zero) - neutral - orange (above), which color-blind readers can tell
apart. It is cut into few steps, so that styles are made once and kept.
"""

from collections.abc import Mapping
from math import ceil, isfinite

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

STEPS = 8

THEMES = (
    Theme(
        name="nnsim-dark",
        primary="#7cacf8",
        secondary="#5b7aa8",
        accent="#8fd694",
        success="#8fd694",
        warning="#e8c268",
        error="#f27a7a",
        foreground="#d9dee7",
        background="#10141b",
        surface="#171d27",
        panel="#1f2733",
        dark=True,
    ),
    Theme(
        name="nnsim-light",
        primary="#1f5fae",
        secondary="#5b7aa8",
        accent="#1c7c4a",
        success="#1c7c4a",
        warning="#8a6100",
        error="#b3261e",
        foreground="#22262d",
        background="#fcfbf8",
        surface="#f3f1ec",
        panel="#e6e3dc",
        dark=False,
    ),
)


def diverging(dark: bool) -> dict[str, str]:
    """The ends of the scale, as theme variables; a theme may have its own."""
    if dark:
        return {"diverging-low": "#4aa3ff", "diverging-high": "#ff9d3c"}
    return {"diverging-low": "#0b62c4", "diverging-high": "#c25400"}


def step(value: float, largest: float) -> int:
    """Where `value` lies on the scale from −`largest` to `largest`: −8 … 8, and 0 for zero alone."""
    if value == 0 or not isfinite(value) or largest <= 0:
        return 0
    steps = min(STEPS, ceil(abs(value) / largest * STEPS))
    return steps if value > 0 else -steps


def ink(value: float, largest: float) -> str:
    """The role of text colored by `value`."""
    return f"v{step(value, largest):+d}"


def tint(value: float, largest: float) -> str:
    """The role of a cell whose background is colored by `value`."""
    return f"b{step(value, largest):+d}"


class Palette:
    """Styles by role. A role is words: `dim`, `now bold`, `b+5 cursor`; later words win."""

    def __init__(self, variables: Mapping[str, str], *, dark: bool, plain: bool = False) -> None:
        """`plain`: no colors of our own, only the terminal's and bold, dim, reverse (ANSI themes, NO_COLOR)."""
        self.plain = plain
        self._styles: dict[str, Style] = {}
        if not plain:
            self._words = _words(variables, dark)
            self._levels = _levels(variables)

    def __getitem__(self, role: str) -> Style:
        style = self._styles.get(role)
        if style is None:
            style = self._styles[role] = self._style(role)
        return style

    def _style(self, role: str) -> Style:
        style = Style() if self.plain else self._words[""]
        for word in role.split():
            style += self._word(word)
        return style

    def _word(self, word: str) -> Style:
        if self.plain:
            return _plain_word(word)
        if word[0] == "h" and ":" in word:  # the two halves of a cell of a heat map
            upper, lower = map(int, word[1:].split(":"))
            return _style(self._levels[upper], self._levels[lower])
        return self._words[word]


_PLAIN = {
    "": Style(),
    "dim": Style(dim=True),
    "faint": Style(dim=True),
    "text": Style(),
    "name": Style(),
    "title": Style(bold=True),
    "bold": Style(bold=True),
    "key": Style(bold=True),
    "accent": Style(bold=True),
    "lit": Style(bold=True),
    "now": Style(bold=True, reverse=True),
    "cursor": Style(reverse=True, bold=True),
    "changed": Style(underline=True),
    "focus": Style(bold=True),
    "warning": Style(bold=True),
    "bar": Style(),
}


def _plain_word(word: str) -> Style:
    """The terminal's own blue and yellow stand in for the scale; under NO_COLOR they are filtered out."""
    if word in _PLAIN:
        return _PLAIN[word]
    steps = int(word[1:])
    if steps == 0:
        return Style(dim=True)
    return Style(color="yellow" if steps > 0 else "blue", bold=abs(steps) > STEPS // 2)


def _words(variables: Mapping[str, str], dark: bool) -> dict[str, Style]:
    color = {name: Color.parse(variables[name]) for name in _USED}
    back, front = color["background"], color["foreground"]
    words = {
        "": _style(front, back),
        "text": _style(front),
        "dim": _style(back.blend(front, 0.62)),
        "faint": _style(back.blend(front, 0.3)),
        "name": _style(back.blend(front, 0.8)),
        "title": _style(front, bold=True),
        "bold": Style(bold=True),
        "key": _style(color["primary"], bold=True),
        "accent": _style(color["accent"]),
        "lit": _style(color["accent"], bold=True),
        "now": _style(back, color["accent"], bold=True),
        "cursor": _style(back, front, bold=True),
        "changed": Style(underline=True),
        "focus": _style(color["primary"]),
        "warning": _style(color["warning"]),
        "bar": _style(front, color["surface"]),
    }
    for steps in range(-STEPS, STEPS + 1):
        pole = color["diverging-high" if steps > 0 else "diverging-low"]
        share = abs(steps) / STEPS
        words[f"v{steps:+d}"] = _style(
            back.blend(front, 0.45).blend(pole, min(1.0, 0.35 + share)) if steps else back.blend(front, 0.55)
        )
        tinted = back.blend(pole, (0.62 if dark else 0.6) * share)
        words[f"b{steps:+d}"], words[f"f{steps:+d}"] = _style(front, tinted), _style(tinted)
    return words


def _levels(variables: Mapping[str, str]) -> dict[int, Color]:
    """Colors of the dots of a heat map by step; 99 is the cursor, 98 nothing."""
    back, front, low, high = (
        Color.parse(variables[name]) for name in ("background", "foreground", "diverging-low", "diverging-high")
    )
    ground = back.blend(front, 0.07)
    levels = {99: front, 98: back}
    for steps in range(-STEPS, STEPS + 1):
        levels[steps] = ground.blend(high if steps > 0 else low, abs(steps) / STEPS)
    return levels


_USED = ("background", "foreground", "surface", "primary", "accent", "warning", "diverging-low", "diverging-high")


def _style(front: Color, back: Color | None = None, bold: bool | None = None) -> Style:
    return Style(color=front.rich_color, bgcolor=back.rich_color if back else None, bold=bold)
