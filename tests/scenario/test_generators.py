"""Made-up data: where the points lie, what the options do, and what they may be."""

from typing import Any

import numpy as np
import pytest

from nnsim.engine.spec import Array, Data
from nnsim.scenario import ScenarioError, load
from nnsim.scenario.generators import GENERATORS

TWO_CLASSES = ("gaussians", "circles", "moons", "spiral", "checkerboard")


def made(generator: str, seed: int = 0, **options: Any) -> Data:
    layer = {"units": 1, "activation": "linear"}
    loss = {"training.loss": "mean_squared_error", "network": {"layers": [layer]}}
    return load("xor", {"data": {"generator": generator, **options}, "seed": seed, **loss}).data


def classes(generator: str, **options: Any) -> tuple[Array, Array]:
    """The points of class 0 and those of class 1."""
    data = made(generator, samples=2000, **options)
    return data.x[data.y[:, 0] == 0], data.x[data.y[:, 0] == 1]


@pytest.mark.parametrize("generator", GENERATORS)
def test_the_same_seed_makes_the_same_rows(generator: str) -> None:
    first, again, other = (made(generator, seed, samples=37, noise=0.1) for seed in (1, 1, 2))
    assert len(first.x) == len(first.y) == 37
    np.testing.assert_array_equal(first.x, again.x)
    np.testing.assert_array_equal(first.y, again.y)
    assert not (np.array_equal(first.x, other.x) and np.array_equal(first.y, other.y))


@pytest.mark.parametrize("generator", TWO_CLASSES)
def test_classes_are_of_equal_size(generator: str) -> None:
    zeros, ones = classes(generator)
    assert len(zeros) == len(ones) == 1000


@pytest.mark.parametrize("generator", TWO_CLASSES)
def test_wrong_labels_are_so_many(generator: str) -> None:
    right, wrong = made(generator, samples=200, noise=0.2), made(generator, samples=200, noise=0.2, wrong_labels=0.1)
    np.testing.assert_array_equal(right.x, wrong.x)
    assert (right.y != wrong.y).sum() == 20


def test_circles() -> None:
    ring, disc = (np.hypot(*points.T) for points in classes("circles"))
    assert disc.max() <= 1
    assert ring.min() >= 1.4
    assert ring.max() <= 2


def test_moons() -> None:
    upper, lower = classes("moons")
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5


@pytest.mark.parametrize("turns", [0.5, 1.5])
def test_the_arms_of_the_spiral_are_half_a_turn_apart(turns: float) -> None:
    first, second = classes("spiral", turns=turns)
    for arm, start in ((first, 0), (second, np.pi)):
        radius = np.hypot(*arm.T)
        angle = start + 2 * np.pi * turns * (radius - 0.3) / 2.7
        np.testing.assert_allclose(arm, np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), atol=1e-9)


def test_gaussians() -> None:
    for points, centre in zip(classes("gaussians", noise=0.5), (-1, 1), strict=True):
        np.testing.assert_allclose(points.mean(axis=0), centre, atol=0.06)
        np.testing.assert_allclose(points.std(axis=0), 0.5, atol=0.04)


@pytest.mark.parametrize("squares", [2, 3, 4])
def test_the_squares_of_the_checkerboard(squares: int) -> None:
    for colour, points in enumerate(classes("checkerboard", squares=squares)):
        places = np.floor((points + 2) * squares / 4).astype(int)
        assert (places.sum(axis=1) % 2 == colour).all()
        found = len(np.unique(places, axis=0))
        assert found == (squares**2 + (1 - colour)) // 2


def test_sine_has_one_input() -> None:
    data = made("sine", samples=500)
    assert data.input_names == ("x",)
    np.testing.assert_allclose(data.y, np.sin(data.x))
    assert np.abs(data.x).max() <= np.pi
    noisy = made("sine", samples=500, noise=0.3)
    assert (noisy.y - np.sin(noisy.x)).std() == pytest.approx(0.3, rel=0.1)


def test_plane_and_its_outliers() -> None:
    data = made("plane", samples=100, outliers=0.06)
    error = data.y[:, 0] - (2 * data.x[:, 0] - data.x[:, 1] + 0.5)
    assert sorted(error.round(9)) == [0] * 94 + [10] * 6


@pytest.mark.parametrize(("ratio", "angle"), [(1, 0), (10, 5), (50, 30)])
def test_the_valley_is_as_curved_as_it_says(ratio: float, angle: float) -> None:
    data = made("valley", samples=32, ratio=ratio, angle=angle)
    np.testing.assert_allclose(data.y[:, 0], data.x.sum(axis=1))
    curvature, directions = np.linalg.eigh(2 / 32 * data.x.T @ data.x)
    np.testing.assert_allclose(curvature, [1 / ratio**2, 1], rtol=1e-9)
    if ratio > 1:
        across = directions[:, 1]
        assert abs(np.degrees(np.arctan(across[1] / across[0]))) == pytest.approx(angle, abs=1e-6)


BAD = [
    ("circles", {"noise": -1}, "data.noise: found -1; allowed: a number from 0 to 1000"),
    ("moons", {"noise": 1e300}, "data.noise: found 1e+300; allowed: a number from 0 to 1000"),
    ("moons", {"samples": 0}, "data.samples: found 0; allowed: a whole number from 1 to 5000000"),
    ("moons", {"wrong_labels": 1}, "data.wrong_labels: found 1; allowed: a number from 0 to below 1"),
    ("spiral", {"turns": 0}, "data.turns: found 0; allowed: a number above 0, up to 5"),
    ("checkerboard", {"squares": 1}, "data.squares: found 1; allowed: a whole number from 2 to 10"),
    ("plane", {"outliers": "many"}, 'data.outliers: found "many"; allowed: a number from 0 to below 1'),
    ("valley", {"ratio": 0.5}, "data.ratio: found 0.5; allowed: a number from 1 to 1000"),
    ("valley", {"angle": 1e9}, "data.angle: found 1000000000.0; allowed: a number from -360 to 360"),
    ("sine", {"turns": 2}, "data.turns: unknown key; allowed: validation, standardize, generator, samples, noise"),
    ("cirkles", {}, 'data.generator: found "cirkles"; allowed: xor, gaussians, circles, moons, spiral'),
]


@pytest.mark.parametrize(("generator", "options", "line"), BAD, ids=[line for _, _, line in BAD])
def test_options_out_of_range(generator: str, options: dict[str, Any], line: str) -> None:
    with pytest.raises(ScenarioError) as error:
        made(generator, **options)
    assert line in str(error.value)


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_very_few_rows(generator: str, samples: int) -> None:
    data = made(generator, samples=samples, noise=1000)
    assert len(data.x) == samples
    assert np.isfinite(data.x).all()
