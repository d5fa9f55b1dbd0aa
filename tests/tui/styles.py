"""A screen as text: what is written, and beneath it how each cell looks, by a letter with a legend."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from textual.app import App

LETTERS = ascii_lowercase + ascii_uppercase + digits + "αβγδεζηθικλμνξοπρςστυφχψω" + "бгджзийлпфцчшщъыьэюя"
LETTERS += "".join(map(chr, [*range(0x561, 0x587), *range(0x10D0, 0x10F1)]))  # Armenian and Georgian: large images
ATTRIBUTES = {"bold": "b", "dim": "d", "reverse": "r", "underline": "u", "bold reverse": "R", "dim reverse": "D"}
LINE = "─" * 40


@dataclass(frozen=True)
class Cell:
    """What is seen of a cell: a blank has no foreground. `front`, `back`: as #rrggbb, "" for the terminal's own."""

    letter: str
    front: str
    back: str
    attributes: str

    def __str__(self) -> str:
        front = "" if self.letter == " " else self.front or "default"
        return f"{front} on {self.back or 'default'} {self.attributes}".strip()


@dataclass(frozen=True)
class Picture:
    """The cells of a screen, row by row."""

    rows: tuple[tuple[Cell, ...], ...]

    @property
    def text(self) -> list[str]:
        return ["".join(cell.letter for cell in row).rstrip() for row in self.rows]

    @property
    def colors(self) -> bool:
        return any(cell.front or cell.back for row in self.rows for cell in row)


def picture_of(app: App[Any]) -> Picture:
    strips = app.screen._compositor.render_strips(app.size)[: app.size.height]  # pinned with Textual
    return Picture(tuple(tuple(_cells(strip)) for strip in strips))


def _cells(strip: Iterable[Any]) -> list[Cell]:
    cells: list[Cell] = []
    for text, style, _ in strip:
        for letter in text:
            width = cell_len(letter)
            if width:
                cells += [_cell(letter, style or Style()), *[_cell("", style or Style())] * (width - 1)]
            else:  # the hat of v̂
                cells[-1] = replace(cells[-1], letter=cells[-1].letter + letter)
    return cells


@cache
def _cell(letter: str, style: Style) -> Cell:
    front, back = _named(style.color), _named(style.bgcolor)
    if style.reverse:
        front, back = back, front
    if letter == " " and not style.underline:
        return Cell(letter, "", back, "reverse" if style.reverse and not back else "")
    names = ("bold", "dim", "italic", "reverse", "underline", "strike")
    return Cell(letter, front, back, " ".join(name for name in names if getattr(style, name)))


def _named(color: Color | None) -> str:
    if color is None or color.is_default:
        return ""
    return color.triplet.hex if color.triplet else color.name


def as_text(dark: Picture, light: Picture, plain: Picture, mapped: bool = True) -> str:
    """The text; what is how in the dark and in the light theme; what is different without color.

    mapped: whether also to say of each cell how it looks.
    """
    looks = [
        [(str(one), str(other)) for one, other in zip(*rows, strict=True)]
        for rows in zip(dark.rows, light.rows, strict=True)
    ]
    counted = Counter(look for row in looks for look in row)
    ground = max(counted, key=lambda look: counted[look])
    letters = dict(zip(sorted(set(counted) - {ground}), LETTERS, strict=False)) | {ground: " "}
    assert len(letters) == len(counted), "more styles than letters"
    styles = ["".join(letters[look] for look in row) for row in looks]
    attributes = ["".join(_attribute(cell) for cell in row) for row in plain.rows]
    legend = [f"{letter}  {one:<34}│ {other}" for (one, other), letter in sorted(letters.items(), key=lambda x: x[1])]
    lines = [*dark.text]
    lines += [f"{LINE} styles", *styles] if mapped else []
    lines += [f"{LINE} dark │ light", *legend]
    lines += [f"{LINE} NO_COLOR: lines that are different", *_different(dark.text, plain.text)]
    lines += [f"{LINE} NO_COLOR: {', '.join(f'{b} {a}' for a, b in ATTRIBUTES.items())}", *attributes] if mapped else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _different(colored: Sequence[str], plain: Sequence[str]) -> Sequence[str]:
    return [f"{at:>2} {there}" for at, (here, there) in enumerate(zip(colored, plain, strict=True), 1) if here != there]


def _attribute(cell: Cell) -> str:
    return ATTRIBUTES.get(cell.attributes, "?") if cell.attributes else " "
