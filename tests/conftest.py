from collections.abc import Callable

import pytest

from nnsim.engine.simulation import Simulation
from tests.experiments import make_experiment


@pytest.fixture
def simulate() -> Callable[..., Simulation]:
    return lambda **wanted: Simulation(make_experiment(**wanted))
