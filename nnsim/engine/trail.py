"""States on the way to where one stands, so that walking back step by step does not begin at a keyframe each time.

With few places for many iterations each place is used again and again. How to place them so that the fewest iterations
are replayed is known: Griewank and Walther, “Algorithm 799: revolve”, ACM TOMS 26 (2000), proposition 1.
"""

from math import comb

import numpy as np

from nnsim.engine.spec import Array


class Trail:
    """A stack of states of earlier iterations, the latest on top. Places that become free are used again."""

    def __init__(self) -> None:
        self._states: list[tuple[int, Array]] = []
        self._spare: list[Array] = []

    def __len__(self) -> int:
        return len(self._states)

    @property
    def nbytes(self) -> int:
        """What it holds, free places included."""
        return sum(state.nbytes for state in (*self._spare, *(state for _, state in self._states)))

    def push(self, iteration: int, state: Array) -> None:
        """Keeps a copy of the state of an iteration later than those that it has."""
        kept = self._spare.pop() if self._spare else np.empty_like(state)
        np.copyto(kept, state)
        self._states.append((iteration, kept))

    def make_room(self, places: int) -> None:
        """Forgets the earliest states, so that of so many places one is free."""
        while len(self._states) >= places:
            self._spare.append(self._states.pop(0)[1])

    def shorten(self, places: int) -> None:
        """Keeps the latest states that so many places hold, and gives the memory of the others back."""
        del self._states[: max(0, len(self._states) - places)]
        del self._spare[max(0, places - len(self._states)) :]

    def nearest(self, iteration: int) -> tuple[int, Array] | None:
        """The latest iteration up to a given one whose state it has. Later ones are forgotten."""
        while self._states and self._states[-1][0] > iteration:
            self._spare.append(self._states.pop()[1])
        return self._states[-1] if self._states else None

    def restart(self) -> None:
        """Forgets all iterations and keeps the places."""
        self._spare += [state for _, state in self._states]
        self._states.clear()


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
