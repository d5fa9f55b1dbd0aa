"""Branches against a simple model: for each the edits that lead to it, made anew on a fresh simulation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nnsim
from nnsim.debugger.ablation import ablate
from nnsim.debugger.branches import Branch
from nnsim.debugger.comparison import Comparison, parting
from nnsim.debugger.edits import EditError, change, parse_number, read
from nnsim.debugger.guide import GuideRun
from nnsim.debugger.history import History
from nnsim.debugger.past import Past
from nnsim.debugger.session import Session
from nnsim.engine.frame import Frame
from nnsim.engine.metrics import Evaluator
from nnsim.engine.simulation import Simulation
from nnsim.scenario.guides import read_guide
from tests.experiments import make_experiment

FEW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def bits(frame: Frame) -> dict[str, bytes]:
    return {name: frame[name].tobytes() for name in frame}


def make(memory: int = 2**22) -> Session:
    return Session(Simulation(make_experiment(optimizer="adam", rows=7, batch_size=3), memory))


def simulated(words: tuple[str, ...], iteration: int) -> Frame:
    """The frame of an iteration after edits, each made on a simulation of its own."""
    sim = make().sim
    for word in words:
        request = read(word)
        assert request.iteration is not None
        if request.iteration > iteration:
            break
        sim.seek(request.iteration)
        made = change(sim, request.target, request.value)
        sim = sim.branch(made.numbers, made.experiment, made.held)
    sim.seek(iteration)
    return sim.frame


def attempt(session: Session, text: str) -> str:
    """Tries an edit: what is said against it."""
    try:
        session.edit(text)
    except EditError as error:
        return str(error)
    return ""


# reading


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("0.5", ("", "0.5", None)),
        ("W1[0,2]=0.5@250", ("W1[0,2]", "0.5", 250)),
        (" W1[ 0 , 2 ] = 0.5 @ 250 ", ("W1[ 0 , 2 ]", "0.5", 250)),
        ("layer 1 activation = relu", ("layer 1 activation", "relu", None)),
        ("optimizer=adam@3", ("optimizer", "adam", 3)),
    ],
)
def test_an_edit_is_taken_apart(text: str, parts: tuple[str, str, int | None]) -> None:
    request = read(text)
    assert (request.target, request.value, request.iteration) == parts


@pytest.mark.parametrize("text", ["", "  ", "=", "W1[0,0]=", "=3", "@5", "W1[0,0]=@5"])
def test_an_edit_without_a_value(text: str) -> None:
    with pytest.raises(EditError, match="allowed: a number, or what is to change"):
        read(text)


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("−3", -3), ("1/4", 0.25), ("0,12", 0.12), ("1e-4", 1e-4)])
def test_numbers_as_people_write_them(text: str, value: float) -> None:
    assert parse_number(text) == value


WRONG = [
    ("abc", "abc.* is not a number"),
    ("nan", "a finite number"),
    ("inf", "a finite number"),
    ("1e999", "a finite number"),
    ("1/0", "is not a number"),
    ("adam", '"adam" is not a number; .* or a setting such as optimizer = adam'),
    ("ReLU", "or a setting such as layer 1 activation = relu"),
    ("lr 0.1", "or a setting such as learning_rate = 0.1"),
    ("[1, 2]", "is not a number"),
    ("W1[0,9] = 1", 'W1 has no "9" on axis 1; allowed: 0 to 2'),
    ("W1[0] = 1", "W1 has 2 axes, found 1 index; allowed: one number, such as W1\\[0,0\\]"),
    ("W1 = 1", "W1 has 2 axes, found 0"),
    ("W9[0,0] = 1", 'there is no "W9'),
    ("z1[-1,0] = 1", 'has no "-1"'),
    ("loss[0] = 1", "loss has 0 axes"),
    ("y[0,0] = 2", "a number from 0 to 1"),
    ("learning_rate = -1", "a number above 0"),
    ("learning_rate = fast", "is not a number"),
    ("momentum = 0.9", "adam has no momentum; allowed: learning_rate, beta1"),
    ("beta1 = 1", "below 1"),
    ("optimizer = adm", 'did you mean "adam"'),
    ("layer 1 activation = rlu", 'did you mean "relu"'),
    ("layer 3 activation = relu", "there is no layer 3; allowed: 1 to 2"),
    ("layer 2 activation = relu", "sigmoid, softmax"),
    ("layer 2 activation = softmax", "always 1"),
    ("layer 1 h2 = 1", "a unit can only be silenced"),
    ("layer 1 h9 = 0", 'layer 1 has no "h9"; allowed: activation, or a unit: h1, h2, h3'),
    ("layer 2 y1 = 0", "layer 2 is not hidden; allowed: 1 to 1"),
    ("nonsense = 3", 'there is no "nonsense"'),
    ("W1[0,0] = 1 @ 99", "iteration 99 has not been visited; allowed: 0 to 4"),
]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("α = 0.1", "learning_rate = 0.1 at 4"),
        ("lr = 0.1", "learning_rate = 0.1 at 4"),
        ("W₁[0,2] = 0.5", "W1[0,2] = 0.5 at 4"),
        ("∂L/∂W₁[0,2] = 0.5", "dW1[0,2] = 0.5 at 4"),
        ("m(W₁)[0,2] = 0.5", "W1.m[0,2] = 0.5 at 4"),
    ],
)
def test_names_as_the_screen_writes_them(text: str, title: str) -> None:
    session = make()
    session.go_to(4)
    assert session.edit(text).title == title


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_a_wrong_edit_says_what_is_wrong_and_changes_nothing(text: str, told: str) -> None:
    session = make()
    session.go_to(4)
    session.go_to_op(4)
    before = (session.branch, session.iteration, session.op_index, bits(session.frame))
    with pytest.raises(EditError, match=told) as error:
        session.edit(text)
    assert "\n" not in str(error.value)
    assert (session.branch, session.iteration, session.op_index, bits(session.frame)) == before
    assert session.tree.branches == [session.tree.root]


@FEW
@given(
    text=st.text(max_size=40)
    | st.from_regex(r"(W1|x|z1\[|loss|layer 1 |beta1|W1\.m)[\[\],0-9a-z =@.#-]*", fullmatch=True)
)
def test_whatever_is_typed_gets_a_branch_or_one_line(text: str) -> None:
    session = make()
    told = attempt(session, text)
    assert len(told.splitlines()) == bool(told)
    assert len(session.tree.branches) == 1 + (not told)
    assert all(read(word).iteration == 0 for word in session.branch.words)


def test_a_number_too_large_for_the_precision() -> None:
    session = Session(Simulation(make_experiment(dtype="float32")))
    with pytest.raises(EditError, match="too large; allowed: what float32 can hold"):
        session.edit("W1[0,0] = 1e39")
    session.edit("W1[0,0] = 0.1")
    assert session.frame["W1"][0, 0] == np.float32(0.1)


def test_names_of_rows_and_units_do_for_an_index() -> None:
    session = make()
    row = session.frame.rows[1]
    assert str(session.edit(f"a1[#{row},h3] = 0.5").change) == "a1[1,2] = 0.5"


# what they do


def test_the_chosen_number() -> None:
    session = make()
    session.go_to(6)
    session.go_to_op(session.program.position("dW1") or 0)
    session.choose((1, 2))
    branch = session.edit("0.5")
    assert branch.words == ("dW1[1,2]=0.5@6",)
    assert (session.iteration, session.tensor, session.index) == (6, "dW1", (1, 2))
    assert session.frame["dW1"][1, 2] == 0.5
    assert session.explanation().symbolic.startswith("∂L/∂W₁[x2,h3]: set by hand")
    session.previous_iteration()
    assert session.sim is session.tree.root.sim
    session.next_iteration()
    assert session.frame["dW1"][1, 2] == 0.5


def test_learning_rate_optimizer_and_activation() -> None:
    session = make()
    session.go_to(6)
    session.edit("learning rate = 0.5")
    assert session.sim.learning_rate(6) == 0.5
    session.edit("optimizer = momentum")
    assert session.sim.program.options == {"learning_rate": 0.5, "momentum": 0.9, "weight_decay": 0}
    assert "W1.v" not in session.frame
    session.edit("momentum = 0.5")
    assert session.sim.program.options["momentum"] == 0.5
    session.edit("layer 1 activation = relu")
    np.testing.assert_array_equal(session.frame["a1"], np.maximum(session.frame["z1"], 0))
    assert [branch.title for branch in session.branch.path] == [
        "the original",
        "learning_rate = 0.5 at 6",
        "optimizer = momentum at 6",
        "momentum = 0.5 at 6",
        "layer 1 activation = relu at 6",
    ]
    session.previous_iteration()
    assert session.sim.learning_rate(5) == 0.1
    assert "W1.v" in session.frame


def test_an_input_of_a_row_whenever_it_comes_up() -> None:
    session = make()
    session.go_to(3)
    frame = session.frame
    row, before = int(frame.rows[1]), float(frame["x"][1, 0])
    session.edit("x[1,0] = 9")
    for _ in range(30):
        rows = list(session.frame.rows)
        if row in rows:
            place = (rows.index(row), 0)
            assert session.frame["x"][place] == 9
            explained = session.sim.explain("x", place)
            assert "set by hand from iteration 3 on" in explained.source
            assert explained.value == 9
        session.next_iteration()
    session.switch(session.tree.root)
    for _ in range(30):
        rows = list(session.frame.rows)
        assert row not in rows or session.frame["x"][rows.index(row), 0] == before
        session.previous_iteration()


def test_a_target() -> None:
    session = make()
    value = 1 - float(session.frame["y"][0, 0])
    session.edit(f"y[0,0] = {value}")
    assert session.frame["y"][0, 0] == value
    data = session.sim.experiment.data
    assert data.y[list(data.rows).index(session.frame.rows[0]), 0] == value


def test_a_silenced_unit_stays_silent() -> None:
    session = make()
    session.go_to(2)
    session.edit("layer 1 h2 = 0")
    for _ in range(20):
        assert not session.frame["W2"][1].any()
        session.next_iteration()
    assert session.branch.words == ("layer1.h2=0@2",)


def test_ablation_is_the_loss_without_the_unit() -> None:
    session = Session(nnsim.Simulation(nnsim.load("titanic")))
    session.go_to(40)
    found = ablate(session.sim, 1, 3)
    frame, data = session.frame, session.sim.experiment.data
    for x, y, measured in ((data.x, data.y, found.training), (data.x_validation, data.y_validation, found.validation)):
        for kept, metrics in zip((1.0, 0.0), measured, strict=True):
            a1 = np.maximum(x @ frame["W1"] + frame["b1"], 0)
            a1[:, 3] *= kept
            a2 = 1 / (1 + np.exp(-(a1 @ frame["W2"] + frame["b2"])))
            np.testing.assert_allclose(metrics["loss"], -np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2)))
            np.testing.assert_allclose(metrics["accuracy"], np.mean((a2 >= 0.5) == y))
    assert found.unit == "h4"
    session.edit("layer 1 h4 = 0")
    assert session.sim.metrics() == found.training[1]
    with pytest.raises(ValueError, match="hidden"):
        ablate(session.sim, 2, 0)


# random walks


EDITS = st.sampled_from(
    [
        "W1[0,1] = 0.5",
        "W1[0,1] = −0.25",
        "b2[0] = 1",
        "a1[0,2] = 0.75",
        "dW2[1,0] = 0.125",
        "W1.m.prev[1,1] = 0.5",
        "W1.v[0,0] = 0.25",
        "W2.next[0,0] = 2",
        "x[0,1] = 3",
        "y[0,0] = 0.5",
        "learning_rate = 0.25",
        "beta1 = 0.5",
        "optimizer = rmsprop",
        "optimizer = sgd",
        "layer 1 activation = relu",
        "layer 1 h3 = 0",
        "loss = 7",
    ]
)
MOVES = st.one_of(
    st.tuples(st.just("edit"), EDITS),
    st.tuples(
        st.sampled_from(["undo", "next_iteration", "previous_iteration", "first", "last", "next_epoch"]), st.just("")
    ),
    st.tuples(st.just("switch"), st.integers(0, 5)),
    st.tuples(st.just("go_to"), st.integers(0, 25)),
)


@FEW
@given(st.lists(MOVES, max_size=14))
def test_random_walks_over_branches(moves: list[tuple[str, str | int]]) -> None:
    session = make()
    untouched: dict[Branch, dict[int, dict[str, bytes]]] = {}
    for name, argument in moves:
        match name:
            case "edit":
                told = attempt(session, str(argument))  # an option or memory that this optimizer does not have
                assert not told or "has no" in told or "there is no" in told
            case "undo":
                if session.branch.parent is None or session.tree.children(session.branch):
                    with pytest.raises(EditError):
                        session.undo()
                else:
                    parent, count = session.branch.parent, len(session.tree.branches)
                    session.undo()
                    assert session.branch is parent
                    assert len(session.tree.branches) == count - 1
            case "switch":
                session.switch(session.tree.branches[int(argument) % len(session.tree.branches)])
            case "go_to":
                session.go_to(int(argument))
            case _:
                getattr(session, name)()
        here = session.iteration
        assert bits(session.frame) == bits(simulated(session.branch.words, here))
        assert session.branch.losses[here] == session.frame["loss"]
        assert session.recorded >= here
        assert session.frame.iteration == here
        assert session.op_index < len(session.program)
        seen = untouched.setdefault(session.branch, {})
        assert seen.setdefault(here, bits(session.frame)) == bits(session.frame)
    for branch in session.tree.branches:  # none has changed another
        for iteration, frame in untouched.get(branch, {}).items():
            session.switch(branch)
            session.go_to(iteration)
            assert bits(session.frame) == frame


def test_words_lead_to_the_same_branch() -> None:
    session = make()
    session.go_to(4)
    session.edit("a1[1,0] = 1/3")
    session.go_to(9)
    session.edit("optimizer = momentum")
    session.edit("W1[0,0] = 0.1")
    again = make()
    for word in session.branch.words:
        again.go_to(read(word).iteration or 0)
        again.edit(word)
    session.go_to(15)
    again.go_to(15)
    assert bits(session.frame) == bits(again.frame)
    assert session.branch.words == again.branch.words


def test_an_edit_before_the_branch_begins_makes_a_sibling() -> None:
    session = make()
    session.go_to(9)
    late = session.edit("W1[0,0] = 0.1")
    session.go_to(4)
    early = session.edit("W1[0,0] = 0.2")
    assert late.parent is early.parent is session.tree.root
    assert [branch for _, branch in session.tree.ordered()] == [session.tree.root, late, early]
    session.switch(late)
    session.edit("b1[0] = 1@9")
    assert [depth for depth, _ in session.tree.ordered()] == [0, 1, 2, 1]
    with pytest.raises(EditError, match="delete first what begins on it: b1"):
        session.delete(late)
    with pytest.raises(EditError, match="original"):
        session.delete(session.tree.root)


def test_running_over_the_place_where_the_branch_begins() -> None:
    session = make()
    session.go_to(12)
    session.edit("W1[0,0] = 2")
    session.go_to(20)
    session.first()
    while session.advance(0.2):
        pass
    assert session.sim is session.branch.sim
    assert session.iteration == session.sim.iterations - 1
    assert bits(session.frame) == bits(simulated(session.branch.words, session.iteration))
    session.first()
    assert not session.advance(5, 10)
    assert session.iteration == 10


def test_changed_looks_across_the_place_where_the_branch_begins() -> None:
    session = make()
    session.go_to(6)
    session.edit("W1[1,1] = 2")
    before, now = simulated((), 5), session.frame
    np.testing.assert_array_equal(session.changed("W1"), before["W1"] != now["W1"])
    session.edit("optimizer = sgd")
    np.testing.assert_array_equal(session.changed("W1.step"), before["W1.step"] != session.frame["W1.step"])
    session.go_to_op(session.program.position("W1.next") or 0)
    session.previous_iteration()
    assert session.tensor == "W1.next"
    session.go_to_op(len(session.program) - 1)
    session.go_to(6)
    assert session.op_index < len(session.program)


def test_what_is_known_of_the_past_is_that_of_the_branch() -> None:
    base = make_experiment(optimizer="adam", rows=7, batch_size=3)
    rng = np.random.default_rng(1)
    data = replace(
        base.data, x_validation=rng.normal(size=(5, 2)), y_validation=rng.integers(0, 2, (5, 1)).astype(float)
    )
    session = Session(Simulation(replace(base, data=data)))
    session.go_to(30)
    history = History(Past(session))
    history.epochs.fill(10, 60)
    session.go_to(12)
    session.edit("layer 1 activation = relu")
    session.go_to(30)
    for iteration in (30, 4):  # from behind and from before the place where it begins
        session.go_to(iteration)
        past = Past(session)
        branched = History(past)
        branched.epochs.fill(10, 60)
        for before, after in zip(history.epochs.until(10), branched.epochs.until(10), strict=True):
            assert (before == after) == (before.epochs < 4)
        for t in (3, 11, 12, 29):
            session.go_to(t)
            assert bits(past.frame(t)) == bits(session.frame)
            expected = Evaluator(session.sim.experiment).metrics("validation", session.sim.parameters)
            assert past.metrics("validation", t) == expected


def kept(session: Session) -> int:
    timelines = [branch.sim._timeline for branch in session.tree.branches]
    return sum(sum(each.nbytes for each in one._keyframes.values()) + one._trail.nbytes for one in timelines)


def test_all_branches_together_stay_within_the_memory() -> None:
    memory = 40_000
    session = make(memory)
    session.go_to(2000)
    made = 0
    for _ in range(40):
        if told := attempt(session, f"W1[0,0] = {made}"):
            assert "no memory for another branch" in told
            break
        made += 1
        assert kept(session) <= memory
        session.go_to(session.iteration + 400)
        for _ in range(50):
            session.previous_iteration()
            assert kept(session) <= memory
    assert 5 < made < 40
    frame = bits(session.frame)
    session.switch(session.tree.root)
    session.go_to(1990)
    assert bits(session.frame) == bits(simulated((), 1990))
    session.switch(session.tree.branches[-1])
    session.go_to(session.tree.branches[-1].start + 50)
    assert kept(session) <= memory
    assert frame


def test_a_gradient_beside_a_number_set_by_hand_cannot_be_checked() -> None:
    session = make()
    session.go_to_op(session.program.position("dW1") or 0)
    session.edit("a1[0,0] = 0.5")
    with pytest.raises(ValueError, match="set by hand"):
        session.check()
    session.next_iteration()
    session.check()
    assert session.checked is not None
    np.testing.assert_allclose(session.checked, session.explanation().result, rtol=1e-5)


def test_nothing_lies_behind_a_number_set_by_hand() -> None:
    session = make()
    session.go_to(6)
    session.go_to_op(session.program.position("a1") or 0)
    session.edit("a1[0,0] = 0.5")
    assert list(session.trail.operands) == []
    with pytest.raises(ValueError, match="set by hand, in place of"):
        session.trail.into()
    session.edit("W2[0,0] = 0.25")
    session.go_to_op(session.program.position("z2") or 0)
    weight = [operand.tensor for operand in session.trail.operands].index("W2")
    session.trail.choose(weight)
    session.trail.into()
    assert "set by hand" in session.trail.explanation.source
    assert session.iteration == 6


def test_a_guide_leads_through_the_original() -> None:
    session = Session(nnsim.Simulation(nnsim.load("xor")))
    run = GuideRun(read_guide("xor"), session)
    run.begin()
    run.next()
    at = (session.iteration, session.op_index)
    session.edit("optimizer = sgd")
    assert not run.here
    run.again()
    assert session.branch is session.tree.root
    assert (session.iteration, session.op_index) == at
    assert run.here


# side by side


def test_the_first_number_that_differs() -> None:
    session = make()
    session.go_to(8)
    session.go_to(3)
    by_hand = session.edit("a1[1,2] = 0.75")
    session.go_to(8)
    comparison = Comparison(session, session.tree.root, by_hand)
    assert comparison.parting == 3
    assert comparison.advance(60)
    first = comparison.first
    assert first
    assert (first.iteration, first.tensor, first.index, first.other) == (3, "a1", (1, 2), 0.75)
    assert first.one == simulated((), 3)["a1"][1, 2]


def test_branches_that_differ_late_or_never() -> None:
    session = Session(Simulation(make_experiment(optimizer="sgd")))
    session.go_to(20)
    session.go_to(5)
    momentum = session.edit("optimizer = momentum")  # its first step is that of sgd
    session.go_to(20)
    comparison = Comparison(session, session.tree.root, momentum)
    assert comparison.advance(60)
    assert comparison.first
    assert (comparison.first.iteration, comparison.first.tensor) == (6, "W1.step")
    session.go_to(5)
    same = session.edit("loss = 0.5")
    nothing = session.edit("beta1 = 0.9") if "beta1" in session.sim.program.options else same
    comparison = Comparison(session, same, nothing)
    assert comparison.advance(60)
    assert comparison.first is None


def test_two_siblings_part_where_the_first_of_them_begins() -> None:
    session = make()
    session.go_to(9)
    late = session.edit("W1[0,0] = 0.1")
    session.go_to(4)
    early = session.edit("W1[0,0] = 0.2")
    session.go_to(12)
    assert parting(late, early) == 4
    assert parting(late, session.tree.root) == 9
    comparison = Comparison(session, late, early)
    assert comparison.advance(60)
    assert comparison.first
    assert (comparison.first.tensor, comparison.first.index, comparison.first.other) == ("W1", (0, 0), 0.2)
