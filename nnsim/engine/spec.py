"""What is to be trained: plain, frozen descriptions that the engine compiles. No arithmetic here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nnsim.engine.expressions import Node

Array = NDArray[np.floating]
Indices = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Initialization:
    """How the weights of a layer start: the name of an initializer and its options."""

    name: str
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A dense layer: every unit is connected to every unit before it."""

    units: int
    activation: str
    init: Initialization
    dropout: float = 0.0  # the share of its activations that are silenced at each iteration


@dataclass(frozen=True, kw_only=True)
class Network:
    """Layers counted from 1; `weights` gives exact start values by parameter name (W1, b1, ...)."""

    inputs: int
    layers: tuple[Layer, ...]
    weights: Mapping[str, Array] = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """The name of an optimizer and the options that differ from its defaults."""

    name: str
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How the learning rate changes over the epochs."""

    name: str
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Training:
    """How the network is trained. `batch_size` None means all training rows at once; a limit of 0 is none."""

    loss: str
    optimizer: Optimizer
    epochs: int
    batch_size: int | None = None
    shuffle: bool = True
    l1: float = 0.0
    l2: float = 0.0
    clip_norm: float = 0.0
    clip_value: float = 0.0
    schedule: Schedule = field(default_factory=lambda: Schedule(name="constant"))
    patience: int | None = None  # epochs without a better validation loss before training stops
    dtype: str = "float64"


@dataclass(frozen=True, kw_only=True)
class Data:
    """Numbers ready for training, rows are samples.

    x, x_validation: (rows, inputs); y, y_validation: (rows, outputs).
    rows, rows_validation: where each row stood in its source, counted from 0.
    scales: how much of the source's unit one of y is, by target; empty where y is as in the source.
    origin: tells of "x" or "y", a row of the source and a column how the number came about: what the source says, and
        the arithmetic if there is any. None where there is nothing to tell.
    """

    x: Array
    y: Array
    x_validation: Array
    y_validation: Array
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    rows: Indices
    rows_validation: Indices
    scales: tuple[float, ...] = ()
    origin: Callable[[str, int, int], tuple[str, Node | None] | None] | None = None


class Experiment(Protocol):
    """All that a simulation needs. A scenario is one."""

    @property
    def network(self) -> Network: ...
    @property
    def training(self) -> Training: ...
    @property
    def data(self) -> Data: ...
    @property
    def seed(self) -> int: ...
