"""Step through the training of a neural network: every number, forwards and backwards in time.

    import nnsim
    sim = nnsim.Simulation(nnsim.load("xor"))
    sim.step(100)
    print(sim.frame["dW2"], sim.explain("dW2", (0, 0)).symbolic)

Names are imported when they are first used, so that `import nnsim` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnsim.engine.explanation import Explanation
    from nnsim.engine.frame import Frame
    from nnsim.engine.simulation import Simulation
    from nnsim.scenario import Scenario, ScenarioError, load

__version__ = "0.1.0"
__all__ = ["Explanation", "Frame", "Scenario", "ScenarioError", "Simulation", "__version__", "load"]

_HOMES = {
    "Explanation": "nnsim.engine.explanation",
    "Frame": "nnsim.engine.frame",
    "Simulation": "nnsim.engine.simulation",
    "Scenario": "nnsim.scenario",
    "ScenarioError": "nnsim.scenario",
    "load": "nnsim.scenario",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nnsim' has no attribute {name!r}")
