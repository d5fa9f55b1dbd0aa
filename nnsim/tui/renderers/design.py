"""The choices of a scenario as a list, what the chosen one means, and the network that they make."""

from collections.abc import Sequence
from itertools import groupby

from rich.cells import cell_len

from nnsim.scenario.fields import Field
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.network import network
from nnsim.tui.rows import Row, aimed, clean, fit, left, shorten, width_of, wrapped

LABEL, NARROW = 18, 14  # cells of a label; where there is little room
ROOM = 8  # cells of a row besides label and value


def field_rows(fields: Sequence[Field], chosen: int, changed: frozenset[str], width: int) -> tuple[list[Row], int]:
    """All rows of the list with its headings, and in which of them the chosen field stands."""
    rows: list[Row] = []
    place = at = 0
    for group, members in groupby(fields, key=lambda field: field.group):
        rows += [[]] * bool(rows)
        rows.append([(shorten(group, width), "title")])
        for field in members:
            if at == chosen:
                place = len(rows)
            rows.append(_field(field, at, at == chosen, field.key in changed, width))
            at += 1
    return rows, place


def scrolled(first: int, place: int, count: int, height: int) -> int:
    """The first row in sight, moved no farther than needed to see row `place` and, at the start, its heading."""
    first = min(max(first, place - height + 1), max(place - (height > 1), 0))
    return max(0, min(first, count - height))


def _field(field: Field, at: int, chosen: bool, changed: bool, width: int) -> Row:
    back = "bar " if chosen else ""
    mark = "▸" if chosen else " "
    star = "•" if changed else " "
    label = f"[{'x' if field.value else ' '}] {clean(field.label)}" if field.kind == "column" else clean(field.label)
    cells = width - 4 if field.kind == "column" else _label_cells(field, width)
    row: Row = [
        (f"{mark}{star} ", aimed(f"{back}lit", "field", at)),
        (left(label, cells) + " ", aimed(f"{back}{'text' if chosen else 'name'}", "field", at)),
    ]
    return fit([*row, *_value(field, at, chosen, width - width_of(row))], width, aimed(back.strip(), "field", at))


def _label_cells(field: Field, width: int) -> int:
    """A long value takes what its label leaves free."""
    usual = LABEL if width >= LABEL + 30 else NARROW
    return max(min(usual, width - cell_len(field.shown) - ROOM), min(usual, cell_len(field.label)))


def _value(field: Field, at: int, chosen: bool, room: int) -> Row:
    """The value; that of the chosen field between arrows that can be clicked."""
    if field.kind == "column":
        return []
    role = "dim" if field.kind == "fixed" or field.value is None else "text"
    shown = shorten(clean(field.shown), room - 4)
    if not chosen:
        return [("  " + shown, aimed(role, "field", at))]
    if field.kind == "fixed":
        return [("  " + shown, aimed("bar dim", "field", at))]
    return [
        ("‹ ", aimed("bar key", "turn", at, 0)),
        (shown, aimed("bar title", "edit", at)),
        (" ›", aimed("bar key", "turn", at, 1)),
    ]


def architecture(moment: Moment | None, layers: Sequence[str], width: int, height: int) -> list[Row]:
    """The picture of the network; where it has too many weights for one, its layers as a list."""
    if moment is None:
        return [[(shorten(layer, width), "text")] for layer in layers][:height]
    rows = network(moment, width, height + 2)
    return rows[:-2] if len(rows) > 2 else rows  # without flow and legend, which are about an iteration


def remarks(field: Field, said: Sequence[str], wrong: bool, width: int, height: int) -> list[Row]:
    """What the chosen field means, then what the last change brought about or what was wrong with it."""
    rows = wrapped(field.help, width, "text")
    how = _how(field)
    role = "warning" if wrong else "accent"
    tail: list[Row] = [row for line in said for row in wrapped(line if wrong else _sentence(line), width, role)]
    if not tail:
        tail = wrapped(f"{allowed(field)} {how}", width, "dim")
    spare = height - len(tail)
    return [*rows[: max(spare, 1)], *tail][:height]


def allowed(field: Field) -> str:
    """What may stand there, as a sentence; empty where that needs no words."""
    if not field.allowed:
        return ""
    return f"One of {field.allowed}." if field.kind == "choice" else _sentence(field.allowed)


def _how(field: Field) -> str:
    match field.kind:
        case "fixed":
            return "It is not a choice here."
        case "column":
            return "← → puts it in or leaves it out."
        case "number":
            return "← → changes it; type a number for any other."
    return "← → changes it."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '…')) else '.'}"


def head(title: str, changed: bool, layers: str, width: int) -> Row:
    """The line above: what is being changed."""
    state = "changed" if changed else "unchanged"
    row: Row = [(" nnsim ", "now"), (f" Design: {clean(title)} ", "bar title"), (f" {state} ", "bar dim")]
    return fit([*row, (f" {layers}", "bar name")], width, "bar")


def differing(fields: Sequence[Field], before: Sequence[Field]) -> frozenset[str]:
    """The keys of fields that do not show what those of the same name showed before."""
    shown = {(field.group, field.label): field.shown for field in before}
    return frozenset(field.key for field in fields if shown.get((field.group, field.label)) != field.shown)
