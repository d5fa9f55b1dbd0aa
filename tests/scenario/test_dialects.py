"""How a table may be written, and what is no table at all."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from nnsim.scenario import Scenario, ScenarioError, from_csv, load

ROWS = [("Ärger", "1.5", "0"), ("Öl, roh", "2.25", "1"), ("Ärger", "-3", "0"), ("Öl, roh", "4e-1", "1")]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Scenario]:
    monkeypatch.chdir(tmp_path)

    def read(content: bytes, target: str = "y", **keys: object) -> Scenario:
        Path("t.csv").write_bytes(content)
        return from_csv("t.csv", target, {"data.validation": 0, "data.standardize": False} | keys)

    return read


Read = Callable[..., Scenario]


def written(delimiter: str = ",", decimal: str = ".", end: str = "\n") -> str:
    """The rows with a header, quotes where they are needed."""
    lines = [delimiter.join(["größe", "a", "y"])]
    for name, number, y in ROWS:
        cells = [name, number.replace(".", decimal), y]
        lines.append(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in cells))
    return end.join(lines) + end


def check(scenario: Scenario) -> None:
    assert scenario.data.input_names == ("größe_Öl, roh", "a")
    assert scenario.data.x.tolist() == [[0, 1.5], [1, 2.25], [0, -3], [1, 0.4]]
    assert scenario.data.y.tolist() == [[0], [1], [0], [1]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_decimals_and_ends_of_lines(read: Read, delimiter: str, decimal: str, end: str) -> None:
    scenario = read(written(delimiter, decimal, end).encode())
    check(scenario)
    assert scenario.report
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
    assert scenario.report.dialect == f"{names[delimiter]}{', decimal commas' if decimal == ',' else ''}, UTF-8"


CODECS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16-LE",
    "utf-16-be": "UTF-16-BE",
    "cp1252": "Windows-1252",
    "latin-1": "Windows-1252",
}


@pytest.mark.parametrize("codec", CODECS)
def test_encodings(read: Read, codec: str) -> None:
    scenario = read(written().encode(codec))
    check(scenario)
    assert scenario.report
    assert scenario.report.dialect == f"commas, {CODECS[codec]}"


def test_what_is_said_about_a_file_counts(read: Read, tmp_path: Path) -> None:
    check(read(written(";").encode("mac-roman"), **{"data.encoding": "mac-roman"}))
    scenario = read(b"a;b,c,y\n1;2,3,0\n2;4,5,1\n1;2,3,0\n", **{"data.delimiter": "comma"})
    assert scenario.data.input_names == ("a;b_2;4", "c")
    scenario = read(b'a,y\n"1,234",0\n"2,345",1\n"3,456",0\n', **{"data.decimal": "comma"})
    assert scenario.data.x.ravel().tolist() == [1.234, 2.345, 3.456]
    (tmp_path / "t.toml").write_text(
        '[data]\ncsv = "t.csv"\ntarget = "y"\ndecimal = "comma"\n[network]\n'
        'layers = [{ units = 1, activation = "sigmoid" }]\n[training]\nloss = "binary_cross_entropy"\n'
        'optimizer = "sgd"\nepochs = 1\n'
    )
    assert load("t.toml").data.x.ravel().tolist() == [1.234, 2.345, 3.456]


def test_thousands_between_commas_are_not_decimals(read: Read) -> None:
    rows = "".join(f'"{row},234",{row},{row % 2}\n' for row in range(1, 40))
    scenario = read(("a,b,y\n" + rows).encode())
    assert scenario.data.input_names == ("b",)
    assert 'a is left out: its numbers are written with signs or units, as in "1,234".' in scenario.description


def test_parted_thousands_with_decimals_are_numbers(read: Read) -> None:
    rows = "".join(f"{row}.234,50;{row},5;{row % 2}\n" for row in range(1, 40))
    scenario = read(("a;b;y\n" + rows).encode())
    assert [column.raw(1) for column in scenario.columns] == [2234.5, 2.5]
    rows = "".join(f'"-{row},234,567.25",{row % 2}\n' for row in range(1, 40))
    scenario = read(("a,y\n" + rows).encode())
    assert scenario.columns[0].raw(1) == -2234567.25


def test_excel_says_its_delimiter(read: Read) -> None:
    scenario = read(b"sep=;\r\na;y\r\n1;0\r\n2;1\r\n3;0\r\n")
    assert scenario.data.x.ravel().tolist() == [1, 2, 3]
    with pytest.raises(ScenarioError, match=r"^t\.csv: line 4: found 3 fields; allowed: 2, as in the header$"):
        read(b"sep=;\r\na;y\r\n1;0\r\n2;1;3\r\n")


def test_quotes(read: Read) -> None:
    scenario = read(
        b'"a, b", "say ""hi"""  ,y\n"1" , 2,0\n2,3 ,1\n" 3 ",4,0\n'.replace(b'"  ,y', b'",y').replace(b'" ,', b'",')
    )
    assert scenario.data.input_names == ("a, b", 'say "hi"')
    assert scenario.data.x.tolist() == [[1, 2], [2, 3], [3, 4]]


def test_markup_and_escape_sequences_are_text(read: Read) -> None:
    scenario = read(b"[b]a[/b],<i>c</i>,\x1b[31my\n1,[red]u,0\n2,\x1b[2Jv,1\n3,[red]u,0\n", "\x1b[31my")
    assert scenario.data.input_names == ("[b]a[/b]", "<i>c</i>_[red]u")
    assert scenario.data.target_names == (r"\x1b[31my",)
    assert scenario.title == r"\x1b[31my of t.csv"
    assert scenario.columns[1].categories == (r"\x1b[2Jv", "[red]u")


def zipped() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


TABLE = "a table as text, its first line the names of the columns (CSV)"
REFUSED = {
    "spreadsheet": (zipped(), f"t.csv: is a spreadsheet or a zip archive; allowed: {TABLE}; save it as one"),
    "old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1", f"t.csv: is an old spreadsheet; allowed: {TABLE}; save it as one"),
    "pdf": (b"%PDF-1.7\n", f"t.csv: is a PDF; allowed: {TABLE}; save it as one"),
    "gzip": (b"\x1f\x8b\x08\x00", f"t.csv: is a gzip archive; allowed: {TABLE}; save it as one"),
    "parquet": (b"PAR1\x15\x04", f"t.csv: is a Parquet file; allowed: {TABLE}; save it as one"),
    "database": (b"SQLite format 3\0", f"t.csv: is a database; allowed: {TABLE}; save it as one"),
    "picture": (b"\x89PNG\r\n\x1a\n", f"t.csv: is a picture; allowed: {TABLE}; save it as one"),
    "JSON": (json.dumps([{"a": 1, "y": 2}], indent=2).encode(), f"t.csv: line 1: is JSON; allowed: {TABLE}"),
    "JSON lines": (b'{"a": 1, "y": 0}\n{"a": 2, "y": 1}\n', f"t.csv: line 1: is JSON; allowed: {TABLE}"),
    "HTML": (b"\n<!DOCTYPE html>\n<html>a,y", f"t.csv: line 1: is a page of HTML or XML; allowed: {TABLE}"),
    "XML": (b"<?xml version='1.0'?>", f"t.csv: line 1: is a page of HTML or XML; allowed: {TABLE}"),
    "binary": (
        b"a,y\n1,2\n\x00\x01\x02",
        f"t.csv: line 3: found a zero byte, as in files that are not text; allowed: {TABLE}",
    ),
    "program": (
        b"\x7fELF\x02\x01\x90\0\0\0",
        f"t.csv: line 1: found a zero byte, as in files that are not text; allowed: {TABLE}",
    ),
    "prose": (
        b"Some text\n\nof many lines, as it\nhappens, that is (it seems), no table.\n",
        "t.csv: line 3: found 2 fields; allowed: 1, as in the header; … and 1 more row with another number of fields",
    ),
    "empty": (b"", "t.csv: the file is empty; allowed: a header with the names of the columns, then rows"),
    "only a mark": (
        b"\xef\xbb\xbf",
        "t.csv: the file is empty; allowed: a header with the names of the columns, then rows",
    ),
    "blank lines": (
        b"\r\n\r\n",
        "t.csv: the file is empty; allowed: a header with the names of the columns, then rows",
    ),
    "only a header": (b"a,y\n", "t.csv: has a header and no rows; allowed: at least one row of data"),
    "broken UTF-8": (
        "a,y\né,1\n".encode() + b"\xff,2\n",
        "t.csv: line 3: found a byte that is not UTF-8 (0xff); allowed: text in UTF-8",
    ),
    "no encoding": (
        b"a,y\n1,2\n\x81,2\n",
        "t.csv: line 3: found a byte that is not UTF-8 or Windows-1252 (0x81); allowed: text in UTF-8 or Windows-1252",
    ),
    "half a UTF-16": (
        "a,y\n1,2\n".encode("utf-16") + b"x",
        "t.csv: line 3: found a byte that is not UTF-16 (0x78); allowed: text in UTF-16",
    ),
    "twice the same name": (
        b"a, a ,y\n1,2,3\n",
        't.csv: line 1, column 2: found "a", as in column 1; allowed: names that differ',
    ),
    "name of a nameless": (
        b"column_2,,y\n1,2,3\n",
        't.csv: line 1, column 2: found "column_2", as in column 1; allowed: names that differ',
    ),
    "open quote": (
        b'a,y\n1,2\n"3,4\n5,6\n',
        't.csv: line 3: is not CSV (a quote (") is opened here and never closed)',
    ),
    "stray quote": (
        b'a,y\n1,2\n"3"x,4\n',
        't.csv: line 3: is not CSV (a quote (") inside of a quoted cell has to be written twice)',
    ),
    "long row": (b"a,y\n1,2\n3,4,5\n", "t.csv: line 3: found 3 fields; allowed: 2, as in the header"),
    "short row": (b"a,b,y\n1,2,3\n3,4\n", "t.csv: line 3: found 2 fields; allowed: 3, as in the header"),
    "one class": (b"a,y\n1,u\n2,u\n", 't.csv: column "y": has only one value, "u"; allowed: a target whose'),
    "one number": (b"a,y\n1,3\n2,3\n", 't.csv: column "y": has only one value, "3"; allowed: a target whose'),
    "no target": (b"a,b\n1,3\n2,3\n", 't.csv: target: found "y"; allowed: a, b'),
    "another decimal": (
        b"a;y\n1,5;0\n2,5;1\n2,7;1\n" + b"2,5;0\n" * 40 + b"1.5;1\n",
        't.csv: line 45, column "a": found "1.5"; allowed: a finite number such as 1,5, or nothing',
    ),
    "too many columns": (
        ",".join(f"c{number}" for number in range(10_001)).encode(),
        "t.csv: line 1: found 10001 columns; allowed: up to 10000",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_in_one_line(read: Read, what: str) -> None:
    content, line = REFUSED[what]
    with pytest.raises(ScenarioError) as error:
        read(content)
    assert len(error.value.mistakes) == 1
    assert str(error.value).startswith(line)


def test_many_bad_rows_are_told_in_few_lines(read: Read) -> None:
    with pytest.raises(ScenarioError) as error:
        read(b"a,y\n" + b"1,2,3\n" * 1000)
    told = "line 2: found 3 fields; allowed: 2, as in the header; … and 999 more rows with another number of fields"
    assert str(error.value) == f"t.csv: {told}"


def test_many_missing_targets_are_told_in_few_lines(read: Read) -> None:
    with pytest.raises(ScenarioError) as error:
        read(b"a,y\n1,0\n2,1\n" + b"1,\n" * 1000, **{"data.skip_missing_targets": False})
    assert len(error.value.mistakes) == 4
    assert error.value.mistakes[3].endswith("data.skip_missing_targets = true leaves such rows out")


def test_a_wrong_encoding_or_delimiter_is_told(read: Read) -> None:
    with pytest.raises(
        ScenarioError, match=r'^t\.csv: data\.delimiter: found ","; allowed: comma, semicolon, tab, bar$'
    ):
        read(b"a,y\n1,2\n", **{"data.delimiter": ","})
    with pytest.raises(
        ScenarioError, match=r'data\.encoding: found "utf8"; allowed: utf-8, .*; did you mean "utf-8"\?$'
    ):
        read(b"a,y\n1,2\n", **{"data.encoding": "utf8"})
    with pytest.raises(ScenarioError, match=r"^t\.csv: line 2: found a byte that is not UTF-8 \(0xe9\)"):
        read(b"a,y\n\xe9,2\n", **{"data.encoding": "utf-8"})


def test_a_folder_or_a_device_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(ScenarioError, match=r"d\.csv: is not a file$"):
        from_csv(tmp_path / "d.csv", "y")


def test_lines_of_mistakes_are_those_of_the_file(read: Read) -> None:
    rows = ['"two\nlines",1,0', "", "b,2,1"] * 3000  # three lines each pair, and more than one chunk
    text = "\n".join(["c,a,y", *rows, "b,x,1"])
    with pytest.raises(ScenarioError) as error:
        read(text.encode())
    line = text[: text.index("b,x")].count("\n") + 1
    assert str(error.value).startswith(f't.csv: line {line}, column "a": found "x"')


def test_progress_is_told_from_begin_to_end(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{row % 7},{row % 2}\n" for row in range(20_000)))
    shares: list[float] = []
    scenario = from_csv(path, "y", progress=shares.append)
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] == 1
    np.testing.assert_array_equal(scenario.columns[0].values[:3], [0, 1, 2])
