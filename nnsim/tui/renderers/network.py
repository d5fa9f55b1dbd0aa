"""The network as a picture: units with their values for one sample, connections with their weights."""

from itertools import pairwise

import numpy as np
from rich.cells import cell_len

from nnsim.formats.digits import Array, number_format
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.anatomy import Sources, chosen_units, links_name, sources
from nnsim.tui.renderers.columns import Column, Unit, columns, unit_names
from nnsim.tui.renderers.links import INVISIBLE, Links, links_picture, most_links
from nnsim.tui.rows import Row, abbreviate, aimed, center, fit, left, right, shorten, spread, width_of

SMALLEST_GAP = 5


def network(moment: Moment, width: int, height: int) -> list[Row]:
    """The picture in `height` rows: layer names, units and connections, what is shown, the direction of flow."""
    heads = 2 if height >= 12 else 1
    body = height - heads - 2
    if body < 2 or width < 16:
        return [[(shorten("more room is needed for the picture", width), "dim")]]
    made_of = sources(moment)
    layers = columns(moment, made_of, width, body)
    names, values = _detail(layers, width)
    layers = _that_fit(layers, moment.op.layer, names, values, width)
    places = _places(layers, names, values, width)
    rows = _titles(layers, places, names, values, width)[:heads]
    drawn, crowded = _body(moment, made_of, layers, places, names, values, body, width)
    return [*rows, *drawn, _flow(moment, width), _legend(moment, layers, crowded, width)]


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
    moment: Moment,
    made_of: Sources,
    columns: list[Column],
    places: list[int],
    names: int,
    values: bool,
    height: int,
    width: int,
) -> tuple[list[Row], bool]:
    """Units and connections; and whether some of these are left out."""
    rows: list[Row] = [[(" " * places[0], "")] for _ in range(height)]
    crowded = False
    for i, column in enumerate(columns):
        length = column.width(names, values)
        if i:
            gap = places[i] - places[i - 1] - columns[i - 1].width(names, values)
            links = _links(moment, made_of, columns[i - 1], column)
            crowded |= _crowded(links, gap - 2, height)
            for row, link in zip(rows, links_picture(links, gap - 2, height), strict=True):
                row += [(" ", ""), *link, (" ", "")]
        for y, cells in enumerate(_unit_rows(column, min(names, length), values, length, height)):
            rows[y] += cells
    return [fit(row, width) for row in rows], crowded


def _links(moment: Moment, made_of: Sources, before: Column, after: Column) -> Links:
    """The connections into `after`; those that the chosen number was computed from stand out."""
    array = moment.frame[links_name(moment, after.layer)]
    members = {unit: at for at, units in enumerate(before.members) for unit in units}
    ends = {unit: at for at, (unit,) in enumerate(after.members)}
    links = ((start, end) for layer, start, end in made_of.links if layer == after.layer)
    return Links(
        _pooled(array, before, after).tobytes(),
        before.rows[: len(before.members)],
        after.rows[: len(after.members)],
        float(np.nanmax(np.abs(array), initial=0.0)),
        frozenset((members[start], ends[end]) for start, end in links if start in members and end in ends),
    )


def _pooled(array: Array, before: Column, after: Column) -> Array:
    """Weights between what is shown: of the pixels in a row of an image, the largest."""
    ends = [unit for (unit,) in after.members]
    if not before.picture:
        return np.nan_to_num(array[np.ix_([unit for (unit,) in before.members], ends)])
    bands = [np.nan_to_num(array[np.ix_(units, ends)]) for units in before.members]
    return np.stack([np.take_along_axis(band, np.abs(band).argmax(0)[None], 0)[0] for band in bands])


def _crowded(links: Links, width: int, height: int) -> bool:
    if links.largest <= 0:
        return False
    return int((np.abs(links.weights) >= INVISIBLE * links.largest).sum()) > most_links(width, height)


def _unit_rows(column: Column, names: int, values: bool, width: int, height: int) -> list[Row]:
    rows: list[Row] = [[(" " * width, "")] for _ in range(height)]
    for y, row in enumerate(column.picture, start=column.top):
        rows[y] = row
    name_width = min(names, max((cell_len(unit.name) for unit in column.units), default=0))
    value_width = max((len(unit.value) for unit in column.units), default=0) if values else 0
    roomy = all(below - above > 1 for above, below in pairwise(column.rows))
    for unit, y in zip(column.units, column.rows, strict=not column.picture):
        row = _unit(column, unit, name_width, value_width)
        if not unit.disc and cell_len(unit.name) > width:
            row = [(unit.name.removesuffix(" more"), "dim")]
        rows[y] = fit(row, width)
        if names and roomy:
            for below, note in enumerate(unit.notes, start=y + 1):
                if below >= height or below in column.rows:
                    break
                rows[below] = [(left(note, width) if column.last else right(note, width), "dim")]
    return rows


def _unit(column: Column, unit: Unit, name_width: int, value_width: int) -> Row:
    if not unit.disc:
        return [(unit.name if column.last else center(unit.name, name_width + value_width + 3).rstrip(), "dim")]
    name_role = "cursor" if unit.chosen else "lit" if unit.source else "text" if column.lit else "dim"
    aim = aimed("", "unit", column.layer, unit.index)
    name: Row = [(abbreviate(unit.name, name_width), name_role + aim)] if name_width else []
    pad = " " * (name_width - width_of(name))
    disc: Row = [(unit.disc, unit.role + aim)]
    value: Row = [(unit.value.rjust(value_width), unit.role + aim)] if value_width else []
    space: Row = [(" ", "")]
    if column.layer == 0:
        return [(pad, ""), *name, *space, *value, *(space if value else []), *disc]
    if column.last:
        mark: Row = [(" ◂", "accent")] if unit.target else []
        return [*disc, *space, *name, (pad, ""), *(space if value else []), *value, *mark]
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


def _legend(moment: Moment, columns: list[Column], crowded: bool, width: int) -> Row:
    sample = moment.frame.axis_names("x", 0)[moment.sample]
    units = " ".join(column.symbol for column in columns if column.symbol)
    links = " ".join(moment.layout[links_name(moment, column.layer)].symbol for column in columns[1:])
    largest = ", the largest" if crowded else ""
    ends = [[("━ + ╍ −", "dim")]]
    if any(unit.target for unit in columns[-1].units):
        ends.append([("◂ ", "accent"), ("target", "dim")])
    if bias := _bias(moment, columns):
        ends.insert(0, bias)
    starts = [f"   units {units}   lines {links}{largest}", f"   lines {links}{largest}"]
    for words in starts:
        start: Row = [(f"sample {sample}", "name"), (words, "dim")]
        end = [span for part in ends for span in (("   ", ""), *part)]
        if width_of(start) + width_of(end) <= width:
            return spread(start, end, width)
    return spread(start, ends[0], width)


def _bias(moment: Moment, columns: list[Column]) -> Row:
    """The chosen unit's bias, where there is no room for it below the unit."""
    for layer, unit in chosen_units(moment).items():
        column = next((column for column in columns if column.layer == layer), None)
        if layer and column and column.rows[-1] - column.rows[0] < 2 * (len(column.rows) - 1):
            bias = moment.frame[f"b{layer}"]
            value = number_format(bias, 3, signed=True)(float(bias[unit])).strip()
            return [(f"{moment.layout[f'b{layer}'].symbol}[{unit_names(moment, layer)[unit]}] {value}", "dim")]
    return []
