"""What is wrong with a training, in sentences with evidence and what to try. A healthy run is quiet.

Every threshold is relative: to where training began, to its best so far, or to another layer.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from nnsim.debugger.findings import Evidence, Finding
from nnsim.engine.notation import number
from nnsim.engine.spec import Array, Indices

NEAR_END = {"sigmoid": (0.02, 0.98), "tanh": (-0.96, 0.96)}
SATURATED = 0.9  # of the rows near an end
LEARNT = 0.5  # of the first loss: below it saturated units have done their work
VANISHING = 0.01  # the first layer's gradient beside the last layer's
EXPLODING = 100.0  # a gradient beside the first iteration's
RISEN = 1.1  # validation loss beside its lowest, while the training loss falls
HIGHER = 1.2  # the loss of now beside that of the first iteration
WORSE = 1.5  # an epoch's mean loss beside the lowest
SWINGS, SWING = 0.7, 0.1  # of the differences change sign; the loss goes up and down by so much of itself
STILL, TINY_UPDATE = 0.02, 1e-4  # fallen by less than this share, with updates that small beside the weights
PATIENCE = 20  # iterations before anything is said of the loss


def examine(evidence: Evidence) -> tuple[Finding, ...]:
    """What the checks that apply have found, troubles first."""
    with np.errstate(all="ignore"):
        found = [finding for check in CHECKS for finding in check(evidence)]
    return tuple(sorted(found, key=lambda finding: finding.healthy))


def _dead(evidence: Evidence) -> Iterator[Finding]:
    """Units that are 0 for every row. A ReLU has no slope there: its own weights cannot bring it back."""
    layers = dict(_layers(evidence, ("relu",)))
    dead = {layer: np.flatnonzero((a == 0).all(axis=0)) for layer, a in layers.items()}
    if any(units.size for units in dead.values()):
        units = sum(a.shape[1] for a in layers.values())
        one = sum(map(len, dead.values())) == 1
        yield Finding(
            "dead units",
            False,
            f"{_named(dead)} answer{'s' * one} 0 to every training row.",
            f"{sum(map(len, dead.values()))} of {units} ReLU units: no gradient reaches their weights",
            "a lower learning rate, he_normal start weights, or leaky_relu",
        )
    elif layers:
        yield _fine("dead units", "no unit is dead: every ReLU answers some training row")


def _saturated(evidence: Evidence) -> Iterator[Finding]:
    """Units at an end of their activation, unless the loss has come down: then that is what they have learnt."""
    stuck = {layer: _at_an_end(evidence, layer, a) for layer, a in _layers(evidence, tuple(NEAR_END))}
    count = sum(map(len, stuck.values()))
    learnt = _level(evidence) < LEARNT * evidence.losses[0]
    if count and not learnt:
        yield Finding(
            "saturated units",
            False,
            f"{_named(stuck)} {'is' if count == 1 else 'are'} saturated.",
            f"near the ends of their activation for over {SATURATED:.0%} of the rows: hardly any slope there",
            "smaller start weights (xavier_normal), standardised inputs, a lower learning rate, or relu",
        )
    elif count:
        units = "1 hidden unit is" if count == 1 else f"{count} hidden units are"
        yield _fine("saturated units", f"{units} saturated, but the loss has come down")
    elif stuck:
        yield _fine("saturated units", "no hidden unit is saturated")


def _at_an_end(evidence: Evidence, layer: int, a: Array) -> Indices:
    low, high = NEAR_END[evidence.experiment.network.layers[layer - 1].activation]
    return np.flatnonzero(((a <= low) | (a >= high)).mean(axis=0) > SATURATED)


def _gradients(evidence: Evidence) -> Iterator[Finding]:
    flows = [flow for flow in evidence.flows if all(np.isfinite(flow.gradients))]
    if not flows:
        return
    recent = np.median([flow.gradients for flow in flows[-5:]], axis=0)
    first, last = float(recent[0]), float(recent[-1])
    if len(recent) > 1 and 0 < first < VANISHING * last:
        yield Finding(
            "gradients",
            False,
            "The gradient vanishes on its way back to the first layer.",
            f"‖∂L‖ of layer 1 is {number(first, 2)}, of layer {len(recent)} {number(last, 2)}",
            "relu or tanh in place of sigmoid, he_normal or xavier_normal weights, fewer layers",
        )
    elif recent.max() > EXPLODING * max(flows[0].gradients) > 0:
        layer = int(recent.argmax())
        yield Finding(
            "gradients",
            False,
            f"The gradient of layer {layer + 1} explodes.",
            f"‖∂L‖ is {number(float(recent[layer]), 2)}, at the start it was {number(flows[0].gradients[layer], 2)}",
            "clip_norm, a lower learning rate, or smaller start weights",
        )
    elif len(recent) > 1 and first > 0:
        first, last = flows[-1].gradients[0], flows[-1].gradients[-1]
        lengths = f"{number(first, 3)} in layer 1, {number(last, 3)} in layer {len(recent)}"
        yield _fine("gradients", f"the gradient's length is {lengths}")
    elif len(recent) == 1:
        yield _fine("gradients", f"the gradient's length is {number(flows[-1].gradients[0], 3)}")


def _overfitting(evidence: Evidence) -> Iterator[Finding]:
    epochs = [e for e in evidence.epochs if e.validation]
    if len(epochs) < 2:
        if epochs:
            yield _too_early("over-fitting", "over-fitting is looked for when the first epoch is over")
        return
    best = min(epochs, key=lambda e: e.validation["loss"])
    now = epochs[-1]
    since = now.epochs - best.epochs
    risen = now.validation["loss"] > RISEN * best.validation["loss"]
    if since >= max(3, now.epochs // 10) and risen and now.training["loss"] < best.training["loss"]:
        yield Finding(
            "over-fitting",
            False,
            f"The network learns the training rows by heart since epoch {best.epochs}.",
            f"loss held out {_fall(best.validation, now.validation)}, training {_fall(best.training, now.training)}",
            "stopping there (patience), l2, dropout, fewer units, or more data",
        )
    else:
        values = f"{number(now.training['loss'], 3)}, on held-out rows {number(now.validation['loss'], 3)}"
        training = evidence.experiment.training
        name = "loss without the penalty" if training.l1 or training.l2 else "loss"
        yield _fine("over-fitting", f"{name} on training rows {values}")


def _learning_rate(evidence: Evidence) -> Iterator[Finding]:
    first_judged = max(PATIENCE, 2 * evidence.per_epoch) - 1
    if len(evidence.losses) <= first_judged:
        yield _too_early("learning rate", f"the way of the loss is judged from iteration {first_judged:,} on")
        return
    level, means = _level(evidence), _windows(evidence)
    start, best = max(float(means[0]), float(evidence.losses[0])), float(means.min())
    changed = (
        f"loss {number(float(evidence.losses[0]), 3)} at the start, as a mean over {_window(evidence)} iterations "
        f"{number(best, 3)} at best, {number(level, 3)} now"
    )
    if level > HIGHER * float(evidence.losses[0]):
        yield _too_high("The loss is higher than before training.", changed)
    elif level > WORSE * best and level > LEARNT * start:
        yield _too_high("The loss rises again.", changed)
    elif level > 0.1 * start and _swings(evidence.losses[-PATIENCE:] if evidence.per_epoch == 1 else means[-PATIENCE:]):
        yield _too_high("The loss jumps up and down.", changed)
    elif best > (1 - STILL) * start and _update(evidence) < TINY_UPDATE:
        yield Finding(
            "learning rate",
            False,
            "The loss hardly moves: the learning rate is too low.",
            f"{changed}; an update changes the weights by {number(_update(evidence), 1)} of themselves, usual is 0.001",
            "a learning rate ten times as high",
        )
    else:
        yield _fine("learning rate", changed)


def _too_high(sentence: str, evidence: str) -> Finding:
    return Finding(
        "learning rate", False, sentence, evidence, "a learning rate three to ten times lower, or a schedule"
    )


CHECKS: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    _dead,
    _saturated,
    _gradients,
    _overfitting,
    _learning_rate,
)


def _fine(check: str, sentence: str) -> Finding:
    return Finding(check, True, sentence)


def _too_early(check: str, sentence: str) -> Finding:
    return Finding(check, True, sentence, waits=True)


def _layers(evidence: Evidence, activations: tuple[str, ...]) -> Iterator[tuple[int, Array]]:
    """The hidden layers with such an activation, counted from 1, and what their units answer."""
    for layer, a in enumerate(evidence.activations, 1):
        if evidence.experiment.network.layers[layer - 1].activation in activations:
            yield layer, a


def _named(units: Mapping[int, Indices]) -> str:
    """h1, h3 of layer 1; of several layers only how many they are in each."""
    found = {layer: numbers for layer, numbers in units.items() if numbers.size}
    if len(found) > 1:
        counts = ", ".join(f"{numbers.size} of layer {layer}" for layer, numbers in found.items())
        return f"{sum(map(len, found.values()))} units ({counts})"
    ((layer, numbers),) = found.items()
    names = ", ".join(f"h{unit + 1}" for unit in numbers[:6])
    return f"{names}{f' and {len(numbers) - 6} more' * (len(numbers) > 6)} of layer {layer}"


def _fall(before: dict[str, float], now: dict[str, float]) -> str:
    return f"{number(before['loss'], 3)} → {number(now['loss'], 3)}"


def _window(evidence: Evidence) -> int:
    """The iterations of a stretch of whole epochs, ten at the least."""
    return evidence.per_epoch * -(-10 // evidence.per_epoch)


def _windows(evidence: Evidence) -> Array:
    """The mean loss of each such stretch."""
    size = _window(evidence)
    count = len(evidence.losses) // size
    means: Array = evidence.losses[len(evidence.losses) - count * size :].reshape(count, size).mean(axis=1)
    return means


def _level(evidence: Evidence) -> float:
    """Where the loss is now: its mean over the last such stretch."""
    return float(evidence.losses[-_window(evidence) :].mean())


def _swings(losses: Array) -> bool:
    """Whether the loss goes up and down by turns, by much."""
    steps = np.diff(losses)
    if len(steps) < 6:
        return False
    turns = float(np.mean(steps[1:] * steps[:-1] < 0))
    return turns > SWINGS and float(np.median(np.abs(steps))) > SWING * float(np.median(losses))


def _update(evidence: Evidence) -> float:
    """The largest update of a layer beside its weights, in the middle of what was sampled."""
    updates = [max((u for u in flow.updates if np.isfinite(u)), default=np.inf) for flow in evidence.flows]
    return float(np.median(updates)) if updates else np.inf
