"""The commands. Imports what a command needs when it runs, so that --help and --version answer at once."""

import argparse
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import nnsim
from nnsim.engine import threads

if TYPE_CHECKING:
    from rich.progress import Progress

    from nnsim.debugger.progress import Progress as Learnt
    from nnsim.debugger.session import Session
    from nnsim.engine.simulation import Simulation
    from nnsim.engine.stopping import Goal, Stop
    from nnsim.scenario import Scenario
    from nnsim.scenario.guides import Guide

EXAMPLES = """\
examples:
  nnsim                          choose a scenario, then step through it
  nnsim xor                      step through a built-in scenario
  nnsim xor --guide              with a guide that leads through it
  nnsim learn                    a course, from one neuron to the Titanic
  nnsim my.toml                  step through your own
  nnsim my.csv --target price    step through a network for your own table
  nnsim run xor --iterations 1000
  nnsim trace xor --iteration 3 --format json
  nnsim xor --set training.optimizer.name=sgd --seed 3
"""

LOCKABLE = ("settings", "network", "tensor", "why", "picture")  # what a guide may lock
PATIENCE = 0.3  # seconds of reading before a progress bar is shown


class UsageError(Exception):
    """A user's mistake: one clear line, exit status 2."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (nnsim --help shows what is allowed)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    threads.start_with_one()
    try:
        options = _parse(sys.argv[1:] if arguments is None else arguments)
        status = int(options.command(options) or 0)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read our output has closed it
        _close(sys.stdout)
        return 0
    except KeyboardInterrupt:
        return 130
    except (UsageError, ValueError) as error:
        if not isinstance(error, UsageError) and not _is_scenario_error(error):
            raise
        return _complain(str(error))
    except OSError as error:  # such as a full disk
        _close(sys.stdout)
        return _complain(f"cannot write the output: {error.strerror}")


def _is_scenario_error(error: Exception) -> bool:
    from nnsim.scenario import ScenarioError

    return isinstance(error, ScenarioError)


def _complain(message: str) -> int:
    try:
        print(f"nnsim: {message}", file=sys.stderr, flush=True)
    except BrokenPipeError:
        _close(sys.stderr)
    return 2


def _close(stream: TextIO) -> None:
    """Sends what is left of a stream that cannot be written nowhere, so that Python ends quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    commands = {name: build for name, (build, _) in COMMANDS.items()}
    first = arguments[0] if arguments else None
    if first in commands:
        parser = _Parser(prog=f"nnsim {first}", description=COMMANDS[first][1])
        commands[first](parser)
        return parser.parse_args(arguments[1:])
    options, rest = _main_parser().parse_known_args(arguments)
    if rest and not rest[0].startswith("-"):
        import difflib

        near = difflib.get_close_matches(str(options.scenario), commands, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; commands are {', '.join(commands)}"
        raise UsageError(f"there is no command {options.scenario!r}{hint}")
    if rest:
        raise UsageError(f"there is no option {rest[0]} (nnsim --help shows what is allowed)")
    return options


def _main_parser() -> _Parser:
    listed = "\n".join(f"  {name:<8} {text}" for name, (_, text) in COMMANDS.items())
    parser = _Parser(
        prog="nnsim",
        description="Step through the training of a neural network, forwards and backwards in time.",
        epilog=f"commands:\n{listed}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "scenario", nargs="?", help="a built-in scenario, a .toml file or a .csv file; without it: a picker"
    )
    parser.add_argument("--guide", action="store_true", help="with the guide of a built-in scenario")
    _scenario_options(parser)
    parser.add_argument("--version", action="version", version=f"nnsim {nnsim.__version__}")
    parser.set_defaults(command=_open)
    return parser


def _scenario_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", metavar="COLUMN", help="the column of a .csv file to predict")
    parser.add_argument("--memory", type=_natural, metavar="MIB", help="memory for going back in time; default 256")
    parser.add_argument("--seed", type=_natural, metavar="N", help="another seed for start weights, shuffling, split")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key of the scenario, e.g. training.epochs=20; may be repeated",
    )


def _run_parser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", help="a built-in scenario, a .toml file or a .csv file")
    parser.add_argument("--iterations", type=_natural, metavar="N", help="train for N iterations")
    parser.add_argument("--epochs", type=_natural, metavar="N", help="train for N epochs; default: the scenario's")
    parser.add_argument("--until-loss", type=_number, metavar="L", help="stop at the first loss as low as L")
    parser.add_argument("--json", action="store_true", help="print the final metrics as JSON")
    _scenario_options(parser)
    parser.set_defaults(command=_run)


def _trace_parser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", help="a built-in scenario, a .toml file or a .csv file")
    parser.add_argument(
        "--iteration", type=_natural, default=0, metavar="N", help="which one, counted from 0; default 0"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    _scenario_options(parser)
    parser.set_defaults(command=_trace)


def _check_parser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", help="a built-in scenario, a .toml file (also a guide) or a .csv file")
    parser.add_argument("--save", metavar="FILE.toml", help="write the scenario, so that it can be changed by hand")
    _scenario_options(parser)
    parser.set_defaults(command=_check)


def _list_parser(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_list)


def _learn_parser(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_learn, memory=None)


def _explain_parser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("term", nargs="+", help='such as "vanishing gradient"')
    parser.set_defaults(command=_explain)


def _new_parser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.toml", help="the file to write; one that is there is left as it is")
    parser.add_argument("--guide", action="store_true", help="a guide instead of a scenario")
    parser.set_defaults(command=_new)


COMMANDS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], str]] = {
    "list": (_list_parser, "the built-in scenarios, a line each"),
    "run": (_run_parser, "train without a screen and print the final metrics"),
    "trace": (_trace_parser, "print every number of one iteration"),
    "check": (_check_parser, "check a scenario or a guide and say what it would do"),
    "learn": (_learn_parser, "the course: fifteen lessons, resumed where they were left"),
    "explain": (_explain_parser, "what a term means"),
    "new": (_new_parser, "write a commented scenario or guide to start from"),
}


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _overrides(options: argparse.Namespace) -> dict[str, object]:
    """--seed and --set as dotted keys; values are read as TOML, or else are text."""
    found: dict[str, object] = {}
    for item in options.set:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {item}: expected KEY=VALUE, for example training.epochs=20")
        found[key] = _value(value)
    if options.seed is not None:
        found["seed"] = options.seed
    return found


def _value(text: str) -> object:
    """A number, a list or a truth value where it can be read as one, else text."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        pass
    try:
        return float(text)  # .5, which is none in TOML
    except ValueError:
        return text


def _load(options: argparse.Namespace) -> "Scenario":
    from nnsim.scenario import from_csv, load

    is_table = options.scenario.lower().endswith((".csv", ".tsv"))
    if is_table and options.target is None:
        raise UsageError(f"{options.scenario}: say which column to predict, with --target COLUMN")
    if options.target is not None and not is_table:
        raise UsageError(f"--target goes with a .csv file, not with {options.scenario}")
    overrides = _overrides(options)
    with _reading() as progress:
        if is_table:
            return from_csv(options.scenario, options.target, overrides, progress)
        return load(options.scenario, overrides, progress)


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


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Importing and loading leave hardly any garbage, and looking for it takes a tenth of the time to the first paint.

    The app collects from its first paint on.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_no_collecting()
def _open(options: argparse.Namespace) -> None:
    if options.scenario is None and (options.guide or _changes(options)):
        raise UsageError("--guide, --seed, --set and --target need a scenario: nnsim xor --seed 3")
    guide = _guide(options)
    if guide:
        from nnsim.tui.learning import start

        progress = _progress()
        _show(None, options, first=start(guide, progress), progress=progress)
        return
    _show(None if options.scenario is None else _session(_load(options), options), options)


@_no_collecting()
def _learn(options: argparse.Namespace) -> None:
    _show(None, options, course_first=True)


def _show(session: "Session | None", options: argparse.Namespace, **learning: Any) -> None:
    """The screen, until the user leaves it."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the screen needs a terminal; without one use: nnsim trace, nnsim run, nnsim list")
    from nnsim.scenario import load
    from nnsim.tui import run
    from nnsim.tui.learning import Learning

    learned = Learning(**{"progress": _progress(), **learning})
    run(session, lambda name: _session(load(name), options), learning=learned)


def _progress() -> "Learnt":
    from nnsim.debugger.progress import Progress

    return Progress()


def _guide(options: argparse.Namespace) -> "Guide | None":
    """The guide that is asked for, if it is one: by its name, by its file, or with --guide."""
    if options.scenario is None or options.target is not None:
        return None
    from nnsim.scenario.guides import is_guide, read_guide

    name = options.scenario
    if getattr(options, "guide", False) and not is_guide(name):
        name = _guide_for(name)
    elif not is_guide(name):
        return None
    if _changes(options):
        raise UsageError(f"{options.scenario}: a guide says itself what it changes; --seed and --set are for scenarios")
    return read_guide(name)


def _guide_for(scenario: str) -> str:
    from nnsim.scenario import names
    from nnsim.scenario.course import guide_for

    found = guide_for(scenario)
    if found is None:
        known = ", ".join(name for name in names() if guide_for(name))
        raise UsageError(f"there is no guide for {scenario!r}; there are guides for {known}")
    return found


def _changes(options: argparse.Namespace) -> bool:
    return bool(options.target or options.set or options.seed is not None)


def _explain(options: argparse.Namespace) -> None:
    import shutil

    from nnsim.scenario.glossary import lines, look_up

    width = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 78
    for line in lines(look_up(" ".join(options.term)), width):
        print(line)


def _new(options: argparse.Namespace) -> None:
    from nnsim.scenario.starting import write_new

    write_new(options.file, options.guide)
    print(f"{options.file} is written; nnsim check {options.file} says what it would do")


def _simulation(scenario: "Scenario", options: argparse.Namespace) -> "Simulation":
    from nnsim.engine.simulation import Simulation

    return Simulation(scenario) if options.memory is None else Simulation(scenario, options.memory * 2**20)


def _session(scenario: "Scenario", options: argparse.Namespace) -> "Session":
    from nnsim.debugger.session import Session

    return Session(_simulation(scenario, options), scenario.title, scenario.summary, scenario.name)


def _list(options: argparse.Namespace) -> None:
    from nnsim.scenario import catalogue

    entries = catalogue()
    widest = max(len(entry.name) for entry in entries)
    for entry in entries:
        print(f"{entry.name:<{widest}}  {entry.title}: {entry.summary}")


def _run(options: argparse.Namespace) -> int:
    from nnsim.engine.stopping import Goal

    scenario = _load(options)
    sim = _simulation(scenario, options)
    stop = _train(sim, Goal(sim, options.epochs, options.iterations, options.until_loss))
    _report(sim, scenario, stop, options.json)
    return 0 if stop else 130


def _train(sim: "Simulation", goal: "Goal") -> "Stop | None":
    """Trains in short slices. None where Ctrl-C ended it, which is heard between two slices and never in one."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    interrupts: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    columns = (TextColumn("iteration"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]}"))
    console = Console(stderr=True)
    shown = Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)
    stop = None
    try:
        with shown:
            task = shown.add_task("", total=goal.stop, loss="")
            while not interrupts and (stop := goal.advance(0.05)) is None:
                shown.update(task, completed=sim.iteration, loss=f"{sim.losses[-1]:.4g}")
    finally:
        signal.signal(signal.SIGINT, before)
    return stop


def _report(sim: "Simulation", scenario: "Scenario", stop: "Stop | None", as_json: bool) -> None:
    metrics = {which: sim.metrics(which) for which in ("training", "validation")}
    best = stop.best_epoch if stop else None
    if as_json:
        import json

        told = {
            "scenario": scenario.name,
            "iterations": sim.iteration,
            "epochs": sim.iteration / sim.iterations_per_epoch,
            "interrupted": stop is None,
            "stopped_by": stop.reason if stop else None,
            "best_epoch": best,
        }
        print(json.dumps({**told, **{which: _for_json(found) for which, found in metrics.items()}}))
        return
    why = {None: "interrupted", "patience": "validation loss no longer falling", "loss": "loss reached"}
    reason = why.get(stop.reason if stop else None, "done")
    print(f"{scenario.title}: {reason} after {sim.iteration:,} iterations")
    for which, found in metrics.items():
        if found:
            print(f"  {which:<10}  " + "  ".join(f"{name} {value:.6g}" for name, value in found.items()))
    if best is not None:
        print(f"  lowest validation loss after epoch {best}")


def _for_json(metrics: dict[str, float]) -> dict[str, float | None] | None:
    """JSON has no word for what is not a number."""
    return {name: value if isfinite(value) else None for name, value in metrics.items()} or None


def _trace(options: argparse.Namespace) -> int:
    from nnsim.engine.stopping import Goal
    from nnsim.formats.trace import as_json, as_text

    scenario = _load(options)
    sim = _simulation(scenario, options)
    if _train(sim, Goal(sim, iterations=options.iteration)) is None:
        return 130
    if options.format == "json":
        import json

        print(json.dumps(as_json(sim, scenario.name)))
        return 0
    for line in as_text(sim, scenario.title):
        print(line)
    return 0


def _check(options: argparse.Namespace) -> None:
    from nnsim.scenario.saving import save
    from nnsim.scenario.summary import summary

    guide = _guide(options)
    if guide:
        _check_guide(guide, options)
        return
    scenario = _load(options)
    if options.save is not None:
        save(scenario, options.save)
    for line in summary(scenario):
        print(line)
    if options.save is not None:
        print(f"  saved        {options.save}")


def _check_guide(guide: "Guide", options: argparse.Namespace) -> None:
    from nnsim.debugger.guide import simulation_of
    from nnsim.debugger.guide_checks import check
    from nnsim.scenario import load
    from nnsim.scenario.summary import summary

    if options.save is not None:
        raise UsageError(f"--save writes a scenario, and {options.scenario} is a guide")
    steps = check(guide, simulation_of(guide), LOCKABLE)
    asked = sum(step.question is not None for step in steps)
    print(f"{guide.title}: {guide.summary}" if guide.summary else guide.title)
    print(f"  guide        {len(steps)} steps, {asked} of them with a question")
    if guide.locked:
        print(f"  locked       {', '.join(guide.locked)}")
    print("  scenario     " + "\n".join(summary(load(guide.scenario, guide.overrides))))
