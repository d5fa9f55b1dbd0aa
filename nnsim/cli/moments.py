"""The moment of a training that a command is about: which edits lead to it, and the way there."""

import argparse
import time
from typing import TYPE_CHECKING

from nnsim.cli.options import UsageError
from nnsim.cli.training import SLICE, in_slices

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

STRIDE = 64  # iterations between two looks at the clock


def edit_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--edit",
        action="append",
        default=[],
        metavar="WHAT=VALUE@N",
        help="change a number or a setting from iteration N on, e.g. W1[0,2]=0.5@250; may be repeated",
    )


def go_to(opened: "Session", iteration: int) -> None:
    """Trains that far, with a bar where it takes long; patience ends nothing here. KeyboardInterrupt by Ctrl-C."""

    def work() -> bool | None:
        end = time.monotonic() + SLICE
        while opened.iteration < iteration and time.monotonic() < end:
            opened.go_to(min(opened.iteration + STRIDE, iteration))
        return True if opened.iteration >= iteration else None

    if in_slices(work, iteration, lambda: (opened.iteration, f"{opened.sim.losses[-1]:.4g}")) is None:
        raise KeyboardInterrupt
    opened.go_to(iteration)


def edit(opened: "Session", words: list[str]) -> None:
    """Stands on the branch that the edits lead to, made in the order of their iterations."""
    from nnsim.debugger.edits import EditError, read
    from nnsim.scenario.errors import found

    def iteration_of(word: str) -> int:
        if "=" not in word:
            raise EditError(f"found {found(word)}; expected WHAT=VALUE@N, for example W1[0,2]=0.5@250")
        iteration = read(word).iteration
        if iteration is None:
            raise EditError(f"{word}: says not at which iteration; allowed: {word}@250")
        return iteration

    try:
        for word in sorted(words, key=iteration_of):
            go_to(opened, iteration_of(word))
            opened.edit(word)
    except EditError as error:
        raise UsageError(f"--edit: {error}") from None
