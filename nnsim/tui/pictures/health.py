"""The state of health of a training: what is wrong, with evidence and what to try; else what has been looked at."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnsim.debugger.findings import Evidence, Finding, Place, broken, hidden_activations, nonfinite
from nnsim.debugger.health import examine
from nnsim.debugger.history import flow
from nnsim.debugger.past import parameters_of
from nnsim.tui.moment import Moment
from nnsim.tui.pictures.picture import Lab
from nnsim.tui.rows import Row, clean, shorten, wrapped

if TYPE_CHECKING:
    from nnsim.debugger.session import Session


@dataclass(frozen=True)
class HealthData:
    iteration: int
    findings: tuple[Finding, ...]

    @property
    def troubles(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.healthy)

    @property
    def place(self) -> Place | None:
        """Where `x` goes."""
        return next((finding.place for finding in self.findings if finding.place), None)


class Health:
    name = "Health"
    help = "What goes wrong in this training, the evidence, and what to try; ✓ all is well, … too early to say."

    def fits(self, session: "Session") -> bool:
        return True

    def key(self, moment: Moment) -> Hashable:
        return (moment.iteration, moment.recorded)

    def prepare(self, lab: Lab, moment: Moment, seconds: float) -> bool:
        epochs = moment.iteration // moment.batches
        if not (lab.history.epochs.fill(epochs, seconds) and lab.history.flows.fill(moment.iteration, seconds)):
            return False
        lab.kept["health"] = HealthData(moment.iteration, _findings(lab, moment))
        return True

    def data(self, lab: Lab, moment: Moment) -> HealthData | None:
        kept = lab.kept.get("health")
        return kept if isinstance(kept, HealthData) else None

    def caption(self, data: HealthData) -> Row:
        where = f" at iteration {data.iteration:,}"
        if not data.troubles:
            early = any(finding.waits for finding in data.findings)
            return [("  ✓ nothing wrong so far" if early else "  ✓ healthy", "lit"), (where, "dim")]
        count = len(data.troubles)
        return [(f"  ▲ {count} finding{'s' * (count > 1)}", "warning bold"), (where, "dim")]

    def render(self, data: HealthData, width: int, height: int, plain: bool = False) -> list[Row]:
        rows: list[Row] = []
        for finding in data.troubles:
            rows += [*_trouble(finding, width), *([[]] if height > 8 else [])]
        healthy = sorted((finding for finding in data.findings if finding.healthy), key=lambda finding: finding.waits)
        lines = _in_words(healthy, max(width - 2, 8), height - len(rows))
        for finding, sentence in zip(healthy, lines, strict=True):
            sign = ("… ", "dim") if finding.waits else ("✓ ", "accent")
            rows += [[("  ", "") if at else sign, *line] for at, line in enumerate(sentence)]
        if len(rows) > height > 0:
            rest = f"{len(rows) - height + 1} more lines: z gives this panel all the room"
            rows = [*rows[: height - 1], [(shorten(rest, width), "dim")]]
        return rows[:height]


def _in_words(healthy: list[Finding], width: int, height: int) -> list[list[Row]]:
    """Of each its sentence, with the figures behind it if there is room for those of all; else some cut if need be."""
    sentences = [wrapped(finding.sentence, width, "dim") for finding in healthy]
    figures = [wrapped(finding.evidence, width, "dim") for finding in healthy]
    if sum(map(len, (*sentences, *figures))) <= height:
        clear = [wrapped(finding.sentence, width, "text") for finding in healthy]
        return [[*sentence, *below] for sentence, below in zip(clear, figures, strict=True)]
    free, lines = height - len(healthy), []
    for finding, sentence in zip(healthy, sentences, strict=True):
        whole = len(sentence) - 1 <= max(free, 0)
        lines.append(sentence if whole else [[(shorten(clean(finding.sentence), width), "dim")]])
        free -= (len(sentence) - 1) * whole
    return lines


def _findings(lab: Lab, moment: Moment) -> tuple[Finding, ...]:
    experiment = lab.past.experiment
    losses = moment.losses[: moment.recorded + 1]
    if "nonfinite" not in lab.kept and (found := nonfinite(lab.branch, losses)):
        lab.kept["nonfinite"] = broken(found)
    breaks: Finding | None = lab.kept.get("nonfinite")
    if breaks and breaks.place and breaks.place.iteration <= moment.iteration:
        return (breaks,)
    if "start" not in lab.kept:
        start = lab.past.frame(0)
        lab.kept["start"] = start, hidden_activations(experiment, lab.forward, parameters_of(start))
    start, first = lab.kept["start"]
    flows = (*lab.history.flows.until(moment.iteration), flow(moment.frame))
    examined = examine(
        Evidence(
            experiment=experiment,
            per_epoch=moment.batches,
            losses=losses[: moment.iteration + 1],
            activations=hidden_activations(experiment, lab.forward, parameters_of(moment.frame)),
            frame=moment.frame,
            first=first,
            start=start,
            epochs=lab.history.epochs.until(moment.iteration // moment.batches),
            flows=tuple({each.iteration: each for each in flows}.values()),
        )
    )
    return (breaks, *examined) if breaks else examined


def _trouble(finding: Finding, width: int) -> list[Row]:
    """The sentence, its evidence, what may help, and the key that goes there."""
    texts = [(finding.sentence, "title"), (finding.evidence, "text"), (f"What may help: {finding.advice}", "accent")]
    lines = [line for text, role in texts if text for line in wrapped(text, max(width - 2, 8), role)]
    rows: list[Row] = [[("  " if at else "▲ ", "warning bold"), *line] for at, line in enumerate(lines)]
    if finding.place:
        rows.append([("  x", "key"), (shorten(" goes to this number", width - 3), "dim")])
    return rows
