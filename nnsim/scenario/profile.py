"""What a column of a CSV is good for: numbers, categories, or nothing, with the reason in words."""

import re
from dataclasses import dataclass

import numpy as np

from nnsim.scenario.cells import Cells
from nnsim.scenario.csvfile import CsvFile
from nnsim.scenario.errors import found

MOSTLY = 0.95  # of the values are numbers: then a text among them is taken for a slip, and told
FEW_CATEGORIES = 20  # so many never are too many
MOST_CATEGORIES = 50  # each but the first becomes an input
LONGEST = 30  # characters of a number with its unit
ENOUGH_ROWS = 10  # before whole numbers that all differ are taken for identifiers

_DAY = r"(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}))"
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?"
_DATE = re.compile(rf"{_DAY}([T ]{_TIME} ?(Z|[+-]\d{{2}}:?\d{{2}})?)?|{_TIME}")
_WITH_UNIT = re.compile(r"[^\w\s]{0,3}\s*[+-]?\d[\d.,' ]*\s*([^\w\s]|\w{1,3})?")
_IDENTIFIER = re.compile(r"(.*[\W_])?(id|uid|uuid|guid|nr|no|idx|index|key|rowid|row|unnamed: 0|column_1)", re.I)
_CAMEL = re.compile(r".*[a-z](Id|ID|Nr|No|Key|Index)")


@dataclass(frozen=True)
class Profile:
    """`kind` is "number" or "category"; empty for a column that is left out, with the reason why."""

    kind: str
    why: str = ""


def profile(name: str, cells: Cells) -> Profile:
    """How a column is used where nobody says otherwise."""
    if not cells.present:
        return Profile("", "it is empty")
    if (levels := cells.distinct) == 1:
        return Profile("", "all its values are the same")
    if are_dates(cells):
        return Profile("", "it holds dates or times; a column computed from them, such as a year, can be used")
    share = cells.share_of_numbers()
    if share > MOSTLY:
        return Profile("", "it numbers the rows, or names them") if _identifies(name, cells) else Profile("number")
    why = "it mixes numbers and texts" if share > 0.5 else _texts(cells, levels)
    return Profile("", why) if why else Profile("category")


def usable(csv: CsvFile, target: str) -> tuple[list[str], dict[str, str]]:
    """The columns that can be features, and for the others why not."""
    found = {name: profile(name, cells) for name, cells in csv.columns.items() if name != target}
    return [name for name, each in found.items() if each.kind], {
        name: each.why for name, each in found.items() if not each.kind
    }


def are_dates(cells: Cells) -> bool:
    """Whether its texts are dates or times, such as 2024-05-31, 31.5.2024 or 12:30."""
    return bool(cells.texts) and all(map(_DATE.fullmatch, cells.texts)) and bool(np.isnan(cells.parsed).any())


def have_units(cells: Cells) -> bool:
    """Whether most of its texts are numbers with more around them, such as 12 € or 1,234."""
    return sum(len(text) <= LONGEST and bool(_WITH_UNIT.fullmatch(text)) for text in cells.texts) * 2 > len(cells.texts)


def _identifies(name: str, cells: Cells) -> bool:
    """Whole numbers that all differ, in a column that is called like an identifier."""
    if cells.present < ENOUGH_ROWS or not (_IDENTIFIER.fullmatch(name) or _CAMEL.fullmatch(name)):
        return False
    values = cells.numbers()[0]
    known = values[~np.isnan(values)]
    return bool((known == np.floor(known)).all()) and len(np.unique(known)) == len(known)


def _texts(cells: Cells, levels: int) -> str:
    """Why a column of texts cannot be categories; empty if it can."""
    many = levels * 10 > cells.present or levels > MOST_CATEGORIES
    if levels <= 2 or (levels <= FEW_CATEGORIES and levels * 2 <= cells.present) or not many:
        return ""
    if have_units(cells):
        return f"its numbers are written with signs or units, as in {found(cells.texts[0])}"
    if sum(text.count(" ") for text in cells.texts) >= 4 * len(cells.texts):
        return "it is free text"
    if levels * 2 > cells.present or cells.countless:
        return "almost all its values differ, as in a column of names or notes"
    return f"it has {levels:,} different texts"
