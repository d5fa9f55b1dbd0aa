"""nnsim check: whether a scenario or a guide is right, and what it would do."""

import argparse
import os
from typing import TYPE_CHECKING

from nnsim.cli.guides import guide_beside, guide_of
from nnsim.cli.options import UsageError, load, scenario_options
from nnsim.cli.training import same_answer

if TYPE_CHECKING:
    from nnsim.scenario.guides import Guide

LOCKABLE = ("settings", "network", "tensor", "why", "picture")  # what a guide may lock


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", help="a built-in scenario, a .toml file (also a guide) or a .csv file")
    parser.add_argument("--save", metavar="FILE.toml", help="write the scenario, so that it can be changed by hand")
    parser.add_argument("--force", action="store_true", help="with --save: replace a file that is there")
    scenario_options(parser)
    parser.set_defaults(command=_check)


def _check(options: argparse.Namespace) -> None:
    from nnsim.debugger.guide import simulation_of
    from nnsim.debugger.guide_checks import check
    from nnsim.scenario.errors import safe
    from nnsim.scenario.saving import save
    from nnsim.scenario.summary import summary

    guide = guide_of(options)
    if guide:
        _check_guide(guide, options)
        return
    scenario = load(options)
    beside = guide_beside(scenario)
    if beside:
        steps = check(beside, simulation_of(beside), LOCKABLE)
    if options.save is not None:
        if options.save.lower().endswith(".toml") and os.path.lexists(options.save) and not options.force:
            name = safe(options.save)
            raise UsageError(f"{name} is there already: --force replaces it, --save names another file")
        save(scenario, options.save)
    for line in summary(scenario):
        print(line)
    if always := same_answer(scenario):
        print(f"  baseline     {always}")
    if beside:
        print(f"  guide        {beside.file}: {len(steps)} {'step' if len(steps) == 1 else 'steps'}")
    if options.save is not None:
        print(f"  saved        {options.save}")


def _check_guide(guide: "Guide", options: argparse.Namespace) -> None:
    from nnsim.debugger.guide import simulation_of
    from nnsim.debugger.guide_checks import check
    from nnsim.scenario import load as read
    from nnsim.scenario.summary import summary

    if options.save is not None:
        raise UsageError(f"--save writes a scenario, and {options.scenario} is a guide")
    steps = check(guide, simulation_of(guide), LOCKABLE)
    asked = sum(step.question is not None for step in steps)
    print(f"{guide.title}: {guide.summary}" if guide.summary else guide.title)
    print(f"  guide        {len(steps)} steps, {asked} of them with a question")
    if guide.locked:
        print(f"  locked       {', '.join(guide.locked)}")
    print("  scenario     " + "\n".join(summary(read(guide.scenario, guide.overrides))))
