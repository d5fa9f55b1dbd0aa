"""How a CSV is written: its encoding, its delimiter, its decimal mark. Also what is no CSV at all, told plainly."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from nnsim.scenario.errors import Mistakes, safe

HEAD = 2**16  # bytes that delimiter and decimal mark are judged by
BLOCK = 2**20
SAMPLE = 200  # records of the head

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "windows-1252": "cp1252",
    "windows-1251": "cp1251",
    "latin-1": "latin-1",
    "iso-8859-2": "iso-8859-2",
    "iso-8859-15": "iso-8859-15",
    "mac-roman": "mac-roman",
    "shift-jis": "cp932",
    "gb18030": "gb18030",
    "big5": "big5",
    "euc-kr": "cp949",
}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
DECIMALS = {"point": ".", "comma": ","}

_SIGNATURES = {
    b"PK\x03\x04": "a spreadsheet or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "a database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_LOOKS = {
    r"<(!doctype|html|head|body|table|\?xml|svg)\b": "a page of HTML or XML",
    r"\{\s*(\"[^\"]*\"\s*:|\})|\[\s*([\[{]|\])": "JSON",
}
_EXPECTED = "a table as text, its first line the names of the columns (CSV)"
_COMMA = re.compile(r"[+-]?(\d*|\d{1,3}(\.\d{3})+),\d+(e[+-]?\d+)?", re.IGNORECASE)
_POINT = re.compile(r"[+-]?(\d*|\d{1,3}(,\d{3})+)\.\d+(e[+-]?\d+)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """`encoding` is a name of ENCODINGS. `declared`: the first line only says the delimiter, as in Excel."""

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    declared: bool = False

    def __str__(self) -> str:
        encoding = self.encoding.upper() if self.encoding.startswith("utf") else self.encoding.capitalize()
        name = next(name for name, delimiter in DELIMITERS.items() if delimiter == self.delimiter)
        return ", ".join([f"{name}s", *(["decimal commas"] if self.decimal == "," else []), encoding])


@dataclass(frozen=True, kw_only=True)
class Given:
    """What somebody says about the file, by name; empty where it is to be found out."""

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""


def dialect_of(path: Path, given: Given, mistakes: Mistakes) -> Dialect:
    """How the file is written; ScenarioError where it is no text, or text of another kind."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    _check_signature(head, mistakes)
    encoding = _encoding(path, head, given.encoding, mistakes)
    text = codecs.getincrementaldecoder(ENCODINGS[encoding])("ignore").decode(head)
    _check_looks(text, mistakes)
    declared = re.match(r"sep=([,;\t|])\r?\n", text)
    body = text[declared.end() :] if declared else text
    whole = len(head) < HEAD
    found = declared[1] if declared else _delimiter(body, whole)
    delimiter = DELIMITERS.get(given.delimiter, found)
    decimal = DECIMALS.get(given.decimal) or _decimal(body, whole, delimiter)
    return Dialect(encoding=encoding, delimiter=delimiter, decimal=decimal, declared=bool(declared))


def _check_signature(head: bytes, mistakes: Mistakes) -> None:
    kind = next((kind for start, kind in _SIGNATURES.items() if head.startswith(start)), None)
    if kind:
        mistakes.add("", f"is {kind}", f"{_EXPECTED}; save it as one")
    mistakes.stop_if_any()


def _check_looks(text: str, mistakes: Mistakes) -> None:
    start = text.lstrip()
    kind = next((kind for look, kind in _LOOKS.items() if re.match(look, start, re.IGNORECASE)), None)
    if kind:
        mistakes.add("line 1", f"is {kind}", _EXPECTED)
    mistakes.stop_if_any()


@dataclass(frozen=True)
class _Bad:
    """The first place that an encoding cannot read."""

    line: int
    byte: int
    only_ascii_before: bool


def _encoding(path: Path, head: bytes, given: str, mistakes: Mistakes) -> str:
    """The encoding that reads the whole file: UTF-16 by its look, else UTF-8, else Windows-1252."""
    encoding = given or _utf_16(head) or "utf-8"
    if b"\0" in head and not encoding.startswith("utf-16"):
        _tell_zero(head.count(b"\n", 0, head.index(0)) + 1, mistakes)
    bad = _first_bad(path, encoding, mistakes)
    if bad and bad.only_ascii_before and encoding == "utf-8" and not given:
        encoding = "windows-1252"  # no letter beyond ASCII is UTF-8; nearly always what Excel has saved
        bad = _first_bad(path, encoding, mistakes)
    if bad:
        names = "UTF-8 or Windows-1252" if encoding == "windows-1252" and not given else encoding.upper()
        mistakes.add(f"line {bad.line}", f"found a byte that is not {names} (0x{bad.byte:02x})", f"text in {names}")
    mistakes.stop_if_any()
    return encoding


def _tell_zero(line: int, mistakes: Mistakes) -> None:
    mistakes.add(f"line {line}", "found a zero byte, as in files that are not text", _EXPECTED)
    mistakes.stop_if_any()


def _utf_16(head: bytes) -> str:
    """UTF-16 by its byte order mark, or without one by the zero bytes beside every Latin letter."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd < 0.3 * len(head):
        return ""
    return "utf-16-le" if even * 10 < odd else "utf-16-be" if odd * 10 < even else ""


def _first_bad(path: Path, encoding: str, mistakes: Mistakes) -> _Bad | None:
    """Reads the file to its end. A zero character is no text in any encoding: that is told at once."""
    line, ascii_so_far = 1, True
    with path.open("rb") as file:
        try:
            for text in _decoded(file, ENCODINGS[encoding]):
                if "\0" in text:
                    _tell_zero(line + text.count("\n", 0, text.index("\0")), mistakes)
                line += text.count("\n")
                ascii_so_far = ascii_so_far and text.isascii()
        except UnicodeDecodeError as error:
            before = codecs.decode(error.object[: error.start], ENCODINGS[encoding], "ignore")
            byte = error.object[error.start]
            return _Bad(line + before.count("\n"), byte, ascii_so_far and before.isascii())
        except UnicodeError:  # UTF-16 without a mark
            return _Bad(1, path.open("rb").read(1)[0], False)
    return None


def _decoded(file: BinaryIO, codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)()
    while block := file.read(BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _delimiter(text: str, whole: bool) -> str:
    """The one that cuts the header, and most of the rows into as many fields as the header; a comma if none does."""
    scores = {each: _score(_records(text, each, whole)) for each in DELIMITERS.values()}
    best = max(scores, key=lambda each: scores[each])
    return best if scores[best][0] else ","


def _score(records: list[list[str]]) -> tuple[float, int]:
    columns = len(records[0]) if records else 0
    if columns < 2:
        return 0.0, 0
    return Counter(map(len, records))[columns] / len(records), columns


def _decimal(text: str, whole: bool, delimiter: str) -> str:
    """A comma where more cells look like 1,5 than like 1.5. Between commas, "1,234" alone is a thousand."""
    cells = [cell.strip() for record in _records(text, delimiter, whole)[1:] for cell in record]
    commas = [cell for cell in cells if _COMMA.fullmatch(cell)]
    points = sum(_POINT.fullmatch(cell) is not None for cell in cells)
    if len(commas) <= points or (delimiter == "," and all(map(_THOUSANDS.fullmatch, commas))):
        return "."
    return ","


def _records(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    """The first records of a text; the last one may be cut short unless the text is `whole`."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        records = [record for record in islice(reader, SAMPLE) if record]
    except csv.Error:
        return []
    return records if whole or len(records) < 2 or len(records) >= SAMPLE else records[:-1]


def reason(error: csv.Error) -> str:
    """What the csv module complains about, in words that help."""
    match str(error):
        case "unexpected end of data":
            return 'a quote (") is opened here and never closed'
        case text if "expected after" in text:
            return 'a quote (") inside of a quoted cell has to be written twice'
        case text:
            return safe(text)
