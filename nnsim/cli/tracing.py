"""nnsim trace: every number of one iteration as text."""

import argparse

from nnsim.cli.options import SCENARIO, load, natural, scenario_options, simulation
from nnsim.cli.training import train


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", help=SCENARIO)
    parser.add_argument(
        "--iteration", type=natural, default=0, metavar="N", help="which one, counted from 0; default 0"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    scenario_options(parser)
    parser.set_defaults(command=_trace)


def _trace(options: argparse.Namespace) -> int:
    from nnsim.engine.stopping import Goal
    from nnsim.formats.trace import as_json, as_text

    scenario = load(options)
    sim = simulation(scenario, options)
    if train(sim, Goal(sim, iterations=options.iteration)) is None:
        return 130
    if options.format == "json":
        import json

        print(json.dumps(as_json(sim, scenario.name)))
        return 0
    for line in as_text(sim, scenario.title):
        print(line)
    return 0
