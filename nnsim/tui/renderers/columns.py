"""The layers of the network as columns of units: which of them fit, what is written beside each."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from rich.cells import cell_len

from nnsim.formats.digits import Array, NumberFormat, number_format
from nnsim.tui.colors import ink
from nnsim.tui.moment import Moment, parse
from nnsim.tui.renderers.anatomy import Sources, activity, chosen_units, lit_layers, most_active, touched_units
from nnsim.tui.renderers.heatmap import heatmap
from nnsim.tui.renderers.images import Grid, full_color, pixel_grid, pixels
from nnsim.tui.rows import Row, aimed, clean, width_of

DISCS = "○◔◑◕●"
MANY_OUTPUTS = 3  # from so many on only the target class is marked
VALUE, SHORT_VALUE = 7, 5  # cells kept for a value, so that layers stay where they are when it comes
NOTED = 5  # rows for a unit with its value, target and bias below, and one more that they do not touch the next
PICTURE = 0.3  # of the width: the most that an image of the inputs takes


@dataclass(frozen=True)
class Detail:
    """What is written beside units: names of at most so many cells; values, `short` ones with fewer digits.

    `inner`: values of hidden units; `ends`: of inputs and outputs. Where there are rows for it, values of outputs stand
    `below` the names, those of inputs do if `stacked`, and `notes`: biases and targets.
    """

    names: int
    inner: bool = True
    ends: bool = True
    below: bool = True
    stacked: bool = False
    short: bool = False
    notes: bool = True

    @property
    def value(self) -> int:
        """The cells kept for a value."""
        return SHORT_VALUE if self.short else VALUE


@dataclass(frozen=True)
class Unit:
    """One row of a column: a unit, or what stands for those that do not fit (`disc` empty).

    value, short: the same number, the latter in few cells; empty where it has not been computed yet.
    """

    name: str
    disc: str = ""
    value: str = ""
    short: str = ""
    role: str = ""
    chosen: bool = False
    source: bool = False
    touched: bool = False
    target: bool = False
    notes: tuple[str, ...] = ()
    index: int = 0


@dataclass(frozen=True)
class Measures:
    """How many cells the parts of a column take, from which its width follows.

    members: the units that it shows. roomy: whether there are rows between them. picture: the width of what stands in
    place of units. name, note: the longest. values: the longest value and the longest short one, 0 before they are
    known. mark: of the sample's class.
    """

    layer: int
    last: bool
    members: int
    roomy: bool
    picture: int
    name: int
    note: int
    values: tuple[int, int]
    mark: int

    def width(self, detail: Detail) -> int:
        if self.picture:
            return self.picture
        name, value = min(detail.names, self.name), self.value_width(detail)
        line = name + bool(name) + 1 + (1 + value if self.beside(detail) else 0) + self.mark
        return max(line, self.note if detail.notes and self.roomy else 0, value if self.below(detail) else 0)

    def value_width(self, detail: Detail) -> int:
        """Cells for the values, whether they are known or not."""
        return max(detail.value, self.values[detail.short])

    def free(self, detail: Detail) -> int:
        """The cells to the right of units in the middle where no values stand, or none as yet."""
        if not self.layer or self.last:
            return 0
        name, value = min(detail.names, self.name), self.values[detail.short]
        return self.width(detail) - name - bool(name) - 1 - (1 + value if value and self.beside(detail) else 0)

    def spare(self, detail: Detail) -> int:
        """Cells kept for values beside the units that these do not need."""
        return self.value_width(detail) - self.values[detail.short] if self.beside(detail) else 0

    def below(self, detail: Detail) -> bool:
        """Whether values stand below the names."""
        wanted = detail.below if self.last else detail.stacked and self.layer == 0
        return wanted and self.roomy

    def beside(self, detail: Detail) -> bool:
        """Whether values stand beside the names."""
        wanted = detail.ends if self.last or not self.layer else detail.inner
        return wanted and not self.below(detail)


@dataclass(frozen=True)
class Column:
    """A layer: which of its units are shown, and in which rows.

    Pixels are one picture in place of units, from row `top` on; its lines stand for the pixels in them. `marked`: one
    of the units is the sample's class.
    """

    layer: int
    title: str
    activation: str
    symbol: str
    units: tuple[Unit, ...]
    members: tuple[tuple[int, ...], ...]
    rows: tuple[int, ...]
    lit: bool
    last: bool
    picture: tuple[Row, ...] = ()
    top: int = 0
    marked: bool = False

    @cached_property
    def free_rows(self) -> int:
        """The rows between one unit and the next."""
        return min((below - above - 1 for above, below in pairwise(self.rows)), default=NOTED)

    @cached_property
    def measures(self) -> Measures:
        return Measures(
            layer=self.layer,
            last=self.last,
            members=len(self.members),
            roomy=_roomy(self.rows),
            picture=width_of(self.picture[0]) if self.picture else 0,
            name=max((cell_len(unit.name) for unit in self.units if unit.disc), default=0),
            note=max((len(note) for unit in self.units for note in unit.notes), default=0),
            values=(
                max((len(unit.value) for unit in self.units), default=0),
                max((len(unit.short) for unit in self.units), default=0),
            ),
            mark=2 * self.marked,
        )


def columns(moment: Moment, made_of: Sources, width: int, height: int) -> list[Column]:
    layers = [_column(moment, made_of, layer, height) for layer in range(1, len(moment.about.activations) + 1)]
    grid = pixel_grid(moment.layout["x"].axes[1].names)
    first = _pixels(moment, grid, int(PICTURE * width), height) if grid else _column(moment, made_of, 0, height)
    return [first, *layers]


def _column(moment: Moment, made_of: Sources, layer: int, height: int) -> Column:
    names, chosen = unit_names(moment, layer), chosen_units(moment).get(layer)
    symbol, values = _values(moment, layer)
    shown = _shown(moment, layer, len(names), height, chosen)
    form, short = _forms(values) if values is not None else (None, None)
    largest = _largest(symbol, values)
    targets = moment.layout["y"].axes[1].names
    notes = 2 if len(shown) == len(targets) < MANY_OUTPUTS else 1  # also of as many units before, to stay level
    rows = _rows_of(len(shown) + (len(shown) < len(names)), height, notes)
    noted = layer and _roomy(rows)
    form_of_bias = number_format(moment.frame[f"b{layer}"], 2, signed=True) if noted else None
    touched = touched_units(moment, layer)
    units = []
    for unit in shown:
        value = None if values is None else float(values[unit])
        units.append(
            Unit(
                name=names[unit],
                disc=_disc(value, largest),
                value=form(value) if form and value is not None else "",
                short=short(value).strip() if short and value is not None else "",
                role="dim" if value is None else ink(value, largest),
                chosen=unit == chosen,
                source=(layer, unit) in made_of.units,
                touched=unit in touched,
                target=_is_target(moment, layer, unit),
                notes=_notes(moment, layer, unit, form_of_bias, symbol) if form_of_bias else (),
                index=unit,
            )
        )
    if len(shown) < len(names):
        units.append(Unit(f"+ {len(names) - len(shown):,} more"))
    return Column(
        layer=layer,
        title=_title(moment, layer),
        activation=moment.about.activations[layer - 1] if layer else "",
        symbol=symbol,
        units=tuple(units),
        members=tuple((unit,) for unit in shown),
        rows=rows,
        lit=layer in lit_layers(moment),
        last=layer == len(moment.about.activations),
        marked=layer == len(moment.about.activations) and _has_class(moment.frame["y"], moment.sample),
    )


def _forms(values: Array) -> tuple[NumberFormat, NumberFormat]:
    """Three digits, or two and a power of ten where these take more than the cells kept for a value; a short form."""
    form = number_format(values, 3)
    known = np.isfinite(values)
    ends = [float(end(values, initial=0.0, where=known)) for end in (np.min, np.max)]
    for digits in (3, 2, 1):
        short = replace(number_format(values, digits), width=SHORT_VALUE)
        if all(len(short(end)) <= SHORT_VALUE for end in ends):
            break
    else:
        short = replace(short, decimals=0, power=True)
    return form if form.width <= VALUE else replace(form, decimals=1, power=True), short


def _shown(moment: Moment, layer: int, count: int, height: int, chosen: int | None) -> tuple[int, ...]:
    """All units where they fit, else the most active ones, the chosen one and the target; a row counts the others."""
    if count <= height:
        return tuple(range(count))
    target = (unit for unit in range(count) if _is_target(moment, layer, unit))
    return most_active(activity(moment, layer), height - 1, chosen, *target)


def _pixels(moment: Moment, grid: Grid, width: int, height: int) -> Column:
    """The sample as the image that its inputs are; where it has no room, a dot is the mean of a block of pixels."""
    batch, place = pixels(moment, moment.frame["x"]), moment.index[-1:] if moment.op.name == "x" else ()
    aspect = 2 if moment.view.plain else 1
    needed = aspect * grid.columns
    width = needed if width < needed <= 5 * width // 4 else max(width, 4)
    block = max(1, -(-grid.rows * aspect // (2 * height)), -(-needed // width))
    cursor = (grid.places[place[0]][0] // block, grid.places[place[0]][1] // block) if place else None
    image = _averaged(grid.image(batch[moment.sample]), block)
    drawn = heatmap(image, width, height, full_color(batch), cursor, moment.view.plain, square=True)
    unit_at = _unit_at(grid, block)
    top = (height - len(drawn.rows)) // 2
    members = _units_by_line(grid, top, len(drawn.rows))
    return Column(
        layer=0,
        title=f"input {grid.rows} × {grid.columns}",
        activation="",
        symbol=moment.layout["x"].symbol,
        units=(),
        members=tuple(members.values()),
        rows=tuple(members),
        lit=0 in lit_layers(moment),
        last=False,
        picture=tuple(_aimed(row, unit_at) for row in drawn.rows),
        top=top,
    )


@lru_cache(16)
def _unit_at(grid: Grid, block: int) -> dict[tuple[int, int], int]:
    """The first input of each block of pixels."""
    unit_at: dict[tuple[int, int], int] = {}
    for unit, (row, column) in enumerate(grid.places):
        unit_at.setdefault((row // block, column // block), unit)
    return unit_at


@lru_cache(16)
def _units_by_line(grid: Grid, top: int, lines: int) -> dict[int, tuple[int, ...]]:
    """The inputs of each line of an image drawn in so many, from line `top` on."""
    members: dict[int, list[int]] = {}
    for unit, (row, _) in enumerate(grid.places):
        members.setdefault(top + (2 * row + 1) * lines // (2 * grid.rows), []).append(unit)
    return {line: tuple(members[line]) for line in sorted(members)}


def _averaged(image: Array, block: int) -> Array:
    """The mean of each block of so many pixels down and across; nan where it has none."""
    if block == 1:
        return image
    rows, columns = np.arange(0, len(image), block), np.arange(0, image.shape[1], block)
    known = ~np.isnan(image)
    total, count = (
        np.add.reduceat(np.add.reduceat(part, rows, 0), columns, 1)
        for part in (np.nan_to_num(image), known.astype(float))
    )
    means: Array = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return means


def _aimed(row: Row, unit_at: dict[tuple[int, int], int]) -> Row:
    """Cells of the image become units of the input."""
    aimed_row: Row = []
    for text, role in row:
        color, _, place = role.partition(" @cell:")
        unit = unit_at.get((int(place.split(",")[0]), int(place.split(",")[1]))) if place else None
        aimed_row.append((text, color if unit is None else aimed(color, "unit", 0, unit)))
    return aimed_row


def _values(moment: Moment, layer: int) -> tuple[str, Array | None]:
    """The symbol and the values shown in the units of a layer: what the op works on, else how active they are."""
    part = parse(moment.op.name)
    candidates = [moment.op.name] if part.layer == layer and part.of_units else []
    candidates += [f"drop{layer}", f"a{layer}", f"z{layer}"] if layer else ["x"]
    for name in candidates:
        array = moment.value(name)
        if array is not None:
            return moment.layout[name].symbol, array[moment.sample] if array.ndim == 2 else array
    return "", None


def _largest(symbol: str, values: Array | None) -> float:
    largest = float(np.nanmax(np.abs(values), initial=0.0)) if values is not None else 0.0
    return max(largest, 1.0) if symbol.startswith(("a", "ã", "x")) else largest


def unit_names(moment: Moment, layer: int) -> list[str]:
    last = layer == len(moment.about.activations)
    axis = moment.layout["y"].axes[1] if last else moment.layout[f"W{layer + 1}"].axes[0]
    return [clean(name) for name in axis.names]


def _notes(moment: Moment, layer: int, unit: int, form: NumberFormat, symbol: str) -> tuple[str, ...]:
    """What stands below a unit where there is room: its target, its bias.

    No target below numbers that are no answers, which would be taken for one; its cells are kept.
    """
    bias = f"b {form(float(moment.frame[f'b{layer}'][unit])).strip()}"
    y = moment.value("y")
    if layer < len(moment.about.activations) or y is None or y.shape[1] >= MANY_OUTPUTS:
        return (bias,)
    target = f"target {number_format(y, 3)(float(y[moment.sample, unit])).strip()}"
    return (target, bias) if symbol in ("", moment.layout[f"a{layer}"].symbol) else (bias, " " * len(target))


def _is_target(moment: Moment, layer: int, unit: int) -> bool:
    y = moment.value("y")
    if layer < len(moment.about.activations) or y is None or not _has_class(y, moment.sample):
        return False
    return bool(y[moment.sample, unit] == 1)


def _has_class(y: Array, sample: int) -> bool:
    """Whether the targets of a sample are one class of several."""
    return bool(y.shape[1] >= MANY_OUTPUTS and np.count_nonzero(y[sample]) == 1)


def _title(moment: Moment, layer: int) -> str:
    if layer == 0:
        return "input"
    return "output" if layer == len(moment.about.activations) else f"hidden layer {layer}"


def _rows_of(count: int, height: int, notes: int) -> tuple[int, ...]:
    """Rows for so many units, evenly spread, not too far apart; below each is room for so many notes."""
    gap = min(height // count, max(NOTED if count > 1 else NOTED - 1, height // 4))
    above = (gap - 1) // 2
    if count > 1:
        above = min(above, max(gap - 1 - notes - (gap > 3), 0))
    start = (height - gap * count) // 2 + above
    return tuple(start + gap * i for i in range(count))


def _roomy(rows: tuple[int, ...]) -> bool:
    return all(below - above > 1 for above, below in pairwise(rows))


def _disc(value: float | None, largest: float) -> str:
    if value is None:
        return "◌"
    if not np.isfinite(value):
        return "×"
    return DISCS[round(4 * min(1.0, abs(value) / largest))] if largest else DISCS[0]
