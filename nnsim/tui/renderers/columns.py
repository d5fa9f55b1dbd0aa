"""The layers of the network as columns of units: which of them fit, what is written beside each."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from rich.cells import cell_len

from nnsim.formats.digits import Array, NumberFormat, number_format
from nnsim.tui.colors import ink
from nnsim.tui.moment import Moment, parse
from nnsim.tui.renderers.anatomy import Sources, activity, chosen_units, lit_layers, most_active, touched_units
from nnsim.tui.renderers.heatmap import heatmap
from nnsim.tui.renderers.images import Grid, pixel_grid
from nnsim.tui.rows import Row, aimed, clean, width_of

DISCS = "○◔◑◕●"
MANY_OUTPUTS = 3  # from so many on only the target class is marked
CONTRAST = 0.9  # share of the pixels below full color: where they are standardized, rare ones are far larger
VALUE = 7  # cells kept for a value, so that layers stay where they are when it comes


@dataclass(frozen=True)
class Detail:
    """What is written beside units: names of at most so many cells; values.

    Where there are rows for it, values of outputs stand `below` the names; those of inputs do if `stacked`.
    """

    names: int
    values: bool = True
    below: bool = True
    stacked: bool = False


@dataclass(frozen=True)
class Unit:
    """One row of a column: a unit, or what stands for those that do not fit (`disc` empty)."""

    name: str
    disc: str = ""
    value: str = ""
    role: str = ""
    chosen: bool = False
    source: bool = False
    touched: bool = False
    target: bool = False
    notes: tuple[str, ...] = ()
    index: int = 0


@dataclass(frozen=True)
class Column:
    """A layer: which of its units are shown, and in which rows.

    Pixels are one picture in place of units, from row `top` on; its lines stand for the pixels in them.
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

    def width(self, detail: Detail) -> int:
        if self.picture:
            return width_of(self.picture[0])
        longest, values, notes, mark = self._measures
        name, beside, below = min(detail.names, longest), self.beside(detail), self.below(detail)
        line = name + bool(name) + 1 + (1 + values if beside else 0) + mark
        return max(line, notes if detail.names and self.roomy else 0, values if below else 0)

    def spare(self, detail: Detail) -> int:
        """Cells kept for values beside the units that these do not need."""
        return self._measures[1] - self.longest_value if self.beside(detail) else 0

    @property
    def longest_name(self) -> int:
        return self._measures[0]

    @property
    def longest_value(self) -> int:
        return max((len(unit.value) for unit in self.units), default=0)

    @cached_property
    def _measures(self) -> tuple[int, int, int, int]:
        """Cells of the longest name, value and note, and of the mark of a target."""
        return (
            max((cell_len(unit.name) for unit in self.units if unit.disc), default=0),
            max(VALUE, self.longest_value),
            max((len(note) for unit in self.units for note in unit.notes), default=0),
            2 * any(unit.target for unit in self.units),
        )

    def below(self, detail: Detail) -> bool:
        """Whether values stand below the names."""
        wanted = detail.below if self.last else detail.stacked and self.layer == 0
        return wanted and self.roomy

    def beside(self, detail: Detail) -> bool:
        """Whether values stand beside the names."""
        return detail.values and not self.below(detail)

    @cached_property
    def roomy(self) -> bool:
        """Whether there are rows between its units."""
        return all(below - above > 1 for above, below in pairwise(self.rows))


def columns(moment: Moment, made_of: Sources, width: int, height: int) -> list[Column]:
    layers = [_column(moment, made_of, layer, height) for layer in range(1, len(moment.about.activations) + 1)]
    grid = pixel_grid(moment.layout["x"].axes[1].names)
    first = _pixels(moment, grid, width // 4, height) if grid else _column(moment, made_of, 0, height)
    return [first, *layers]


def _column(moment: Moment, made_of: Sources, layer: int, height: int) -> Column:
    names, chosen = unit_names(moment, layer), chosen_units(moment).get(layer)
    symbol, values = _values(moment, layer)
    shown = _shown(moment, layer, len(names), height, chosen)
    form = _form(values) if values is not None else None
    largest = _largest(symbol, values)
    form_of_bias = number_format(moment.frame[f"b{layer}"], 2, signed=True) if layer else None
    touched = touched_units(moment, layer)
    units = []
    for unit in shown:
        value = None if values is None else float(values[unit])
        units.append(
            Unit(
                name=names[unit],
                disc=_disc(value, largest),
                value=form(value) if form and value is not None else "",
                role="dim" if value is None else ink(value, largest),
                chosen=unit == chosen,
                source=(layer, unit) in made_of.units,
                touched=unit in touched,
                target=_is_target(moment, layer, unit),
                notes=_notes(moment, layer, unit, form_of_bias) if form_of_bias else (),
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
        rows=_rows_of(len(units), height),
        lit=layer in lit_layers(moment),
        last=layer == len(moment.about.activations),
    )


def _form(values: Array) -> NumberFormat:
    """Three digits, or two and a power of ten where these take more than the cells kept for a value."""
    form = number_format(values, 3)
    return form if form.width <= VALUE else replace(form, decimals=1, power=True)


def _shown(moment: Moment, layer: int, count: int, height: int, chosen: int | None) -> tuple[int, ...]:
    """All units where they fit, else the most active ones, the chosen one and the target; a row counts the others."""
    if count <= height:
        return tuple(range(count))
    target = (unit for unit in range(count) if _is_target(moment, layer, unit))
    return most_active(activity(moment, layer), height - 1, chosen, *target)


def _pixels(moment: Moment, grid: Grid, width: int, height: int) -> Column:
    """The sample as the image that its inputs are."""
    x, (place,) = moment.frame["x"][moment.sample], [moment.index[-1:] if moment.op.name == "x" else ()]
    cursor = grid.places[place[0]] if place else None
    sizes = np.abs(moment.frame["x"])
    largest = float(np.quantile(sizes[sizes > 0], CONTRAST)) if sizes.any() else 0.0
    needed = grid.columns * (2 if moment.view.plain else 1)
    width = needed if width < needed <= 4 * width // 3 else max(width, 4)
    drawn = heatmap(grid.image(x), width, height, largest, cursor, moment.view.plain, square=True)
    unit_at = {at: unit for unit, at in enumerate(grid.places)}
    top = (height - len(drawn.rows)) // 2
    lines = len(drawn.rows)
    members: dict[int, list[int]] = {}
    for unit, (row, _) in enumerate(grid.places):
        members.setdefault(top + (2 * row + 1) * lines // (2 * grid.rows), []).append(unit)
    return Column(
        layer=0,
        title=f"input {grid.rows} × {grid.columns}",
        activation="",
        symbol=moment.layout["x"].symbol,
        units=(),
        members=tuple(tuple(members[row]) for row in sorted(members)),
        rows=tuple(sorted(members)),
        lit=0 in lit_layers(moment),
        last=False,
        picture=tuple(_aimed(row, unit_at) for row in drawn.rows),
        top=top,
    )


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


def _notes(moment: Moment, layer: int, unit: int, form: NumberFormat) -> tuple[str, ...]:
    """What stands below a unit where there is room: its target, its bias."""
    notes = (f"b {form(float(moment.frame[f'b{layer}'][unit])).strip()}",)
    y = moment.value("y")
    if layer == len(moment.about.activations) and y is not None and y.shape[1] < MANY_OUTPUTS:
        return (f"target {number_format(y, 3)(float(y[moment.sample, unit])).strip()}", *notes)
    return notes


def _is_target(moment: Moment, layer: int, unit: int) -> bool:
    y = moment.value("y")
    if layer < len(moment.about.activations) or y is None or y.shape[1] < MANY_OUTPUTS:
        return False
    return bool(y[moment.sample, unit] == 1 and np.count_nonzero(y[moment.sample]) == 1)


def _title(moment: Moment, layer: int) -> str:
    if layer == 0:
        return "input"
    return "output" if layer == len(moment.about.activations) else f"hidden layer {layer}"


def _rows_of(count: int, height: int) -> tuple[int, ...]:
    """Rows for so many units, evenly spread, not too far apart; below each is room for notes."""
    gap = min(height // count, max(4, height // 4))
    start = (height - gap * count) // 2 + (gap - 1) // 2
    return tuple(start + gap * i for i in range(count))


def _disc(value: float | None, largest: float) -> str:
    if value is None:
        return "◌"
    if not np.isfinite(value):
        return "×"
    return DISCS[round(4 * min(1.0, abs(value) / largest))] if largest else DISCS[0]
