from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from nnsim.engine.simulation import Simulation
from tests.experiments import make_experiment

# The same examples at each run, however slow the machine; `--hypothesis-profile=wide` looks for others
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("wide", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture
def simulate() -> Callable[..., Simulation]:
    return lambda **wanted: Simulation(make_experiment(**wanted))
