"""How practice went, and what to practise: of one session, or of all that were kept between two starts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from nnsim.debugger.keeping import KeptList, whole_name

NEWEST = 20  # attempts of each kind that are kept: what went wrong long ago need not be practised any more
OFTEN = 3  # slips that are told
LONGEST = 500  # a formula


def default_path() -> Path:
    """In the folder where the system keeps such things."""
    return user_state_path("nnsim") / "practice.json"


@dataclass
class Attempt:
    """One number that was asked for. `slips`: the names of those that were recognised, one for each wrong answer."""

    kind: str
    formula: str
    tries: int = 0
    hints: int = 0
    right: bool = False
    given_up: bool = False
    slips: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.right or self.given_up

    @property
    def tried(self) -> bool:
        """Whether it counts: a hint alone does not."""
        return self.tries > 0 or self.given_up

    @property
    def at_once(self) -> bool:
        """Right at the first try and without a hint."""
        return self.right and self.tries == 1 and not self.hints


@dataclass(frozen=True)
class Tally:
    """How it went with one kind of op."""

    kind: str
    formula: str
    asked: int
    right: int
    at_once: int


def score(attempts: Iterable[Attempt]) -> str:
    """In a line: 7 of 9 right, 5 at the first try."""
    tried = [attempt for attempt in attempts if attempt.tried]
    right, at_once = sum(each.right for each in tried), sum(each.at_once for each in tried)
    return f"{right} of {len(tried)} right, {at_once} at the first try" if tried else "nothing predicted yet"


def tallies(attempts: Iterable[Attempt]) -> tuple[Tally, ...]:
    """Each kind of op that was asked for; what went worst first."""
    kinds: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        if attempt.tried:
            kinds.setdefault(attempt.kind, []).append(attempt)
    found = [
        Tally(kind, each[-1].formula, len(each), sum(a.right for a in each), sum(a.at_once for a in each))
        for kind, each in kinds.items()
    ]
    return tuple(sorted(found, key=lambda tally: tally.at_once / tally.asked))


def advice(attempts: Sequence[Attempt]) -> tuple[str, ...]:
    """What to practise, a line each; nothing where all went well."""
    lines = [
        f"{tally.kind}: {tally.at_once} of {tally.asked} at the first try. {tally.formula}"
        for tally in tallies(attempts)
        if tally.at_once < tally.asked
    ]
    counted = Counter(slip for attempt in attempts for slip in attempt.slips)
    often = [f"{name} ({count}×)" for name, count in counted.most_common(OFTEN)]
    return (*lines, *([f"Look out for {', '.join(often)}."] if often else []))


class Scores:
    """The attempts at one scenario, also those of earlier starts. Saved after every one."""

    def __init__(self, scenario: str, path: Path | None = None) -> None:
        """scenario: its built-in name or its file. path: None where nobody keeps them.

        A file that cannot be read is set aside, and `told` says so.
        """
        self._kept = KeptList(whole_name(scenario), path, "the score of practice", _attempt)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The newest of each kind, in their order."""
        return self._kept.items

    def told(self) -> str:
        """Why they could not be read or saved, in words, once; empty where all is well."""
        return self._kept.told()

    def add(self, *attempts: Attempt) -> None:
        if attempts:
            self._kept.change(lambda kept: _newest([*kept, *attempts]))


def _newest(attempts: Sequence[Attempt]) -> list[Attempt]:
    seen: Counter[str] = Counter()
    kept = []
    for attempt in reversed(attempts):
        seen[attempt.kind] += 1
        if seen[attempt.kind] <= NEWEST:
            kept.append(attempt)
    return kept[::-1]


def _attempt(found: Any) -> Attempt:
    made = Attempt(**{**found, "slips": list(found["slips"])})
    if not all(isinstance(each, str) and len(each) < LONGEST for each in (made.kind, made.formula, *made.slips)):
        raise ValueError("a kind, a formula or a slip is not a text")
    if not all(type(each) is int and each >= 0 for each in (made.tries, made.hints)):
        raise ValueError("tries and hints are whole numbers from 0")
    if not all(type(each) is bool for each in (made.right, made.given_up)):
        raise ValueError("right and given_up are true or false")
    return made
