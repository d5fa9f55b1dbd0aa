"""The header: what is trained, and where the cursor stands in it."""

from nnsim.engine.notation import number
from nnsim.tui.moment import Moment
from nnsim.tui.rows import Row, clean, fit, joined, spread, width_of


def header(moment: Moment, width: int, height: int) -> list[Row]:
    """Two rows: the scenario, then the position. One where there is no height for two."""
    position = _position(moment, width)
    if height < 2:
        return [fit(position, width, "bar")]
    return [fit(_scenario(moment, width), width, "bar"), fit(position, width, "bar")]


def _scenario(moment: Moment, width: int) -> Row:
    about = moment.about
    name: Row = [(" nnsim ", "now"), (f" {clean(about.title)} ", "bar title")]
    facts = [about.network, about.loss, f"{about.optimizer} α {number(moment.learning_rate)}"]
    row = [*name, *_facts(facts)]
    while len(facts) > 1 and width_of(row) > width - 14:
        facts.pop(1)
        row = [*name, *_facts(facts)]
    return spread(row, [*_status(moment), (" ", "bar")], width, "bar")


def _facts(facts: list[str]) -> Row:
    return joined(([("  ", "bar"), (clean(fact), "bar name")] for fact in facts), ("  ·", "bar faint"))


def _status(moment: Moment) -> Row:
    if not moment.running:
        return [("❚❚ paused", "bar dim")]
    rate = f"  {moment.rate:,.0f} a second" if moment.rate else ""
    return [("▶ running", "bar lit"), (rate, "bar dim")]


def _position(moment: Moment, width: int) -> Row:
    loss, known = moment.last_loss, "loss" not in moment.hidden
    facts: list[Row] = [
        [(" iteration ", "bar dim"), (f"{moment.iteration:,}", "bar title"), (f" of {moment.iterations:,}", "bar dim")],
        [("epoch ", "bar dim"), (f"{moment.epoch:,}", "bar title"), (f" of {moment.about.epochs:,}", "bar dim")],
        [("batch ", "bar dim"), (f"{moment.batch:,}", "bar title"), (f" of {moment.batches:,}", "bar dim")],
    ]
    label = "loss " if known else "loss before "
    shown: Row = [(label, "bar dim"), (f"{loss:.4f}", "bar title")] if loss is not None else []
    gap = "     " if width >= 100 else "  "
    return joined([*facts, shown] if shown else facts, (gap, "bar"))
