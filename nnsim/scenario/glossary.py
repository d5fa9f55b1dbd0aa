"""The field's terms in plain words, and where nnsim shows what they mean."""

import textwrap
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from nnsim.scenario import builtin
from nnsim.scenario.errors import ScenarioError, found

FILE = builtin.FOLDER / "learn" / "glossary.toml"
NEAR, MOST = 0.6, 3


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A term. `see`: related terms; `where`: a scenario, and an op of it or nothing."""

    term: str
    text: str
    aliases: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()


@cache
def entries() -> tuple[Entry, ...]:
    """All terms by the alphabet."""
    document = tomllib.loads(FILE.read_text(encoding="utf-8"))
    found_ones = [
        Entry(
            term=each["term"],
            text=" ".join(each["text"].split()),
            aliases=tuple(each.get("aliases", ())),
            see=tuple(each.get("see", ())),
            where=tuple(_place(place) for place in each.get("where", ())),
        )
        for each in document["terms"]
    ]
    return tuple(sorted(found_ones, key=lambda entry: entry.term.casefold()))


def look_up(text: str) -> Entry:
    """The entry of a term or of one of its other names. Raises ScenarioError, with the nearest terms."""
    names = _names()
    plain = _plain(text)
    for attempt in (plain, plain.removesuffix("s"), plain.removesuffix("es")):
        if attempt and attempt in names:
            return names[attempt]
        if attempt and attempt.replace(" ", "") in _closed():
            return _closed()[attempt.replace(" ", "")]
    near = suggestions(text)
    hint = f"did you mean {' or '.join(found(term) for term in near)}?" if near else f"{len(entries())} terms are known"
    raise ScenarioError([f"there is no term {found(text)} in the glossary; {hint}"])


def suggestions(text: str) -> tuple[str, ...]:
    """The terms nearest to what was asked for, best first."""
    plain = _plain(text)[:60]
    best: dict[str, float] = {}
    for name, entry in _names().items():
        contains = len(plain) >= 3 and (plain in name or name in plain) and len(name) >= 3
        nearness = max(SequenceMatcher(None, plain, name).ratio(), 0.75 if contains else 0.0)
        best[entry.term] = max(nearness, best.get(entry.term, 0.0))
    ranked = sorted((term for term in best if best[term] >= NEAR), key=lambda term: (-best[term], term))
    return tuple(ranked[:MOST])


def lines(entry: Entry, width: int = 78) -> list[str]:
    """An entry as text, no line longer than `width`."""
    width = max(width, 20)
    also = f"also: {', '.join(entry.aliases)}" if entry.aliases else ""
    see = f"see also: {', '.join(entry.see)}" if entry.see else ""
    shown = [f"{scenario}, at {op}" if op else scenario for scenario, op in entry.where]
    where = f"in nnsim: {' · '.join(shown)}" if shown else ""
    more = [line for each in (also, see, where) if each for line in _wrapped(each, width, "  ")]
    return [entry.term, "", *_wrapped(entry.text, width, ""), *([""] if more else []), *more]


def _wrapped(text: str, width: int, further: str) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=further, break_on_hyphens=False)


@cache
def _names() -> dict[str, Entry]:
    names = {_plain(alias): entry for entry in entries() for alias in entry.aliases}
    return names | {_plain(entry.term): entry for entry in entries()}


@cache
def _closed() -> dict[str, Entry]:
    """Written as one word: backpropagation for back propagation."""
    return {name.replace(" ", ""): entry for name, entry in _names().items()}


def _plain(text: str) -> str:
    """Without case, accents, hyphens; British or American."""
    letters = unicodedata.normalize("NFKC", text).casefold().replace("-", " ").replace("_", " ")
    return " ".join(letters.split()).replace("isation", "ization").replace("ising", "izing").replace("ise", "ize")


def _place(text: str) -> tuple[str, str]:
    scenario, _, op = text.partition(",")
    return scenario.strip(), op.strip()


_MEMORIES = {  # terms of what an optimizer computes for a parameter
    "m": "momentum",
    "mhat": "bias correction",
    "vhat": "bias correction",
    "clipped": "gradient clipping",
    "g": "weight decay",
    "step": "learning rate",
    "next": "update",
}
_OPS = {
    "x": "sample",
    "y": "target",
    "loss": "loss",
    "data_loss": "loss",
    "penalty": "regularization",
    "alpha": "learning rate schedule",
    "norm": "norm",
}
_OF_LAYERS = {"z": "weighted sum", "mask": "dropout", "drop": "dropout", "dW": "gradient", "db": "gradient"}


def term_of_op(name: str, activations: Sequence[str] = ()) -> str:
    """The term that fits an op best; empty where none does.

    name: of the tensor that the op computes; activations: those of the layers, in order.
    """
    parameter, _, memory = name.partition(".")
    if memory:
        return _MEMORIES.get(memory, "optimizer")
    if name in _OPS:
        return _OPS[name]
    kind = parameter.rstrip("0123456789")
    if kind == "a":
        layer = int(parameter[1:])
        known = [entry.term for entry in entries()]
        own = activations[layer - 1].replace("_", " ") if layer <= len(activations) else ""
        return next((term for term in known if term.casefold() == own), "activation")
    return _OF_LAYERS.get(kind, "backpropagation" if kind.startswith("d") else "")


def search(text: str) -> tuple[Entry, ...]:
    """The entries that a search finds: those whose names begin with it, then hold it, then whose text does."""
    plain = _plain(text)
    if not plain:
        return entries()
    ranks: dict[str, int] = {}
    for name, entry in _names().items():
        rank = 0 if name == plain else 1 if name.startswith(plain) else 2 if plain in name else 3
        ranks[entry.term] = min(rank, ranks.get(entry.term, 3))
    found_ones = [entry for entry in entries() if ranks[entry.term] < 3 or plain in _plain(entry.text)]
    if not found_ones:
        return tuple(entry for term in suggestions(text) for entry in entries() if entry.term == term)
    return tuple(sorted(found_ones, key=lambda entry: ranks[entry.term]))
