"""What a scenario would train, in plain lines."""

from collections.abc import Iterator

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.simulation import Simulation
from nnsim.scenario.loading import Scenario


def architecture(scenario: Scenario) -> str:
    """2 → 4 tanh → 1 sigmoid"""
    layers = (f"{layer.units} {ACTIVATIONS[layer.activation].name}" for layer in scenario.network.layers)
    return " → ".join([str(scenario.network.inputs), *layers])


def summary(scenario: Scenario) -> Iterator[str]:
    """The lines of `nnsim check`."""
    sim, data, training = Simulation(scenario), scenario.data, scenario.training
    batch = min(training.batch_size or len(data.x), len(data.x))
    options = ", ".join(f"{name} {value:g}" for name, value in sim.program.options.items())
    yield f"{scenario.title}: {scenario.summary}" if scenario.summary else scenario.title
    yield f"  data         {len(data.x):,} training rows, {len(data.x_validation):,} held out for validation"
    yield f"  inputs       {', '.join(data.input_names)}"
    yield f"  targets      {', '.join(data.target_names)}"
    yield f"  network      {architecture(scenario)}: {sim.program.layout.parameters:,} parameters"
    yield f"  loss         {training.loss.replace('_', ' ')}"
    yield f"  optimizer    {training.optimizer.name}: {options}"
    epoch = f"{sim.iterations_per_epoch:,} iterations with batches of {batch:,}"
    yield f"  training     {training.epochs:,} epochs of {epoch}"
    yield f"  an iteration {len(sim.program)} ops"
