"""Branches of a simulation, against a loop written by hand and against simulations that begin where the branch does."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnsim.engine.activations import ACTIVATIONS
from nnsim.engine.frame import Frame
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.engine.simulation import Simulation
from nnsim.engine.spec import Array, Optimizer
from tests.experiments import Experiment, make_experiment

FEW = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def bits(frame: Frame) -> dict[str, bytes]:
    return {name: frame[name].tobytes() for name in frame}


def begun_at(frame: Frame, experiment: Experiment, **changes: Any) -> Simulation:
    """A new training from the parameters of a frame."""
    weights = {name: frame[name].copy() for name in frame if name[0] in "Wb" and "." not in name}
    network = replace(experiment.network, weights={**weights, **changes})
    return Simulation(replace(experiment, network=network))


class Textbook:
    """Adam on "3 tanh, 1 sigmoid" with binary cross-entropy, as one writes it down; `put` changes what was computed."""

    def __init__(self, experiment: Experiment, frame: Frame, put: dict[tuple[str, tuple[int, ...]], float]) -> None:
        self.x, self.y, self.put = experiment.data.x, experiment.data.y, put
        self.p = {name: frame[name].copy() for name in ("W1", "b1", "W2", "b2")}
        self.m = {name: frame[f"{name}.m.prev"].copy() for name in self.p}
        self.v = {name: frame[f"{name}.v.prev"].copy() for name in self.p}
        self.t = frame.iteration
        self.values: dict[str, Array] = {}

    def set(self, name: str, values: Array) -> Array:
        values = np.array(values)
        for (tensor, index), value in self.put.items():
            if tensor == name:
                values[index] = value
        self.values[name] = values
        return values

    def step(self) -> None:
        p = {name: self.set(name, values) for name, values in self.p.items()}
        z1 = self.set("z1", self.x @ p["W1"] + p["b1"])
        a1 = self.set("a1", np.tanh(z1))
        z2 = self.set("z2", a1 @ p["W2"] + p["b2"])
        a2 = self.set("a2", 1 / (1 + np.exp(-z2)))
        dz2 = self.set("dz2", (a2 - self.y) / len(self.x))
        dw2, db2 = self.set("dW2", a1.T @ dz2), self.set("db2", dz2.sum(0))
        da1 = self.set("da1", dz2 @ p["W2"].T)
        dz1 = self.set("dz1", da1 * (1 - a1**2))
        dw1, db1 = self.set("dW1", self.x.T @ dz1), self.set("db1", dz1.sum(0))
        for name, g in {"W1": dw1, "b1": db1, "W2": dw2, "b2": db2}.items():
            m = self.set(f"{name}.m", 0.9 * self.m[name] + 0.1 * g)
            v = self.set(f"{name}.v", 0.999 * self.v[name] + 0.001 * g**2)
            mhat = self.set(f"{name}.mhat", m / (1 - 0.9 ** (self.t + 1)))
            vhat = self.set(f"{name}.vhat", v / (1 - 0.999 ** (self.t + 1)))
            step = self.set(f"{name}.step", 0.1 * mhat / (np.sqrt(vhat) + 1e-8))
            self.p[name] = self.set(f"{name}.next", p[name] - step)
            self.m[name], self.v[name] = m, v
        self.put, self.t = {}, self.t + 1


EDITED = [
    "W1",
    "b2",
    "z1",
    "a1",
    "z2",
    "a2",
    "dz2",
    "dW2",
    "da1",
    "dz1",
    "db1",
    "W1.m",
    "b1.v",
    "W2.vhat",
    "W2.step",
    "W1.next",
]


@FEW
@given(
    tensors=st.lists(st.sampled_from(EDITED), min_size=1, max_size=3, unique=True), t=st.integers(0, 40), data=st.data()
)
def test_numbers_set_by_hand_against_a_loop_written_by_hand(tensors: list[str], t: int, data: st.DataObject) -> None:
    experiment = make_experiment(optimizer="adam")
    sim = Simulation(experiment)
    sim.seek(t)
    frame = sim.frame
    put = {}
    for tensor in tensors:
        index = tuple(data.draw(st.integers(0, length - 1)) for length in frame[tensor].shape)
        put[tensor, index] = data.draw(st.floats(0.01, 0.99))
    branch = sim.branch(put)
    book = Textbook(experiment, frame, put)
    for _ in range(6):
        book.step()
        for name, values in book.values.items():
            np.testing.assert_allclose(branch.frame[name], values, rtol=1e-8, atol=1e-13, err_msg=name)
        branch.step()


@FEW
@given(t=st.integers(0, 30), value=st.floats(-2, 2), place=st.integers(0, 5))
def test_a_weight_set_by_hand_against_a_training_that_begins_with_it(t: int, value: float, place: int) -> None:
    experiment = make_experiment()
    sim = Simulation(experiment)
    sim.seek(t)
    index = divmod(place, 3)
    branch = sim.branch({("W1", index): value})
    weights = sim.frame["W1"].copy()
    weights[index] = value
    fresh = begun_at(sim.frame, experiment, W1=weights)
    branch.step(20)
    fresh.step(20)
    assert bits(branch.frame) == bits(fresh.frame)
    assert branch.losses[t:].tobytes() == fresh.losses.tobytes()
    assert branch.losses[:t].tobytes() == sim.losses[:-1].tobytes()


def mini(memory: int = 2**20) -> Simulation:
    return Simulation(make_experiment(optimizer="adam", rows=11, batch_size=4), memory)


NUMBERS = {("a1", (1, 2)): 0.25, ("W2", (0, 0)): -1.0, ("dW1", (1, 0)): 3.0, ("b1.m", (1,)): 0.5, ("loss", ()): 9.0}


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, bytes]]:
    sim = mini()
    sim.seek(20)
    branch = sim.branch(NUMBERS)
    frames = []
    for _ in range(150):
        frames.append(bits(branch.frame))
        branch.step()
    return frames


@FEW
@given(walk=st.lists(st.integers(20, 169), max_size=10), read=st.booleans(), memory=st.sampled_from([1, 4000, 2**20]))
def test_any_walk_gives_the_same_frames(
    recorded: list[dict[str, bytes]], walk: list[int], read: bool, memory: int
) -> None:
    sim = mini(memory)
    sim.seek(20)
    branch = sim.branch(NUMBERS)
    for t in [*walk, 20, 21]:
        branch.seek(t)
        if read:
            assert bits(branch.frame) == recorded[t - 20]
    assert bits(branch.frame) == recorded[1]
    branch.back()
    assert bits(branch.frame) == recorded[0]
    assert branch.frame["a1"][1, 2] == 0.25
    assert branch.losses[20] == 9.0


def test_the_one_it_branches_from_stays_as_it_is() -> None:
    sim, other = mini(), mini()
    sim.seek(20)
    before = [bits(sim.frame)]
    branch = sim.branch(NUMBERS)
    branch.step(50)
    assert bits(sim.frame) == before[0]
    sim.seek(60)
    other.seek(60)
    for _ in range(61):
        assert bits(sim.frame) == bits(other.frame)
        sim.back()
        other.back()
    assert sim.losses.tobytes() == other.losses.tobytes()


def test_it_begins_where_it_branched_off() -> None:
    sim = mini()
    sim.seek(20)
    branch = sim.branch(NUMBERS)
    branch.step(5)
    branch.back(100)
    assert (branch.iteration, branch.start) == (20, 20)
    with pytest.raises(ValueError, match="begins at iteration 20"):
        branch.seek(19)


def test_a_branch_of_a_branch_at_the_same_iteration_keeps_both_edits() -> None:
    sim = mini()
    sim.seek(20)
    once = sim.branch({("a1", (0, 0)): 0.5, ("a1", (0, 1)): 0.5}).branch({("W1", (0, 0)): 2.0, ("a1", (0, 1)): 0.75})
    together = sim.branch({("a1", (0, 0)): 0.5, ("a1", (0, 1)): 0.75, ("W1", (0, 0)): 2.0})
    assert bits(once.frame) == bits(together.frame)
    once.step(40)
    together.step(40)
    assert bits(once.frame) == bits(together.frame)


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam", "adadelta"])
def test_another_optimizer_starts_anew(name: str) -> None:
    experiment = make_experiment(optimizer="rmsprop")
    sim = Simulation(experiment)
    sim.seek(13)
    training = replace(experiment.training, optimizer=Optimizer(name=name, options={"learning_rate": 0.05}))
    changed = replace(experiment, training=training)
    branch, fresh = sim.branch(experiment=changed), begun_at(sim.frame, changed)
    nested = branch.branch({("b1", (0,)): float(branch.frame["b1"][0])})  # counts on from the same iteration
    for each in (branch, nested, fresh):
        each.step(30)
    assert bits(branch.frame) == bits(fresh.frame) == bits(nested.frame)
    for place in np.ndindex(branch.frame["W1"].shape):
        explained = branch.explain("W1.next", place)
        np.testing.assert_allclose(explained.value, explained.result, rtol=1e-12)
        for suffix in {op.name.partition(".")[2] for op in branch.program if op.name.startswith("W1.")}:
            explained = branch.explain(f"W1.{suffix}", place)
            np.testing.assert_allclose(explained.value, explained.result, rtol=1e-9, atol=1e-18)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_the_same_optimizer_goes_on(name: str) -> None:
    experiment = make_experiment(optimizer=name)
    sim = Simulation(experiment)
    sim.seek(13)
    branch = sim.branch(experiment=experiment)
    branch.step(30)
    sim.step(30)
    assert bits(branch.frame) == bits(sim.frame)


def test_other_data_from_there_on() -> None:
    experiment = make_experiment()
    sim = Simulation(experiment)
    sim.seek(7)
    x = experiment.data.x.copy()
    x[2, 1] = 4.0
    changed = replace(experiment, data=replace(experiment.data, x=x))
    branch, fresh = sim.branch(experiment=changed), begun_at(sim.frame, changed)
    branch.step(10)
    fresh.step(10)
    assert bits(branch.frame) == bits(fresh.frame)
    assert branch.metrics() == fresh.metrics()
    sim.step(10)
    assert sim.frame["x"][2, 1] == experiment.data.x[2, 1]


def test_held_weights_stay_and_say_so() -> None:
    sim = Simulation(make_experiment(optimizer="adam", l2=0.1))
    sim.seek(5)
    branch = sim.branch({("W2", (1, 0)): 0.0}, held=[("W2", (1, 0))])
    free = sim.branch({("W2", (1, 0)): 0.0})
    for _ in range(20):
        assert branch.frame["W2"][1, 0] == 0
        branch.step()
        free.step()
    assert free.frame["W2"][1, 0] != 0
    assert branch.frame["W2"][0, 0] != sim.frame["W2"][0, 0]
    explained = branch.explain("W2.step", (1, 0))
    assert explained.result == 0
    assert "by hand" in explained.source
    assert "by hand" not in branch.explain("W2.step", (0, 0)).source


def test_an_edited_number_says_so_and_the_others_explain_themselves() -> None:
    for activation in ACTIVATIONS:
        hidden = f"3 {activation}"
        sim = Simulation(
            make_experiment(f"{hidden}, 2 softmax", "categorical_cross_entropy", "adamw", l1=0.01, clip_norm=0.1)
        )
        sim.seek(3)
        put = {
            ("a1", (1, 2)): 0.4,
            ("z2", (0, 0)): 0.3,
            ("norm", ()): 2.0,
            ("W1.mhat", (0, 0)): 0.1,
            ("b1.v.prev", (1,)): 0.2,
        }
        branch = sim.branch(put)
        for tensor in branch.frame:
            for index in np.ndindex(branch.frame[tensor].shape):
                explained = branch.explain(tensor, index)
                if (tensor, index) in put:
                    assert explained.result == put[tensor, index]
                    assert explained.symbolic.endswith(f"set by hand, in place of {explained.source.split()[-1]}")
                    assert explained.formula is None
                    assert explained.numpy == ""
                else:
                    assert "by hand" not in explained.source
                    np.testing.assert_allclose(explained.value, explained.result, rtol=1e-9, atol=1e-12, err_msg=tensor)
        branch.step()
        assert "by hand" not in branch.explain("a1", (1, 2)).source


def test_dropout_masks_can_be_set() -> None:
    experiment = make_experiment(optimizer="sgd")
    layers = (replace(experiment.network.layers[0], dropout=0.5), *experiment.network.layers[1:])
    sim = Simulation(replace(experiment, network=replace(experiment.network, layers=layers)))
    sim.seek(4)
    branch = sim.branch({("mask1", (0, 0)): 7.0})
    assert branch.frame["drop1"][0, 0] == 7 * branch.frame["a1"][0, 0]
    after = branch.frame
    branch.step()
    branch.back()
    assert bits(branch.frame) == bits(after)


@pytest.mark.parametrize(
    ("number", "error"), [(("W9", (0,)), KeyError), (("W1", (9, 9)), IndexError), (("W1", (0,)), IndexError)]
)
def test_numbers_that_there_are_not(number: tuple[str, tuple[int, ...]], error: type[Exception]) -> None:
    with pytest.raises(error):
        mini().branch({number: 1.0})


def test_branches_on_memory_that_was_prepared_are_the_same_and_share_none_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nnsim.engine.simulation.LARGE", 0)
    experiment = make_experiment()
    sim = Simulation(experiment)
    sim.step(5)
    plain = sim.branch({("W1", (0, 0)): 0.5})
    sim.prepare_branch()
    first, second = sim.branch({("W1", (0, 0)): 0.5}), sim.branch({("W1", (0, 0)): -0.5})
    frame, seen = first.frame, bits(first.frame)
    for _ in range(3):
        assert bits(first.frame) == bits(plain.frame)
        assert bits(second.frame) != bits(first.frame)
        for each in (plain, first, second):
            each.step()
    assert bits(frame) == seen
    penalised = replace(experiment, training=replace(experiment.training, l2=0.1))
    changed = sim.branch(experiment=penalised)
    sim.prepare_branch()
    assert bits(sim.branch(experiment=penalised).frame) == bits(changed.frame)
