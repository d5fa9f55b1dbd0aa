"""The guide that a command line asks for."""

import argparse
from typing import TYPE_CHECKING

from nnsim.cli.options import UsageError, changes

if TYPE_CHECKING:
    from nnsim.scenario import Scenario
    from nnsim.scenario.guides import Guide


def guide_of(options: argparse.Namespace) -> "Guide | None":
    """The guide that is asked for, if it is one: by its name, by its file, or with --guide."""
    if options.scenario is None or options.target is not None:
        return None
    from nnsim.scenario.guides import is_guide, read_guide

    name = options.scenario
    if not getattr(options, "guide", False) and not is_guide(name):
        return None
    if changes(options):
        raise UsageError(f"{options.scenario}: a guide says itself what it changes; --seed and --set are for scenarios")
    return read_guide(name) if is_guide(name) else _guide_for(name)


def guide_beside(scenario: "Scenario") -> "Guide | None":
    """The guide that a scenario's file names."""
    from nnsim.scenario.guides import read_guide

    return read_guide(str(scenario.guide), scenario.source) if scenario.guide else None


def _guide_for(scenario: str) -> "Guide":
    """The guide of a built-in scenario, or the one that a scenario's file names."""
    from nnsim.scenario import load, names
    from nnsim.scenario.course import guide_for
    from nnsim.scenario.guides import read_guide

    if scenario.endswith(".toml"):
        beside = guide_beside(load(scenario))
        if beside is None:
            raise UsageError(f'{scenario} names no guide; allowed: guide = "my-lesson.toml" in it')
        return beside
    found = guide_for(scenario)
    if found is None:
        known = ", ".join(name for name in names() if guide_for(name))
        raise UsageError(f"there is no guide for {scenario!r}; there are guides for {known}")
    return read_guide(found)
