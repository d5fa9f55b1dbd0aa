"""nnsim run: training without a screen."""

import argparse
import signal
from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

from nnsim.cli.options import SCENARIO, load, natural, number, scenario_options, simulation

if TYPE_CHECKING:
    from nnsim.engine.simulation import Simulation
    from nnsim.engine.stopping import Goal, Stop
    from nnsim.scenario import Scenario

SLICE = 0.05  # seconds between two looks at Ctrl-C

Done = TypeVar("Done")


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", help=SCENARIO)
    parser.add_argument("--iterations", type=natural, metavar="N", help="train for N iterations")
    parser.add_argument("--epochs", type=natural, metavar="N", help="train for N epochs; default: the scenario's")
    parser.add_argument("--until-loss", type=number, metavar="L", help="stop at the first loss as low as L")
    parser.add_argument("--json", action="store_true", help="print the final metrics as JSON")
    scenario_options(parser)
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from nnsim.engine.stopping import Goal

    scenario = load(options)
    sim = simulation(scenario, options)
    stop = train(sim, Goal(sim, options.epochs, options.iterations, options.until_loss))
    _report(sim, scenario, stop, options.json)
    return 0 if stop else 130


def train(sim: "Simulation", goal: "Goal") -> "Stop | None":
    """Trains in short slices. None where Ctrl-C ended it."""
    return in_slices(lambda: goal.advance(SLICE), goal.stop, lambda: (sim.iteration, f"{sim.losses[-1]:.4g}"))


def in_slices(work: Callable[[], Done | None], total: int, progress: Callable[[], tuple[int, str]]) -> Done | None:
    """Works in slices until one gives something, and shows a bar: `progress` tells how far it is, and the loss.

    None where Ctrl-C ended it, which is heard between two slices and never in one.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    interrupts: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    columns = (TextColumn("iteration"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]}"))
    console = Console(stderr=True)
    shown = Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)
    done = None
    try:
        with shown:
            task = shown.add_task("", total=total, loss="")
            while not interrupts and (done := work()) is None:
                completed, loss = progress()
                shown.update(task, completed=completed, loss=loss)
    finally:
        signal.signal(signal.SIGINT, before)
    return done


def _report(sim: "Simulation", scenario: "Scenario", stop: "Stop | None", as_json: bool) -> None:
    from nnsim.engine.metrics import SAMPLE
    from nnsim.scenario.summary import sampled

    metrics = {which: sim.metrics(which) for which in ("training", "validation")}
    best = stop.best_epoch if stop else None
    data = scenario.data
    measured = {"training": min(len(data.x), SAMPLE), "validation": min(len(data.x_validation), SAMPLE)}
    if as_json:
        import json

        told = {
            "scenario": scenario.name,
            "iterations": sim.iteration,
            "epochs": sim.iteration / sim.iterations_per_epoch,
            "interrupted": stop is None,
            "stopped_by": stop.reason if stop else None,
            "best_epoch": best,
            "measured_rows": measured,
        }
        print(json.dumps({**told, **{which: for_json(found) for which, found in metrics.items()}}))
        return
    why = {None: "interrupted", "patience": "validation loss no longer falling", "loss": "loss reached"}
    reason = why.get(stop.reason if stop else None, "done")
    print(f"{scenario.title}: {reason} after {sim.iteration:,} {'iteration' if sim.iteration == 1 else 'iterations'}")
    for which, found in metrics.items():
        if found:
            print(f"  {which:<10}  " + "  ".join(f"{name} {value:.6g}" for name, value in found.items()))
    if always := same_answer(scenario):
        print(f"  baseline    {always}")
    if sample := sampled(scenario):
        print(f"  metrics are {sample}")
    if best is not None:
        print(f"  lowest validation loss after epoch {best}")


def same_answer(scenario: "Scenario") -> str:
    """What one gets who gives every row the same answer, which is what training has to beat. Empty for a constant."""
    from nnsim.debugger.baseline import baseline, hit_rate
    from nnsim.engine.metrics import Evaluator

    always = baseline(scenario)
    if always is None:
        return ""
    accuracy = f"  accuracy {hit_rate(scenario):.6g}" if Evaluator(scenario).classifies else ""
    return f"loss {always.loss:.6g}{accuracy}  the same answer for every training row: {always.answer}"


def for_json(metrics: dict[str, float]) -> dict[str, float | None] | None:
    """JSON has no word for what is not a number."""
    return {name: value if isfinite(value) else None for name, value in metrics.items()} or None
