"""The way from a CSV to numbers, worked out by hand, and every kind of bad CSV."""

from collections.abc import Callable
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from nnsim.engine.randomness import stream
from nnsim.scenario import Scenario, ScenarioError, load

Write = Callable[[str, str], Path]
Complain = Callable[..., list[str]]
Read = Callable[..., Scenario]

NUMBERS = "a,b,y\n1,5,1\n3,5,2\n,5,3\n8,5,4\n"


@pytest.fixture
def read(write: Write) -> Read:
    """The scenario of a CSV with target y."""

    def read(text: str, keys: str = "", loss: str = "mean_squared_error", units: int = 1) -> Scenario:
        write("people.csv", text)
        activation = {1: "sigmoid"}.get(units, "softmax")
        network = f'network.layers = [{{ units = {units}, activation = "{activation}" }}]\n'
        training = f'training = {{ loss = "{loss}", optimizer = "sgd", epochs = 1 }}\n'
        write("my.toml", f'{network}{training}[data]\ncsv = "people.csv"\ntarget = "y"\n{keys}\n')
        return load("my.toml")

    return read


def test_missing_numbers_are_the_median_and_columns_are_standardised(read: Read) -> None:
    scenario = read(NUMBERS, "standardize = true\nfeatures = ['a', 'b']")
    # a: the median of 1 3 8 is 3; 1 3 3 8 have mean 15/4 and variance (7.5625 + 2·0.5625 + 18.0625)/4
    mean, std = 3.75, sqrt(26.75 / 4)
    np.testing.assert_allclose(scenario.data.x[:, 0], [(v - mean) / std for v in (1, 3, 3, 8)], rtol=1e-14)
    assert scenario.data.x[:, 1].tolist() == [0, 0, 0, 0]  # constant: divided by 1
    assert scenario.data.y.tolist() == [[1], [2], [3], [4]]
    column = scenario.columns[0]
    assert (column.name, column.kind, column.median, column.mean) == ("a", "numeric", 3, 3.75)
    assert column.std == pytest.approx(std, rel=1e-14)
    assert (scenario.columns[1].mean, scenario.columns[1].std) == (5, 1)
    assert [column.raw(row) for row in range(4)] == [1, 3, None, 8]


def test_without_standardize_numbers_stay_as_they_are(read: Read) -> None:
    scenario = read(NUMBERS, "features = ['b', 'a']")
    assert scenario.data.input_names == ("b", "a")
    assert scenario.data.x.tolist() == [[5, 1], [5, 3], [5, 3], [5, 8]]


def test_a_column_that_is_constant_only_up_to_rounding(read: Read) -> None:
    scenario = read("a,y\n" + "0.1,1\n" * 10, "standardize = true\nfeatures = ['a']")
    assert set(scenario.data.x.ravel().tolist()) == {0.0}


@pytest.mark.parametrize("missing", ["", " ", "NA", "na", "NaN", "nan", "N/A", "null", "NULL", "?", "#N/A"])
def test_ways_to_say_nothing(read: Read, missing: str) -> None:
    scenario = read(f"a,c,y\n1,u,1\n5,v,2\n{missing},{missing},3\n3,v,4\n")
    assert scenario.data.x.tolist() == [[1, 0], [5, 1], [3, 1], [3, 1]]


def test_categories_are_one_hot_without_the_first(read: Read) -> None:
    scenario = read("c,y\nS,1\nQ,2\nC,3\n,4\nS,5\n", "standardize = true\nfeatures = ['c']")
    assert scenario.data.input_names == ("c_Q", "c_S")
    assert scenario.data.x.tolist() == [[0, 1], [1, 0], [0, 0], [0, 1], [0, 1]]
    column = scenario.columns[0]
    assert (column.kind, column.categories, column.commonest) == ("category", ("C", "Q", "S"), "S")
    assert column.input_names == ("c_Q", "c_S")
    assert [column.raw(row) for row in range(5)] == ["S", "Q", "C", None, "S"]


def test_whole_numbers_are_categories_only_where_listed(read: Read) -> None:
    text = "p,y\n3,1\n1,2\n2,3\n3,4\n"
    assert read(text, "features = ['p']").data.x.tolist() == [[3], [1], [2], [3]]
    scenario = read(text, "features = ['p']\ncategorical = ['p']")
    assert scenario.data.input_names == ("p_2", "p_3")
    assert scenario.data.x.tolist() == [[0, 1], [0, 0], [1, 0], [0, 1]]


def test_quotes_blank_lines_windows_ends_and_a_byte_order_mark(read: Read) -> None:
    scenario = read('\ufeffa ,"b,\nb",y\r\n1,"2",3\r\n\r\n 4 ,5,6\r\n', "features = ['a']")
    assert scenario.data.x.tolist() == [[1], [4]]
    assert scenario.data.rows.tolist() == [0, 1]


def test_columns_without_a_name_are_called_by_their_number(read: Read) -> None:
    assert read(",a,y\n0,1,2\n1,5,3\n").data.input_names == ("column_1", "a")


def test_markup_in_names_is_text_and_control_characters_are_shown(read: Read) -> None:
    scenario = read("[red]a,c\x1b,y\n1,u\x07,1\n2,v,2\n3,u\x07,3\n4,v,4\n")
    assert scenario.data.input_names == ("[red]a", r"c\x1b_v")
    assert scenario.columns[1].categories == (r"u\x07", "v")


BINARY = [
    ("0 1 1 0", [0, 1, 1, 0], "y"),
    ("no yes yes no", [0, 1, 1, 0], "y_yes"),
    ("2 1 1 10", None, ""),
    ("2 10 10 2", [0, 1, 1, 0], "y_10"),
    ("1.0 0 1 0.0", [1, 0, 1, 0], "y"),
]


@pytest.mark.parametrize(("values", "expected", "name"), BINARY)
def test_a_target_of_two_values_becomes_0_and_1(read: Read, values: str, expected: list[int], name: str) -> None:
    text = "a,y\n" + "".join(f"{row},{value}\n" for row, value in enumerate(values.split()))
    if not expected:
        with pytest.raises(ScenarioError) as error:
            read(text, loss="binary_cross_entropy")
        line = 'people.csv: column "y": found 3 different values (1, 2, 10); allowed: two, for binary_cross_entropy'
        assert str(error.value) == line
        return
    data = read(text, loss="binary_cross_entropy").data
    assert data.y.tolist() == [[value] for value in expected]
    assert data.target_names == (name,)


CLASSES = [
    ("b a c b", [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]], ("a", "b", "c")),
    ("10 2 30 10", [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]], ("2", "10", "30")),
    ("1 x 2 1", [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]], ("1", "2", "x")),
]


@pytest.mark.parametrize(("values", "expected", "names"), CLASSES)
def test_classes_become_one_hot(read: Read, values: str, expected: list[list[int]], names: tuple[str, ...]) -> None:
    text = "a,y\n" + "".join(f"{row},{value}\n" for row, value in enumerate(values.split()))
    data = read(text, loss="categorical_cross_entropy", units=3).data
    assert data.y.tolist() == expected
    assert data.target_names == names


def leaky(text: str, rows: int) -> str:
    """The CSV with other values in its validation rows."""
    _, validation = parts(rows)
    lines = text.splitlines()
    for row in validation:
        lines[row + 1] = "1000000,u,0"
    return "\n".join(lines)


def parts(rows: int) -> tuple[list[int], list[int]]:
    """The split of seed 0 with a share of 0.25, as documented."""
    permutation = stream(0, "split").permutation(rows)
    return sorted(permutation[round(rows * 0.25) :].tolist()), sorted(permutation[: round(rows * 0.25)].tolist())


def test_split_and_statistics_are_those_of_the_training_rows(read: Read) -> None:
    text = "a,c,y\n" + "".join(
        f"{'' if row == 3 else row},{'uvw'[row % 3] if row % 5 else ''},{row}\n" for row in range(40)
    )
    keys = "validation = 0.25\nstandardize = true\nfeatures = ['a', 'c']"
    training, validation = parts(40)
    data = read(text, keys).data
    assert data.rows.tolist() == training
    assert data.rows_validation.tolist() == validation
    assert data.y.ravel().tolist() == training
    assert data.y_validation.ravel().tolist() == validation
    assert data.x[:, 0].mean() == pytest.approx(0, abs=1e-14)
    assert data.x[:, 0].std() == pytest.approx(1, rel=1e-14)
    changed = read(leaky(text, 40), keys).data
    assert changed.x_validation[:, 0].min() > 1000
    np.testing.assert_array_equal(changed.x, data.x)


def test_no_validation_rows_are_an_empty_table(read: Read) -> None:
    data = read(NUMBERS, "validation = 0.1").data
    assert data.x_validation.shape == (0, 1)
    assert data.y_validation.shape == (0, 1)
    assert len(data.x) == 4


HEAD = "a,c,y\n"
BAD = [
    ("", "", "people.csv: the file is empty; allowed: a header with the names of the columns, then rows"),
    ("\n\n", "", "people.csv: the file is empty; allowed: a header with the names of the columns, then rows"),
    (HEAD, "", "people.csv: has a header and no rows; allowed: at least one row of data"),
    (HEAD + "1,u,1\n2,v\n", "", "people.csv: line 3: found 2 fields; allowed: 3, as in the header"),
    (HEAD + '1,"u\nu",1\n\n2,v,2,3\n', "", "people.csv: line 5: found 4 fields; allowed: 3, as in the header"),
    ("a,c,a,y\n1,2,3,4\n", "", 'people.csv: line 1, column 3: found "a", as in column 1; allowed: names that differ'),
    ("a,c,Y\n1,u,1\n", "", 'my.toml: data.target: found "y"; allowed: a, c, Y; did you mean "Y"?'),
    (HEAD + "1,u,1\n", "features = ['a', 'd']", 'my.toml: data.features[1]: found "d"; allowed: a, c'),
    (HEAD + "1,u,1\n", "features = ['a', 'y']", 'my.toml: data.features[1]: found "y"; allowed: a, c'),
    (HEAD + "1,u,1\n", "features = ['a', 'a']", 'my.toml: data.features[1]: found "a" a second time'),
    (HEAD + "1,u,1\n", "features = []", "my.toml: data.features: found an empty list; allowed: a list of column names"),
    (HEAD + "1,u,1\n", "features = [1]", "my.toml: data.features[0]: found 1; allowed: text in quotes"),
    (HEAD + "1,u,1\n", "features = ['a']\ncategorical = ['c']", 'my.toml: data.categorical[0]: found "c"; allowed: a'),
    (HEAD + "1,u,1\n", "samples = 3", "my.toml: data.samples: unknown key; allowed: validation, standardize, csv,"),
    (
        HEAD + "1,u,1\n2,v,2\nx,u,3\n",
        "features = ['a']",
        'people.csv: line 4, column "a": found "x"; allowed: a finite number, or nothing',
    ),
    (
        HEAD + "1,u,1\n2,v,2\ninf,u,3\n",
        "features = ['a']",
        'people.csv: line 4, column "a": found "inf"; allowed: a finite number',
    ),
    (
        HEAD + "1,u,1\n1e999,v,2\n2,u,3\n",
        "features = ['a']",
        'people.csv: line 3, column "a": found "1e999"; allowed: a finite number',
    ),
    (
        HEAD + "1,u,1\n1_0,v,2\n2,u,3\n",
        "features = ['a']",
        'people.csv: line 3, column "a": found "1_0"; allowed: a finite number',
    ),
    (
        HEAD + "1,u,1\n2,v,2\n",
        "features = ['c']\nnumeric = ['c']",
        'people.csv: line 2, column "c": found "u"; allowed: a finite number',
    ),
    (
        HEAD + "1,u,1\n2,v,\n",
        "features = ['a']",
        'people.csv: line 3, column "y": the target is missing; allowed: a value in every row',
    ),
    (
        HEAD + "1,u,1\n2,v,x\n",
        "features = ['a']",
        'people.csv: line 3, column "y": found "x"; allowed: a finite number',
    ),
    (
        HEAD + "1,u,1\n2,u,2\n",
        "features = ['c']",
        'people.csv: column "c": has only one value, "u"; allowed: a column whose values differ',
    ),
    (
        HEAD + ",u,1\n,v,2\n",
        "features = ['a']",
        'people.csv: column "a": has no values; allowed: a column whose values differ',
    ),
    (
        HEAD + ",u,1\n,v,2\n",
        "features = ['a']\nnumeric = ['a']",
        'people.csv: column "a": has no values in the training rows',
    ),
    (
        HEAD + "1e308,u,1\n-1e308,v,2\n",
        "features = ['a']\nstandardize = true",
        'people.csv: column "a": holds numbers too large to standardise',
    ),
    (
        "c,c_v,y\nu,1,1\nv,2,2\n",
        "features = ['c', 'c_v']",
        'my.toml: data: two inputs would be called "c_v"; allowed: names that differ',
    ),
    ("y\n1\n2\n", "", "my.toml: data.features: people.csv has no column that can be used besides the target"),
    ("a,y\n" + "x" * 200_000 + ",1\n", "", "people.csv: line 2: is not CSV (field larger than field limit"),
]


@pytest.mark.parametrize(("text", "keys", "line"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_a_bad_csv_is_one_line(csv_complaints: Complain, text: str, keys: str, line: str) -> None:
    lines = csv_complaints(text, keys)
    assert line in lines[0]
    assert len(lines) == (2 if "numeric = ['c']" in keys else 1)  # two texts


def test_a_column_of_text_is_not_told_cell_by_cell(csv_complaints: Complain) -> None:
    text = HEAD + "1,u,1\n" * 30 + "x,u,2\n" * 20
    lines = csv_complaints(text, "features = ['a']")
    assert len(lines) == 4
    assert lines[0].startswith('people.csv: line 32, column "a": found "x"')
    assert (
        lines[3]
        == 'people.csv: column "a": … and 17 more like this; a column of categories belongs into data.categorical'
    )


def test_classes_have_to_be_whole_numbers(read: Read) -> None:
    with pytest.raises(ScenarioError) as error:
        read("a,y\n1,1\n2,2.5\n3,2.5\n", loss="categorical_cross_entropy", units=2)
    allowed = "text or whole numbers, for categorical_cross_entropy"
    assert str(error.value) == f'people.csv: line 3, column "y": found "2.5"; allowed: {allowed}'


def test_classes_have_to_be_two_at_least(read: Read) -> None:
    with pytest.raises(ScenarioError) as error:
        read("a,y\n1,1\n2,1\n", loss="categorical_cross_entropy", units=2)
    assert str(error.value) == 'people.csv: column "y": found only one value, 1; allowed: two or more classes'


def test_a_csv_that_is_not_there(write: Write) -> None:
    write("people.csv", NUMBERS)
    text = 'network.layers = [{ units = 1, activation = "linear" }]\n[training]\nloss = "mean_squared_error"\n'
    write("my.toml", f'{text}optimizer = "sgd"\nepochs = 1\n[data]\ncsv = "poeple.csv"\ntarget = "y"\n')
    with pytest.raises(ScenarioError) as error:
        load("my.toml")
    assert str(error.value) == 'poeple.csv: there is no such file; did you mean "people.csv"?'


def test_a_csv_stands_beside_its_toml(write: Write, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "people.csv").write_text(NUMBERS)
    text = 'network.layers = [{ units = 1, activation = "linear" }]\n[training]\nloss = "mean_squared_error"\n'
    write("deep/my.toml", f'{text}optimizer = "sgd"\nepochs = 1\n[data]\ncsv = "people.csv"\ntarget = "y"\n')
    assert load("deep/my.toml").data.x.shape == (4, 1)
