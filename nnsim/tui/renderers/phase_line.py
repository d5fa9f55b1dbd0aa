"""The phase line: every op of the iteration in reading order, and the cursor on one of them."""

from dataclasses import dataclass
from itertools import groupby

from nnsim.tui.moment import Moment, parse
from nnsim.tui.rows import Row, aimed, joined, width_of

SEPARATOR = (" │ ", "faint")
TOUCHED = "changed"  # underlined


@dataclass(frozen=True)
class Group:
    """Ops that are read together: those of a phase, or of one parameter in the update. `first`: its first op.

    touched: the places among them of those that the pinned number goes into; they are underlined.
    """

    label: str
    ops: tuple[str, ...]
    first: int
    touched: frozenset[int] = frozenset()

    def row(self, cursor: int, folded: bool = False, width: int = 10**6) -> Row:
        if self.first + len(self.ops) <= cursor:
            return self._done(folded)
        if self.first > cursor:
            return self._to_come(folded)
        return self._now(cursor - self.first, width)

    def _done(self, folded: bool) -> Row:
        row: Row = [(self.label, self._aim("dim")), (" ✓", "accent")] if self.label else [("✓", "accent")]
        return row if folded else [*row, *self._named("name")]

    def _to_come(self, folded: bool) -> Row:
        if folded:
            return [(f"{self.label} ·{len(self.ops)}", self._aim("faint dim"))]
        return [(f"{self.label} ·", self._aim("dim")), *self._named("dim")]

    def _named(self, role: str) -> Row:
        return [piece for at, name in enumerate(self.ops) for piece in self._one(name, role, at)]

    def _one(self, name: str, role: str, at: int) -> Row:
        if at in self.touched:
            return [(" ", ""), (name, self._aim(f"{role} {TOUCHED}", at))]
        return [(f" {name}", self._aim(role, at))]

    def _aim(self, role: str, at: int = 0) -> str:
        return aimed(role, "op", self.first + at)

    def _now(self, at: int, width: int) -> Row:
        start, end = _window(self.ops, at, width - len(self.label) - 6)
        row: Row = [(self.label, self._aim("title"))]
        if start:
            row.append((" …", "dim"))
        for position in range(start, end):
            touched = f" {TOUCHED}" if position in self.touched else ""
            row.extend(_op(self.ops[position], position - at, self.first + position, touched))
        return [*row, (" …", "dim")] if end < len(self.ops) else row


def phase_line(moment: Moment, width: int, height: int) -> list[Row]:
    """A row with the phases up to the gradients and a row with the update; one row where there is no height for two."""
    groups = phases(moment)
    cursor = moment.op_index
    learning = [group for group in groups if group.first < _update_start(moment)]
    updating = groups[len(learning) :]
    inside = cursor >= _update_start(moment)
    if height < 2:
        return [[(" ", ""), *_fit(updating if inside and updating else learning, cursor, width - 2)]]
    lead: Row = [(" update  ", "title" if inside else "dim")]
    rows = [[(" ", ""), *_fit(learning, cursor, width - 2)]]
    return [*rows, [*lead, *_fit(updating, cursor, width - 10)] if updating else []]


def phases(moment: Moment) -> list[Group]:
    """The program's ops grouped as a teacher would."""
    numbered = enumerate(moment.program)
    groups = []
    for label, members in groupby(numbered, key=lambda pair: _label(moment, pair[1].name, pair[1].phase)):
        ops = list(members)
        touched = frozenset(at for at, (_, op) in enumerate(ops) if moment.touched(op.name) is not None)
        groups.append(Group(label, tuple(_short(moment, op.name) for _, op in ops), ops[0][0], touched))
    return groups


def _label(moment: Moment, name: str, phase: str) -> str:
    if phase != "update":
        return phase
    return moment.layout[parse(name).parameter].symbol if parse(name).suffix else "all"


def _short(moment: Moment, name: str) -> str:
    """∂L/∂W₂ reads ∂W₂ here; what belongs to a parameter reads m, v̂, step."""
    symbol = moment.layout[name].symbol
    if not parse(name).suffix:
        return symbol.replace("∂L/", "")
    return "next" if name.endswith(".next") else symbol.partition("(")[0]


def _update_start(moment: Moment) -> int:
    return next((at for at, op in enumerate(moment.program) if op.phase == "update"), len(moment.program))


def _fit(groups: list[Group], cursor: int, width: int) -> Row:
    """The groups in one row: those farthest from the cursor are folded first."""
    whole = _row(groups, cursor, set())
    needed = width_of(whole)
    if needed <= width:
        return whole
    at = max((i for i, group in enumerate(groups) if group.first <= cursor), default=0)
    folded: set[int] = set()
    for farthest in sorted(range(len(groups)), key=lambda i: -abs(i - at)):
        group = groups[farthest]
        needed += width_of(group.row(cursor, folded=True)) - width_of(group.row(cursor))
        folded.add(farthest)
        if needed <= width:
            return _row(groups, cursor, folded)
    rest = width_of(_row([group for i, group in enumerate(groups) if i != at], cursor, set(range(len(groups))))) + 3
    if width - rest >= 24:
        return _row(groups, cursor, folded, width - rest)
    return _around(groups, cursor, at, width)


def _around(groups: list[Group], cursor: int, at: int, width: int) -> Row:
    """The group at the cursor and as many beside it as there is room for, in few words; … where there are more."""
    start, end = at, at + 1
    row = groups[at].row(cursor, folded=True, width=width)
    growing = True
    while growing:
        growing = False
        for wider in ((start, end + 1), (start - 1, end)):
            if wider[0] < 0 or wider[1] > len(groups):
                continue
            longer = _row(groups[slice(*wider)], cursor, set(range(len(groups))))
            if wider[0] > 0:
                longer = [("…", "dim"), SEPARATOR, *longer]
            if wider[1] < len(groups):
                longer = [*longer, SEPARATOR, ("…", "dim")]
            if width_of(longer) <= width:
                (start, end), row, growing = wider, longer, True
    return row


def _row(groups: list[Group], cursor: int, folded: set[int], width: int = 10**6) -> Row:
    return joined((group.row(cursor, i in folded, width) for i, group in enumerate(groups)), SEPARATOR)


def _op(text: str, after: int, op: int = 0, touched: str = "") -> Row:
    if after < 0:
        return [(" ✓", aimed("accent", "op", op)), (text, aimed(f"name{touched}", "op", op))]
    if after == 0:
        return [(" ", ""), (f"▶{text} ", aimed(f"now{touched}", "op", op))]
    return [("  " if after > 1 else " ", ""), (text, aimed(f"dim{touched}", "op", op))]


def _window(ops: tuple[str, ...], at: int, width: int) -> tuple[int, int]:
    """The longest run of ops around `at` that fits."""
    lengths = [width_of(_op(text, 0)) for text in ops]
    start, end, room = at, at + 1, width - lengths[at]
    while True:
        if start > 0 and lengths[start - 1] <= room and (at - start <= end - at or end == len(ops)):
            start -= 1
            room -= lengths[start]
        elif end < len(ops) and lengths[end] <= room:
            room -= lengths[end]
            end += 1
        elif start > 0 and lengths[start - 1] <= room:
            start -= 1
            room -= lengths[start]
        else:
            return start, end
