"""The language of conditions: against NumPy, every kind of mistake, and that nothing else gets through."""

import contextlib
import timeit
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.debugger.conditions import FUNCTIONS, ConditionError, expression, reference, scalar
from nnsim.debugger.numbers import Numbers, Vocabulary
from nnsim.engine.simulation import Simulation
from nnsim.scenario import load

SIM = Simulation(load("xor"))
SIM.seek(7)
NUMBERS = Numbers(SIM)
VOCABULARY = Vocabulary.of(SIM)
SPACE = {
    **{name.replace(".", "_"): values for name, values in SIM.frame.items()},
    **{name: getattr(np, name) for name in ("abs", "exp", "log", "sqrt", "isnan", "isfinite")},
    **{name: getattr(np, name) for name in ("max", "min", "sum", "mean", "argmax", "any", "all")},
    "norm": lambda a: np.sqrt(np.sum(np.square(a))),
    "iteration": 7.0,
    "epoch": 7.0,
}


def refused_in(text: str, read: Callable[[], object]) -> None:
    """Reads it; where that is refused, at one of its characters."""
    column = 1
    with contextlib.suppress(ConditionError):
        try:
            read()
        except ConditionError as error:
            column = error.column
            raise
    assert 1 <= column <= max(1, len(text))


def by_numpy(text: str) -> object:
    """The same text as Python, over NumPy's arrays; numbers as NumPy's so that 1/0 is inf."""
    with np.errstate(all="ignore"):
        return eval(text, {"__builtins__": {}}, SPACE)


numbers = st.floats(-100, 100, allow_nan=False).map(lambda x: f"({abs(x)!r})" if x >= 0 else f"(-{abs(x)!r})")
scalars = st.sampled_from(["loss[()]", "z1[0,1]", "W1[1,3]", "a2[3,0]", "b1[2]", "iteration", "epoch"])
matrices = st.sampled_from(["z1", "a1", "dz1", "x[:,0:1] + z1", "abs(z1)", "exp(a1)", "-z1"])


def arithmetic(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            inner.map(lambda t: f"abs({t})"),
            inner.map(lambda t: f"(-{t})"),
        ),
        max_leaves=6,
    )


@given(arithmetic(st.one_of(scalars, numbers)))
def test_scalar_arithmetic_is_numpys(text: str) -> None:
    written = text.replace("[()]", "")
    assert scalar(written, VOCABULARY).value(NUMBERS) == pytest.approx(float(by_numpy(text)), nan_ok=True, abs=1e-12)  # type: ignore[arg-type]


@given(
    arithmetic(matrices.filter(lambda t: ":" not in t)),
    st.sampled_from(["max", "min", "sum", "mean", "argmax", "norm", "any", "all"]),
    st.sampled_from(["", " > 0", " <= 0.5", " != 0"]),
)
def test_reductions_are_numpys(text: str, function: str, compared: str) -> None:
    if function == "norm":
        compared = ""
    whole = f"{function}({text}{compared})"
    assert scalar(whole, VOCABULARY).value(NUMBERS) == pytest.approx(float(by_numpy(whole)), nan_ok=True)  # type: ignore[arg-type]


@given(
    st.tuples(scalars, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers),
    st.sampled_from(["and", "or"]),
    st.tuples(scalars, st.sampled_from(["<", ">"]), scalars, st.sampled_from(["<=", ">="]), numbers),
    st.booleans(),
)
def test_truths_are_pythons(one: tuple[str, ...], operator: str, other: tuple[str, ...], negated: bool) -> None:
    text = f"{' '.join(one)} {operator} {'not ' * negated}({' '.join(other)})"
    assert expression(text.replace("[()]", ""), VOCABULARY).holds(NUMBERS) == bool(by_numpy(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 / 0", np.inf),
        ("-1 / 0", -np.inf),
        ("0 / 0", np.nan),
        ("(-1) ** 0.5", np.nan),
        ("10 ** 400", np.inf),
        ("log(0)", -np.inf),
        ("2 ** 3 ** 2", 512),
        ("max(1, 2, 3)", 3),
        ("min(loss, 0 - 1)", -1),
        ("not 1 > 2", 1),
        ("W1[x2,h3] == W1[1,2]", 1),
        ('W1["x2",h3] - W1[1,"h3"]', 0),
        ("sum(W1[0]) - sum(W1[x1,:])", 0),
        ("iteration == 7 and epoch == 7", 1),
        ("learning_rate", 0.05),
        ("True", 1),
        ("  loss > 0\n and loss < 1", 1),
    ],
)
def test_values(text: str, value: float) -> None:
    assert scalar(text, VOCABULARY).value(NUMBERS) == pytest.approx(value, nan_ok=True)


def test_metrics_and_memory_have_dotted_names() -> None:
    sim = Simulation(load("titanic"))
    now, words = Numbers(sim), Vocabulary.of(sim)
    assert scalar("accuracy.validation", words).value(now) == sim.metrics("validation")["accuracy"]
    assert scalar("loss.training > loss", words).holds(now) == (sim.metrics()["loss"] > float(sim.frame["loss"]))
    sim.step()
    assert scalar("W1.m.prev[Sex_male,h1]", words).value(now) == sim.frame["W1.m.prev"][1, 0]


def test_changed_compares_with_the_iteration_before() -> None:
    sim = Simulation(load("xor"))
    now, words = Numbers(sim), Vocabulary.of(sim)
    weights, data = expression("changed(W1)", words), expression("changed(x) or changed(y[0])", words)
    assert [weights.holds(now), data.holds(now)] == [False, False]
    for iteration in (1, 2, 9, 3):
        sim.seek(iteration)
        assert weights.holds(now)
        assert not data.holds(now)
        assert sim.iteration == iteration


def test_rows_beyond_a_small_batch_are_no_numbers() -> None:
    sim = Simulation(load("titanic"))
    now, words = Numbers(sim), Vocabulary.of(sim)
    last = scalar("a2[31,0] > 0", words)
    assert last.holds(now)
    sim.seek(32)
    assert not last.holds(now)
    assert np.isnan(scalar("sum(a2[31])", words).value(now))


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "is empty"),
        ("   ", 1, "is empty"),
        ("loss <", 6, "cannot be read"),
        ("loss < 0.1)", 11, "cannot be read"),
        ("1 + lss", 5, 'there is no "lss"; allowed: iteration, epoch.*did you mean "loss"'),
        ("W1.mm > 0", 1, 'did you mean "W1.m"'),
        ("accuracy > 0.9", 1, 'did you mean "accuracy.training"'),
        ("accuracy.validation > 0", 1, "there is no .accuracy.validation..*; no rows are held out for validation"),
        ("z1[0,4]", 6, "z1 has no 4 on axis 1; allowed: 0 to 3, :, or h1, h2, h3, h4"),
        ("z1[4,0]", 4, "z1 has no 4 on axis 0; allowed: 0 to 3"),
        ("z1[-1,0]", 4, "z1 has no -1 on axis 0"),
        ("z1[0.5,0]", 4, "has no 0.5"),
        ("z1[True,0]", 4, "has no True"),
        ("W1[1:2,0]", 4, "has no 1:2"),
        ("loss[0]", 6, "loss is one number, found 1 place in its index; allowed: loss alone"),
        ("b1[0,0]", 6, r"b1 has 1 axis, found 2 places in its index; allowed: b1\[i\]"),
        ("iteration[0]", 1, "there is no"),
        ("sgn(loss)", 1, 'there is no function "sgn"; allowed: max'),
        ("abss(loss)", 1, 'did you mean "abs"'),
        ("max", 1, r"max is a function; allowed: max\(…\)"),
        ("W1[0][2]", 6, r"an index has one pair of brackets; did you mean W1\[0,2\]\?"),
        ("abs(1, 2)", 8, r"found 2 arguments; allowed: abs\(a\)"),
        ("max()", 1, "found 0 arguments"),
        ("max(a1, axis=1)", 9, "found 2 arguments"),
        ("changed(1)", 9, "“1” never changes; allowed: a tensor, or an expression with one"),
        ("changed(changed(W1))", 9, r"changed\(…\) cannot stand in itself"),
        ("z1 + W1", 4, "samples × 4 numbers and 2 × 4 numbers do not go together"),
        ("max(loss, z1, W1)", 13, "do not go together"),
        ("loss < z1 < W1", 11, "do not go together"),
        ("0 < loss < W1", 12, "“W1” is 2 × 4 numbers, not one; allowed: an index"),
        ("max(W1) - loss - -b1", 19, "“b1” is 4 numbers, not one"),
        ("max(W1) > 0 and not 0 < abs(W1)", 29, "“W1” is 2 × 4 numbers, where one truth is wanted"),
        ("z1 > 0 and 1", 1, r"“z1” is samples × 4 numbers, where one truth is wanted; allowed: any\(…\)"),
        ("loss > 0 and a2", 14, "is samples × 1 numbers"),
        ("'text' > 0", 1, 'found "text"; allowed: a number'),
        ("1j", 1, "allowed: a number"),
        ("1 if loss else 2", 1, "is not part of this language"),
        ("loss // 2", 6, "“//” is not part of this language; allowed: numbers"),
        ("loss % 2", 6, "“%” is not part of this language"),
        ("(loss)  << (3)", 9, "“<<” is not part of this language"),
        ("loss < 0.1 & epoch > 3", 12, '“&” is not part of this language.*did you mean "and"'),
        ("loss < 0.1 && epoch > 3", 12, 'cannot be read.*did you mean "and"'),
        ("loss < 0.1 OR epoch > 3", 12, 'did you mean "or"'),
        ("!(loss < 1)", 1, 'did you mean "not"'),
        ("epoch = 3", 7, 'did you mean "=="'),
        ("loss =< 3", 6, 'did you mean "<="'),
        ("loss > −1", 8, 'did you mean "-"'),
        ("loss < 0,1", 9, "“,” is not part of this language.*a decimal point is a dot"),
        ("loss < 0.1,", 11, "“,” is not part of this language"),
        ("loss == nan", 9, r"did you mean isnan\(…\)"),
        ("~loss", 1, "is not part of this language"),
        ("loss is 1", 6, "“is” is not part of this language; allowed: < <="),
        ("loss not in 1", 6, "“not in” is not part of this language"),
        ("[1, 2]", 1, "is not part of this language"),
        ("(lambda: 1)()", 1, "there is no function"),
        ("__import__('os')", 1, "there is no function"),
        ("x.__class__", 1, "there is no"),
        ("z1[0].T", 1, "has no parts with names"),
        ("(loss := 1)", 2, "is not part of this language"),
        ("loss > 0 if 1 else 0; 1", 21, "cannot be read"),
        ("α + ββ", 1, "there is no"),
        ("ä + 1", 1, "there is no"),
        ("1" * 400, 1, "too large"),
        ("9" * 5000, 500, "longer than 500"),
        ("(" * 240 + "1" + ")" * 240, None, "cannot be read"),
        ("-" * 100 + "1", 1, "nested too deeply"),
        ("\0", 1, "cannot be read"),
    ],
)
def test_mistakes_say_column_and_what_is_allowed(text: str, column: int | None, words: str) -> None:
    with pytest.raises(ConditionError, match=words) as error:
        scalar(text, VOCABULARY)
    assert column is None or error.value.column == column
    assert str(error.value).startswith(f"column {error.value.column}: ")


@pytest.mark.parametrize("text", ["loss == == 3", "!= 3", "loss <= <= 3", "loss < < 3", "(", "loss ? 3"])
def test_signs_of_the_language_itself_are_not_taken_for_others(text: str) -> None:
    with pytest.raises(ConditionError, match="cannot be read") as error:
        scalar(text, VOCABULARY)
    assert "did you mean" not in error.value.message


def test_columns_count_characters() -> None:
    with pytest.raises(ConditionError) as error:
        scalar("'äöü' + lss", VOCABULARY)
    assert error.value.column == 1
    with pytest.raises(ConditionError) as error:
        scalar("ln2 * 1", VOCABULARY)
    assert error.value.column == 1


def test_a_condition_is_one_truth() -> None:
    with pytest.raises(ConditionError, match=r"is samples × 4 numbers, not one; allowed: an index"):
        scalar("z1 > 0", VOCABULARY)


def test_references() -> None:
    assert reference("z1[0,h2]", VOCABULARY).element == (0, 1)
    assert reference("loss", VOCABULARY).element == ()
    assert reference("W1", VOCABULARY).element is None
    assert reference("W1[:,1]", VOCABULARY).index == (None, 1)
    assert reference("W1[1]", VOCABULARY).index == (1, None)
    for text in ("loss + 1", "iteration", "abs(W1)", "1"):
        with pytest.raises(ConditionError):
            reference(text, VOCABULARY)


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    refused_in(text, lambda: expression(text, VOCABULARY)(NUMBERS))


SIGNS = [*"[](),:.+-*/<'", "**", "==", "0", "1.5", "nan", "f'{x}'"]
WORDS = ["loss", "z1", "W1", "W1.m", "x", "h1", "and", "or", "not", "if", "in", "lambda", "accuracy.training"]
TOKENS = (*FUNCTIONS, *SIGNS, *WORDS)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(TOKENS), max_size=12).map(" ".join))
def test_any_tokens_are_read_or_refused(text: str) -> None:
    refused_in(text, lambda: scalar(text, VOCABULARY).holds(NUMBERS))


def test_a_condition_costs_microseconds() -> None:
    condition = scalar("loss < 0.1", VOCABULARY)
    seconds = min(timeit.repeat(lambda: condition.holds(NUMBERS), number=200, repeat=20)) / 200
    assert seconds < 50e-6  # about 3 on an idle machine
