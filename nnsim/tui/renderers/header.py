"""The header: what is trained, and where the cursor stands in it."""

from collections.abc import Callable, Iterator

from rich.cells import cell_len

from nnsim.engine.notation import number
from nnsim.tui.moment import Moment
from nnsim.tui.rows import Row, Span, clean, crop, fit, joined, shorten, spread, width_of

Remark = Callable[[int], Row]
BRANCH = 36  # cells for the name of a branch, at the most, before the position gives way to it
WIDE = 100  # cells from which on the position takes its room
REMARK = 12  # cells that the position and the name of a branch leave to the remark: its shortest words


def header(moment: Moment, width: int, height: int, remark: Remark | None = None) -> list[Row]:
    """Two rows: the scenario, then the position. One where there is no height for two.

    remark: what stands at the right of the position, where there is room for it.
    """
    branch = f"branch: {clean(moment.about.branch)} " if moment.about.branch else ""
    taken = min(len(branch), BRANCH) + 2 * bool(branch) + (REMARK + 2) * bool(remark)
    position = _position(moment, width - taken)
    room = width - width_of(position) - 2
    free = room - REMARK * bool(remark)
    branch = branch if len(branch) <= free else branch.removeprefix("branch: ")
    tail: Row = [(shorten(branch, free), "bar lit")] if branch else []
    if remark and (said := remark(room - width_of(tail) - 2 * bool(tail))):
        tail = [*tail, (" " * bool(tail), "bar"), *said]
    if tail:
        position = spread(position, tail, width, "bar")
    if height < 2:
        return [fit(position, width, "bar")]
    return [fit(_scenario(moment, width), width, "bar"), fit(position, width, "bar")]


def _scenario(moment: Moment, width: int) -> Row:
    """The title and what is trained, in the most words that there is room for; at last the title is cut."""
    title = clean(moment.about.title)
    for brand, facts, status in _wordings(moment):
        told = _facts(facts)
        room = width - width_of(status) - 3
        free = room - width_of([*brand, *told])
        if cell_len(title) + 2 <= free:
            break
    name: Row = [*brand, (f" {shorten(title, max(free - 2, 8))} ", "bar title")]
    return spread(crop([*name, *told], room), [*status, (" ", "bar")], width, "bar")


def _wordings(moment: Moment) -> Iterator[tuple[Row, list[str], Row]]:
    """Name of the program, facts, status: from all of their words to those that nobody can do without."""
    about, brand = moment.about, [(" nnsim ", "now")]
    optimizer = f"{about.optimizer} α {number(moment.learning_rate)}"
    whole, close = about.network, about.network.replace(" → ", "→")
    status = _status(moment)
    sign = status[:1] if moment.running else [(_standing(moment).partition(" ")[0], "bar dim")]
    yield brand, [whole, about.loss, optimizer], status
    yield brand, [whole, optimizer], status
    yield brand, [whole, optimizer], sign
    yield brand, [close, optimizer], sign
    yield [], [close, optimizer], sign


def _facts(facts: list[str]) -> Row:
    return joined(([("  ", "bar"), (clean(fact), "bar name")] for fact in facts), ("  ·", "bar faint"))


def _status(moment: Moment) -> Row:
    if not moment.running:
        return [(_standing(moment), "bar dim")]
    rate = f"  {moment.rate:,.0f} a second" if moment.rate else ""
    return [("▶ running", "bar lit"), (rate, "bar dim")]


def _standing(moment: Moment) -> str:
    if moment.ended is None:
        return "❚❚ paused"
    best = moment.ended.best_epoch
    return "■ finished" if best is None else f"■ stopped early, best epoch {best}"


def _position(moment: Moment, width: int) -> Row:
    """Iteration, epoch, batch, loss; where there is no room for all, what is least missed goes first."""
    loss, known = moment.last_loss, "loss" not in moment.hidden
    label = "loss " if known else "last loss "
    shown: list[Row] = [[(label, "bar dim"), (four_digits(loss), "bar title")]] if loss is not None else []
    rows: list[Row] = [joined([*facts, *shown], gap) for facts, gap in _counts(moment, width)]
    return next((row for row in rows if width_of(row) <= width), rows[-1])


def _counts(moment: Moment, width: int) -> Iterator[tuple[list[Row], Span]]:
    """Iteration, epoch and batch with what stands between them, from all words to few."""
    last = moment.iteration == moment.iterations - 1
    iteration = _count(" iteration ", moment.iteration, moment.iterations, last)
    epoch = _count("epoch ", moment.epoch, moment.about.epochs)
    batch: Row = [("one batch an epoch", "bar dim")]
    if moment.batches > 1:
        batch = _count("batch ", moment.batch, moment.batches)
    wide, narrow = ("     ", "bar"), ("  ", "bar")
    if width >= WIDE:
        yield [iteration, epoch, batch], wide
    if width >= WIDE or moment.batches > 1:
        yield [iteration, epoch, batch], narrow
    yield [iteration, epoch], narrow
    yield [iteration, epoch[:2]], narrow
    yield [iteration], narrow
    yield [iteration[:2]], narrow


def _count(label: str, at: int, planned: int, last: bool = False) -> Row:
    """Counted from 0, so that the last is one less than are planned: which is said of it."""
    end = ", the last of " if last else " of " if at < planned else ", past the planned "
    return [(label, "bar dim"), (f"{at:,}", "bar title"), (f"{end}{planned:,}", "bar dim")]


def four_digits(loss: float) -> str:
    """Four digits, so that the number changes in place while it runs."""
    return f"{loss:.4f}" if 1e-3 <= abs(loss) < 1e4 else number(loss)
