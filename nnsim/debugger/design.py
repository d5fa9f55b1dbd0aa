"""What a scenario looks like before it starts: its network with its start weights, on a few of its rows."""

from dataclasses import dataclass, replace

from nnsim.debugger.session import Session
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Data, Experiment, Network, Optimizer, Schedule, Training

ROWS = 4  # are enough for a picture
MOST = 200_000  # parameters; more would be slow to draw at every key


@dataclass(frozen=True, kw_only=True)
class _Preview:
    network: Network
    training: Training
    data: Data
    seed: int


def preview(experiment: Experiment) -> Session:
    """A session with the network and start weights of an experiment, whose data and optimizer take hardly any room."""
    data = experiment.data
    few = replace(
        data,
        x=data.x[:ROWS],
        y=data.y[:ROWS],
        x_validation=data.x_validation[:0],
        y_validation=data.y_validation[:0],
        rows=data.rows[:ROWS],
        rows_validation=data.rows_validation[:0],
    )
    plain = replace(
        experiment.training,
        optimizer=Optimizer(name="sgd"),
        schedule=Schedule(name="constant"),
        batch_size=None,
        patience=None,
    )
    small = _Preview(network=experiment.network, training=plain, data=few, seed=experiment.seed)
    return Session(Simulation(small, memory=1))
