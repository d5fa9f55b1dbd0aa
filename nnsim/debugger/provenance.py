"""Where a number comes from: into one of its operands, to where that one was computed, and back out again."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from nnsim.debugger.session import Session, Standing
from nnsim.engine.explanation import Explanation, Operand
from nnsim.engine.frame import Frame
from nnsim.engine.initializers import INITIALIZERS
from nnsim.engine.ops import Op
from nnsim.engine.spec import Experiment

MOST = 500  # numbers that a trail remembers; the oldest go first

Where = tuple[int, str, tuple[int, ...]]  # iteration, tensor, index


@dataclass(frozen=True)
class Crumb:
    """A number that was gone into: where one stood, what it is called, and where one arrived."""

    standing: Standing
    label: str
    left: Where
    arrived: Where


@dataclass(frozen=True)
class Mark:
    """One number of the breadcrumb. `follows`: it is an operand of the one before; else one went there otherwise."""

    label: str
    iteration: int
    follows: bool


@dataclass(frozen=True)
class Largest:
    """The operand that stands for a tensor taken as a whole."""

    tensor: str
    index: tuple[int, ...]
    label: str
    value: float


class Trail:
    """The way from a number into what it is made of. `into` goes on, `out` back to exactly where one came from.

    Every other move leaves the trail as it is, as in an editor that has gone to a definition: `out` then leads to the
    last number that was gone into, and `into` goes on from the number that is chosen now.

    A number that no operation has computed, such as a weight that training starts from, is where a trail ends. The
    cursor cannot stand there: it stays, and `source` is the number, until the cursor moves.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._crumbs: deque[Crumb] = deque(maxlen=MOST)
        self._choice = 0
        self._chosen_at: Where | None = None
        self._source: tuple[Where, Explanation] | None = None
        self._explained: tuple[Frame, Explanation] | None = None

    # what is asked

    @property
    def source(self) -> Explanation | None:
        """The number where the trail has ended, as long as the cursor stays."""
        if self._source and self._source[0] != self._here:
            self._source = None
        return self._source[1] if self._source else None

    @property
    def explanation(self) -> Explanation:
        """How the number in question came about: the chosen one, or the one where the trail has ended."""
        return self.source or self.chosen

    @property
    def chosen(self) -> Explanation:
        """How the chosen number came about, worked out once."""
        session, known = self._session, self._explained
        here = (session.tensor, session.index)
        if known is None or known[0] is not session.frame or (known[1].tensor, known[1].index) != here:
            known = self._explained = (session.frame, session.explanation())
        return known[1]

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The numbers that can be gone into, in reading order.

        Of a tensor that is taken as a whole, as by a norm, it is the largest number.
        """
        if self.source:
            return ()
        chosen = self.chosen
        if chosen.formula is None:  # of the data, or set by hand
            return ()
        others = tuple(each for each in chosen.operands if (each.tensor, each.index) != (chosen.tensor, chosen.index))
        return others or _largest(self._session.frame, self._session.op)

    @property
    def choice(self) -> int:
        """Which of the operands `into` takes: at first the first."""
        return self._choice if self._chosen_at == self._here else 0

    def choose(self, choice: int) -> None:
        """Chooses an operand; after the last one comes the first."""
        count = len(self.operands)
        self._choice, self._chosen_at = choice % count if count else 0, self._here

    @property
    def crumbs(self) -> tuple[Crumb, ...]:
        """The numbers that were gone into and not come back out to, the first one first."""
        return tuple(self._crumbs)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The breadcrumb: the numbers gone into and, last, the number in question. Empty where there is no trail."""
        marks: list[Mark] = []
        arrived: Where | None = None
        for crumb in self._crumbs:
            marks.append(Mark(crumb.label, crumb.left[0], crumb.left == arrived))
            arrived = crumb.arrived
        here, source = self._here, self.source
        if source:
            marks.append(Mark(self._session.frame.label(here[1], here[2]), here[0], here == arrived))
            marks.append(Mark(source.label, here[0], True))
        elif marks:
            marks.append(Mark(self._session.frame.label(here[1], here[2]), here[0], here == arrived))
        return tuple(marks)

    # moves

    def into(self) -> None:
        """Goes to where the chosen operand was computed. Raises ValueError where nothing lies behind the number."""
        operands = self.operands
        if not operands:
            raise ValueError(f"nothing lies behind {self.explanation.label}: {_ends(self.explanation)}")
        operand = operands[self.choice]
        here, standing = self._here, self._session.standing()
        label = self._session.frame.label(here[1], here[2])
        if self._go(operand):
            self._crumbs.append(Crumb(standing, label, here, self._here))
        else:
            self._session.stand(standing)
            self._source = (here, self._start(operand))

    def out(self) -> None:
        """Back to where one was before the last `into`. Raises ValueError where there was none."""
        if self.source:
            self._source = None
        elif self._crumbs:
            self._session.stand(self._crumbs.pop().standing)
        else:
            raise ValueError("there is nothing to go back out to: i goes into an operand of the chosen number")

    def clear(self) -> None:
        """Forgets the way."""
        self._crumbs.clear()
        self._source = None

    @property
    def _here(self) -> Where:
        session = self._session
        return (session.iteration, session.tensor, session.index)

    def _go(self, operand: Operand) -> bool:
        """To the op that computed an operand, here or in the iteration before. Whether there is one."""
        session, tensor = self._session, operand.tensor
        if session.program.position(tensor) is None and session.iteration > 0:
            tensor = left_by(tensor)
            if session.program.position(tensor) is None:
                return False
            session.go_to(session.iteration - 1)
        position = session.program.position(tensor)
        if position is None:
            return False
        session.go_to_op(position)
        session.choose(operand.index)
        value = float(session.frame[tensor][operand.index])
        return value == operand.value or (value != value and operand.value != operand.value)  # else it was edited

    def _start(self, operand: Operand) -> Explanation:
        session, fork = self._session, self._session.sim.fork
        explanation = session.sim.explain(operand.tensor, operand.index)
        if fork and fork.note(session.iteration, operand.tensor, operand.index):
            return explanation
        if session.iteration == 0 or operand.tensor in session.sim.experiment.network.frozen:
            told = start_of(session.sim.experiment, operand.tensor)
            return replace(explanation, source=f"{explanation.source}: {told}" if session.iteration == 0 else told)
        return explanation


def left_by(tensor: str) -> str:
    """What the update calls the tensor that the next iteration starts from: W1.next is its W1, W1.m its W1.m.prev."""
    return tensor.removesuffix(".prev") if tensor.endswith(".prev") else f"{tensor}.next"


def start_of(experiment: Experiment, tensor: str) -> str:
    """How what training starts from came about: drawn by an initializer, given by the scenario, zero."""
    network = experiment.network
    parameter, _, memory = tensor.partition(".")
    frozen = "it is frozen, so it stays as it started: " if parameter in network.frozen else ""
    if memory:
        return "0, since there are no gradients yet"
    if parameter in network.weights:
        return f"{frozen}the scenario gives it"
    if parameter[0] == "b":
        return f"{frozen}biases start at 0"
    layer = int(parameter[1:])
    init = network.layers[layer - 1].init
    known = INITIALIZERS[init.name]
    fan_in = network.inputs if layer == 1 else network.layers[layer - 2].units
    sizes = {"fan_in": fan_in, "fan_out": network.layers[layer - 1].units, **known.defaults, **init.options}
    named = [f"{name} {value:g}" for name, value in sizes.items() if name in known.formula]
    drawn = known.formula.startswith(("N(", "U("))
    how = f"drawn by {init.name} from" if drawn else f"set by {init.name} to"
    seed = [f"seed {experiment.seed}"] if drawn else []
    return f"{frozen}{how} {', '.join([known.formula, *named, *seed])}"


def _largest(frame: Frame, op: Op) -> tuple[Operand, ...]:
    """The largest number of each tensor that an op takes as a whole."""
    found: list[Operand] = []
    for name in op.reads:
        index = tuple(int(i) for i in np.unravel_index(np.abs(frame[name]).argmax(), frame[name].shape))
        found.append(Largest(name, index, f"largest of all: {frame.label(name, index)}", float(frame[name][index])))
    return tuple(found)


def _ends(explanation: Explanation) -> str:
    """Why a trail ends at a number."""
    if explanation.source:
        return explanation.source
    return "drawn anew for each iteration" if explanation.tensor.startswith("mask") else "the scenario alone says it"
