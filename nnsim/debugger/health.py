"""What is wrong with a training, in sentences with evidence and what to try. A healthy run is quiet.

Every threshold is relative: to where training began, to its best so far, or to another layer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from nnsim.debugger.baseline import baseline
from nnsim.debugger.findings import Evidence, Finding
from nnsim.engine.notation import number
from nnsim.engine.spec import Array, Indices

NEAR_END = {"sigmoid": (0.02, 0.98), "tanh": (-0.96, 0.96)}
DIED = 0.25  # of the units answer 0 to every row that did not before training: some always do in deep layers
SATURATED = 0.9  # of the rows near an end
MANY = 0.25  # of the units with such an activation are saturated
LEARNT = 0.5  # of the first loss: below it saturated and dead units have done their work
VANISHING = 0.01  # the first layer's gradient beside the last layer's
EXPLODING = 100.0  # a gradient beside the first iteration's
RISEN = 1.1  # validation loss beside its lowest, while the training loss falls
FAR = 0.05  # of the validation loss before training: it has risen by more
HIGHER = 1.2  # the loss of now beside that before training
WORSE = 1.5  # an epoch's mean loss beside the lowest
SWINGS, SWING = 0.7, 0.15  # of the differences change sign; the loss goes up and down by so much of itself
STILL, TINY_UPDATE = 0.02, 1e-4  # fallen by less than this share, with updates that small beside the weights
PATIENCE = 20  # iterations before anything is said of the loss
TRIED, FEW = 0.1, 4  # of the planned training, and epochs, before it is said that nothing is learnt


def examine(evidence: Evidence) -> tuple[Finding, ...]:
    """What the checks that apply have found, troubles first."""
    with np.errstate(all="ignore"):
        found = [finding for check in CHECKS for finding in check(evidence)]
    return tuple(sorted(found, key=lambda finding: finding.healthy))


def _dead(evidence: Evidence) -> Iterator[Finding]:
    """Units that are 0 for every row, where training has killed them or they stop it: a layer of nothing else does.

    A ReLU has no slope there: its own weights cannot bring it back.
    """
    layers = dict(_layers(evidence, evidence.activations, ("relu",)))
    dead = {layer: _silent(a) for layer, a in layers.items()}
    first = sum(len(_silent(a)) for _, a in _layers(evidence, evidence.first, ("relu",)))
    sizes = {layer: a.shape[1] for layer, a in layers.items()}
    count, units = sum(map(len, dead.values())), sum(sizes.values())
    blocked = any(len(dead[layer]) == size for layer, size in sizes.items())
    died = count - first >= DIED * units
    limit = f"a finding is a layer of dead units, or {DIED:.0%} that die in training, before the loss has halved"
    if count and not _learnt(evidence) and (blocked or died or _nothing_learnt(evidence)):
        rate = "a lower learning rate, " * (len(evidence.losses) > 1)
        start = "other start weights" if _starts_with(evidence, layers, "he_") else "he_normal start weights"
        yield Finding(
            "dead units",
            False,
            f"{_named(dead, sizes)} answer{'s' * (count == 1)} 0 to every training row.",
            f"{count} of {units} ReLU units: no gradient reaches their weights",
            f"{rate}{start}, or leaky_relu",
        )
    elif count:
        but = "but the loss has come down" if _learnt(evidence) else f"{first} before training: the others learn"
        yield _fine("dead units", f"{count} of {units} ReLU units {_is(count)} dead, {but}", limit)
    elif layers:
        yield _fine("dead units", "no unit is dead: every ReLU answers some training row", limit)


def _silent(a: Array) -> Indices:
    return np.flatnonzero((a == 0).all(axis=0))


def _saturated(evidence: Evidence) -> Iterator[Finding]:
    """Many units at an end of their activation, unless the loss has come down: then that is what they have learnt."""
    layers = dict(_layers(evidence, evidence.activations, tuple(NEAR_END)))
    stuck = {layer: _at_an_end(evidence, layer, a) for layer, a in layers.items()}
    sizes = {layer: a.shape[1] for layer, a in layers.items()}
    count, units = sum(map(len, stuck.values())), sum(sizes.values())
    learnt = _learnt(evidence)
    limit = f"a finding is {MANY:.0%} of them near an end for {SATURATED:.0%} of the rows, before the loss has halved"
    if count and count >= MANY * units and not learnt:
        named = "" if _starts_with(evidence, layers, "xavier_") else " (xavier_normal)"
        yield Finding(
            "saturated units",
            False,
            f"{_named(stuck, sizes)} {_is(count)} saturated.",
            f"near the ends of their activation for over {SATURATED:.0%} of the rows: hardly any slope there",
            f"smaller start weights{named}, standardised inputs, a lower learning rate, or relu",
        )
    elif count:
        but = ", but the loss has come down" * learnt
        yield _fine("saturated units", f"{count} of {units} hidden units {_is(count)} saturated{but}", limit)
    elif stuck:
        yield _fine("saturated units", "no hidden unit is saturated", limit)


def _at_an_end(evidence: Evidence, layer: int, a: Array) -> Indices:
    low, high = NEAR_END[evidence.experiment.network.layers[layer - 1].activation]
    return np.flatnonzero(((a <= low) | (a >= high)).mean(axis=0) > SATURATED)


def _twins(evidence: Evidence) -> Iterator[Finding]:
    """Hidden units that start alike and get the same gradients, so that they stay alike for ever."""
    network = evidence.experiment.network
    units = {layer: each.units for layer, each in enumerate(network.layers[:-1], 1)}
    alike = {layer: _alike(evidence, layer) for layer in units}
    same = {layer: np.sort(np.concatenate(groups)) for layer, groups in alike.items() if groups}
    if same:
        count, kinds = sum(map(len, same.values())), sum(map(len, alike.values()))
        yield Finding(
            "twins",
            False,
            f"{_named(same, units)} start alike and stay alike.",
            f"the same weights, in and out, since iteration 0, so the same gradients: {count} do the work of {kinds}",
            "start weights that differ at random: he_normal for relu, else xavier_normal",
        )
    elif any(count > 1 for count in units.values()):
        yield _fine("twins", "no two hidden units have equal weights", "twins would get equal gradients for ever")


def _alike(evidence: Evidence, layer: int) -> list[Indices]:
    """Groups of units of a hidden layer with equal weights, in and out, before training and now.

    A mask makes units differ that start alike.
    """
    if evidence.frame.iteration == 0 and evidence.experiment.network.layers[layer - 1].dropout:
        return []
    names = (f"W{layer}", f"b{layer}", f"W{layer + 1}")
    parts = [frame[name] for frame in (evidence.start, evidence.frame) for name in names]
    units = np.hstack([part.T if at % 3 == 0 else part.reshape(len(part), -1) for at, part in enumerate(parts)])
    _, group, counts = np.unique(units, axis=0, return_inverse=True, return_counts=True)
    return [np.flatnonzero(group.ravel() == at) for at in np.flatnonzero(counts > 1)]


def _gradients(evidence: Evidence) -> Iterator[Finding]:
    """Gradients beyond measure. That none comes through dead units is no second trouble."""
    flows = [flow for flow in evidence.flows if all(np.isfinite(flow.gradients))]
    if not flows:
        return
    recent = np.median([flow.gradients for flow in flows[-5:]], axis=0)
    over = f" (median of {len(flows[-5:])} iterations)" if len(flows) > 1 else ""
    first, last = float(recent[0]), float(recent[-1])
    limit = f"beyond {number(EXPLODING * max(flows[0].gradients), 3)} it explodes: {EXPLODING:g} × that of iteration 0"
    if recent.max() > EXPLODING * max(flows[0].gradients) > 0:
        layer = int(recent.argmax())
        yield Finding(
            "gradients",
            False,
            f"The gradient of layer {layer + 1} explodes.",
            f"its length is {number(recent[layer], 2)}{over}, at the start {number(flows[0].gradients[layer], 2)}",
            "clip_norm, a lower learning rate, or smaller start weights",
        )
    elif len(recent) > 1 and 0 < first < VANISHING * last:
        if any(not finding.healthy for finding in _dead(evidence)):
            return
        yield Finding(
            "gradients",
            False,
            "The gradient vanishes on its way back to the first layer.",
            f"its length is {number(first, 2)} in layer 1, {number(last, 2)} in layer {len(recent)}{over}",
            "relu or tanh in place of sigmoid, he_normal or xavier_normal weights, fewer layers",
        )
    elif len(recent) > 1 and first > 0:
        first, last = flows[-1].gradients[0], flows[-1].gradients[-1]
        lengths = f"{number(first, 3)} in layer 1, {number(last, 3)} in layer {len(recent)}"
        limit = f"below {VANISHING:g} of layer {len(recent)} it vanishes, {limit}"
        yield _fine("gradients", f"the gradient's length is {lengths}", limit)
    elif len(recent) == 1:
        yield _fine("gradients", f"the gradient's length is {number(flows[-1].gradients[0], 3)}", limit)


def _overfitting(evidence: Evidence) -> Iterator[Finding]:
    epochs = [e for e in evidence.epochs if e.validation]
    if len(epochs) < 2:
        if epochs:
            yield _too_early("over-fitting", "over-fitting is looked for when the first epoch is over")
        return
    best = min(epochs, key=lambda e: e.validation["loss"])
    now = epochs[-1]
    since = now.epochs - best.epochs
    before, lowest, level = (each.validation["loss"] for each in (epochs[0], best, now))
    risen = level > RISEN * lowest and level - lowest > FAR * before
    sampled = "about " * (len(epochs) <= now.epochs)
    if since >= max(5, now.epochs // 10) and risen and now.training["loss"] < best.training["loss"]:
        yield Finding(
            "over-fitting",
            False,
            f"The network learns the training rows by heart since {sampled}epoch {best.epochs}.",
            f"validation loss {_fall(best.validation, now.validation)}, training {_fall(best.training, now.training)}",
            "stopping there (patience), l2, dropout, fewer units, or more data",
        )
    else:
        values = f"{number(now.training['loss'], 3)}, on validation rows {number(now.validation['loss'], 3)}"
        training = evidence.experiment.training
        name = "loss without the penalty" if training.l1 or training.l2 else "loss"
        lowest_at = (
            f"after {now.epochs:,} epoch{'s' * (now.epochs > 1)}; lowest on validation rows {number(lowest, 3)}, "
            f"{f'after {best.epochs:,}' if best.epochs else 'before training'}"
        )
        limit = f"a finding is {RISEN - 1:.0%} above that while the loss on training rows falls"
        yield _fine("over-fitting", f"{name} on training rows {values}", f"{lowest_at}; {limit}")


def _learning_rate(evidence: Evidence) -> Iterator[Finding]:
    first_judged = max(PATIENCE, 2 * evidence.per_epoch) - 1
    if len(evidence.losses) <= first_judged:
        yield _too_early("learning rate", f"how the loss goes is judged from iteration {first_judged:,} on")
        return
    level, means, before = _level(evidence), _windows(evidence), _before(evidence)
    start, best = max(float(means[0]), before), float(means.min())
    changed = (
        f"loss {number(before, 3)} at first, mean of {_window(evidence)} iterations "
        f"{number(best, 3)} at best, {number(level, 3)} now"
    )
    if level > HIGHER * before:
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
    elif found := _nothing_learnt(evidence):
        yield found
    else:
        yield _fine("learning rate", changed, "a finding is a loss that rises, jumps up and down, or hardly moves")


def _better(evidence: Evidence) -> Iterator[Finding]:
    """What the network has to be better than, beside what it has; a finding is made of it with the learning rate."""
    same = baseline(evidence.experiment) if evidence.epochs and not _nothing_learnt(evidence) else None
    if same is not None and np.isfinite(loss := evidence.epochs[-1].training["loss"]):
        better = bool(loss < same.loss)
        sentence = f"{'not yet ' * (not better)}better than always answering {same.answer}"
        costs = f"loss {number(loss, 3)} on training rows, of that answer {number(same.loss, 3)}"
        yield Finding("baseline", True, sentence, costs, waits=not better)


def _nothing_learnt(evidence: Evidence) -> Finding | None:
    """Where the loss stands still at that of a network that gives every row the same answer."""
    training = evidence.experiment.training
    losses = np.array([epoch.training["loss"] for epoch in evidence.epochs])
    tried = evidence.epochs[-1].epochs if evidence.epochs else 0
    if tried < max(FEW, TRIED * training.epochs) or not np.isfinite(losses).all():
        return None
    falls = losses[-1] < (1 - STILL) * np.median(losses[len(losses) // 2 :])
    same = None if falls else baseline(evidence.experiment)
    if same is None or losses[-1] < (1 - STILL) * same.loss:
        return None
    hidden = evidence.experiment.network.layers[:-1]
    linear = all(layer.activation == "linear" for layer in hidden)
    return Finding(
        "baseline",
        False,
        "The network is no better than one that gives every row the same answer.",
        f"loss {number(float(losses[-1]), 3)} on training rows; always answering {same.answer} has "
        f"{number(same.loss, 3)}",
        "hidden units with tanh or relu: without them it is one linear model"
        if linear
        else "another learning rate, other start weights, more units, or inputs that tell more of the target",
    )


def _too_high(sentence: str, evidence: str) -> Finding:
    return Finding(
        "learning rate", False, sentence, evidence, "a learning rate three to ten times lower, or a schedule"
    )


CHECKS: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    _dead,
    _saturated,
    _twins,
    _gradients,
    _overfitting,
    _learning_rate,
    _better,
)


def _fine(check: str, sentence: str, evidence: str) -> Finding:
    """`evidence`: the figures behind it, and from where on it would be a finding."""
    return Finding(check, True, sentence, evidence)


def _too_early(check: str, sentence: str) -> Finding:
    return Finding(check, True, sentence, waits=True)


def _layers(evidence: Evidence, answers: tuple[Array, ...], kinds: tuple[str, ...]) -> Iterator[tuple[int, Array]]:
    """The hidden layers with such an activation, counted from 1, and what their units answer."""
    for layer, a in enumerate(answers, 1):
        if evidence.experiment.network.layers[layer - 1].activation in kinds:
            yield layer, a


def _starts_with(evidence: Evidence, layers: Iterable[int], name: str) -> bool:
    """Whether the weights of all these layers start in such a way already."""
    return all(evidence.experiment.network.layers[layer - 1].init.name.startswith(name) for layer in layers)


def _named(units: Mapping[int, Indices], sizes: Mapping[int, int]) -> str:
    """h1, h3 of layer 1, or all of its units; of several layers only how many of each. sizes: the units they have."""
    found = {layer: numbers for layer, numbers in units.items() if numbers.size}
    if len(found) > 1:
        counts = ", ".join(f"{numbers.size} of layer {layer}" for layer, numbers in found.items())
        return f"{sum(map(len, found.values()))} units ({counts})"
    ((layer, numbers),) = found.items()
    if 1 < len(numbers) == sizes[layer]:
        return f"All {len(numbers)} units of layer {layer}"
    names = ", ".join(f"h{unit + 1}" for unit in numbers[:6])
    return f"{names}{f' and {len(numbers) - 6} more' * (len(numbers) > 6)} of layer {layer}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


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


def _before(evidence: Evidence) -> float:
    """The loss before training: of all rows, where that is known, lest a lucky first batch makes all later ones bad."""
    known = [epoch.training["loss"] for epoch in evidence.epochs[:1] if epoch.epochs == 0]
    return max([float(evidence.losses[0]), *known])


def _learnt(evidence: Evidence) -> bool:
    return _level(evidence) < LEARNT * float(evidence.losses[0])


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
