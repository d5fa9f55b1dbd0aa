from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

import nnsim
from nnsim.debugger.session import Session
from nnsim.tui.app import NnsimApp
from nnsim.tui.moment import Moment, describe, take


@dataclass(frozen=True)
class Card:
    name: str
    title: str
    summary: str
    architecture: str
    rows: int
    description: str = ""


CARDS = (
    Card("xor", "XOR", "Four points that no straight line separates.", "2 → 4 tanh → 1 sigmoid", 4),
    Card("titanic", "Titanic", "Who survived?", "7 features → 8 relu → 1 sigmoid", 1309),
)


def open_session(name: str, **overrides: object) -> Session:
    scenario = nnsim.load(name, {key.replace("__", "."): value for key, value in overrides.items()})
    return Session(nnsim.Simulation(scenario), title=scenario.title, summary=scenario.summary)


def pixel_session(side: int = 8, hidden: int = 16) -> Session:
    """Made-up images of three classes: inputs p00 ... p77; the pixels of the first column are missing."""
    rng = np.random.default_rng(0)
    kept = [(row, column) for row in range(side) for column in range(side) if column]
    classes = rng.integers(0, 3, 12)
    x = rng.random((12, len(kept))) + np.stack([rng.random(len(kept)) < 0.3 for _ in range(3)])[classes]
    overrides = {
        "data": {
            "rows": {
                "inputs": x.tolist(),
                "targets": np.eye(3)[classes].tolist(),
                "input_names": [f"p{row}{column}" for row, column in kept],
                "target_names": ["a", "b", "c"],
            }
        },
        "network.layers": [{"units": hidden, "activation": "relu"}, {"units": 3, "activation": "softmax"}],
        "training.loss": "categorical_cross_entropy",
        "training.batch_size": 6,
    }
    return Session(nnsim.Simulation(nnsim.load("xor", overrides)), title="Pixels")


def moment_at(name: str, iteration: int, op: str, index: tuple[int, ...] | None = None) -> Moment:
    """The moment of a built-in scenario at an op, told by its tensor."""
    session = open_session(name)
    session.go_to(iteration)
    session.go_to_op([o.name for o in session.program].index(op))
    if index is not None:
        session.choose(index)
    return take(session, describe(session))


@pytest.fixture
def app_for(monkeypatch: pytest.MonkeyPatch) -> Callable[..., NnsimApp]:
    """Builds the application on a scenario; without one it starts at the picker."""
    monkeypatch.delenv("NO_COLOR", raising=False)

    def build(name: str | None = None, **overrides: object) -> NnsimApp:
        return NnsimApp(open_session(name, **overrides) if name else None, open_session, lambda: CARDS)

    return build


class TextExtension(SingleFileSnapshotExtension):
    """Screens as plain text files, so that a change reads as a change of lines."""

    file_extension = "txt"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def screen_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextExtension)


@pytest.fixture(autouse=True)
def _never_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is computed in idle time appears at some time or other; tests of it have their own."""
    monkeypatch.setattr("nnsim.tui.aside.QUIET", 3600.0)


@pytest.fixture(autouse=True)
def _unfrozen() -> Iterator[None]:
    """The app freezes what is alive out of garbage collection; tests give it back."""
    import gc

    yield
    gc.unfreeze()
