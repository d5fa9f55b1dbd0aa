"""Names that are too long: cut so that what tells them apart stays."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from rich.cells import cell_len

from nnsim.tui.rows import ELLIPSIS, shorten

NEAR = 2  # letters back to the start of a word
SHORTEST = 5  # cells below which only the start of a name is left
ENOUGH = 3  # letters from where a name parts from others, which tell it apart


def distinct(names: Sequence[str], width: int) -> list[str]:
    """Each name in at most `width` cells; what was cut shows as …

    sepal_length and sepal_width become sepa…len… and sepa…wid…: of a long name its start stays, and the places where
    it parts from the names that start like it.
    """
    return list(_distinct(tuple(names), width))


@lru_cache(maxsize=256)
def _distinct(names: tuple[str, ...], width: int) -> tuple[str, ...]:
    if all(cell_len(name) <= width for name in names):
        return names
    order = sorted(set(names))
    partings = {name: {0} for name in order}
    for before, after in pairwise(order):
        place = _common(before, after)
        partings[before].add(_word(before, place))
        partings[after].add(_word(after, place))
    cut = [_cut(name, sorted(partings[name]), width) for name in names]
    whose: dict[str, set[str]] = {}
    for name, short in zip(names, cut, strict=True):
        whose.setdefault(short, set()).add(name)
    return tuple(
        short if len(whose[short]) == 1 else _numbered(name, short, order.index(name) + 1, width)
        for name, short in zip(names, cut, strict=True)
    )


def _numbered(name: str, short: str, number: int, width: int) -> str:
    """The start of a name and a number, where no letters in so little room tell it from another."""
    room = width - len(str(number))
    return short if cell_len(name) <= width or room < 2 else f"{shorten(name, room)}{number}"


def _common(one: str, other: str) -> int:
    """How many letters two names start with alike."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _word(name: str, place: int) -> int:
    """Where the word starts that has this place in it, if that is near: of h1 the 1 alone would say little."""
    start = place
    while start > 0 and place - start < NEAR and name[start - 1].isalnum():
        start -= 1
    return start if start == 0 or not name[start - 1].isalnum() else place


def _cut(name: str, places: list[int], width: int) -> str:
    """The name with as many letters from each of `places` on as there is room for."""
    if width < SHORTEST or cell_len(name[: places[-1] + ENOUGH]) < width:
        return shorten(name, width)
    kept: set[int] = set()
    for place in (0, *places[::-1]):
        if place < len(name) and cell_len(_written(name, kept | {place})) <= width:
            kept.add(place)
    ends = sorted(kept)
    while ends:
        for at, end in enumerate(ends):
            while end in kept:
                end += 1
            if end < len(name) and cell_len(_written(name, kept | {end})) <= width:
                kept.add(end)
                ends[at] = end
            else:
                ends[at] = -1
        ends = [end for end in ends if end >= 0]
    return _written(name, kept)


def _written(name: str, kept: set[int]) -> str:
    """The kept letters; one letter that is hidden between them takes no more room than its sign."""
    text, hidden = "", 0
    for at, letter in enumerate(name):
        if at in kept:
            text += (ELLIPSIS if hidden > 1 else name[at - 1] if hidden else "") + letter
            hidden = 0
        else:
            hidden += 1
    return text + (ELLIPSIS if hidden > 1 else name[-1] if hidden else "")
