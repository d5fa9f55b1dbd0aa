"""nnsim compare: the same start under several values, and what became of each."""

import argparse
import sys
from typing import TYPE_CHECKING

from nnsim.cli.options import SCENARIO, UsageError, load, natural, scenario_options
from nnsim.cli.training import SLICE, for_json, in_slices

if TYPE_CHECKING:
    from nnsim.debugger.races import Race, Run

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WIDTH, HEIGHT = 78, 16  # of the plot
POINTS = 60  # of each curve


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", help=SCENARIO)
    parser.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="KEY=A,B,…",
        help="a key and the values to compare, e.g. training.optimizer.name=sgd,adam; repeated: all combinations",
    )
    parser.add_argument(
        "--iterations", type=natural, metavar="N", help="train each for N iterations; default: to its end"
    )
    parser.add_argument("--json", action="store_true", help="print values, metrics and losses as JSON")
    scenario_options(parser)
    parser.set_defaults(command=_compare)


def _compare(options: argparse.Namespace) -> int:
    from nnsim.debugger.races import MEMORY, Race

    vary = dict(map(_varied, options.vary))
    if len(vary) < len(options.vary):
        raise UsageError("--vary: each key can be varied once")
    scenario = load(options)
    memory = MEMORY if options.memory is None else options.memory * 2**20
    race = Race(scenario, vary, options.iterations, memory)
    total = sum(run.goal.stop for run in race.runs)
    done = in_slices(
        lambda: race.advance(SLICE) or None, total, lambda: (sum(run.sim.iteration for run in race.runs), _losses(race))
    )
    if options.json:
        import json

        print(json.dumps(_as_json(race, done is not None)))
    else:
        _print(race, done is not None)
    return 0 if done else 130


def _varied(text: str) -> tuple[str, list[object]]:
    """A key and its values, which are written as for --set."""
    from nnsim.debugger.races import listed

    key, equals, values = text.partition("=")
    if not equals or not key or not values.strip(", "):
        raise UsageError(f"--vary {text}: expected KEY=A,B, for example training.optimizer.name=sgd,adam")
    try:
        return key, listed(values)
    except ValueError as error:
        raise UsageError(f"--vary {text}: {error}") from None


def _losses(race: "Race") -> str:
    return f"{min(float(run.losses[-1]) for run in race.runs):.4g}"


def _print(race: "Race", done: bool) -> None:
    runs = race.runs
    state = "done" if done else "interrupted"
    print(f"{race.scenario.title}: {len(runs)} runs, {state}")
    for note in race.notes:
        print(f"  {note}")
    print()
    for line in table(race):
        print(line.rstrip())
    if sys.stdout.isatty() and len(runs) <= len(LETTERS):
        print()
        for line in _plot(runs):
            print(line)


def table(race: "Race") -> list[str]:
    """A line for each run: its letter in the plot, its values, how far it came, its metrics; the best one marked."""
    from nnsim.debugger.races import heads

    measured = [{which: run.metrics(which) for which in ("training", "validation")} for run in race.runs]
    columns = [(which, name) for which in ("training", "validation") for name in measured[0][which]]
    judged = "validation" if measured[0]["validation"] else "training"
    losses = [each[judged]["loss"] for each in measured]
    known = [loss for loss in losses if loss == loss]
    head = ["", *heads(race.vary), "iterations"]
    rows = [[*head, *(f"{which} {name}" for which, name in columns)]]
    for letter, run, metrics, loss in zip(LETTERS, race.runs, measured, losses, strict=False):
        numbers = [f"{metrics[which].get(name, float('nan')):.4g}" for which, name in columns]
        best = f"  lowest {judged} loss" if race.comparable and known and loss == min(known) else ""
        rows.append([letter, *map(str, run.values.values()), f"{run.sim.iteration:,}", *numbers])
        rows[-1][-1] += best
    widths = [max(len(row[at].partition("  ")[0]) for row in rows) for at in range(len(rows[0]))]
    texts = len(race.vary) + 1
    return [
        "  ".join(_cell(cell, width, at < texts) for at, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]


def _cell(text: str, width: int, is_text: bool) -> str:
    number, gap, remark = text.partition("  ")
    return (number.ljust(width) if is_text else number.rjust(width)) + gap + remark


def _plot(runs: "list[Run]") -> list[str]:
    """The losses, each run as its letter."""
    from nnsim.tui.pictures.chart import chart
    from nnsim.tui.plots import Curve
    from nnsim.tui.renderers.race import framed
    from nnsim.tui.rows import plain

    curves = []
    for letter, run in zip(LETTERS, runs, strict=False):
        at, losses = run.curve(POINTS)
        curves.append(Curve(at, losses, style=letter, name=run.label))
    curves, frame = framed(curves, 0)
    said = ["loss, logarithmic scale"] if frame.powers else []
    return [*said, *(plain(row).rstrip() for row in chart(curves, frame, WIDTH, HEIGHT))]


def _as_json(race: "Race", done: bool) -> dict[str, object]:
    return {
        "scenario": race.scenario.name,
        "vary": {key: list(values) for key, values in race.vary.items()},
        "notes": race.notes,
        "interrupted": not done,
        "runs": [_run_as_json(run) for run in race.runs],
    }


def _run_as_json(run: "Run") -> dict[str, object]:
    from nnsim.debugger.history import places

    at = places(len(run.losses) - 1)
    losses = [[t, float(run.losses[t]) if run.losses[t] - run.losses[t] == 0 else None] for t in at]
    metrics = {which: for_json(run.metrics(which)) for which in ("training", "validation")}
    stopped = run.stopped.reason if run.stopped else None
    return {
        "values": dict(run.values),
        "iterations": run.sim.iteration,
        "stopped_by": stopped,
        **metrics,
        "losses": losses,
    }
