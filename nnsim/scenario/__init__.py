"""Scenarios: files and CSVs read, checked and made ready for the engine.

The list of scenarios answers without NumPy; loading one imports the rest.
"""

from typing import TYPE_CHECKING, Any

from nnsim.scenario.builtin import Entry, catalogue, names
from nnsim.scenario.errors import ScenarioError

if TYPE_CHECKING:
    from nnsim.scenario.loading import Scenario, from_csv, load

__all__ = ["Entry", "Scenario", "ScenarioError", "catalogue", "from_csv", "load", "names"]


def __getattr__(name: str) -> Any:
    if name in ("Scenario", "from_csv", "load"):
        from nnsim.scenario import loading

        return getattr(loading, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
