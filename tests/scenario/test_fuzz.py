"""Whatever a file holds, it becomes a scenario or a ScenarioError, never anything else."""

import csv
import math
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnsim.scenario import Scenario, ScenarioError, from_csv, load
from nnsim.scenario.generators import GENERATORS
from nnsim.scenario.saving import save
from nnsim.scenario.schema import CsvTable, File, InlineRows, LayerTable, NetworkTable, RowsTable, Table, TrainingTable
from nnsim.scenario.summary import summary

DEADLINE = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])

TABLES: list[type[Table]] = [File, NetworkTable, LayerTable, TrainingTable, RowsTable, CsvTable, InlineRows]
TABLES += GENERATORS.values()
CSV_KEYS = sorted({*CsvTable.__struct_fields__} - {"csv"})
KEYS = sorted({name for table in TABLES for name in table.__struct_fields__} | {"name", "learning_rate", "W1", "b1"})
WORDS = ["adam", "sgd", "tanh", "softmax", "sigmoid", "normal", "binary_cross_entropy", "", "\x1b[31m", "W1"]
WORDS += GENERATORS

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
            for target in ("y", "b"):
                scenario_or_error(lambda target=target: there_and_back(from_csv(path, target), Path(folder)))
        else:
            scenario_or_error(lambda: load(path))


def there_and_back(scenario: Scenario, folder: Path) -> Scenario:
    """The scenario, told as `check` does it, saved, and loaded again."""
    assert all(line.isprintable() for line in summary(scenario))
    save(scenario, folder / "saved.toml")
    again = load(folder / "saved.toml")
    assert (again.data.x.tobytes(), again.data.y.tobytes()) == (scenario.data.x.tobytes(), scenario.data.y.tobytes())
    assert again.report == scenario.report
    return again


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
    *("1", "2.5", "-3", "3,5", "1.000,5", "1e308", "-1e308", "inf", "1e999", "1_0", "٣", "0x1"),
    *("x", "u", "é", "ß x y z a b", "$5", "5 kg", "2024-01-02", "12:30", "[red]", "\x1b[2J", "\u202e", "😀"),
    *("", " ", "NA", "nan", "?", '"', '""', "a,b", "a;b", "\n", "\r", "\t", "\x00", "'"),
]
HEADERS = ["y", "b", "id", "", "a", " ", "Unnamed: 0", "\x1b[31m", "y ", "[b]x", "1", "é"]


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table of columns that are each of few kinds of cells, perhaps with a mistake, in any writing."""
    names = st.lists(st.sampled_from(HEADERS), min_size=1, max_size=4)
    header = draw(names | names.map(lambda many: list(dict.fromkeys(many))))
    kinds = [draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=5)) for _ in header]
    rng = draw(st.randoms(use_true_random=False))
    rows = [[rng.choice(kind) for kind in kinds] for _ in range(draw(st.integers(0, 30)))]
    if rows and draw(st.integers(0, 3)) == 0:
        rng.choice(rows).append(draw(st.sampled_from(CELLS)))
    delimiter, end = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    if draw(st.sampled_from(["quoted", "plain"])) == "quoted":
        file = StringIO()
        csv.writer(file, delimiter=delimiter, lineterminator=end).writerows([header, *rows])
        text = file.getvalue()
    else:
        text = end.join(map(delimiter.join, [header, *rows]))
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "latin-1"]))
    return text.encode(codec, "replace")


@DEADLINE
@given(st.binary(max_size=200) | mangled(b"a,b,y\n1,u,0\n2,v,1\n3,u,0\n"))
def test_any_bytes_as_a_csv(content: bytes) -> None:
    in_a_file("fuzz.csv", content)


@DEADLINE
@given(tables())
def test_any_table(content: bytes) -> None:
    in_a_file("fuzz.csv", content)


@DEADLINE
@given(tables(), tables())
def test_any_two_tables_in_one(one: bytes, other: bytes) -> None:
    in_a_file("fuzz.csv", one + other)


@DEADLINE
@given(tables(), st.dictionaries(st.sampled_from(CSV_KEYS), values, max_size=3))
def test_any_table_with_any_keys(content: bytes, keys: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.csv"
        path.write_bytes(content)
        scenario_or_error(lambda: from_csv(path, "y", {f"data.{key}": value for key, value in keys.items()}))


@DEADLINE
@given(tables(), st.integers(2, 6), st.integers(4, 12))
def test_any_table_with_hardly_any_memory(content: bytes, few: int, countless: int) -> None:
    """The ways for large tables, taken by small ones."""
    with (
        patch("nnsim.scenario.cells.FEW", few),
        patch("nnsim.scenario.cells.KEPT", few),
        patch("nnsim.scenario.cells.COUNTLESS", countless),
        patch("nnsim.scenario.csvfile.CHUNK", 3),
    ):
        in_a_file("fuzz.csv", content)
