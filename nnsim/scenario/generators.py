"""Made-up data sets: each a table of options with a `make` that fills in the rows."""

from typing import Annotated

import numpy as np
from msgspec import Meta

from nnsim.engine.spec import Array, Indices
from nnsim.scenario.schema import GeneratorTable, Samples, Share

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])

Noise = Annotated[float, Meta(ge=0, le=1000, description="a number from 0 to 1000")]
Turns = Annotated[float, Meta(gt=0, le=5, description="a number above 0, up to 5")]
Squares = Annotated[int, Meta(ge=2, le=10, description="a whole number from 2 to 10")]
Ratio = Annotated[float, Meta(ge=1, le=1000, description="a number from 1 to 1000")]
Degrees = Annotated[float, Meta(ge=-360, le=360, description="a number from -360 to 360")]


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


class TwoClasses(Generated, kw_only=True):
    """Points of a plane that belong to class 0 or 1, in turn.

    noise: the standard deviation by which a point is moved from its place.
    wrong_labels: the share of rows whose 0 and 1 are exchanged.
    """

    samples: Samples = 200
    noise: Noise = 0.0
    wrong_labels: Share = 0.0

    def make(self, rng: np.random.Generator) -> tuple[Array, Array]:
        labels = np.arange(self.samples) % 2
        points = self.places(labels, rng) + self.noise * rng.standard_normal((self.samples, 2))
        wrong = rng.permutation(self.samples)[: round(self.wrong_labels * self.samples)]
        labels[wrong] = 1 - labels[wrong]
        return points, labels[:, np.newaxis].astype(np.float64)

    def places(self, labels: Indices, rng: np.random.Generator) -> Array:
        """Where the points of these labels (samples,) stand without noise: shape (samples, 2)."""
        raise NotImplementedError


class Xor(Generated, kw_only=True):
    """The corners of a square in turn, with gaussian noise; 1 where exactly one of the two coordinates is 1."""

    samples: Samples = 4
    noise: Noise = 0.0

    def make(self, rng: np.random.Generator) -> tuple[Array, Array]:
        corners = CORNERS[np.arange(self.samples) % 4]
        targets = (corners[:, :1] != corners[:, 1:]).astype(np.float64)
        return corners + self.noise * rng.standard_normal(corners.shape), targets


class Circles(TwoClasses, kw_only=True):
    """A disc of radius 1 (class 1) inside a ring from 1.4 to 2 (class 0)."""

    def places(self, labels: Indices, rng: np.random.Generator) -> Array:
        share = rng.random(self.samples)
        return _polar(np.where(labels, np.sqrt(share), 1.4 + 0.6 * share), 2 * np.pi * rng.random(self.samples))


class Moons(TwoClasses, kw_only=True):
    """Two half circles of radius 1, each reaching into the other: the upper one is class 0, the lower class 1."""

    def places(self, labels: Indices, rng: np.random.Generator) -> Array:
        upper = _polar(np.ones(self.samples), np.pi * rng.random(self.samples))
        return np.where(labels[:, np.newaxis], [1.0, 0.5] - upper, upper)


class Spiral(TwoClasses, kw_only=True):
    """Two arms around each other, from radius 0.3 to 3."""

    turns: Turns = 1.0

    def places(self, labels: Indices, rng: np.random.Generator) -> Array:
        way = rng.random(self.samples)
        return _polar(0.3 + 2.7 * way, 2 * np.pi * self.turns * way + np.pi * labels)


class Gaussians(TwoClasses, kw_only=True):
    """Two round clouds, around (−1, −1) and (1, 1); their width is the noise."""

    noise: Noise = 0.5

    def places(self, labels: Indices, rng: np.random.Generator) -> Array:
        return np.repeat(2.0 * labels[:, np.newaxis] - 1, 2, axis=1)


class Checkerboard(TwoClasses, kw_only=True):
    """The square from −2 to 2, cut into black and white ones; the lower left one is class 0."""

    squares: Squares = 4

    def places(self, labels: Indices, rng: np.random.Generator) -> Array:
        squares = np.indices((self.squares, self.squares)).reshape(2, -1).T
        corners = np.empty((self.samples, 2))
        for label in (0, 1):
            own, rows = squares[squares.sum(axis=1) % 2 == label], np.flatnonzero(labels == label)
            corners[rows] = own[rng.integers(0, len(own), len(rows))]
        return 4 * (corners + rng.random(corners.shape)) / self.squares - 2


class Sine(Generated, kw_only=True):
    """y = sin x, for x from −π to π; the noise is that of y."""

    samples: Samples = 64
    noise: Noise = 0.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return ("x",)

    def make(self, rng: np.random.Generator) -> tuple[Array, Array]:
        x = rng.uniform(-np.pi, np.pi, (self.samples, 1))
        return x, np.sin(x) + self.noise * rng.standard_normal(x.shape)


class Plane(Generated, kw_only=True):
    """y = 2·x1 − x2 + 0.5, for inputs from −2 to 2; the noise is that of y.

    outliers: the share of rows whose y is 10 too large.
    """

    samples: Samples = 64
    noise: Noise = 0.0
    outliers: Share = 0.0

    def make(self, rng: np.random.Generator) -> tuple[Array, Array]:
        x = rng.uniform(-2, 2, (self.samples, 2))
        y = x @ [[2.0], [-1.0]] + 0.5 + self.noise * rng.standard_normal((self.samples, 1))
        y[rng.permutation(self.samples)[: round(self.outliers * self.samples)]] += 10
        return x, y


class Valley(Generated, kw_only=True):
    """Points around an ellipse, y = x1 + x2: to a linear neuron with a squared error, a long narrow valley.

    The longer half-axis is 1. So for three samples or more the second derivative of the mean squared error by the two
    weights has the eigenvalues 1, across the valley, and 1/ratio², along it.
    ratio: length of the ellipse to its width. angle: between its length and the axis of x1, in degrees.
    """

    samples: Samples = 32
    noise: Noise = 0.0
    ratio: Ratio = 10.0
    angle: Degrees = 20.0

    def make(self, rng: np.random.Generator) -> tuple[Array, Array]:
        around = _polar(np.ones(self.samples), 2 * np.pi * np.arange(self.samples) / self.samples)
        cosine, sine = _polar(np.ones(1), np.radians([self.angle]))[0]
        x = around * [1, 1 / self.ratio] @ np.array([[cosine, sine], [-sine, cosine]])
        return x, x.sum(axis=1, keepdims=True) + self.noise * rng.standard_normal((self.samples, 1))


def _polar(radius: Array, angle: Array) -> Array:
    """Points (samples, 2) at these distances and directions from the origin."""
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


GENERATORS: dict[str, type[Generated]] = {
    "xor": Xor,
    "gaussians": Gaussians,
    "circles": Circles,
    "moons": Moons,
    "spiral": Spiral,
    "checkerboard": Checkerboard,
    "sine": Sine,
    "plane": Plane,
    "valley": Valley,
}
