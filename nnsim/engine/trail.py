"""States on the way to where one stands, so that walking back step by step does not begin at a keyframe each time.

With few places for many iterations each place is used again and again. How to place them so that the fewest iterations
are replayed is known: Griewank and Walther, “Algorithm 799: revolve”, ACM TOMS 26 (2000), proposition 1. That is
`stride`, for who walks back without a pause. Whoever leaves time between two steps wants them even: `ruler`.
"""

from bisect import bisect_right
from collections.abc import Container, Iterator
from math import comb

import numpy as np

from nnsim.engine.spec import Array


class Trail:
    """States of earlier iterations, in their order. Places that become free are used again."""

    def __init__(self) -> None:
        self._iterations: list[int] = []
        self._states: list[Array] = []
        self._spare: list[Array] = []

    def __len__(self) -> int:
        return len(self._states)

    @property
    def nbytes(self) -> int:
        """What it holds, free places included."""
        return sum(state.nbytes for state in (*self._spare, *self._states))

    def keep(self, iteration: int, state: Array) -> None:
        """Keeps a copy of the state of an iteration that it does not have."""
        kept = self._spare.pop() if self._spare else np.empty_like(state)
        np.copyto(kept, state)
        at = bisect_right(self._iterations, iteration)
        self._iterations.insert(at, iteration)
        self._states.insert(at, kept)

    def make_room(self, places: int, wanted: Container[int] = ()) -> None:
        """Forgets the earliest states, those that are wanted last, so that of so many places one is free."""
        while len(self._states) >= places:
            unwanted = (at for at, iteration in enumerate(self._iterations) if iteration not in wanted)
            self._forget(next(unwanted, 0))

    def shorten(self, places: int) -> None:
        """Keeps the latest states that so many places hold, and gives the memory of the others back."""
        while len(self) > places:
            self._forget(0)
        del self._spare[max(0, places - len(self)) :]

    def nearest(self, iteration: int) -> tuple[int, Array] | None:
        """The latest iteration up to a given one whose state it has."""
        at = bisect_right(self._iterations, iteration) - 1
        return (self._iterations[at], self._states[at]) if at >= 0 else None

    def forget_after(self, iteration: int) -> None:
        """Forgets the states of later iterations, and keeps their places."""
        while self._iterations and self._iterations[-1] > iteration:
            self._forget(-1)

    def forget_before(self, iteration: int) -> None:
        """Forgets the states of earlier iterations, and keeps their places."""
        while self._iterations and self._iterations[0] < iteration:
            self._forget(0)

    def forget(self, iteration: int) -> None:
        """Forgets the state of an iteration, where it has that."""
        at = bisect_right(self._iterations, iteration) - 1
        if at >= 0 and self._iterations[at] == iteration:
            self._forget(at)

    def _forget(self, at: int) -> None:
        del self._iterations[at]
        self._spare.append(self._states.pop(at))


def stride(iterations: int, places: int) -> int:
    """How far to go before the next state is kept, on the way over so many iterations that are then walked back.

    1 where there is a place for each of them; all of the way where there is none.
    """
    if places == 0:
        return iterations
    rounds = 1  # how often an iteration is replayed at the most
    while comb(places + 1 + rounds, rounds) < iterations:
        rounds += 1
    beyond = comb(places + rounds, rounds)  # what the places that are left serve with as many rounds
    within = comb(places + rounds - 1, rounds - 2) if rounds > 1 else 1  # what all serve in one round less
    return max(1, iterations - beyond, within)


def ruler(here: int, start: int, stop: int) -> Iterator[int]:
    """The iterations after a keyframe at `start`, and before `stop`, whose states are soon needed for steps back.

    The step back leads to `here`. Like the marks of a ruler, an iteration counts as much as the power of two that
    divides its distance from the keyframe, and is wanted from one and a half times as many steps away: long enough to
    replay it from the mark before it, which is as far off as that power, a few iterations at each step. Of each power
    one is wanted at the most.
    """
    mark = 1
    while mark < stop - start:
        odd = (stop - 1 - start) // mark - 1 | 1
        iteration = start + odd * mark
        if odd > 0 and 2 * (here - iteration) <= 3 * mark:
            yield iteration
        mark *= 2
