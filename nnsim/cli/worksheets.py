"""nnsim worksheet: one iteration on paper, to be filled in, and its answer key."""

import argparse
import os
import re
from pathlib import Path

from nnsim.cli.moments import go_to
from nnsim.cli.options import SCENARIO, UsageError, load, natural, scenario_options, session


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", help=SCENARIO)
    parser.add_argument(
        "--iteration", type=natural, default=0, metavar="N", help="which one, counted from 0; default 0"
    )
    parser.add_argument("--format", choices=("markdown", "html"), help="default: what FILE ends with, else markdown")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the worksheet; its key is written beside it, as FILE-key"
    )
    parser.add_argument("--digits", type=_digits, default=4, metavar="N", help="significant digits, 2 to 12; default 4")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    scenario_options(parser)
    parser.set_defaults(command=_worksheet)


def _digits(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= 12:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of digits from 2 to 12")
    return int(text)


def _worksheet(options: argparse.Namespace) -> None:
    from nnsim.formats.pages import FORMATS
    from nnsim.formats.worksheet import worksheet
    from nnsim.scenario.errors import safe

    scenario = load(options)
    ending, write = FORMATS[_format(options)]
    path: Path = options.output or Path(f"{_stem(scenario.name)}-worksheet{ending}")
    beside = _beside(path)
    for each in (path, beside):
        _check(each, options.force)
    opened = session(scenario, options)
    go_to(opened, options.iteration)
    sheet = worksheet(scenario, opened.sim, options.digits)
    _save(path, write(sheet.blank))
    _save(beside, write(sheet.key))
    print(f"{safe(str(path))}: the worksheet\n{safe(str(beside))}: its answer key")


def _beside(path: Path) -> Path:
    """Where the key goes."""
    if not path.name or path.is_dir():
        raise UsageError(f"{path} is a folder: name a file")
    return path.with_name(f"{path.stem}-key{path.suffix}")


def _check(path: Path, force: bool) -> None:
    """Whether a file can be put there, before any training."""
    from nnsim.scenario.errors import safe

    name, above = safe(str(path)), next((each for each in path.parents if each.exists()), None)
    if above and not above.is_dir():
        raise UsageError(f"{name} cannot be written: {safe(str(above))} is not a folder")
    if os.path.lexists(path) and not path.is_file():
        raise UsageError(f"{name} is no plain file: --output names another one")
    if os.path.lexists(path) and not force:
        raise UsageError(f"{name} is there already: --force replaces it, --output names another file")


def _save(path: Path, text: str) -> None:
    from nnsim.scenario.errors import safe
    from nnsim.tui.files import write_atomically

    try:
        write_atomically(path, text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{safe(str(path))} cannot be written: {getattr(error, 'strerror', None) or error}") from None


def _format(options: argparse.Namespace) -> str:
    if options.format:
        return str(options.format)
    return "html" if options.output and options.output.suffix.lower() in (".html", ".htm") else "markdown"


def _stem(name: str) -> str:
    """The name of a scenario as part of the name of a file."""
    return re.sub(r"[^\w.-]+", "-", Path(name).stem).strip("-.") or "scenario"
