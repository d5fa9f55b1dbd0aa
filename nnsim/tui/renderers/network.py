"""The network as a picture: units with their values for one sample, connections with their weights."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, product

import numpy as np
from rich.cells import cell_len

from nnsim.formats.digits import Array, number_format
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.anatomy import Sources, chosen_units, links_name, sources, touched_links
from nnsim.tui.renderers.columns import Column, Detail, Measures, Unit, columns, unit_names
from nnsim.tui.renderers.links import INVISIBLE, Links, links_picture
from nnsim.tui.renderers.names import distinct
from nnsim.tui.rows import Row, Span, aimed, center, fit, joined, left, right, shorten, spread, width_of

LONGEST, READABLE, SHORTEST = 18, 10, 6  # cells for a name
WIDE, LOOSE, NEAR, CLOSE, TIGHT = 1.4, 1.0, 0.9, 0.8, 0.55  # shares of the room that lines should have
Choice = tuple[Detail, float]
DETAILS: tuple[Choice, ...] = (  # what is written, and the room for lines that it has to leave: the first that fits
    (Detail(LONGEST, below=False), WIDE),
    *((Detail(LONGEST, stacked=stacked), LOOSE) for stacked in (False, True)),
    *(
        (Detail(names, stacked=stacked, short=True), share)
        for names in range(LONGEST, READABLE - 1, -1)
        for share in (LOOSE, NEAR, CLOSE)
        for stacked in (False, True)
    ),
)
CRAMPED: tuple[Choice, ...] = (
    *((Detail(names, stacked=True, short=True), CLOSE) for names in range(READABLE - 1, SHORTEST - 1, -1)),
    *(
        (Detail(names, inner=False, ends=ends, stacked=True, short=True, notes=share > TIGHT), share)
        for ends, share in ((True, LOOSE), (True, CLOSE), (False, LOOSE), (False, CLOSE), (False, TIGHT))
        for names in range(READABLE, SHORTEST - 1, -1)
    ),
    (Detail(SHORTEST, inner=False, ends=False, below=False, short=True, notes=False), TIGHT),
)
BARE = Detail(0, inner=False, ends=False, below=False, notes=False)
FLAT, STEEP = 14, 1.25  # rows up to which lines do not get steep; how much more room they have beyond
FEWEST = 3  # layers around the one at work that matter more than what is written beside them
WORDY = 90  # cells of a picture that has room for whole words below it
APART = 2  # cells between two titles
MOST_FREE = 44  # cells between two layers


def network(moment: Moment, width: int, height: int) -> list[Row]:
    """The picture in `height` rows: layer names, units and connections, what is shown, the direction of flow."""
    heads = 2 if height >= 12 else 1
    body = height - heads - 2
    if body < 2 or width < 16:
        return [[(shorten("more room is needed for the picture", width), "dim")]]
    made_of = sources(moment)
    layers = columns(moment, made_of, width, body)
    kept, detail = _that_fit(tuple(column.measures for column in layers), _at_work(moment), width, body)
    layers = layers[kept]
    places = _places(layers, detail, width)
    rows = _titles(layers, places, detail, heads, width, moment.frame.axis_names("x", 0)[moment.sample])
    drawn, crowded = _body(moment, made_of, layers, places, detail, body, width)
    return [*rows, *drawn, _flow(moment, width), _legend(moment, layers, detail, crowded, width)]


def _at_work(moment: Moment) -> int:
    """The layer around which others are shown."""
    if moment.op.layer is not None:
        return moment.op.layer
    return 0 if moment.op.name == "x" else len(moment.about.activations)


@lru_cache(maxsize=256)
def _that_fit(measures: tuple[Measures, ...], middle: int, width: int, height: int) -> tuple[slice, Detail]:
    """As many columns around the layer at work as can be told apart, and what is written beside their units."""
    longest = max(SHORTEST, *(column.name for column in measures))
    steep = 1 if height <= FLAT else STEEP
    start, stop = 0, len(measures)
    while True:
        shown = measures[start:stop]
        short = len(shown) <= FEWEST or len(shown) == len(measures)
        room = {share: width - sum(_needs(shown, steep * share)) for share in (WIDE, LOOSE, NEAR, CLOSE, TIGHT)}
        for detail, share in (*DETAILS, *CRAMPED) if short else DETAILS:
            if detail.names > longest and detail.names != LONGEST:
                continue
            if _total(shown, detail) <= room[share] and (share > TIGHT or len(shown) <= FEWEST):
                return slice(start, stop), detail
        if len(shown) <= 2:
            return slice(start, stop), BARE
        if shown[-1].layer - middle > middle - shown[0].layer:
            stop -= 1
        else:
            start += 1


def _needs(columns: Sequence[Measures], share: float = LOOSE) -> list[int]:
    """How many cells the lines between two layers should have: the more, the more of them there are."""
    needs = []
    for before, after in pairwise(columns):
        crowd = before.members * after.members
        needs.append(int(share * (9 if crowd <= 8 else 12 if crowd <= 24 else 14)))
    return needs


def _total(columns: Sequence[Measures], detail: Detail) -> int:
    return sum(column.width(detail) for column in columns)


def _places(columns: list[Column], detail: Detail, width: int) -> list[int]:
    """Where each column starts; what room there is between them goes by what their lines need."""
    widths = [column.measures.width(detail) for column in columns]
    needs = _needs([column.measures for column in columns])
    room = max(width - sum(widths), 0)
    side = 1 if room > 12 * len(needs) else 0
    free = min(room - 2 * side, MOST_FREE * len(needs))
    at, places = (room - free) // 2, []
    for i, length in enumerate(widths):
        places.append(at)
        if i < len(needs):
            at += length + free * sum(needs[: i + 1]) // sum(needs) - free * sum(needs[:i]) // sum(needs)
    return places


def _titles(columns: list[Column], places: list[int], detail: Detail, heads: int, width: int, sample: str) -> list[Row]:
    """What each layer is called, and its activation below; the last of them also says what is shown in the units."""
    middles = [
        place + (column.measures.width(detail) + (column.measures.spare(detail) if column.layer == 0 else 0)) // 2
        for column, place in zip(columns, places, strict=True)
    ]
    if heads == 1:
        return [_one_title_row(columns, middles, width)]
    names, complete = _title_row(columns, [[(column.title, "")] for column in columns], middles, width)
    if not complete:
        names, _ = _title_row(columns, [[(_brief(column.title), "")] for column in columns], middles, width)
    shown = [_what_it_shows(column, sample) for column in columns]
    return [names, _title_row(columns, shown, middles, width)[0]]


def _one_title_row(columns: list[Column], middles: list[int], width: int) -> Row:
    """All that is said above the layers, in one row: first the words become fewer, then the layers lose their names."""
    choices = []
    for column in columns:
        texts = [_title(name, column.activation) for name in (column.title, _brief(column.title))]
        alone = column.activation or column.title
        known = [(text, column.symbol) for text in (*texts, alone)] if column.symbol else []
        choices.append([*known, *([("", column.symbol)] if known and not _usual(column) else [])])
        choices[-1] += [(text, "") for text in (*texts, alone, _brief(column.title))]
    return _title_row(columns, choices, middles, width, still=True)[0]


def _what_it_shows(column: Column, sample: str) -> list[tuple[str, str]]:
    """The activation and the numbers in the units, or the one of them that says more; of a picture what it is of."""
    if column.picture:
        return [(f"{column.symbol} of {which}", "") for which in (f"sample {sample}", sample)] + [("image", "")]
    both = [(column.activation, column.symbol), (column.activation, ""), ("", column.symbol)]
    return both if _usual(column) else [both[0], *both[:0:-1]]


def _usual(column: Column) -> bool:
    """Whether its units show how active they are, as they do where nothing else is at work."""
    return column.symbol.startswith(("a", "ã", "x"))


def _brief(title: str) -> str:
    return title.replace(" layer", "")


def _title_row(
    columns: list[Column],
    choices: list[list[tuple[str, str]]],
    middles: list[int],
    width: int,
    *,
    still: bool = False,
) -> tuple[Row, bool]:
    """Over the middle of each column the first of its choices that has room; and whether that was the first of all.

    A choice is a text, and what is said after it. `still`: the texts stay where they are, whatever is said after them.
    """
    row: Row = []
    complete = True
    for i, (column, middle, choice) in enumerate(zip(columns, middles, choices, strict=True)):
        after = middles[i + 1] if i + 1 < len(columns) else 2 * width - middle
        start, end = width_of(row), min(width, (middle + after) // 2)
        room = end - start - (APART if end < width else 0)
        fitting = (pair for pair in choice if cell_len(_title(*pair)) <= room)
        text, extra = next(fitting, (shorten(choice[-1][0], room), ""))
        complete &= (text, extra) == choice[0]
        title = _title(text, extra)
        at = min(max(middle - cell_len((still and text) or title) // 2, start), end - cell_len(title))
        space = " " * min(APART, width - at - cell_len(title))
        row += [(" " * (at - start), ""), (title, "lit" if column.lit else "dim"), (space, "")]
    return row, complete


def _title(text: str, shown: str) -> str:
    return f"{text} · {shown}" if text and shown else text or shown


def _body(
    moment: Moment,
    made_of: Sources,
    columns: list[Column],
    places: list[int],
    detail: Detail,
    height: int,
    width: int,
) -> tuple[list[Row], bool]:
    """Units and connections; and whether some of these are left out."""
    rows: list[Row] = [[(" " * places[0], "")] for _ in range(height)]
    crowded = False
    uncounted: list[tuple[int, int, str]] = []
    for i, column in enumerate(columns):
        length = column.measures.width(detail)
        lead = columns[i - 1].measures.free(detail) if i else 0
        if i:
            start, end = _margins(columns[i - 1], column)
            gap = places[i] - places[i - 1] - columns[i - 1].measures.width(detail) - start - end
            links = _links(moment, made_of, columns[i - 1], column, lead)
            crowded |= _crowded(links, gap, height)
            for y, link in enumerate(links_picture(links, gap, height)):
                drawn = link if y in columns[i - 1].rows else _after(link, lead)
                rows[y] += [(" " * start, ""), *drawn, (" " * end, "")]
        for y, cells in enumerate(_unit_rows(column, detail, length, height)):
            rows[y] += cells
        for unit, y in zip(column.units, column.rows, strict=not column.picture):
            if not unit.disc and cell_len(unit.name) > length - column.measures.free(detail):
                at = places[i] + (length - cell_len(unit.name)) // 2
                uncounted.append((y, min(at, width - cell_len(unit.name)), unit.name))
    missing = width - places[-1] - columns[-1].measures.width(detail)
    rows = [[*row, (" " * missing, "")] if missing >= 0 else fit(row, width) for row in rows]
    for y, at, words in uncounted:
        rows[y] = _over(rows[y], max(at, 0), words, "dim")
    return rows, crowded


def _margins(before: Column, after: Column) -> tuple[int, int]:
    """The cells between lines and what is written beside them: none where that is the disc of a unit."""
    return int(bool(before.layer or before.picture)), int(not after.last)


def _after(row: Row, cells: int) -> Row:
    """`row` without so many cells at its start, which are blank."""
    return [(row[0][0][cells:], row[0][1]), *row[1:]] if cells else row


def _links(moment: Moment, made_of: Sources, before: Column, after: Column, lead: int) -> Links:
    """The connections into `after`; those that the chosen number was computed from stand out."""
    array = moment.frame[links_name(moment, after.layer)]
    members = {unit: at for at, units in enumerate(before.members) for unit in units}
    ends = {unit: at for at, (unit,) in enumerate(after.members)}
    links = ((start, end) for layer, start, end in made_of.links if layer == after.layer)
    touched = touched_links(moment, after.layer)
    return Links(
        _pooled(array, before, after).astype(float).tobytes(),
        before.rows[: len(before.members)],
        after.rows[: len(after.members)],
        float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array))),
        frozenset((members[start], ends[end]) for start, end in links if start in members and end in ends),
        moment.view.blocks,
        frozenset((members[start], ends[end]) for start, end in touched if start in members and end in ends),
        lead,
    )


def _pooled(array: Array, before: Column, after: Column) -> Array:
    """Weights between what is shown: of the pixels in a row of an image, the largest. What is not finite is 0."""
    array = np.nan_to_num(array[:, [unit for (unit,) in after.members]], posinf=0.0, neginf=0.0)
    if not before.picture:
        return array[[unit for (unit,) in before.members]]
    bands = [array[list(units)] for units in before.members]
    return np.stack([np.take_along_axis(band, np.abs(band).argmax(0)[None], 0)[0] for band in bands])


def _crowded(links: Links, width: int, height: int) -> bool:
    """Whether weights are not drawn: because there are so many, or because they are so small."""
    visible = int((np.abs(links.weights) >= INVISIBLE * links.largest).sum())
    return int(np.count_nonzero(links.weights)) > min(visible, links.most(width, height))


def _unit_rows(column: Column, detail: Detail, width: int, height: int) -> list[Row]:
    rows: list[Row] = [[(" " * width, "")] for _ in range(height)]
    for y, row in enumerate(column.picture, start=column.top):
        rows[y] = row
    room = column.measures
    below, free = room.below(detail), room.free(detail)
    value_width = room.value_width(detail) - room.spare(detail) if room.beside(detail) else 0
    named = distinct([unit.name for unit in column.units if unit.disc], detail.names)
    name_width = max(map(cell_len, named), default=0)
    for at, (unit, y) in enumerate(zip(column.units, column.rows, strict=not column.picture)):
        if not unit.disc:
            rows[y] = fit(_uncounted(unit, column.last, width - free), width - free)
            continue
        value = unit.short if detail.short else unit.value
        row = _unit(column, unit, value, named[at], name_width, value_width)
        rows[y] = [(" " * (width - width_of(row)), ""), *row] if column.layer == 0 else fit(row, width - free)
        notes: list[Span] = [(value, unit.role)] if below and value else []
        notes += [(note, "dim") for note in unit.notes] if detail.notes and room.roomy else []
        for under, (note, role) in enumerate(notes[: min(column.free_rows, height - y - 1)], start=y + 1):
            place = max(width - free, cell_len(note))
            rows[under] = [(left(note if column.last else right(note, place), width), role)]
    return rows


def _notes_drawn(column: Column, detail: Detail) -> bool:
    """Whether there are rows for all that is noted below a unit, below its value if that is there."""
    unit = column.units[0]
    return 0 < len(unit.notes) <= column.free_rows - (column.measures.below(detail) and bool(unit.value))


def _uncounted(unit: Unit, last: bool, width: int) -> Row:
    """What stands for units that do not fit: + 24 more. In a narrow column it is written over its sides later."""
    if cell_len(unit.name) > width:
        return []
    return [(unit.name if last else center(unit.name, width).rstrip(), "dim")]


def _over(row: Row, at: int, text: str, role: str) -> Row:
    """`row` with `text` written over what stands from cell `at` on."""
    before: Row = []
    after: Row = []
    x = 0
    for piece, color in row:
        for letter in piece:
            if x < at:
                before.append((letter, color))
            elif x >= at + cell_len(text):
                after.append((letter, color))
            x += cell_len(letter)
    return [*fit(before, at), (text, role), *after]


def _unit(column: Column, unit: Unit, number: str, written: str, name_width: int, value_width: int) -> Row:
    name_role = "cursor" if unit.chosen else "lit" if unit.source else "text" if column.lit else "dim"
    name_role += " changed" if unit.touched else ""  # underlined
    aim = aimed("", "unit", column.layer, unit.index)
    name: Row = [(written, name_role + aim)] if name_width else []
    pad = " " * (name_width - width_of(name))
    disc: Row = [(unit.disc, unit.role + aim)]
    value: Row = [(number.rjust(value_width), unit.role + aim)] if value_width and number else []
    blank = " " * (value_width + 1) if value_width and not number else ""
    space: Row = [(" ", "")]
    if column.layer == 0:
        return [(pad, ""), *name, *space, *value, (blank, ""), *(space if value else []), *disc]
    if column.last:
        mark: Row = [(" ◂", "accent")] if unit.target else []
        return [*disc, *space, *name, (pad, ""), *(space if value else []), *value, (blank, ""), *mark]
    return [(pad, ""), *name, *(space if name else []), *disc, *(space if value else []), *value]


def _flow(moment: Moment, width: int) -> Row:
    """What is going on: a sentence, or where that has no room its first words."""
    role = "dim" if moment.op.phase == "batch" else "accent"
    words = _happening(moment)
    return [(center(next((text for text in words if cell_len(text) <= width), words[-1]), width), role)]


def _happening(moment: Moment) -> tuple[str, str]:
    match moment.op.phase:
        case "batch":
            count = len(moment.frame.rows)
            if count == 1:
                return "one sample enters: a batch of one", "one sample enters"
            return f"{count:,} samples enter together: a batch", f"{count:,} samples enter"
        case "forward":
            return "forward: numbers flow to the right ──▶", "forward ──▶"
        case "loss":
            return "loss: the prediction is compared with the target", "loss: prediction and target"
        case "backward":
            return "◀── backward: the error flows to the left", "◀── backward"
        case _:
            learner = moment.layout[moment.updated].symbol if moment.updated else "every parameter"
            return f"update: {learner} learns from its gradient", f"update: {learner}"


def _legend(moment: Moment, columns: list[Column], detail: Detail, crowded: bool, width: int) -> Row:
    sample = moment.frame.axis_names("x", 0)[moment.sample]
    names = [links_name(moment, column.layer) for column in columns[1:]]
    links = " ".join(moment.layout[name].symbol for name in names)
    lines = [f"lines {links}, only the largest", f"largest lines {links}"] if crowded else [f"lines {links}"]
    if zero := [moment.layout[name].symbol for name in names if not moment.frame[name].any()]:
        lines = [f"lines {links}, all 0: {' '.join(zero)}"]
    if not all(np.isfinite(moment.frame[name]).all() for name in names):
        lines = [f"lines {links}, nan and ∞ left out"]
    least = lines[-1]
    if len(columns) <= (layers := len(moment.about.activations)):
        part = f"layers {columns[0].layer}–{columns[-1].layer} of {layers}"
        lines, least = [f"{part}   {words}" for words in lines], part
    signs = "━ positive   ╍ negative" if width >= WORDY else "━ + ╍ −"
    target = any(unit.target for unit in columns[-1].units)
    ends = [_bias(moment, columns, detail), [("◂ ", "accent"), ("target", "dim")] if target else [], [(signs, "dim")]]
    ends = [end for end in ends if end]
    said = [*product(range(len(ends), 0, -1), lines), *((kept, least) for kept in range(len(ends), -1, -1))]
    for (kept, words), gap in product(said, ("   ", "  ")):
        start: Row = [(f"sample {sample}", "name"), (gap + words, "dim")]
        end = joined(ends[:kept], (gap, ""))
        if width_of(start) + bool(end) * len(gap) + width_of(end) <= width:
            return spread(start, end, width) if end else fit(start, width)
    return fit([(f"sample {sample}", "name"), (f"   {least}", "dim")], width)


def _bias(moment: Moment, columns: list[Column], detail: Detail) -> Row:
    """The chosen unit's bias, where there is no room for it below the unit."""
    for layer, unit in chosen_units(moment).items():
        column = next((column for column in columns if column.layer == layer), None)
        if layer and column and not (detail.notes and _notes_drawn(column, detail)):
            bias = moment.frame[f"b{layer}"]
            value = number_format(bias, 3, signed=True)(float(bias[unit])).strip()
            return [(f"{moment.layout[f'b{layer}'].symbol}[{unit_names(moment, layer)[unit]}] {value}", "dim")]
    return []
