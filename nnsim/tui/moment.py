"""One moment of the training, as the screen shows it: taken once a step, never changed, safe between threads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from nnsim.debugger.edits import by_hand
from nnsim.engine.optimizers import OPTIMIZERS
from nnsim.formats.digits import Array
from nnsim.scenario.builtin import in_words
from nnsim.tui.inquiry import NOTHING_ASKED, Inquiry, Pinned, Predicting, inquire

if TYPE_CHECKING:
    from nnsim.debugger.session import Session
    from nnsim.engine.explanation import Explanation
    from nnsim.engine.fork import Element
    from nnsim.engine.frame import Frame
    from nnsim.engine.ops import Op
    from nnsim.engine.spec import Experiment
    from nnsim.engine.stopping import Stop
    from nnsim.engine.workspace import Tensor


@dataclass(frozen=True)
class About:
    """What does not change while a branch is trained. `branch`: the edit that began it, empty for the original.

    `scales`: mean and standard deviation of each input in the unit of the source, (0, 1) where it is as there.
    """

    title: str
    network: str
    loss: str
    optimizer: str
    activations: tuple[str, ...]
    epochs: int
    scales: tuple[tuple[float, float], ...]
    branch: str = ""


@dataclass(frozen=True)
class View:
    """How a person looks at it. `sample`: the row of the batch in the pictures; `digits`: significant ones.

    `other_axes`: those that the decision boundary has not by itself; `blocks`: lines of blocks, not of braille dots;
    `pinned`: the number whose touches are shown; `shares`: a gradient sample by sample in place of its arithmetic.
    """

    sample: int = 0
    digits: int = 4
    overview: bool = False
    plain: bool = False
    other_axes: bool = False
    blocks: bool = False
    pinned: Pinned | None = None
    shares: bool = False


@dataclass(frozen=True)
class Moment:
    """Where the cursor stands and what can be seen from there.

    `sample`: the row of the batch shown in the pictures; `numeric`: the chosen gradient by finite
    differences, where that was asked for; `covered`: the tensor of the op is kept from view until it is predicted;
    `by_hand`: the numbers of the frame that were set by hand, or are held.
    """

    about: About
    iteration: int
    iterations: int
    epoch: int
    batch: int
    batches: int
    recorded: int
    losses: Array
    learning_rate: float
    program: "Sequence[Op]"
    op_index: int
    layout: "Mapping[str, Tensor]"
    frame: "Frame"
    index: tuple[int, ...]
    sample: int
    changed: np.ndarray | None
    explanation: "Explanation"
    view: View = View()
    numeric: float | None = None
    ended: "Stop | None" = None
    running: bool = False
    rate: float | None = None
    inquiry: Inquiry = NOTHING_ASKED
    predicting: Predicting | None = None
    covered: bool = False
    by_hand: "frozenset[Element]" = frozenset()

    @property
    def op(self) -> "Op":
        return self.program[self.op_index]

    @property
    def tensor(self) -> "Tensor":
        return self.layout[self.op.name]

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Tensors that this iteration has not computed yet."""
        return frozenset(op.name for op in self.program[self.op_index + (not self.covered) :])

    def value(self, name: str) -> Array | None:
        """A tensor of the frame, or None where it has not been computed yet."""
        return None if name in self.hidden or name not in self.layout else self.frame[name]

    def touched(self, name: str) -> np.ndarray | None:
        """Which numbers of a tensor the pinned number goes into; None where there are none."""
        touched = self.inquiry.touched
        return touched[name] if touched and touched.touches(name) else None

    @property
    def updated(self) -> str | None:
        """The parameter that the op helps to update, if any."""
        part = parse(self.op.name)
        return part.parameter if part.suffix else None

    @property
    def number(self) -> float:
        """The chosen number."""
        return float(self.frame[self.op.name][self.index])

    @property
    def last_loss(self) -> float | None:
        """The newest loss known here: this iteration's where it has been computed, else that of the one before."""
        known = self.iteration + ("loss" not in self.hidden)
        return float(self.losses[known - 1]) if known else None


def take(
    session: "Session", about: About, view: View = View(), running: bool = False, rate: float | None = None
) -> Moment:
    """The session's moment. The caller holds its lock where another thread trains."""
    sim, frame = session.sim, session.frame
    name, index = session.tensor, session.index
    axes = session.layout[name].axes
    chosen = index[0] if axes and axes[0].kind == "sample" else view.sample
    return Moment(
        about=about,
        iteration=session.iteration,
        iterations=sim.iterations,
        epoch=sim.epoch_of(session.iteration),
        batch=sim.batch_of(session.iteration),
        batches=sim.iterations_per_epoch,
        recorded=session.recorded,
        losses=session.branch.losses,
        learning_rate=sim.learning_rate(session.iteration),
        program=session.program,
        op_index=session.op_index,
        layout=session.layout,
        frame=frame,
        index=index,
        sample=min(chosen, len(frame.rows) - 1),
        changed=None if running else session.changed(name),
        explanation=session.explanation() if running else session.trail.explanation,
        view=view,
        numeric=session.checked,
        ended=session.ended,
        running=running,
        rate=rate,
        inquiry=NOTHING_ASKED if running else inquire(session, view),
        by_hand=by_hand(sim),
    )


def describe(session: "Session") -> About:
    """What the header says of a session's scenario."""
    experiment = session.sim.experiment
    training = experiment.training
    layers = experiment.network.layers
    return About(
        title=session.title,
        network=in_words(str(experiment.network.inputs), (f"{layer.units} {layer.activation}" for layer in layers)),
        loss=training.loss.replace("_", " "),
        optimizer=OPTIMIZERS[training.optimizer.name].title,
        activations=tuple(layer.activation for layer in layers),
        epochs=training.epochs,
        scales=scales_of(experiment),
        branch=session.branch.title if session.branch.parent else "",
    )


def scales_of(experiment: "Experiment") -> tuple[tuple[float, float], ...]:
    """Mean and standard deviation of each input in the unit of the source, (0, 1) where it is as there."""
    known = {
        column.name: (column.mean, column.std)
        for column in getattr(experiment, "columns", ())
        if column.standardized and column.mean is not None and column.std is not None
    }
    return tuple(known.get(name, (0.0, 1.0)) for name in experiment.data.input_names)


_NAME = re.compile(r"(d(?=[azWb]\d|drop\d))?([A-Za-z_]+?)(\d*)(?:\.(.+))?")


@dataclass(frozen=True)
class Part:
    """The parts of a tensor's name: `dW2` is about W of layer 2, `W1.mhat` about W of layer 1; `loss` has no layer."""

    base: str
    layer: int
    suffix: str

    @property
    def parameter(self) -> str:
        return f"{self.base}{self.layer}"

    @property
    def of_units(self) -> bool:
        """Whether it has a number for each unit of its layer."""
        return self.base in ("a", "z", "b", "drop", "mask")


@lru_cache(1024)
def parse(name: str) -> Part:
    match = _NAME.fullmatch(name)
    assert match, f"a tensor with an unknown name: {name}"
    return Part(match[2], int(match[3] or 0), match[4] or "")
