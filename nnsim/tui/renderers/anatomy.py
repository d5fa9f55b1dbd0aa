"""What of the network a moment is about: layers at work, the chosen number's units, and what it was computed from."""

from dataclasses import dataclass

import numpy as np

from nnsim.formats.digits import Array
from nnsim.tui.moment import Moment, Part, parse


def lit_layers(moment: Moment) -> frozenset[int]:
    """The columns that the op reads or writes."""
    layers = {_column_of(parse(name)) for name in (*moment.op.reads, *moment.op.writes)}
    if moment.op.phase == "loss" or moment.op.name == "y":
        layers.add(len(moment.about.activations))
    return frozenset(layer for layer in layers if layer is not None)


def _column_of(part: Part) -> int | None:
    return part.layer if part.of_units or part.base == "x" else None


def links_name(moment: Moment, layer: int) -> str:
    """The tensor whose values the connections into a layer show."""
    part = parse(moment.op.name)
    return moment.op.name if part.base == "W" and part.layer == layer else f"W{layer}"


def chosen_units(moment: Moment) -> dict[int, int]:
    """The units that the chosen number belongs to, by layer: one, or the two ends of a weight."""
    part, index = parse(moment.op.name), moment.index
    if part.base == "W":
        return {part.layer - 1: index[0], part.layer: index[1]}
    if part.base == "y":
        return {len(moment.about.activations): index[1]}
    return {part.layer: index[-1]} if index and (part.of_units or part.base == "x") else {}


def index_of_unit(moment: Moment, layer: int, unit: int) -> tuple[int, ...] | None:
    """The chosen number's index with a unit of a layer in place of the one it has; None where it has none there."""
    part, index = parse(moment.op.name), moment.index
    if layer not in chosen_units(moment):
        return None
    if part.base == "W":
        return (unit, index[1]) if layer == part.layer - 1 else (index[0], unit)
    return (*index[:-1], unit)


@dataclass(frozen=True)
class Sources:
    """What the chosen number was computed from: units as (layer, unit), connections as (layer, from, to)."""

    units: frozenset[tuple[int, int]]
    links: frozenset[tuple[int, int, int]]


def sources(moment: Moment) -> Sources:
    """Units and connections of the chosen number and of its operands."""
    units = set(chosen_units(moment).items())
    links: set[tuple[int, int, int]] = set()
    places: dict[str, set[tuple[int, ...]]] = {}
    for operand in moment.explanation.operands:
        places.setdefault(operand.tensor, set()).add(operand.index)
    for tensor, indices in places.items():
        part = parse(tensor)
        if part.base == "W":
            links |= {(part.layer, start, end) for start, end in indices}
        elif part.of_units or part.base == "x":
            units |= {(part.layer, index[-1]) for index in indices}
        elif part.base == "y":
            units |= {(len(moment.about.activations), index[-1]) for index in indices}
    part = parse(moment.op.name)
    if part.base == "W":
        links = {(part.layer, moment.index[0], moment.index[1])}
    return Sources(frozenset(units), frozenset(links))


def touched_units(moment: Moment, layer: int) -> frozenset[int]:
    """The units of a layer that the pinned number goes into, for the sample in the picture."""
    touched = moment.touched(f"a{layer}") if layer else None
    return frozenset(map(int, np.flatnonzero(touched[moment.sample]))) if touched is not None else frozenset()


def touched_links(moment: Moment, layer: int) -> frozenset[tuple[int, int]]:
    """The connections into a layer whose values the pinned number goes into, or the one whose weight that is."""
    name, pinned = links_name(moment, layer), moment.inquiry.touched
    if pinned and pinned.tensor == f"W{layer}":
        return frozenset({(pinned.index[0], pinned.index[1])})
    touched = moment.touched(name)
    if touched is None or name in moment.hidden:
        return frozenset()
    return frozenset((int(start), int(end)) for start, end in np.argwhere(touched))


def activity(moment: Moment, layer: int) -> Array:
    """How active each unit of a layer is for the next: the mean of |a| over the batch, times its largest weight there.

    A unit without such a weight may be as active as it likes: the network does not hear it.
    """
    weights = f"W{layer + 1}"
    with np.errstate(over="ignore", invalid="ignore"):
        active = np.abs(moment.frame[f"a{layer}" if layer else "x"]).mean(axis=0)
        return np.asarray(active * np.abs(moment.frame[weights]).max(axis=1) if weights in moment.frame else active)


def most_active(active: Array, room: int, *chosen: int | None) -> tuple[int, ...]:
    """So many units in their order: the chosen ones, and those that are most active."""
    ranked = np.argsort(-np.nan_to_num(active), kind="stable")
    first = dict.fromkeys(unit for unit in chosen if unit is not None)
    return tuple(sorted([*first, *(int(unit) for unit in ranked if unit not in first)][:room]))
