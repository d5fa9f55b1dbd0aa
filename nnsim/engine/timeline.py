"""The visited iterations: keyframes of the state, and replay between them."""

import numpy as np

from nnsim.engine.runner import Runner
from nnsim.engine.spec import Array

SPACING = 16  # iterations between keyframes, until they become too many
LARGE, LARGE_SPACING = 2**18, 64  # bytes of a state that takes long to copy, beside iterations that take long anyway
MOST_KEYFRAMES = 4096
DEFAULT_BUDGET = 64 * 2**20  # bytes


class Timeline:
    """Goes to any iteration, forwards and backwards, to the last bit.

    Keyframes are kept every so many iterations and thin out by themselves as they fill their part of the budget.
    Walking backwards leaves a denser trail of states near the cursor, so that the next steps back are short.
    """

    def __init__(self, runner: Runner, budget: int = DEFAULT_BUDGET) -> None:
        """`budget` bounds the bytes of the states that are kept."""
        self.runner = runner
        start = runner.state
        per_state = max(start.nbytes, 1)
        self._most = max(4, min(MOST_KEYFRAMES, budget * 3 // 4 // per_state))
        self._trail_length = max(2, min(256, budget // 8 // per_state))
        self._spacing = SPACING if per_state < LARGE else LARGE_SPACING
        self._keyframes: dict[int, Array] = {0: start}
        self._coarse: dict[int, Array] = {}
        self._fine: dict[int, Array] = {}
        self._losses = np.empty(1024)
        self.recorded = 0

    @property
    def iteration(self) -> int:
        return self.runner.iteration

    def losses(self, stop: int) -> Array:
        """The losses of iterations 0 to stop - 1, read-only. All of them have been visited."""
        if stop > self.iteration:
            self._losses[self.iteration] = self.runner.compute()
        view = self._losses[:stop]
        view.flags.writeable = False
        return view

    def seek(self, t: int) -> None:
        """Stands at iteration t, wherever it stood before."""
        if t < self.iteration:
            self._go_back(t)
        elif t > self.iteration:
            self._reserve(t)
            start = min(t, self.recorded) // self._spacing * self._spacing
            if start > self.iteration:
                self.runner.restore(start, self._keyframes[start])
            self._advance(t)
        self.recorded = max(self.recorded, t)

    def _advance(self, stop: int) -> None:
        """Runs on to `stop` and keeps what falls on a keyframe."""
        while self.iteration < stop:
            goal = min(stop, (self.iteration // self._spacing + 1) * self._spacing)
            self._run(goal)
            if goal % self._spacing == 0 and goal not in self._keyframes:
                self._keyframes[goal] = self.runner.state
                if len(self._keyframes) > self._most:
                    self._thin_out()

    def _thin_out(self) -> None:
        self._spacing *= 2
        self._keyframes = {t: state for t, state in self._keyframes.items() if t % self._spacing == 0}

    def _go_back(self, t: int) -> None:
        """Restores the nearest earlier state and replays, leaving a trail for the next steps back."""
        if t not in self._fine:
            near = max((k for k in self._coarse if k <= t), default=-1)
            if near < 0 or t - near > self._trail_length:
                near = t - t % self._spacing
                self._restore(near, self._keyframes)
                stride = -(-self._spacing // self._trail_length)
                self._coarse = self._walk(t, stride)
                near = max(self._coarse)
            self._restore(near, self._coarse)
            self._fine = self._walk(t, 1)
        self._restore(t, self._fine)

    def _walk(self, stop: int, stride: int) -> dict[int, Array]:
        """The states from here to `stop`, both ends included where the stride meets them."""
        trail = {self.iteration: self.runner.state}
        while self.iteration + stride <= stop:
            self._run(self.iteration + stride)
            trail[self.iteration] = self.runner.state
        return trail

    def _run(self, stop: int) -> None:
        try:
            self.runner.advance(stop, self._losses)
        except BaseException:  # such as Ctrl-C in the middle of an iteration: stand where the state is known
            self.runner.restore(0, self._keyframes[0])
            raise

    def _restore(self, t: int, states: dict[int, Array]) -> None:
        self.runner.restore(t, states[t])

    def _reserve(self, t: int) -> None:
        if t >= len(self._losses):
            grown = np.empty(max(t + 1, 2 * len(self._losses)))
            grown[: len(self._losses)] = self._losses
            self._losses = grown
