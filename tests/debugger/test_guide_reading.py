"""Where guides lie, the lines of their keys, and that any file is read or refused."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnsim.debugger.guide import GuideRun, simulation_of
from nnsim.debugger.guide_checks import check
from nnsim.debugger.session import Session
from nnsim.scenario import ScenarioError
from nnsim.scenario.guides import FOLDER, is_guide, read_guide
from nnsim.scenario.lines import Lines
from tests.debugger.guides import GOOD, complaints


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_missing_files_and_names() -> None:
    for source, said in (("lesson-01-neurn", 'did you mean "lesson-01-neuron"'), ("none.toml", "no such file")):
        with pytest.raises(ScenarioError, match=said):
            read_guide(source)
    with pytest.raises(ScenarioError, match="is not a file"):
        read_guide(Path("/"))


def test_a_guide_and_its_scenario_may_lie_in_any_folder() -> None:
    folder = Path("lessons")
    folder.mkdir()
    scenario = (FOLDER.parent / "xor.toml").read_text(encoding="utf-8")
    (folder / "mine.toml").write_text(scenario.replace("units = 4", "units = 3"), encoding="utf-8")
    (folder / "guide.toml").write_text(GOOD.replace('"xor"', '"mine.toml"'), encoding="utf-8")
    guide = read_guide(folder / "guide.toml")
    assert guide.locked == ("network",)
    run = GuideRun(guide, Session(simulation_of(guide)))
    assert run.session.frame["W1"].shape == (2, 3)
    assert run.begin().there


def test_a_scenario_can_be_given_from_outside() -> None:
    Path("guide.toml").write_text(GOOD.replace('scenario = "xor"\n', ""), encoding="utf-8")
    assert read_guide("guide.toml", "xor").scenario == "xor"


def test_what_can_be_locked() -> None:
    Path("guide.toml").write_text(GOOD.replace('["network"]', '["seed", "netwrk"]'), encoding="utf-8")
    guide = read_guide("guide.toml")
    with pytest.raises(ScenarioError) as error:
        check(guide, simulation_of(guide), ("seed", "network"))
    assert str(error.value) == (
        'guide.toml: line 3, locked[1]: found "netwrk"; allowed: seed, network; did you mean "network"?'
    )


def test_guides_are_told_from_scenarios() -> None:
    Path("guide.toml").write_text(GOOD, encoding="utf-8")
    Path("scenario.toml").write_text("[data]", encoding="utf-8")
    Path("broken.toml").write_text("=", encoding="utf-8")
    told = {source: is_guide(source) for source in ("guide.toml", "scenario.toml", "broken.toml", "none.toml", "x.csv")}
    assert [source for source, guide in told.items() if guide] == ["guide.toml"]
    assert is_guide("lesson-01-neuron")
    assert not is_guide("xor")


def test_loss_is_the_op_and_a_phase() -> None:
    text = 'title = "x"\nscenario = "overfit-l2"\n[[steps]]\ntext = "t"\nat = "iteration 0, {}"'
    for at, op in (("loss", "loss"), ("loss, penalty", "penalty"), ("loss, loss", "loss")):
        Path("guide.toml").write_text(text.format(at), encoding="utf-8")
        run = GuideRun(read_guide("guide.toml"), Session(simulation_of(read_guide("guide.toml"))))
        run.begin()
        assert run.session.tensor == op


def test_lines_of_keys() -> None:
    lines = Lines(GOOD)
    for place, line in {
        "title": 1,
        "steps[0]": 5,
        "steps[0].light[1]": 8,
        "steps[0].question": 11,
        "steps[0].question.options[1]": 14,
        "steps[1]": 17,
        "steps[1].nothing": 17,
        "steps[1].question.answer": 23,
        "steps[2].question.mistakes[0].answer": 35,
        "nothing": None,
        "": None,
    }.items():
        assert lines.of(place) == line, place


def test_lists_over_several_lines_are_no_headers() -> None:
    lines = Lines("[a]\nx = [\n  [0],\n  [1]\n]\ny = 1\n[b.c] # d\nz = 2")
    assert [lines.of(place) for place in ("a", "a.x", "a.y", "b.c", "b.c.z")] == [1, 2, 6, 7, 8]


PARTS = [*GOOD.split("\n"), "[steps]", "[[steps.question]]", "at = 1", "x.y = 2", '"""', "'''", "]", "= 1", "at = [[]]"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(PARTS), st.booleans()), max_size=4))
def test_any_file_is_read_or_refused(changes: list[tuple[int, str, bool]]) -> None:
    parts = GOOD.split("\n")
    for place, part, instead in changes:
        parts[place : place + instead] = [part]
    for line in complaints("\n".join(parts)):
        assert line.startswith("guide.toml: ")


values = st.recursive(
    st.one_of(
        st.integers(-3, 600), st.floats(), st.booleans(), st.sampled_from(["", "loss", "z1[0,0]", "iteration 0", "{"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["text", "kind", "a"]), inner)
    ),
    max_leaves=4,
)
KEYS = ["at", "when", "text", "light", "claims", "question", "title"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(KEYS), values, min_size=1))
def test_any_step_is_read_or_refused(step: dict[str, object]) -> None:
    text = f'title = "x"\nscenario = "xor"\nsteps = [{toml(step)}]'
    tomllib.loads(text)
    for line in complaints(text):
        assert line.startswith("guide.toml: ")


def toml(value: object) -> str:
    match value:
        case dict():
            return f"{{{', '.join(f'{key} = {toml(each)}' for key, each in value.items())}}}"
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case _:
            return repr(value)


def test_the_example_of_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "guides.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    assert complaints(example) == []
    run = GuideRun(read_guide("guide.toml"), Session(simulation_of(read_guide("guide.toml"))))
    assert run.begin().there
    assert run.next().there
