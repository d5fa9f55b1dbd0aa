"""The visited iterations: keyframes of the state, and replay between them."""

import time

import numpy as np

from nnsim.engine.fork import Fork
from nnsim.engine.frame import Frame
from nnsim.engine.log import Log
from nnsim.engine.runner import Runner
from nnsim.engine.spec import Array
from nnsim.engine.trail import Trail, ruler, stride

SPACING = 16  # iterations between keyframes, until they become too many
LARGE, LARGE_SPACING = 2**18, 57  # bytes of a state that takes long to copy, beside iterations that take long anyway
MOST_KEYFRAMES = 4096
LONGEST_TRAIL = 256  # states
DEFAULT_BUDGET = 256 * 2**20  # bytes


class Timeline:
    """Goes to any iteration, forwards and backwards, to the last bit.

    Keyframes are kept every so many iterations and thin out by themselves as they fill their part of the budget: every
    multiple of the spacing up to the latest visited iteration has one. Walking backwards leaves a trail of states on
    the way to the cursor, and the frames next to it, so that the next steps back are short. Where an iteration takes
    long, `prepare_back` sees to that in idle time.
    """

    def __init__(self, runner: Runner, budget: int = DEFAULT_BUDGET, fork: Fork | None = None) -> None:
        """`budget` bounds the bytes of the states that are kept; `fork`: where the runner has begun, if not at 0."""
        self.runner = runner
        self.start = runner.iteration
        start = fork.state if fork else runner.state
        self._per_state = max(start.nbytes, 1)
        self._frames: dict[int, Frame] = {}
        self._slow = self._per_state >= LARGE
        self._spacing = LARGE_SPACING if self._slow else SPACING
        self._keyframes: dict[int, Array] = {self.start: start}
        self._trail = Trail()
        self._losses = np.empty(max(1024, 2 * self.start))
        self._losses[: self.start] = fork.losses if fork else ()
        self.recorded = self.start
        self.limit(budget)

    def limit(self, budget: int) -> None:
        """Keeps no more than `budget` bytes of states from now on."""
        self._most = max(4, min(MOST_KEYFRAMES, budget * 11 // 12 // self._per_state))
        frames = budget // 16 // self.runner.bytes_of_frame
        self._most_frames = min(LONGEST_TRAIL, frames if frames > 3 else 0)  # so few would be no trail
        self._room = (budget - self._most_frames * self.runner.bytes_of_frame) // self._per_state
        self._forget_frames()
        while len(self._keyframes) > self._most:
            self._thin_out()
        self._trail.shorten(self._left)

    @property
    def iteration(self) -> int:
        return self.runner.iteration

    def losses(self, stop: int) -> Array:
        """The losses of iterations 0 to stop - 1, read-only. All of them have been visited."""
        if stop > self.iteration >= self.recorded:
            self._losses[self.iteration] = self.runner.compute()
        view = self._losses[:stop]
        view.flags.writeable = False
        return view

    def frame(self) -> Frame:
        """The frame of this iteration."""
        frame = self._frames.pop(self.iteration, None)
        if frame is None:
            frame = self.runner.frame()
        self._remember(frame)
        return frame

    def _remember(self, frame: Frame) -> None:
        """Keeps the frames seen last: at least two, this one and the one it is compared with."""
        self._frames[frame.iteration] = frame
        self._forget_frames()

    def _forget_frames(self) -> None:
        while len(self._frames) > max(2, self._most_frames):
            del self._frames[next(iter(self._frames))]

    def keyframe(self, t: int) -> tuple[int, Array]:
        """The nearest keyframe at or before a visited iteration."""
        start = self._nearest(min(t, self.recorded))
        return start, self._keyframes[start]

    def _nearest(self, t: int) -> int:
        """The latest iteration up to a visited one that has a keyframe."""
        return max(self.start, t // self._spacing * self._spacing)

    def seek(self, t: int, log: Log | None = None) -> None:
        """Stands at iteration t, wherever it stood before. With `log` every iteration on the way forwards is run."""
        if t < self.iteration:
            self._go_back(t)
        elif t > self.iteration:
            self._reserve(t)
            start = self._nearest(min(t, self.recorded))
            if t == self.iteration + 1:
                self._leave_trail()
            elif start > self.iteration and log is None:
                self.runner.restore(start, self._keyframes[start])
            self._advance(t, log)
        self.recorded = max(self.recorded, t)

    def _advance(self, stop: int, log: Log | None) -> None:
        """Runs on to `stop` and keeps what falls on a keyframe."""
        while self.iteration < stop:
            goal = min(stop, (self.iteration // self._spacing + 1) * self._spacing)
            self._run(goal, log)
            if goal % self._spacing == 0 and goal not in self._keyframes:
                self._keyframes[goal] = self.runner.state
                if len(self._keyframes) > self._most:
                    self._thin_out()
                self._trail.shorten(self._left)  # it lives on the memory that keyframes leave

    def _leave_trail(self) -> None:
        """Keeps the state of this iteration: who walks forwards step by step may walk back the same way."""
        near, places = self._trail.nearest(self.iteration), self._left
        if places and (near is None or near[0] < self.iteration):
            full = len(self._trail) >= places
            self._keep(places, self._wanted() if full else [])

    def _thin_out(self) -> None:
        self._spacing *= 2
        kept = self._keyframes.items()
        self._keyframes = {t: state for t, state in kept if t % self._spacing == 0 or t == self.start}

    def _go_back(self, t: int) -> None:
        """Restores the nearest earlier state and replays, leaving a trail for the next steps back."""
        self._trail.forget_after(t)
        self.runner.restore(*self._before(t))
        if self.iteration == self._nearest(t) < t:  # what the trail has of long before is of no use
            self._trail.forget_before(self.iteration - self._spacing)
        places = max(0, self._places - len(self._trail))
        with_frames = t - self.iteration < self._most_frames
        while self.iteration < t:
            goal = min(t, self.iteration + stride(t - self.iteration + 1, places))
            if with_frames and goal == self.iteration + 1:
                self._remember(self.runner.frame())
            self._run(goal)
            if places:
                self._trail.keep(goal, self.runner.state_now)
                places -= 1

    def _before(self, t: int) -> tuple[int, Array]:
        """The latest state up to a visited iteration that is kept anywhere."""
        near, keyframe = self._trail.nearest(t), self._nearest(t)
        return near if near and near[0] >= keyframe else (keyframe, self._keyframes[keyframe])

    def prepare_back(self, seconds: float) -> bool:
        """Works for about so long, with 0 not at all, on what the next steps back need. Whether all of it is there."""
        end, wanted = time.monotonic() + seconds, self._wanted()
        missing = [t for t in wanted if self._before(t)[0] != t]
        if missing and seconds:
            here, state = self.iteration, self.runner.state
            try:
                while missing:
                    start = self._fetch(missing, end)
                    if start not in wanted:  # no more than a halt on the way
                        self._trail.forget(start)
                    self._keep(self._places, wanted)
                    missing = [t for t in missing if t != self.iteration]
                    if time.monotonic() >= end:
                        break
            finally:
                self.runner.restore(here, state)
        return not missing

    def _fetch(self, missing: list[int], end: float) -> int:
        """Runs towards the state that is needed first, or a missing one on the way there; at least one iteration.

        Returns where it began.
        """
        start, state = self._before(missing[0])
        goal = min(t for t in missing if t > start)
        self.runner.restore(start, state)
        self._run(start + 1)
        while self.iteration < goal and time.monotonic() < end:
            self._run(self.iteration + 1)
        return start

    def _wanted(self) -> list[int]:
        """The iterations whose states are soon needed, the latest first: as many as there are places, but for one."""
        back = self.iteration - 1
        if not self._slow or back < self.start:
            return []
        keyframe = self._nearest(back)
        found = [*ruler(back, keyframe, back + 1)]
        if keyframe > self.start:  # on the way to one keyframe, the way to the one before is prepared
            found += ruler(back, self._nearest(keyframe - 1), keyframe)
        return sorted(found, reverse=True)[: self._places - 1]

    def _keep(self, places: int, wanted: list[int]) -> None:
        """The state of this iteration comes onto the trail, if need be in place of one that is not wanted."""
        self._trail.make_room(places, wanted)
        self._trail.keep(self.iteration, self.runner.state_now)

    def forget(self, last: int) -> None:
        """Takes the iterations after `last` for not visited. It stands at `last` or before."""
        self.recorded = last
        self._keyframes = {t: state for t, state in self._keyframes.items() if t <= last}
        self._frames = {t: frame for t, frame in self._frames.items() if t <= last}

    @property
    def _left(self) -> int:
        """How many states the keyframes leave of the budget, as far as the trail needs them."""
        return max(0, min(LONGEST_TRAIL, self._room - len(self._keyframes)))

    @property
    def _places(self) -> int:
        """How many states the trail has on the way back: without a few of them that would take forever."""
        return max(3, self._left)

    def _run(self, stop: int, log: Log | None = None) -> None:
        try:
            self.runner.advance(stop, self._losses, log)
        except BaseException:  # such as Ctrl-C in the middle of an iteration: stand where the state is known
            self.runner.restore(self.start, self._keyframes[self.start])
            raise

    def _reserve(self, t: int) -> None:
        if t >= len(self._losses):
            grown = np.empty(max(t + 1, 2 * len(self._losses)))
            grown[: len(self._losses)] = self._losses
            self._losses = grown
