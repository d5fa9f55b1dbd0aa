"""Every command that the README shows is one."""

import re
import shlex
from pathlib import Path

import pytest

from nnsim.cli import main

README = Path(__file__).parent.parent / "README.md"
SHOWN = re.findall(r"`nnsim ([^`…]+)`", README.read_text(encoding="utf-8"))
COMMANDS = [each for each in dict.fromkeys(SHOWN) if each not in ("compare", "worksheet")]  # named alone


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """With a table, a scenario and a guide of one's own."""
    monkeypatch.chdir(tmp_path)
    Path("my.csv").write_text("size,price\n" + "".join(f"{row},{row * 900 + row % 7}\n" for row in range(40)))
    assert main(["new", "my.toml"]) == main(["new", "my-lesson.toml", "--guide"]) == 0
    capsys.readouterr()
    return tmp_path


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_of_the_readme(line: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = shlex.split(line)
    if arguments[0] == "new" or "--save" in arguments:
        (folder / arguments[arguments.index("--save") + 1 if "--save" in arguments else 1]).unlink()
    status = main(arguments)
    said = capsys.readouterr().err
    assert status == 0 or "the screen needs a terminal" in said, said
