"""The network as a picture: units with their values for one sample, connections with their weights."""

from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from nnsim.formats.digits import Array, number_format
from nnsim.tui.colors import ink
from nnsim.tui.moment import Moment, Part, parse
from nnsim.tui.renderers.links import Links, links_picture
from nnsim.tui.rows import Row, abbreviate, center, clean, fit, left, right, shorten, spread, width_of

DISCS = "○◔◑◕●"
SMALLEST_GAP = 5


@dataclass(frozen=True)
class Unit:
    """One row of a column: a unit, or what stands for those that do not fit (`disc` empty)."""

    name: str
    disc: str = ""
    value: str = ""
    role: str = ""
    chosen: bool = False
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A layer: which of its units are shown, and in which rows."""

    layer: int
    title: str
    activation: str
    symbol: str
    units: tuple[Unit, ...]
    shown: tuple[int, ...]
    rows: tuple[int, ...]
    lit: bool
    written: bool
    last: bool

    def width(self, names: int, values: bool) -> int:
        name = min(names, max((cell_len(unit.name) for unit in self.units), default=0))
        value = max((len(unit.value) for unit in self.units), default=0) if values else 0
        note = max((len(unit.note) for unit in self.units), default=0) if names else 0
        return max(name + bool(name) + 1 + (1 + value if value else 0), note)


def network(moment: Moment, width: int, height: int) -> list[Row]:
    """The picture in `height` rows: layer names, units and connections, what is shown, the direction of flow."""
    heads = 2 if height >= 12 else 1
    body = height - heads - 2
    if body < 2 or width < 16:
        return [[(shorten("more room is needed for the picture", width), "dim")]]
    columns = _columns(moment, body)
    names, values = _detail(columns, width)
    columns = _that_fit(columns, moment.op.layer, names, values, width)
    places = _places(columns, names, values, width)
    rows = _titles(columns, places, names, values, width)[:heads]
    rows += _body(moment, columns, places, names, values, body, width)
    return [*rows, _flow(moment, width), _legend(moment, columns, width)]


def _columns(moment: Moment, height: int) -> list[Column]:
    return [_column(moment, layer, height) for layer in range(len(moment.about.activations) + 1)]


def _column(moment: Moment, layer: int, height: int) -> Column:
    last = layer == len(moment.about.activations)
    symbol, values = _values(moment, layer)
    names = [clean(name) for name in moment.layout[f"W{layer + 1}"].axes[0].names] if not last else _outputs(moment)
    chosen = chosen_units(moment).get(layer)
    shown = _shown(len(names), height, chosen)
    form = number_format(values, 3) if values is not None else None
    largest = float(np.nanmax(np.abs(values), initial=0.0)) if values is not None else 0.0
    largest = max(largest, 1.0) if symbol.startswith(("a", "x")) else largest
    units = []
    for unit in shown:
        value = None if values is None else float(values[unit])
        text = form(value) if form and value is not None else ""
        note = _target(moment, unit) if last else ""
        units.append(Unit(names[unit], _disc(value, largest), text, _role(value, largest), unit == chosen, note))
    if len(shown) < len(names):
        units.append(Unit(f"+ {len(names) - len(shown)} more"))
    part = parse(moment.op.name)
    return Column(
        layer=layer,
        title=_title(layer, last),
        activation=moment.about.activations[layer - 1] if layer else "",
        symbol=symbol,
        units=tuple(units),
        shown=shown,
        rows=_rows_of(len(units), height),
        lit=layer in lit_layers(moment),
        written=layer == part.layer and (part.of_units or part.base == "x"),
        last=last,
    )


def _values(moment: Moment, layer: int) -> tuple[str, Array | None]:
    """The symbol and the values shown in the units of a layer: what the op works on, else how active they are."""
    part = parse(moment.op.name)
    candidates = [moment.op.name] if part.layer == layer and part.of_units else []
    candidates += [f"a{layer}", f"z{layer}"] if layer else ["x"]
    for name in candidates:
        array = moment.value(name)
        if array is not None:
            return moment.layout[name].symbol, array[moment.sample] if array.ndim == 2 else array
    return "", None


def _outputs(moment: Moment) -> list[str]:
    return [clean(name) for name in moment.layout["y"].axes[1].names]


def _target(moment: Moment, unit: int) -> str:
    y = moment.value("y")
    return "" if y is None else f"target {number_format(y, 3)(float(y[moment.sample, unit])).strip()}"


def _title(layer: int, last: bool) -> str:
    return "input" if layer == 0 else "output" if last else f"hidden layer {layer}"


def lit_layers(moment: Moment) -> frozenset[int]:
    """The columns that the op reads or writes."""
    layers = {_column_of(parse(name)) for name in (*moment.op.reads, *moment.op.writes)}
    if moment.op.phase == "loss" or moment.op.name == "y":
        layers.add(len(moment.about.activations))
    return frozenset(layer for layer in layers if layer is not None)


def _column_of(part: Part) -> int | None:
    return part.layer if part.of_units or part.base == "x" else None


def lit_links(moment: Moment) -> int | None:
    """The layer whose connections the op reads or writes."""
    parts = (parse(name) for name in (*moment.op.writes, *moment.op.reads))
    return next((part.layer for part in parts if part.base == "W"), None)


def chosen_units(moment: Moment) -> dict[int, int]:
    """The units that the chosen number belongs to, by layer: one, or the two ends of a weight."""
    part, index = parse(moment.op.name), moment.index
    if part.base == "W":
        return {part.layer - 1: index[0], part.layer: index[1]}
    if part.base == "y":
        return {len(moment.about.activations): index[1]}
    return {part.layer: index[-1]} if index and (part.of_units or part.base == "x") else {}


def _shown(count: int, height: int, chosen: int | None) -> tuple[int, ...]:
    """The units that fit into so many rows: the first ones, and the chosen one in place of the last of them."""
    if count <= height:
        return tuple(range(count))
    room = height - 1
    if chosen is not None and chosen >= room:
        return (*range(room - 1), chosen)
    return tuple(range(room))


def _rows_of(count: int, height: int) -> tuple[int, ...]:
    """Rows for so many units, evenly spread, not farther than four apart."""
    gap = min(height / count, 4.0)
    start = (height - gap * count) / 2
    return tuple(min(height - 1, int(start + gap * (i + 0.5))) for i in range(count))


def _disc(value: float | None, largest: float) -> str:
    if value is None or not np.isfinite(value):
        return "◌"
    return DISCS[round(4 * min(1.0, abs(value) / largest))] if largest else DISCS[0]


def _role(value: float | None, largest: float) -> str:
    return "dim" if value is None else ink(value, largest)


def _detail(columns: list[Column], width: int) -> tuple[int, bool]:
    """How long names may be, and whether there is room for values: the most that leaves room for the connections."""
    for gap, names, values in ((9, 14, True), (8, 10, True), (7, 8, True), (SMALLEST_GAP, 6, True)):
        if _total(columns, names, values) + gap * (len(columns) - 1) <= width:
            return names, values
    return (6, False) if _total(columns, 6, False) + SMALLEST_GAP * (len(columns) - 1) <= width else (0, False)


def _total(columns: list[Column], names: int, values: bool) -> int:
    return sum(column.width(names, values) for column in columns)


def _that_fit(columns: list[Column], layer: int | None, names: int, values: bool, width: int) -> list[Column]:
    """The columns around the layer at work, where the network is too deep for all."""
    while len(columns) > 2 and _total(columns, names, values) + SMALLEST_GAP * (len(columns) - 1) > width:
        middle = layer if layer is not None else 0
        far_end = columns[-1].layer - middle > middle - columns[0].layer
        columns = columns[:-1] if far_end else columns[1:]
    return columns


def _places(columns: list[Column], names: int, values: bool, width: int) -> list[int]:
    """Where each column starts; the rooms between them are as equal as can be."""
    widths = [column.width(names, values) for column in columns]
    room = width - sum(widths)
    gaps = len(columns) - 1
    side = 1 if room > 12 * gaps else 0
    free = min(room - 2 * side, 30 * gaps)
    at, places = (room - free) // 2, []
    for i, length in enumerate(widths):
        places.append(at)
        at += length + (free * (i + 1) // gaps - free * i // gaps if i < gaps else 0)
    return places


def _titles(columns: list[Column], places: list[int], names: int, values: bool, width: int) -> list[Row]:
    """What each layer is called, and its activation below, over the middle of its column."""
    rows: list[Row] = [[], []]
    for i, (column, place) in enumerate(zip(columns, places, strict=True)):
        middle = place + column.width(names, values) // 2
        after = places[i + 1] + columns[i + 1].width(names, values) // 2 if i + 1 < len(columns) else 2 * width - middle
        for row, text in zip(rows, (column.title, column.activation), strict=True):
            start, end = width_of(row), min(width, (middle + after) // 2)
            title = text if cell_len(text) < end - start else shorten(text.replace(" layer", ""), end - start - 1)
            at = min(max(middle - cell_len(title) // 2, start), end - cell_len(title))
            space = " " if at + cell_len(title) < width else ""
            row += [(" " * (at - start), ""), (title, "lit" if column.lit else "dim"), (space, "")]
    return rows


def _body(
    moment: Moment, columns: list[Column], places: list[int], names: int, values: bool, height: int, width: int
) -> list[Row]:
    rows: list[Row] = [[(" " * places[0], "")] for _ in range(height)]
    for i, column in enumerate(columns):
        length = column.width(names, values)
        if i:
            gap = places[i] - places[i - 1] - columns[i - 1].width(names, values)
            for row, link in zip(rows, _gap(moment, columns[i - 1], column, gap, height), strict=True):
                row += link
        for y, cells in enumerate(_unit_rows(column, min(names, length), values, length, height)):
            rows[y] += cells
    return [fit(row, width) for row in rows]


def _gap(moment: Moment, before: Column, after: Column, gap: int, height: int) -> list[Row]:
    """The connections into `after`, with a cell of space at both ends."""
    name = links_name(moment, after.layer)
    chosen = chosen_units(moment)
    pair = None
    if parse(moment.op.name).base == "W" and parse(moment.op.name).layer == after.layer:
        pair = (before.shown.index(chosen[before.layer]), after.shown.index(chosen[after.layer]))
    array = moment.frame[name]
    shown = np.nan_to_num(array[np.ix_(before.shown, after.shown)])
    largest = float(np.nanmax(np.abs(array), initial=0.0))
    links = Links(
        shown.tobytes(),
        before.rows[: len(before.shown)],
        after.rows[: len(after.shown)],
        largest,
        lit_links(moment) == after.layer,
        pair,
    )
    return [[(" ", ""), *row, (" ", "")] for row in links_picture(links, gap - 2, height)]


def links_name(moment: Moment, layer: int) -> str:
    """The tensor whose values the connections into a layer show."""
    part = parse(moment.op.name)
    return moment.op.name if part.base == "W" and part.layer == layer else f"W{layer}"


def _unit_rows(column: Column, names: int, values: bool, width: int, height: int) -> list[Row]:
    rows: list[Row] = [[(" " * width, "")] for _ in range(height)]
    name_width = min(names, max((cell_len(unit.name) for unit in column.units), default=0))
    value_width = max((len(unit.value) for unit in column.units), default=0) if values else 0
    for unit, y in zip(column.units, column.rows, strict=True):
        rows[y] = fit(_unit(column, unit, name_width, value_width), width)
        if unit.note and y + 1 < height and y + 1 not in column.rows and names:
            rows[y + 1] = [(right(unit.note, width) if not column.last else left(unit.note, width), "dim")]
    return rows


def _unit(column: Column, unit: Unit, name_width: int, value_width: int) -> Row:
    if not unit.disc:
        return [(center(unit.name, name_width + value_width + 3), "dim")]
    name_role = "cursor" if unit.chosen else "lit" if column.written else "text" if column.lit else "dim"
    name: Row = [(abbreviate(unit.name, name_width), name_role)] if name_width else []
    pad = " " * (name_width - width_of(name))
    disc: Row = [(unit.disc, unit.role)]
    value: Row = [(unit.value.rjust(value_width), unit.role)] if value_width else []
    space: Row = [(" ", "")]
    if column.layer == 0:
        return [(pad, ""), *name, *space, *value, *(space if value else []), *disc]
    if column.last:
        return [*disc, *space, *name, (pad, ""), *(space if value else []), *value]
    return [(pad, ""), *name, *(space if name else []), *disc, *(space if value else []), *value]


def _flow(moment: Moment, width: int) -> Row:
    match moment.op.phase:
        case "batch":
            return [(center(f"{len(moment.frame.rows)} samples enter together: a batch", width), "dim")]
        case "forward":
            return [(center("forward: numbers flow to the right ──▶", width), "accent")]
        case "loss":
            return [(center("loss: the prediction is compared with the target", width), "accent")]
        case "backward":
            return [(center("◀── backward: the error flows to the left", width), "accent")]
        case _:
            learner = moment.layout[moment.updated].symbol if moment.updated else "every parameter"
            return [(center(f"update: {learner} learns from its gradient", width), "accent")]


def _legend(moment: Moment, columns: list[Column], width: int) -> Row:
    sample = moment.frame.axis_names("x", 0)[moment.sample]
    units = " ".join(column.symbol for column in columns if column.symbol)
    links = " ".join(moment.layout[links_name(moment, column.layer)].symbol for column in columns[1:])
    start: Row = [(f"sample {sample}", "name"), (f"   units {units}   lines {links}", "dim")]
    return spread(start, [("━ + ╍ −", "dim")], width)
