"""What importing the rooms may load: the screen and data-frame libraries stay outside, the first paint is quick."""

import subprocess
import sys

import pytest

import nnsim

SCREEN = {"textual", "rich", "plotext", "polars", "pandas"}


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import nnsim", {*SCREEN, "numpy", "msgspec"}),
        ("import nnsim.engine.simulation, nnsim.engine.checks", {*SCREEN, "msgspec", "tomllib", "csv"}),
        ("import nnsim; nnsim.Simulation(nnsim.load('titanic')).step(3)", {*SCREEN, "numpy.ma"}),
        ("import nnsim.debugger.session, nnsim.formats.trace", SCREEN),
        ("import nnsim.tui.app, nnsim.tui.screens.stepper", {"plotext", "nnsim.tui.pictures.shelf"}),
    ],
)
def test_imports(code: str, unwanted: set[str]) -> None:
    program = f"import sys; {code}; print(*({unwanted!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_public_names_are_there() -> None:
    for name in nnsim.__all__:
        assert getattr(nnsim, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = nnsim.nonsense
