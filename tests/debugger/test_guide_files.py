"""Guide files with mistakes: each is said in one line with file, line and key, what was found, what is allowed."""

from pathlib import Path

import pytest

from tests.debugger.guides import GOOD, complaints


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_good_one_is_good() -> None:
    assert complaints(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        (
            '"iteration 0, forward, z1"',
            '"iteration 0, forward, z9"',
            6,
            'steps[0].at: there is no op "z9"; allowed: z1, a1, z2, a2',
        ),
        ('"iteration 0, forward, z1"', '"iteration 0, zz1"', 6, 'did you mean "z1"?'),
        (
            '"iteration 0, forward, z1"',
            '"iteration 0, backward, z1"',
            6,
            "z1 is not in phase backward; allowed: phase forward",
        ),
        (
            '"iteration 0, forward, z1"',
            '"iteration 0, W1"',
            6,
            "W1 is not computed: it is there when the iteration begins",
        ),
        ('"iteration 0, forward, z1"', '"iteration 501"', 6, "found iteration 501; allowed: 0 to 500"),
        ('"iteration 0, forward, z1"', '"iteration -1"', 6, 'at.iteration: found "-1"; allowed: a whole number from 0'),
        ('"iteration 0, forward, z1"', '"epoch 501"', 6, "found epoch 501; allowed: 0 to 500"),
        ('"iteration 0, forward, z1"', '"forward, z1"', 6, 'says no iteration; allowed: a moment such as "iteration 0'),
        ('"iteration 0, forward, z1"', '"iteration 0, epoch 0"', 6, "found iteration and epoch"),
        ('"iteration 0, forward, z1"', "3", 6, 'found 3; allowed: "iteration 0, forward, z1"'),
        ('at = "iteration 0, forward, z1"\n', "", 5, "steps[0]: says no iteration"),
        ("epoch = 3, op", "epok = 3, op", 26, "steps[2].at.epok: unknown key; allowed: iteration, epoch"),
        ("epoch = 3, op", "epoch = true, op", 26, "steps[2].at.epoch: found true; allowed: a whole number"),
        ('op = "dW2"', "op = 2", 26, "steps[2].at.op: found 2; allowed: text in quotes"),
        ('op = "dW2"', 'phase = "fore"', 26, 'steps[2].at.phase: found "fore"; allowed: batch, forward'),
        ('"loss < 0.5"', '"los < 0.5"', 18, 'steps[1].when: found "los < 0.5", column 1: there is no "los"'),
        ('"loss < 0.5"', '"z1 < 0.5"', 18, "not one; allowed: an index, or any("),
        ("{z1[0,1]}", "{z1[0,4]}", 7, 'steps[0].text: found "{z1[0,4]}'),
        ("{z1[0,1]}", "{z1[0,1]", 7, "steps[0].text: found"),
        ('"z1[0,1]", "W1"', '"z1[0,1]", "W3"', 8, 'steps[0].light[1]: found "W3", column 1: there is no "W3"'),
        ('"z1[0,1]", "W1"', '"z1[9,1]"', 8, "z1 has no 9 on axis 0; allowed: 0 to 3"),
        ('"z1[0,1]", "W1"', "1", 8, "allowed: text in quotes"),
        ('claims = ["loss > 0"]', 'claims = ["loss >"]', 9, "steps[0].claims[0]"),
        ('claims = ["loss > 0"]', 'claim = ["loss > 0"]', 9, "steps[0].claim: unknown key; allowed: text, title, at"),
        (
            'kind = "choice"',
            'kind = "choise"',
            12,
            'steps[0].question.kind: found "choise"; allowed: choice, number, predict',
        ),
        (
            'kind = "choice"',
            'kind = "number"',
            14,
            'question.options: found with kind "number"; allowed: only with kind "choice"',
        ),
        ("answer = 1", "answer = 3", 15, "question.answer: found 3; allowed: the number of an option, 1 to 2"),
        ("answer = 1", 'answer = "this"', 15, "the number of an option"),
        ("answer = 1", "answer = 1\ntolerance = 1", 16, "question.tolerance: found with kind"),
        ("answer = 1", "answr = 1", 15, "question.answr: unknown key; allowed: kind, text, answer"),
        ('options = ["this", "that"]', "", 11, "question.options: is missing"),
        ('options = ["this", "that"]', 'options = ["this"]', 14, "a list of two texts or more"),
        ('text = "Which?"', "text = 4", 13, "question.text: found 4; allowed: text in quotes"),
        ('"z1[0,0]", tol', '"z1[0]", tol', 23, "not one; allowed: an index"),
        ('"z1[0,0]", tol', '"loss + 1", tol', 23, "is not a tensor"),
        ('"z1[0,0]", tol', '"x[0,0]", tol', 23, "x can be seen already at x; allowed: y, z1"),
        ('"z1[0,0]", tol', '"W1[0,0]", tol', 23, "W1 can be seen already"),
        ("tolerance = 0.1", "tolerance = -1", 23, "question.tolerance: found -1; allowed: a number from 0"),
        ('answer = "loss"', 'answer = "los"', 32, 'steps[2].question.answer: found "los"'),
        ('answer = "1 - loss"', 'answer = "1 - los"', 35, "steps[2].question.mistakes[0].answer"),
        ('answer = "1 - loss"', 'answr = "1 - loss"', 35, "mistakes[0].answr: unknown key"),
        ('title = "A guide"', "", None, "title: is missing; allowed: text in quotes"),
        ('title = "A guide"', "title = 3", 1, "title: found 3"),
        ('scenario = "xor"', "", None, "scenario: is missing; allowed: a built-in scenario or the path"),
        ('locked = ["network"]', "locked = 1", 3, "locked: found 1; allowed: a list of texts"),
        ('locked = ["network"]', "lock = []", 3, "lock: unknown key; allowed: title, steps, scenario"),
        ('text = "The end"', 'text = ""', 27, "steps[2].text: found"),
        ('text = "The end"', "text = nan", 27, "found nan; allowed: a finite number"),
    ],
)
def test_mistakes(before: str, after: str, line: int | None, said: str) -> None:
    assert GOOD.count(before) == 1
    lines = complaints(GOOD.replace(before, after))
    assert lines
    start = f"guide.toml: line {line}, " if line else "guide.toml: "
    assert any(each.startswith(start) and said in each for each in lines), lines


def test_all_mistakes_are_told_at_once() -> None:
    text = GOOD.replace("z1[0,1]", "z1[0,7]").replace("loss < 0.5", "los < 0.5").replace('op = "dW2"', 'op = "dW9"')
    lines = complaints(text)
    assert [line.split(":")[1].strip() for line in lines] == [
        "line 7, steps[0].text",
        "line 8, steps[0].light[0]",
        "line 18, steps[1].when",
        "line 26, steps[2].at",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "x"', "steps: is missing"),
        ('title = "x"\nscenario = "xor"\nsteps = []', "steps: found an empty list; allowed: one table or more"),
        ('title = "x"\nscenario = "xor"\nsteps = 3', "line 3, steps: found 3"),
        ('title = "x"\nscenario = "xor"\nsteps = [3]', "line 3, steps"),
        ('title = "x"\nscenario = "xor"\nsteps = [{text = 3}]', "line 3, steps[0].text: found 3"),
        ('title = "x"\nscenario = "xor"\n[[steps]]\ntext = "t"\nat = "end"\nquestion = 3', "line 6, steps[0].question"),
        (
            'title = "x"\nscenario = "xorr"\n[[steps]]\ntext = "t"\nat = "end"',
            'line 2, scenario: there is no scenario "xorr"',
        ),
        (
            'title = "x"\nscenario = "no.toml"\n[[steps]]\ntext = "t"\nat = "end"',
            "line 2, scenario: no.toml: there is no such file",
        ),
        ("title = ", "guide.toml: line 1, column"),
        (
            'title = "x"\nscenario = "xor"\noverrides = {"training.epoch" = 3}\nsteps = [{at = "end", text = "t"}]',
            "epochs",
        ),
    ],
)
def test_whole_files(text: str, said: str) -> None:
    lines = complaints(text)
    assert any(said in line for line in lines), lines
