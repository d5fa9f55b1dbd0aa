"""The text of a moment, `250:backward.dW1[0,1]`: an iteration, an op of it by its tensor, and a number of that."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnsim.engine.ops import PHASES
from nnsim.engine.program import Program
from nnsim.engine.simulation import Simulation
from nnsim.engine.workspace import Axis
from nnsim.scenario.errors import did_you_mean, listing, safe

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

_PLACE = re.compile(r"\s*([\d,_]+)\s*(?::\s*([^\[\s]+)\s*(?:\[(.*)\])?)?\s*", re.DOTALL)
_NAME = re.compile(r'\s*(?:"([^"]*)"|([^",]*))\s*(?:,|$)')
EXAMPLE = "250:backward.dW1[0,1]"


class PlaceError(ValueError):
    """What is wrong with the text of a moment, in one line."""


@dataclass(frozen=True)
class Place:
    """A moment. op: the tensor that the op computes, None for wherever the cursor's op is; index: a number of it."""

    iteration: int
    op: str | None = None
    index: tuple[int, ...] | None = None


def place_of(session: "Session") -> Place:
    """Where a session stands."""
    return Place(session.iteration, session.tensor, session.index)


def written(place: Place, program: Program) -> str:
    """As `read` takes it."""
    position = program.position(place.op) if place.op else None
    if position is None:
        return str(place.iteration)
    index = f"[{','.join(map(str, place.index))}]" if place.index else ""
    phase = program[position].phase
    return f"{place.iteration}:{place.op if place.op == phase else f'{phase}.{place.op}'}{index}"


def read(text: str, session: "Session") -> Place:
    """The moment that a text means: `250`, `250:dW2`, `250:backward`, `250:forward.z1[#17,h2]`.

    Raises PlaceError, which says what is allowed.
    """
    parts = _PLACE.fullmatch(text)
    digits = re.sub("[,_]", "", parts[1]) if parts else ""
    if not parts or not digits or len(digits) > 15:
        raise PlaceError(f"{_quoted(text)} is not a moment; allowed: an iteration, such as 250, or {EXAMPLE}")
    iteration = int(digits)
    last = max(session.sim.iterations - 1, session.recorded)
    if iteration > last:
        raise PlaceError(f"there is no iteration {iteration:,}; allowed: 0 to {last:,}")
    sim = session.branch.segment(iteration).sim
    if parts[2] is None:
        return Place(iteration)
    op = _op(parts[2], sim.program)
    return Place(iteration, op, None if parts[3] is None else _index(parts[3], op, sim, iteration))


def go(session: "Session", place: Place) -> None:
    """Stands there."""
    session.go_to(place.iteration)
    position = session.program.position(place.op) if place.op else None
    if position is not None:
        session.go_to_op(position)
        if place.index is not None:
            session.choose(place.index)


def command(opened: Sequence[str], session: "Session") -> str:
    """The command that opens a session's scenario exactly here, quoted for a shell.

    opened: what stands after `nnsim` to open the scenario.
    """
    edits = [word for edit in session.branch.words for word in ("--edit", edit)]
    at = written(place_of(session), session.program)
    return shlex.join(["nnsim", *opened, *edits, "--at", at])


def _op(text: str, program: Program) -> str:
    """The tensor of an op, by its name, with its phase before it or not; for a phase alone that of its first op."""
    phase, dot, name = text.partition(".")
    if phase not in PHASES or not dot:
        phase, name = "", text
    position = program.position(name)
    if position is not None:
        if phase and program[position].phase != phase:
            raise PlaceError(f"{name} belongs to {program[position].phase}, not to {phase}")
        return name
    if not phase and name in PHASES:
        return next(op.name for op in program if op.phase == name)
    if name in program.layout:
        raise PlaceError(f"{name} is what an iteration starts from, no op computes it; {_allowed(program, phase)}")
    before, _, after = text.partition(".")
    if program.position(after) is not None:
        wrong = [f"there is no phase {_quoted(before)}", f"allowed: {listing(PHASES)}", did_you_mean(before, PHASES)]
        raise PlaceError("; ".join(filter(None, wrong)))
    names = [op.name for op in program]
    hint = did_you_mean(name, names)
    raise PlaceError("; ".join(filter(None, [f"there is no {_quoted(name)}", _allowed(program, phase), hint])))


def _allowed(program: Program, phase: str) -> str:
    return f"allowed: {listing(op.name for op in program if not phase or op.phase == phase)}"


def _index(text: str, op: str, sim: Simulation, iteration: int) -> tuple[int, ...]:
    axes = sim.program.layout[op].axes
    parts = _parts(text)
    if len(parts) != len(axes):
        wanted = f"{op}[{','.join('ij'[: len(axes)])}]" if axes else op
        raise PlaceError(f"{op} has {len(axes)} axes, found {len(parts)} indices; allowed: {wanted}")
    rows = tuple(f"#{row}" for row in sim.rows(iteration))
    return tuple(_along(part, axis, rows, op, at) for at, (part, axis) in enumerate(zip(parts, axes, strict=True)))


def _parts(text: str) -> list[str]:
    """What stands between the commas; a name with a comma in it is in double quotes."""
    parts: list[str] = []
    at = 0
    while at < len(text) or not parts:
        match = _NAME.match(text, at)
        if not match:
            raise PlaceError(f'{_quoted(text)} is not an index; allowed: [0,1], [#17,h2], or a name in "…"')
        parts.append((match[1] if match[1] is not None else match[2]).strip())
        at = match.end()
        if at >= len(text) and text.endswith(","):
            parts.append("")
            break
    return parts


def _along(part: str, axis: Axis, rows: tuple[str, ...], op: str, at: int) -> int:
    names = rows if axis.kind == "sample" else axis.names
    if part.isascii() and part.isdigit() and len(part) < 16 and int(part) < len(names):
        return int(part)
    if part in names:
        return names.index(part)
    where = f"axis {at} of {op}"
    raise PlaceError(f"there is no {_quoted(part)} on {where}; allowed: 0 to {len(names) - 1}, or {listing(names)}")


def _quoted(text: str) -> str:
    text = safe(text)
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"
