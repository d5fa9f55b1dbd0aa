"""The commands. Imports what a command needs when it runs, so that --help and --version answer at once."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from nnsim.cli import checking, comparing, opening, reading, tracing, training, worksheets
from nnsim.cli.options import Parser, UsageError
from nnsim.engine import threads

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
  nnsim worksheet xor            one iteration on paper, with a key
  nnsim compare xor --vary training.optimizer.name=sgd,momentum,adam
  nnsim xor --set training.optimizer.name=sgd --seed 3
"""

COMMANDS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], str]] = {
    "list": (reading.list_options, "the built-in scenarios, a line each"),
    "run": (training.options, "train without a screen and print the final metrics"),
    "compare": (comparing.options, "the same start under several values: a race"),
    "trace": (tracing.options, "print every number of one iteration"),
    "worksheet": (worksheets.options, "write one iteration on paper: blanks to fill in, and an answer key"),
    "check": (checking.options, "check a scenario or a guide and say what it would do"),
    "learn": (opening.learn_options, "the course: fifteen lessons, resumed where they were left"),
    "explain": (reading.explain_options, "what a term means"),
    "new": (reading.new_options, "write a commented scenario or guide to start from"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    threads.start_with_one()
    _stand_in()
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


def _stand_in() -> None:
    """For streams that were closed before the start, as by >&-: what they would say goes nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - until the end


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
        parser = Parser(prog=f"nnsim {first}", description=COMMANDS[first][1])
        commands[first](parser)
        options, rest = parser.parse_known_args(arguments[1:])
        if rest:
            raise parser.surplus(rest[0])
        return options
    parser = _main_parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not rest[0].startswith("-"):
        raise _surplus(options.scenario, rest[0])
    if rest:
        raise parser.surplus(rest[0])
    _look_for_slip(options.scenario)
    return options


def _look_for_slip(word: str | None) -> None:
    """A word that is nearer to a command than to any scenario is a slip of the keys. Raises UsageError."""
    from nnsim.scenario import names
    from nnsim.scenario.errors import did_you_mean, found

    if word is None or "." in word or word in names() or os.path.exists(word):
        return
    known = (*COMMANDS, "--help", "--version")
    hint = did_you_mean(word, known)
    if hint and hint == did_you_mean(word, (*names(), *known)):
        raise UsageError(f"there is neither a scenario nor a command {found(word)}; {hint}")


def _surplus(first: str, second: str) -> UsageError:
    """What is wrong with two words, neither of which is an option."""
    from nnsim.scenario.errors import did_you_mean, safe

    if hint := did_you_mean(first, COMMANDS):
        return UsageError(f"there is no command {first!r}; {hint}")
    commands = f"commands are {', '.join(COMMANDS)}"
    if second in COMMANDS:
        return UsageError(f"the command comes first: nnsim {second} {safe(first)}")
    return UsageError(f"found {second!r} after {first!r}, which is no command; {commands}")


def _main_parser() -> Parser:
    widest = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:<{widest}}  {text}" for name, (_, text) in COMMANDS.items())
    parser = Parser(
        prog="nnsim",
        description="Step through the training of a neural network, forwards and backwards in time.",
        epilog=f"commands:\n{listed}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    opening.open_options(parser)
    return parser
