"""One iteration as text: the plain twin of the screen, for reading, comparing and piping on."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnsim.engine.notation import number
from nnsim.engine.ops import Op
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array
from nnsim.formats.digits import number_format

DIGITS = 6
WIDEST = 8  # numbers in a line, before a row is folded


def as_json(sim: Simulation, name: str) -> dict[str, Any]:
    """The frame as plain data, floats in full precision, ops in order."""
    frame = sim.frame
    return {
        "scenario": name,
        "iteration": frame.iteration,
        "epoch": sim.epoch_of(frame.iteration),
        "loss": _plain(frame["loss"]),
        "ops": [
            {
                "name": op.name,
                "phase": op.phase,
                "layer": op.layer,
                "formula": op.formula,
                "shape": list(frame[op.name].shape),
                "values": _plain(frame[op.name]),
            }
            for op in sim.program
        ],
    }


def _plain(values: Array) -> Any:
    """Lists of floats; None where a number is not finite, for which JSON has no word."""
    plain = values.astype(object)
    plain[~np.isfinite(values)] = None
    return plain.tolist()


def epoch(sim: Simulation) -> str:
    """3 of 500; or 600, past the planned 500."""
    at, planned = sim.epoch_of(sim.iteration), sim.experiment.training.epochs
    return f"{at:,} of {planned:,}" if at < planned else f"{at:,}, past the planned {planned:,}"


def as_text(sim: Simulation, title: str) -> Iterator[str]:
    """The lines of the frame: each op with its formula and its numbers, and how the first number came about."""
    t = sim.iteration
    place = f"iteration {t} · epoch {epoch(sim)} · batch {sim.batch_of(t)} of {sim.iterations_per_epoch}"
    yield f"{title} · {place} · loss {number(float(sim.frame['loss']), DIGITS)}"
    yield from _starting_point(sim)
    phase = ""
    for op in sim.program:
        if op.phase != phase:
            phase = op.phase
            yield ""
            yield f"══ {phase} {'═' * (76 - len(phase))}"
        yield from _op(sim, op)


def _starting_point(sim: Simulation) -> Iterator[str]:
    yield ""
    yield f"══ parameters {'═' * 66}"
    for name in sim.frame:
        if sim.program.position(name) is None and not name.endswith(".prev"):
            yield from _tensor(sim, name, sim.frame.layout[name].symbol)


def _op(sim: Simulation, op: Op) -> Iterator[str]:
    yield from _tensor(sim, op.name, f"{op.formula}    {op.title}")
    if op.phase != "batch":
        explanation = sim.explain(op.name, (0,) * sim.frame[op.name].ndim)
        yield "    why: " + f"\n{' ' * 9}".join(explanation.lines(DIGITS))


def _tensor(sim: Simulation, name: str, heading: str) -> Iterator[str]:
    frame = sim.frame
    values = frame[name]
    shape = " × ".join(map(str, values.shape)) or "a single number"
    yield ""
    yield f"{heading}    ({shape})"
    if values.ndim == 0:
        yield f"    {number(float(values), DIGITS)}"
        return
    columns = frame.axis_names(name, values.ndim - 1)
    rows = frame.axis_names(name, 0) if values.ndim == 2 else ("",)
    grid = values if values.ndim == 2 else values[None, :]
    written = number_format(values, DIGITS)
    for start in range(0, len(columns), WIDEST):
        part = slice(start, start + WIDEST)
        cells = [[written(float(v)) for v in row[part]] for row in grid]
        yield from _aligned(_safe(rows), _safe(columns[part]), cells)


def _aligned(rows: tuple[str, ...], columns: tuple[str, ...], cells: list[list[str]]) -> Iterator[str]:
    side = max(map(len, rows))
    widths = [max(len(name), *(len(row[k]) for row in cells)) for k, name in enumerate(columns)]
    yield f"    {'':{side}}  " + "  ".join(f"{name:>{w}}" for name, w in zip(columns, widths, strict=True))
    for name, row in zip(rows, cells, strict=True):
        yield f"    {name:{side}}  " + "  ".join(f"{cell:>{w}}" for cell, w in zip(row, widths, strict=True))


def _safe(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names with control characters shown, not obeyed."""
    return tuple("".join(c if c.isprintable() else repr(c)[1:-1] for c in name) for name in names)
