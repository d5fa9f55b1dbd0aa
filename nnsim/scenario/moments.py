"""Moments of a training run as files write them: "iteration 0, forward, z1", {epoch = 3, op = "loss"}, "end, a1"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nnsim.engine.ops import PHASES
from nnsim.scenario.errors import Mistakes, found
from nnsim.scenario.schema import check_keys

KEYS = ("iteration", "epoch", "end", "when", "phase", "op")
_EXAMPLE = '"iteration 0, forward, z1", "epoch 3, loss" or "end, a1"'


@dataclass(frozen=True, kw_only=True)
class At:
    """A moment: one of iteration, epoch (its first iteration), end (after the last planned iteration) or `when` (the
    first iteration, from the step before onwards, where a condition holds); and an op, or the first one of a phase."""

    iteration: int | None = None
    epoch: int | None = None
    end: bool = False
    when: str = ""
    phase: str = ""
    op: str = ""


def parse_at(step: Mapping[str, Any], key: str, mistakes: Mistakes) -> At | None:
    """The moment of a step from its keys `at` and `when`; None after a mistake."""
    at, place = step.get("at"), f"{key}.at"
    parts: dict[str, Any] = {}
    if isinstance(at, str):
        parts = _from_text(at)
    elif isinstance(at, dict):
        parts = dict(at)
    elif at is not None:
        mistakes.add(place, f"found {found(at)}", _EXAMPLE)
        return None
    if isinstance(step.get("when"), str):
        parts["when"] = step["when"]
    before = len(mistakes.lines)
    check_keys(parts, KEYS, place, mistakes)
    times = [name for name in ("iteration", "epoch", "end", "when") if name in parts]
    if len(times) != 1 and len(mistakes.lines) == before:
        given = f"found {' and '.join(times)}" if times else "says no iteration"
        mistakes.add(place if at is not None else key, given, f"a moment such as {_EXAMPLE}, or when = a condition")
    _check_parts(parts, place, mistakes)
    return None if len(mistakes.lines) > before else At(**parts)


def _from_text(text: str) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        if numbered := re.fullmatch(r"(iteration|epoch)\s+(\S+)", part):
            parts[numbered[1]] = int(numbered[2]) if re.fullmatch(r"\d{1,15}", numbered[2]) else numbered[2]
        elif part == "end":
            parts["end"] = True
        else:
            parts["phase" if part in PHASES and "phase" not in parts else "op"] = part
    if parts.get("phase") == "loss":  # a phase and its last op have this name: the op is meant
        parts.setdefault("op", "loss")
    return parts


def _check_parts(parts: Mapping[str, Any], place: str, mistakes: Mistakes) -> None:
    for name in ("iteration", "epoch"):
        value = parts.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            mistakes.add(f"{place}.{name}", f"found {found(value)}", "a whole number from 0")
    if parts.get("end", True) is not True:
        mistakes.add(f"{place}.end", f"found {found(parts['end'])}", "true")
    for name in ("when", "op", "phase"):
        value = parts.get(name, "")
        if not isinstance(value, str):
            mistakes.add(f"{place}.{name}", f"found {found(value)}", "text in quotes")
        elif name == "phase" and value and value not in PHASES:
            mistakes.name(f"{place}.phase", value, PHASES)
