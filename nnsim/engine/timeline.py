"""The visited iterations: keyframes of the state, and replay between them."""

import numpy as np

from nnsim.engine.frame import Frame
from nnsim.engine.runner import Runner
from nnsim.engine.spec import Array

SPACING = 16  # iterations between keyframes, until they become too many
LARGE, LARGE_SPACING = 2**18, 54  # bytes of a state that takes long to copy, beside iterations that take long anyway
MOST_KEYFRAMES = 4096
LONGEST_TRAIL = 256  # states in each level of the trail
DEFAULT_BUDGET = 256 * 2**20  # bytes


class Timeline:
    """Goes to any iteration, forwards and backwards, to the last bit.

    Keyframes are kept every so many iterations and thin out by themselves as they fill their part of the budget: every
    multiple of the spacing up to the latest visited iteration has one. Walking backwards leaves a denser trail of
    states near the cursor, and the frames next to it, so that the next steps back are short.
    """

    def __init__(self, runner: Runner, budget: int = DEFAULT_BUDGET) -> None:
        """`budget` bounds the bytes of the states that are kept."""
        self.runner = runner
        start = runner.state
        per_state = max(start.nbytes, 1)
        self._most = max(4, min(MOST_KEYFRAMES, budget * 11 // 12 // per_state))
        frames = budget // 16 // runner.bytes_of_frame
        self._most_frames = min(LONGEST_TRAIL, frames if frames > 3 else 0)  # so few would be no trail
        self._room = (budget - self._most_frames * runner.bytes_of_frame) // per_state
        self._frames: dict[int, Frame] = {}
        self._spacing = SPACING if per_state < LARGE else LARGE_SPACING
        self._keyframes: dict[int, Array] = {0: start}
        self._trail: list[dict[int, Array]] = []
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

    def frame(self) -> Frame:
        """The frame of this iteration."""
        if self.iteration not in self._frames:
            self._remember(self.runner.frame())
        return self._frames[self.iteration]

    def _remember(self, frame: Frame) -> None:
        """Keeps the frames seen last, at least this one."""
        self._frames[frame.iteration] = frame
        while len(self._frames) > max(1, self._most_frames):
            del self._frames[next(iter(self._frames))]

    def keyframe(self, t: int) -> tuple[int, Array]:
        """The nearest keyframe at or before a visited iteration."""
        start = min(t, self.recorded) // self._spacing * self._spacing
        return start, self._keyframes[start]

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
                self._trail.clear()  # it lives on the memory that keyframes leave
                self._keyframes[goal] = self.runner.state
                if len(self._keyframes) > self._most:
                    self._thin_out()

    def _thin_out(self) -> None:
        self._spacing *= 2
        self._keyframes = {t: state for t, state in self._keyframes.items() if t % self._spacing == 0}

    def _go_back(self, t: int) -> None:
        """Restores the nearest earlier state and replays, leaving a trail for the next steps back.

        The trail has levels, each denser and nearer to t than the one before, down to single iterations.
        """
        if self._trail and t in self._trail[-1]:
            self.runner.restore(t, self._trail[-1][t])
            return
        while self._trail and min(self._trail[-1]) > t:
            self._trail.pop()
        known = self._trail[-1] if self._trail else {0: self._keyframes[0]}
        near = max(k for k in known if k <= t)
        keyframe = t // self._spacing * self._spacing
        if keyframe > near or not self._trail:
            self._trail, known, near = [], self._keyframes, keyframe
        state, length = known[near], self._trail_length()
        self.runner.restore(near, state)
        while self.iteration < t and self._has_room(length):
            stride = -(-(t - self.iteration) // length)
            self._trail.append(self._walk(state, t, stride))
            state = self._trail[-1][self.iteration]
        if self.iteration < t:
            self._run(t)

    def _has_room(self, length: int) -> bool:
        """Whether another level fits; the first state of each is the last of the one before."""
        kept = sum(len(level) - 1 for level in self._trail)
        return kept + length <= max(self._room - len(self._keyframes), 3)

    def _trail_length(self) -> int:
        """States in a level of the trail: all between two keyframes where there is room, else a part of it."""
        free = self._room - len(self._keyframes)
        return min(LONGEST_TRAIL, self._spacing if free >= self._spacing else max(3, free // 3))

    def _walk(self, state: Array, stop: int, stride: int) -> dict[int, Array]:
        """Runs on from `state` in strides, not beyond `stop`: the states on the way."""
        states = {self.iteration: state}
        while self.iteration + stride <= stop:
            if stride == 1 and self._most_frames > stop - self.iteration:
                self._remember(self.runner.frame())
            self._run(self.iteration + stride)
            states[self.iteration] = self.runner.state
        return states

    def _run(self, stop: int) -> None:
        try:
            self.runner.advance(stop, self._losses)
        except BaseException:  # such as Ctrl-C in the middle of an iteration: stand where the state is known
            self.runner.restore(0, self._keyframes[0])
            raise

    def _reserve(self, t: int) -> None:
        if t >= len(self._losses):
            grown = np.empty(max(t + 1, 2 * len(self._losses)))
            grown[: len(self._losses)] = self._losses
            self._losses = grown
