"""What each sample of the batch has in a gradient: which rows push a weight up, which down, how they cancel."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnsim.engine.frame import Frame
from nnsim.engine.notation import number
from nnsim.engine.ops import BiasGradient, WeightGradient
from nnsim.engine.program import Program
from nnsim.engine.spec import Array

PARTS = {"clipped": "clipping", "g": "weight decay"}  # what optimizers do to a gradient before they use it
TOLD = 0.0005  # the share of what cancels from which on it is told
MOST_INPUTS = 3  # that are told of a row

SPLIT = "only gradients of weights and biases are sums over samples: choose a number of ∂L/∂W or ∂L/∂b"


@dataclass(frozen=True)
class Share:
    """What one sample adds to a gradient. `sample`: its row in the batch; `name`: #17; `label`: its inputs and targets.

    The update goes against the gradient: a share below zero pushes the parameter up.
    """

    sample: int
    name: str
    label: str
    value: float

    @property
    def pushes_up(self) -> bool:
        return self.value < 0


@dataclass(frozen=True)
class Shares:
    """A gradient of the batch, sample by sample, the largest share first.

    `apart`: what does not come from samples (penalty, clipping, weight decay), with its name. All shares and these add
    up to `total`.
    """

    label: str
    parameter: str
    total: float
    shares: tuple[Share, ...]
    apart: tuple[tuple[str, float], ...]

    @cached_property
    def up(self) -> float:
        """The sum of the shares that push the parameter up: zero or less."""
        return sum(share.value for share in self.shares if share.value < 0)

    @cached_property
    def down(self) -> float:
        """The sum of the shares that push the parameter down: zero or more."""
        return sum(share.value for share in self.shares if share.value > 0)

    @property
    def cancelled(self) -> float:
        """From 0 to 1, how much of the shares cancels: 1 − |Σ share| / Σ |share|. 0 where there are none but zeros."""
        sizes = self.down - self.up
        return 1 - abs(self.down + self.up) / sizes if sizes else 0.0

    def summary(self, digits: int = 4) -> str:
        """In a line or two, what they say together."""
        ups, downs = (sum(share.pushes_up for share in self.shares), sum(share.value > 0 for share in self.shares))
        neither = sum(share.value == 0 for share in self.shares)
        words = (
            f"{_rows(ups)} {self.parameter} up ({number(self.up, digits)}), "
            f"{_rows(downs)} it down ({number(self.down, digits)})"
        )
        if neither:
            words += f", {neither:,} {'neither' if ups or downs else 'it nowhere'}"
        if self.cancelled >= TOLD:
            words += f"; {number(100 * self.cancelled, 3)} % cancels"
        return f"{words}; together {number(self.up + self.down, digits)}."


def shares(program: Program, frame: Frame, tensor: str, index: tuple[int, ...]) -> Shares:
    """Splits an element of ∂L/∂W or ∂L/∂b, also clipped or with weight decay, by the samples of the batch.

    Raises ValueError for another tensor, IndexError for an index outside of it.
    """
    parameter, part = _gradient_of(tensor)
    position = program.position(f"d{parameter}") if parameter else None
    op = program[position] if position is not None else None
    if not isinstance(op, WeightGradient | BiasGradient) or tensor not in frame:
        raise ValueError(SPLIT)
    with np.errstate(all="ignore"):
        values, penalty = _of_samples(op, frame, index)
    total = float(frame[tensor][index])
    apart = [("penalty", penalty)] if isinstance(op, WeightGradient) and op.penalty else []
    at = float(frame[op.name][index])
    for suffix, name in PARTS.items():
        step = f"{parameter}.{suffix}"
        if part and step in frame and (suffix == part or part == "g"):
            apart.append((name, float(frame[step][index]) - at))
            at = float(frame[step][index])
    order = sorted(range(len(values)), key=lambda s: -abs(values[s]))
    return Shares(
        label=frame.label(tensor, index),
        parameter=frame.label(parameter, index),
        total=total,
        shares=tuple(Share(s, f"#{frame.rows[s]}", row_label(frame, s), float(values[s])) for s in order),
        apart=tuple(apart),
    )


def row_label(frame: Frame, sample: int) -> str:
    """What a sample is, in a few words: its inputs where they are few, and its targets."""
    inputs = frame.axis_names("x", 1)
    words = []
    if len(inputs) <= MOST_INPUTS:
        words.append(", ".join(_said(name, frame["x"][sample, i], 2) for i, name in enumerate(inputs)))
    targets, names = frame["y"][sample], frame.axis_names("y", 1)
    if len(names) > 1 and sorted(targets)[-2:] == [0, 1]:
        words.append(names[int(targets.argmax())])
    else:
        words.append(", ".join(_said(name, targets[k]) for k, name in enumerate(names[:MOST_INPUTS])))
    return " → ".join(words)


def _of_samples(op: WeightGradient | BiasGradient, frame: Frame, index: tuple[int, ...]) -> tuple[Array, float]:
    """The terms of the sum over samples, and what the penalty adds."""
    if isinstance(op, BiasGradient):
        return frame[op.reads[0]][:, index[0]].astype(float), 0.0
    before, dz = op.reads[:2]
    i, unit = index
    weight = float(frame[f"W{op.layer}"][index])
    penalty = op.penalty.l1 * float(np.sign(weight)) + op.penalty.l2 * weight
    return frame[before][:, i].astype(float) * frame[dz][:, unit].astype(float), penalty


def _gradient_of(tensor: str) -> tuple[str, str]:
    """The parameter that a gradient is of, and the step that made it: dW1 has none, W1.g that of the decay."""
    if tensor.startswith(("dW", "db")):
        return tensor[1:], ""
    parameter, _, part = tensor.partition(".")
    return (parameter, part) if part in PARTS else ("", "")


def _said(name: str, value: float, digits: int = 3) -> str:
    return f"{name} {number(float(value), digits)}"


def _rows(count: int) -> str:
    return f"{count:,} row{'s push' if count != 1 else ' pushes'}"
