"""Made-up data sets: each a table of options with a `make` that fills in the rows."""

import numpy as np

from nnsim.engine.spec import Array
from nnsim.scenario.schema import GeneratorTable, NotNegative, Samples

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


class Generated(GeneratorTable, kw_only=True):
    """What a generator gives: names of inputs and targets, and their rows."""

    @property
    def input_names(self) -> tuple[str, ...]:
        return ("x1", "x2")

    @property
    def target_names(self) -> tuple[str, ...]:
        return ("y",)

    def make(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Inputs (samples, inputs) and targets (samples, outputs)."""
        raise NotImplementedError


class Xor(Generated, kw_only=True):
    """The corners of a square in turn, with gaussian noise; 1 where exactly one of the two coordinates is 1."""

    samples: Samples = 4
    noise: NotNegative = 0.0

    def make(self, rng: np.random.Generator) -> tuple[Array, Array]:
        corners = CORNERS[np.arange(self.samples) % 4]
        targets = (corners[:, :1] != corners[:, 1:]).astype(np.float64)
        return corners + self.noise * rng.standard_normal(corners.shape), targets


GENERATORS: dict[str, type[Generated]] = {"xor": Xor}
