"""nnsim trace: every number of one iteration as text."""

import argparse

from nnsim.cli.moments import edit, edit_option, go_to
from nnsim.cli.options import SCENARIO, load, natural, scenario_options, session


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", help=SCENARIO)
    parser.add_argument(
        "--iteration", type=natural, default=0, metavar="N", help="which one, counted from 0; default 0"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    edit_option(parser)
    scenario_options(parser)
    parser.set_defaults(command=_trace)


def _trace(options: argparse.Namespace) -> None:
    from nnsim.formats.trace import as_json, as_text

    scenario = load(options)
    opened = session(scenario, options)
    edit(opened, options.edit)
    go_to(opened, options.iteration)
    if options.format == "json":
        import json

        print(json.dumps(as_json(opened.sim, scenario.name)))
        return
    edits = (branch.title for branch in opened.branch.path if branch.parent)
    for line in as_text(opened.sim, ", ".join([scenario.title, *edits])):
        print(line)
