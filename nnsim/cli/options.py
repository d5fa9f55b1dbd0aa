"""What the commands' options mean: a scenario with its changes, and the simulation of it."""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from rich.progress import Progress

    from nnsim.debugger.session import Session
    from nnsim.engine.simulation import Simulation
    from nnsim.scenario import Scenario

SCENARIO = "a built-in scenario, a .toml file or a .csv file"
LONGEST = 15  # digits of an iteration
PATIENCE = 0.3  # seconds of reading before a progress bar is shown


class UsageError(Exception):
    """A user's mistake: one clear line, exit status 2."""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} ({self.prog} --help shows what is allowed)")

    def surplus(self, word: str) -> UsageError:
        """What is wrong with a word that is left over."""
        from nnsim.scenario.errors import did_you_mean, found, safe

        allowed = f"{self.prog} --help shows what is allowed"
        if not word.startswith("-"):
            return UsageError(f"found {found(word)}, which is one word too many ({allowed})")
        near = did_you_mean(word.partition("=")[0], self._option_string_actions)
        return UsageError(f"there is no option {safe(word)}; {near or allowed}")


def natural(text: str) -> int:
    if not text.isdecimal() or len(text) > LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 up, of {LONGEST} digits at the most")
    return int(text)


def number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return value


def scenario_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", metavar="COLUMN", help="the column of a .csv file to predict")
    parser.add_argument("--memory", type=natural, metavar="MIB", help="memory for going back in time; default 256")
    parser.add_argument("--seed", type=natural, metavar="N", help="another seed for start weights, shuffling, split")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key of the scenario, e.g. training.epochs=20; may be repeated",
    )


def overrides(options: argparse.Namespace) -> dict[str, object]:
    """--seed and --set as dotted keys; values are read as TOML, or else are text."""
    from nnsim.scenario.commands import value

    found: dict[str, object] = {}
    for item in options.set:
        key, equals, text = item.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {item}: expected KEY=VALUE, for example training.epochs=20")
        found[key] = value(text)
    if options.seed is not None:
        found["seed"] = options.seed
    return found


def changes(options: argparse.Namespace) -> bool:
    return bool(options.target or options.set or options.seed is not None)


def load(options: argparse.Namespace) -> "Scenario":
    from nnsim.scenario import from_csv
    from nnsim.scenario import load as read

    if not options.scenario.strip():
        raise UsageError("the name of the scenario is empty: nnsim list shows the built-in ones")
    is_table = options.scenario.lower().endswith((".csv", ".tsv"))
    if is_table and options.target is None:
        columns = _columns(options.scenario)
        raise UsageError(f"{options.scenario}: say which column to predict, with --target: {columns}")
    if options.target is not None and not is_table:
        raise UsageError(f"--target goes with a .csv file, not with {options.scenario}")
    changed = overrides(options)
    with _reading() as progress:
        if is_table:
            return from_csv(options.scenario, options.target, changed, progress)
        return read(options.scenario, changed, progress)


def _columns(table: str) -> str:
    from pathlib import Path

    from nnsim.scenario.csvfile import column_names
    from nnsim.scenario.errors import listing

    return listing(column_names(Path(table), table))


@contextmanager
def _reading() -> Iterator[Callable[[float], None] | None]:
    """What shows how much of a table has been read: a bar on a terminal, once reading has taken a moment."""
    start = time.monotonic()
    bars: list[Progress] = []

    def show(share: float) -> None:
        if not bars and time.monotonic() - start > PATIENCE:
            from rich import progress
            from rich.console import Console

            bars.append(progress.Progress(console=Console(stderr=True), transient=True))
            bars[0].start()
            bars[0].add_task("reading", total=1.0)
        for bar in bars:
            bar.update(bar.task_ids[0], completed=share)

    try:
        yield show if sys.stderr.isatty() else None
    finally:
        for bar in bars:
            bar.stop()


def simulation(scenario: "Scenario", options: argparse.Namespace) -> "Simulation":
    from nnsim.engine.simulation import Simulation

    return Simulation(scenario) if options.memory is None else Simulation(scenario, options.memory * 2**20)


def session(scenario: "Scenario", options: argparse.Namespace) -> "Session":
    from nnsim.debugger.session import Session

    return Session(simulation(scenario, options), scenario.title, scenario.summary, scenario.name)
