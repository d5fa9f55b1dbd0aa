"""nnsim, nnsim xor, nnsim learn: the screen."""

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import nnsim
from nnsim.cli.guides import guide_of
from nnsim.cli.options import UsageError, changes, load, scenario_options, session

if TYPE_CHECKING:
    from nnsim.debugger.progress import Progress
    from nnsim.debugger.session import Session


@contextmanager
def no_collecting() -> Iterator[None]:
    """Importing and loading leave hardly any garbage, and looking for it takes a tenth of the time to the first paint.

    The app collects from its first paint on.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def open_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scenario", nargs="?", help="a built-in scenario, a .toml file or a .csv file; without it: a picker"
    )
    parser.add_argument("--guide", action="store_true", help="with the guide of a built-in scenario")
    scenario_options(parser)
    parser.add_argument("--version", action="version", version=f"nnsim {nnsim.__version__}")
    parser.set_defaults(command=_open)


def learn_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_learn, memory=None)


@no_collecting()
def _open(options: argparse.Namespace) -> None:
    if options.scenario is None and (options.guide or changes(options)):
        raise UsageError("--guide, --seed, --set and --target need a scenario: nnsim xor --seed 3")
    guide = guide_of(options)
    if guide:
        from nnsim.tui.learning import start

        progress = _progress()
        _show(None, options, first=start(guide, progress), progress=progress)
        return
    _show(None if options.scenario is None else session(load(options), options), options)


@no_collecting()
def _learn(options: argparse.Namespace) -> None:
    _show(None, options, course_first=True)


def _show(shown: "Session | None", options: argparse.Namespace, **learning: Any) -> None:
    """The screen, until the user leaves it."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the screen needs a terminal; without one use: nnsim trace, nnsim run, nnsim list")
    from nnsim.scenario import load as read
    from nnsim.tui import run
    from nnsim.tui.learning import Learning

    learned = Learning(**{"progress": _progress(), **learning})
    run(shown, lambda name: session(read(name), options), learning=learned)


def _progress() -> "Progress":
    from nnsim.debugger.progress import Progress

    return Progress()
