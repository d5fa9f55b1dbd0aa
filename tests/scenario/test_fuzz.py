"""Whatever a file holds, it becomes a scenario or a ScenarioError, never anything else."""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnsim.scenario import Scenario, ScenarioError, from_csv, load
from nnsim.scenario.generators import Xor
from nnsim.scenario.schema import CsvTable, File, InlineRows, LayerTable, NetworkTable, RowsTable, TrainingTable

DEADLINE = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])

TABLES = (File, NetworkTable, LayerTable, TrainingTable, Xor, RowsTable, CsvTable, InlineRows)
KEYS = sorted({name for table in TABLES for name in table.__struct_fields__} | {"name", "learning_rate", "W1", "b1"})
WORDS = ["xor", "adam", "sgd", "tanh", "softmax", "sigmoid", "normal", "binary_cross_entropy", "", "\x1b[31m", "W1"]

leaves = (
    st.sampled_from(WORDS)
    | st.text(max_size=5)
    | st.integers(-3, 5)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.just(10**9)
)
values = st.recursive(
    leaves,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), below),
    max_leaves=12,
)


def paths(value: Any, below: str = "") -> Iterator[str]:
    """The dotted keys of all that a document holds."""
    items: Iterable[tuple[Any, Any]] = ()
    match value:
        case dict():
            items = value.items()
        case list():
            items = enumerate(value)
    for key, each in items:
        yield f"{below}{key}"
        yield from paths(each, f"{below}{key}.")


PATHS = [*paths(load("xor").document), "data.samples", "data.noise", "data.validation", "network.weights.W1"]


def scenario_or_error(make: Any) -> None:
    try:
        scenario = make()
    except ScenarioError as error:
        text = str(error)
        assert text
        assert all(line.isprintable() for line in text.split("\n"))
    else:
        assert isinstance(scenario, Scenario)
        assert scenario.data.x.shape[1] == scenario.network.inputs
        assert all(math.isfinite(number) for number in scenario.data.x.ravel()[:100])


@DEADLINE
@given(st.dictionaries(st.sampled_from(PATHS) | st.text(max_size=4), values, max_size=4))
def test_any_override(overrides: dict[str, Any]) -> None:
    scenario_or_error(lambda: load("xor", overrides))


@DEADLINE
@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=5))
def test_any_data(data: dict[str, Any]) -> None:
    scenario_or_error(lambda: load("xor", {"data": data}))


def in_a_file(name: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        if name.endswith(".csv"):
            scenario_or_error(lambda: from_csv(path, "y"))
        else:
            scenario_or_error(lambda: load(path))


def mangled(original: bytes) -> st.SearchStrategy[bytes]:
    """The file with a stretch of it replaced by anything."""
    place = st.integers(0, len(original))
    return st.builds(
        lambda start, length, new: original[:start] + new + original[start + length :],
        place,
        st.integers(0, 40),
        st.binary(max_size=20) | st.text(max_size=10).map(str.encode),
    )


XOR = (Path(__file__).parents[2] / "nnsim" / "scenarios" / "xor.toml").read_bytes()


@DEADLINE
@given(st.binary(max_size=200) | mangled(XOR))
def test_any_bytes_as_a_scenario(content: bytes) -> None:
    in_a_file("fuzz.toml", content)


CELLS = [
    "1",
    "2.5",
    "x",
    "u",
    "",
    "NA",
    "nan",
    "inf",
    "1e999",
    "1_0",
    '"',
    "é",
    "\x00",
    "\x1b[2J",
    "a,b",
    "\n",
    "1e308",
]
tables = st.lists(st.lists(st.sampled_from(CELLS), min_size=3, max_size=3).map(",".join), max_size=12)


@DEADLINE
@given(
    st.binary(max_size=200)
    | mangled(b"a,b,y\n1,u,0\n2,v,1\n3,u,0\n")
    | tables.map(lambda t: "\n".join(["a,b,y", *t]).encode())
)
def test_any_bytes_as_a_csv(content: bytes) -> None:
    in_a_file("fuzz.csv", content)
