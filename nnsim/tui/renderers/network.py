"""The network as a picture: units with their values for one sample, connections with their weights."""

from itertools import pairwise

import numpy as np
from rich.cells import cell_len

from nnsim.formats.digits import Array, number_format
from nnsim.tui.moment import Moment
from nnsim.tui.renderers.anatomy import Sources, chosen_units, links_name, sources, touched_links
from nnsim.tui.renderers.columns import Column, Detail, Unit, columns, unit_names
from nnsim.tui.renderers.links import INVISIBLE, Links, links_picture
from nnsim.tui.renderers.names import distinct
from nnsim.tui.rows import Row, Span, aimed, center, fit, left, right, shorten, spread, width_of

LONGEST, SHORTEST = 18, 6  # cells for a name
LOOSE, CLOSE = 1.0, 0.7  # shares of the room that lines should have
DETAILS = (  # what is written, and the room for lines that it has to leave: the first that fits is taken
    (Detail(LONGEST, below=False), LOOSE),
    *(
        (Detail(names, stacked=stacked), share)
        for names in range(LONGEST, SHORTEST - 1, -1)
        for stacked in (False, True)
        for share in (LOOSE, CLOSE)
    ),
)
WITHOUT_VALUES = (
    (Detail(SHORTEST, values=False, stacked=True), CLOSE),
    (Detail(SHORTEST, values=False, below=False), CLOSE),
)
BARE = Detail(0, values=False, below=False)
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
    layers, detail = _that_fit(columns(moment, made_of, width, body), _at_work(moment), width)
    places = _places(layers, detail, width)
    rows = _titles(layers, places, detail, heads, width)
    drawn, crowded = _body(moment, made_of, layers, places, detail, body, width)
    return [*rows, *drawn, _flow(moment, width), _legend(moment, layers, crowded, width)]


def _at_work(moment: Moment) -> int:
    """The layer around which others are shown."""
    if moment.op.layer is not None:
        return moment.op.layer
    return 0 if moment.op.name == "x" else len(moment.about.activations)


def _that_fit(columns: list[Column], middle: int, width: int) -> tuple[list[Column], Detail]:
    """As many columns around the layer at work as can be told apart, and what is written beside their units."""
    complete = columns
    longest = max(SHORTEST, *(column.longest_name for column in columns))
    details = [DETAILS[0], *(choice for choice in DETAILS[1:] if choice[0].names <= longest)]
    while True:
        short = len(columns) <= FEWEST or columns is complete
        room = {share: width - sum(_needs(columns, share)) for share in (LOOSE, CLOSE)}
        for detail, share in (*details, *WITHOUT_VALUES) if short else details:
            if _total(columns, detail) <= room[share]:
                return columns, detail
        if len(columns) <= 2:
            return columns, BARE
        far_end = columns[-1].layer - middle > middle - columns[0].layer
        columns = columns[:-1] if far_end else columns[1:]


def _needs(columns: list[Column], share: float = LOOSE) -> list[int]:
    """How many cells the lines between two layers should have: the more the farther they lie apart, and many."""
    needs = []
    for before, after in pairwise(columns):
        crowd = len(before.members) * len(after.members)
        needs.append(int(share * (8 if crowd <= 8 else 10 if crowd <= 24 else 14)))
    return needs


def _total(columns: list[Column], detail: Detail) -> int:
    return sum(column.width(detail) for column in columns)


def _places(columns: list[Column], detail: Detail, width: int) -> list[int]:
    """Where each column starts; what room there is between them goes by what their lines need."""
    widths = [column.width(detail) for column in columns]
    needs = _needs(columns)
    room = max(width - sum(widths), 0)
    side = 1 if room > 12 * len(needs) else 0
    free = min(room - 2 * side, MOST_FREE * len(needs))
    at, places = (room - free) // 2, []
    for i, length in enumerate(widths):
        places.append(at)
        if i < len(needs):
            at += length + free * sum(needs[: i + 1]) // sum(needs) - free * sum(needs[:i]) // sum(needs)
    return places


def _titles(columns: list[Column], places: list[int], detail: Detail, heads: int, width: int) -> list[Row]:
    """What each layer is called, and its activation below; the last of them also says what is shown in the units."""
    middles = [
        place + (column.width(detail) + (column.spare(detail) if column.layer == 0 else 0)) // 2
        for column, place in zip(columns, places, strict=True)
    ]
    rows = []
    for at in range(heads):
        texts = [(column.title, column.activation)[at] for column in columns]
        shown = [column.symbol if at == heads - 1 else "" for column in columns]
        row, complete = _title_row(columns, texts, shown, middles, width, still=heads == 1)
        if not complete:
            shorter = [text.replace(" layer", "") for text in texts]
            row, _ = _title_row(columns, shorter, shown, middles, width, still=heads == 1)
        rows.append(row)
    return rows


def _title_row(
    columns: list[Column], texts: list[str], shown: list[str], middles: list[int], width: int, *, still: bool
) -> tuple[Row, bool]:
    """Each text over the middle of its column, and after it what is `shown` there; and whether all of it found room.

    `still`: the texts stay where they are, whatever is shown after them.
    """
    row: Row = []
    complete = True
    for i, (column, middle) in enumerate(zip(columns, middles, strict=True)):
        after = middles[i + 1] if i + 1 < len(columns) else 2 * width - middle
        start, end = width_of(row), min(width, (middle + after) // 2)
        room = end - start - (APART if end < width else 0)
        parts = [(texts[i], shown[i]), ("", shown[i])] if shown[i] else []
        text, extra = next(
            (pair for pair in (*parts, (texts[i], "")) if cell_len(_title(*pair)) <= room),
            (shorten(texts[i], room), ""),
        )
        complete &= (text, extra) == (texts[i], shown[i])
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
        length = column.width(detail)
        if i:
            gap = places[i] - places[i - 1] - columns[i - 1].width(detail)
            links = _links(moment, made_of, columns[i - 1], column)
            crowded |= _crowded(links, gap - 2, height)
            for row, link in zip(rows, links_picture(links, gap - 2, height), strict=True):
                row += [(" ", ""), *link, (" ", "")]
        for y, cells in enumerate(_unit_rows(column, detail, length, height)):
            rows[y] += cells
        for unit, y in zip(column.units, column.rows, strict=not column.picture):
            if not unit.disc and cell_len(unit.name) > length:
                uncounted.append((y, places[i] + (length - cell_len(unit.name)) // 2, unit.name))
    for y, at, words in uncounted:
        rows[y] = _over(rows[y], max(at, 0), words, "dim")
    return [fit(row, width) for row in rows], crowded


def _links(moment: Moment, made_of: Sources, before: Column, after: Column) -> Links:
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
    )


def _pooled(array: Array, before: Column, after: Column) -> Array:
    """Weights between what is shown: of the pixels in a row of an image, the largest. What is not finite is 0."""
    array = np.nan_to_num(array, posinf=0.0, neginf=0.0)
    ends = [unit for (unit,) in after.members]
    if not before.picture:
        return array[np.ix_([unit for (unit,) in before.members], ends)]
    bands = [array[np.ix_(units, ends)] for units in before.members]
    return np.stack([np.take_along_axis(band, np.abs(band).argmax(0)[None], 0)[0] for band in bands])


def _crowded(links: Links, width: int, height: int) -> bool:
    if links.largest <= 0:
        return False
    return int((np.abs(links.weights) >= INVISIBLE * links.largest).sum()) > links.most(width, height)


def _unit_rows(column: Column, detail: Detail, width: int, height: int) -> list[Row]:
    rows: list[Row] = [[(" " * width, "")] for _ in range(height)]
    for y, row in enumerate(column.picture, start=column.top):
        rows[y] = row
    below = column.below(detail)
    value_width = column.longest_value if column.beside(detail) else 0
    spare = column.spare(detail)
    named = distinct([unit.name for unit in column.units if unit.disc], detail.names)
    name_width = max(map(cell_len, named), default=0)
    for at, (unit, y) in enumerate(zip(column.units, column.rows, strict=not column.picture)):
        if not unit.disc:
            rows[y] = fit(_uncounted(unit, column.last, width), width)
            continue
        row = _unit(column, unit, named[at], name_width, value_width)
        rows[y] = [(" " * (width - width_of(row)), ""), *row] if column.layer == 0 else fit(row, width)
        notes: list[Span] = [(unit.value, unit.role)] if below and unit.value else []
        notes += [(note, "dim") for note in unit.notes] if detail.names and column.roomy else []
        for under, (note, role) in enumerate(notes, start=y + 1):
            if under >= height or under in column.rows:
                break
            place = max(width - spare, cell_len(note))
            rows[under] = [(left(note, width) if column.last else left(right(note, place), width), role)]
    return rows


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


def _unit(column: Column, unit: Unit, written: str, name_width: int, value_width: int) -> Row:
    name_role = "cursor" if unit.chosen else "lit" if unit.source else "text" if column.lit else "dim"
    name_role += " changed" if unit.touched else ""  # underlined
    aim = aimed("", "unit", column.layer, unit.index)
    name: Row = [(written, name_role + aim)] if name_width else []
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
            count = len(moment.frame.rows)
            words = f"{count:,} samples enter together: a batch" if count > 1 else "one sample enters: a batch of one"
            return [(center(words, width), "dim")]
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
    names = [links_name(moment, column.layer) for column in columns[1:]]
    links = " ".join(moment.layout[name].symbol for name in names)
    largest = ", only the largest" if crowded else ""
    if zero := [moment.layout[name].symbol for name in names if not moment.frame[name].any()]:
        largest = f", all 0: {' '.join(zero)}"
    if not all(np.isfinite(moment.frame[name]).all() for name in names):
        largest = ", nan and ∞ left out"
    signs = "━ positive   ╍ negative" if width >= WORDY else "━ + ╍ −"
    target = any(unit.target for unit in columns[-1].units)
    ends = [_bias(moment, columns), [("◂ ", "accent"), ("target", "dim")] if target else [], [(signs, "dim")]]
    ends = [end for end in ends if end]
    starts = [f"   lines {links}{largest}", f"   lines {links}"]
    if len(columns) <= (layers := len(moment.about.activations)):
        part = f"   layers {columns[0].layer}–{columns[-1].layer} of {layers}"
        starts = [f"{part}   lines {links}{largest}", f"{part}   lines {links}", part]
    for words in starts:
        start: Row = [(f"sample {sample}", "name"), (words, "dim")]
        for kept in range(len(ends), 0, -1):
            end = [span for part in ends[:kept] for span in (("   ", ""), *part)]
            if width_of(start) + width_of(end) <= width:
                return spread(start, end, width)
    return fit(start, width)


def _bias(moment: Moment, columns: list[Column]) -> Row:
    """The chosen unit's bias, where there is no room for it below the unit."""
    for layer, unit in chosen_units(moment).items():
        column = next((column for column in columns if column.layer == layer), None)
        if layer and column and column.rows[-1] - column.rows[0] < 2 * (len(column.rows) - 1):
            bias = moment.frame[f"b{layer}"]
            value = number_format(bias, 3, signed=True)(float(bias[unit])).strip()
            return [(f"{moment.layout[f'b{layer}'].symbol}[{unit_names(moment, layer)[unit]}] {value}", "dim")]
    return []
