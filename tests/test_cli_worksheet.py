"""nnsim worksheet: which files it writes, and which it leaves alone."""

from pathlib import Path

import pytest

from nnsim.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_two_files_and_their_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worksheet", "xor", "--iteration", "2", "--seed", "3"]) == 0
    assert names(folder) == ["xor-worksheet-key.md", "xor-worksheet.md"]
    out = capsys.readouterr().out
    assert out == "xor-worksheet.md: the worksheet\nxor-worksheet-key.md: its answer key\n"
    assert (folder / "xor-worksheet.md").read_text("utf-8").startswith("# XOR: worksheet, iteration 2")
    assert (folder / "xor-worksheet-key.md").read_text("utf-8").startswith("# XOR: answer key, iteration 2")


def test_what_is_there_is_kept_unless_forced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "xor-worksheet-key.md").write_text("mine")
    assert main(["worksheet", "xor"]) == 2
    assert capsys.readouterr().err == (
        "nnsim: xor-worksheet-key.md is there already: --force replaces it, --output names another file\n"
    )
    assert names(folder) == ["xor-worksheet-key.md"]
    assert main(["worksheet", "xor", "--force"]) == 0
    assert (folder / "xor-worksheet-key.md").read_text("utf-8") != "mine"


def test_html_by_the_name_of_the_file_or_the_option(folder: Path) -> None:
    assert main(["worksheet", "xor", "--output", "sheets/one.html"]) == 0
    assert names(folder / "sheets") == ["one-key.html", "one.html"]
    assert main(["worksheet", "xor", "--format", "html"]) == 0
    for path in (folder / "sheets" / "one.html", folder / "xor-worksheet-key.html"):
        assert path.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_digits_change_the_numbers(folder: Path) -> None:
    assert main(["worksheet", "xor", "--digits", "7"]) == 0
    long = (folder / "xor-worksheet-key.md").read_text("utf-8")
    assert "rounded to 7 significant digits" in long


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["xor", "--digits", "1"], "'1' is not a number of digits from 2 to 12"),
        (["xor", "--digits", "x"], "not a number of digits"),
        (["xor", "--iteration", "-1"], "'-1' is not a whole number"),
        (["xor", "--format", "pdf"], "invalid choice"),
        (["nonsense"], "nonsense"),
        (["xor", "--output", "."], "is a folder"),
        (["xor", "--output", "/dev/null", "--force"], "/dev/null is no plain file"),
        (["xor", "--output", "/dev/null/x.md"], "/dev/null/x.md cannot be written: /dev/null is not a folder"),
        (["xor", "--output", "no\0name.md"], "cannot be written"),
    ],
)
def test_mistakes_get_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["worksheet", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert names(folder) == []
