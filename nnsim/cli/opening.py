"""nnsim, nnsim xor, nnsim learn: the screen."""

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import nnsim
from nnsim.cli.guides import guide_of
from nnsim.cli.moments import edit, edit_option, go_to
from nnsim.cli.options import UsageError, changes, load, scenario_options, session

if TYPE_CHECKING:
    from nnsim.debugger.progress import Progress
    from nnsim.debugger.session import Session
    from nnsim.scenario import Scenario


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
    edit_option(parser)
    parser.add_argument(
        "--at", metavar="MOMENT", help="open there: an iteration, with an op and a number, e.g. 250:backward.dW1[0,1]"
    )
    scenario_options(parser)
    parser.add_argument("--version", action="version", version=f"nnsim {nnsim.__version__}")
    parser.set_defaults(command=_open)


def learn_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_learn, memory=None)


@no_collecting()
def _open(options: argparse.Namespace) -> None:
    if options.scenario is None and (options.guide or options.edit or options.at or changes(options)):
        raise UsageError("--guide, --edit, --at, --seed, --set and --target need a scenario: nnsim xor --seed 3")
    guide = guide_of(options)
    if guide and (options.edit or options.at):
        raise UsageError(f"{options.scenario}: a guide says itself what it shows; --edit and --at are for scenarios")
    if guide:
        from nnsim.tui.learning import start

        progress = _progress()
        _show(None, options, first=start(guide, progress), progress=progress)
        return
    scenario = None if options.scenario is None else load(options)
    if not scenario:
        _show(None, options)
    elif options.target is not None and not (options.edit or options.at):  # what is made of a table is shown first
        _show(None, options, design=scenario)
    else:
        opened = session(scenario, options)
        edit(opened, options.edit)
        if options.at is not None:
            _place(opened, options.at)
        _show(opened, options)


def _place(opened: "Session", text: str) -> None:
    """Stands at the moment that the text means, trained that far with a bar where it takes long."""
    from nnsim.debugger.places import PlaceError, go, read

    try:
        place = read(text, opened)
    except PlaceError as error:
        raise UsageError(f"--at: {error}") from None

    go_to(opened, place.iteration)
    go(opened, place)


@no_collecting()
def _learn(options: argparse.Namespace) -> None:
    _show(None, options, course_first=True)


def _show(
    shown: "Session | None", options: argparse.Namespace, design: "Scenario | None" = None, **learning: Any
) -> None:
    """The screen, until the user leaves it."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the screen needs a terminal; without one use: nnsim trace, nnsim run, nnsim list")
    from nnsim.scenario import load as read
    from nnsim.tui import run
    from nnsim.tui.learning import Learning

    learned = Learning(**{"progress": _progress(), **learning})
    run(
        shown,
        lambda name: session(read(name), options),
        learning=learned,
        begin=lambda scenario: session(scenario, options),
        design=design,
    )


def _progress() -> "Progress":
    from nnsim.debugger.progress import Progress

    return Progress()
