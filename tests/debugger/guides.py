"""A guide with one of everything, and what is wrong with a changed one."""

from pathlib import Path

from nnsim.debugger.guide import simulation_of
from nnsim.debugger.guide_checks import check
from nnsim.scenario import ScenarioError
from nnsim.scenario.guides import read_guide

GOOD = """\
title = "A guide"
scenario = "xor"
locked = ["network"]

[[steps]]
at = "iteration 0, forward, z1"
text = "z is {z1[0,1]} [[steps]]"
light = ["z1[0,1]", "W1"]
claims = ["loss > 0"]

[steps.question]
kind = "choice"
text = "Which?"
options = ["this", "that"]
answer = 1

[[steps]]
when = "loss < 0.5"
text = \"\"\"
at = "not a key"
[[steps]]
\"\"\"
question = { kind = "predict", text = "?", answer = "z1[0,0]", tolerance = 0.1 }

[[steps]]
at = { epoch = 3, op = "dW2" }
text = "The end"

[steps.question]
kind = "number"
text = "How much?"
answer = "loss"

[[steps.question.mistakes]]
answer = "1 - loss"
text = "The other way round"
"""


def complaints(text: str) -> list[str]:
    """The lines of its error, as guide.toml of the current folder."""
    Path("guide.toml").write_text(text, encoding="utf-8")
    try:
        guide = read_guide("guide.toml")
        check(guide, simulation_of(guide))
    except ScenarioError as error:
        return str(error).split("\n")
    return []
