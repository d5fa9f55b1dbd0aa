from typing import Any

import numpy as np
import pytest

from nnsim.engine.batches import Batches
from nnsim.engine.simulation import Simulation
from tests.experiments import make_experiment


def batches(rows: int, size: int | None, shuffle: bool = True, seed: int = 0) -> Batches:
    experiment = make_experiment(rows=rows, batch_size=size, seed=seed, shuffle=shuffle)
    return Batches(experiment.data, experiment.training, seed)


def test_an_epoch_takes_every_row_once_and_its_last_batch_is_smaller() -> None:
    b = batches(11, 4)
    for epoch in range(5):
        parts = [b.indices(t) for t in range(3 * epoch, 3 * epoch + 3)]
        assert [len(part) for part in parts] == [4, 4, 3]
        assert [b.count(t) for t in range(3 * epoch, 3 * epoch + 3)] == [4, 4, 3]
        assert sorted(np.concatenate(parts)) == list(range(11))


def test_the_order_is_a_pure_function_of_seed_and_epoch() -> None:
    forwards = [batches(50, 8).indices(t).tolist() for t in range(70)]
    b = batches(50, 8)
    assert [b.indices(t).tolist() for t in reversed(range(70))][::-1] == forwards
    assert forwards[:7] != forwards[7:14]
    assert [batches(50, 8, seed=1).indices(t).tolist() for t in range(7)] != forwards[:7]


@pytest.mark.parametrize(("size", "shuffle"), [(None, True), (11, True), (100, True), (4, False)])
def test_rows_stay_in_order_without_shuffling_and_in_full_batches(size: int | None, shuffle: bool) -> None:
    b = batches(11, size, shuffle)
    epoch = np.concatenate([b.indices(t) for t in range(b.per_epoch)])
    assert epoch.tolist() == list(range(11))


@pytest.mark.parametrize("options", [{"rows": 11, "batch_size": 4}, {"rows": 5}, {"rows": 6, "batch_size": 1}])
def test_frames_hold_the_rows_of_their_batch(options: dict[str, Any]) -> None:
    experiment = make_experiment(**options)
    sim = Simulation(experiment)
    for t in (0, 1, 2, 5, 3):
        sim.seek(t)
        frame = sim.frame
        np.testing.assert_array_equal(frame["x"], experiment.data.x[frame.rows])
        np.testing.assert_array_equal(frame["y"], experiment.data.y[frame.rows])
        assert frame["z1"].shape == (len(frame.rows), 3)
        assert frame.axis_names("z1", 0) == tuple(f"#{row}" for row in frame.rows)
