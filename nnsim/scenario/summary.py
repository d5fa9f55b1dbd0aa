"""What a scenario would train, in plain lines."""

from collections.abc import Iterator

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.metrics import SAMPLE, Evaluator
from nnsim.engine.simulation import Simulation
from nnsim.scenario.builtin import in_words
from nnsim.scenario.errors import listing, plural
from nnsim.scenario.loading import Scenario
from nnsim.scenario.report import Report

WIDEST = 30  # name of a column that others are aligned with


def architecture(scenario: Scenario) -> str:
    """2 → 4 tanh → 1 sigmoid"""
    layers = (f"{layer.units} {ACTIVATIONS[layer.activation].name}" for layer in scenario.network.layers)
    return in_words(str(scenario.network.inputs), layers)


def summary(scenario: Scenario) -> Iterator[str]:
    """The lines of `nnsim check`."""
    yield f"{scenario.title}: {scenario.summary}" if scenario.summary else scenario.title
    if scenario.report:
        yield from _table(scenario.report)
    yield from _data(scenario)
    yield from _training(scenario)


def _table(report: Report) -> Iterator[str]:
    skipped = f", {report.skipped:,} of them without a target and left out" if report.skipped else ""
    yield f"  table        {report.rows:,} rows of {plural(len(report.fields), 'column')}{skipped}; {report.dialect}"
    name = min(WIDEST, max(len(field.name) for field in report.fields))
    role = max(len(field.role) for field in report.fields)
    for number, field in enumerate(report.fields):
        head = "" if number else "columns"
        yield f"  {head:<12} {field.name:<{name}}  {field.role:<{role}}  {field.text}"
    yield f"  task         {report.task}"


def _data(scenario: Scenario) -> Iterator[str]:
    data = scenario.data
    yield f"  data         {len(data.x):,} training rows, {len(data.x_validation):,} held out for validation"
    yield f"  inputs       {listing(data.input_names)}"
    yield f"  targets      {listing(data.target_names)}"
    for name, scaling in zip(data.target_names, scenario.scalings, strict=False):
        sign = "+" if scaling.mean < 0 else "−"
        shifted = f"({name} {sign} {abs(scaling.mean):.6g}) / {scaling.std:.6g}"
        yield f"  standardised y = {shifted}: this is what the network learns"
        yield f"               the loss is in the unit of this y, mae in that of {name}"


def _training(scenario: Scenario) -> Iterator[str]:
    sim, data, training = Simulation(scenario), scenario.data, scenario.training
    batch = min(training.batch_size or len(data.x), len(data.x))
    options = ", ".join(f"{name} {value:g}" for name, value in sim.program.options.items())
    metrics = "accuracy" if Evaluator(scenario).classifies else "mae, r2"
    yield f"  network      {architecture(scenario)}: {sim.program.layout.parameters:,} parameters"
    yield f"  loss         {training.loss.replace('_', ' ')}"
    sample = sampled(scenario)
    yield f"  metrics      loss, {metrics}{f'; {sample}' if sample else ''}"
    yield f"  optimizer    {training.optimizer.name}: {options}"
    count = sim.iterations_per_epoch
    epoch = f"{count:,} {'iteration' if count == 1 else 'iterations'} with batches of {batch:,}"
    yield f"  training     {training.epochs:,} {'epoch' if training.epochs == 1 else 'epochs'} of {epoch}"
    yield f"  an iteration {len(sim.program)} ops"


def sampled(scenario: Scenario) -> str:
    """Which metrics are not of all rows; empty where all are."""
    rows = {"training": len(scenario.data.x), "validation": len(scenario.data.x_validation)}
    many = [f"{count:,} {which} rows" for which, count in rows.items() if count > SAMPLE]
    return f"over a fixed sample of {SAMPLE:,} of the {' and '.join(many)}" if many else ""
