"""Every built-in guide from its first step to its last against the real engine: moments, numbers, claims, answers."""

import math
import re
import subprocess
import sys
from functools import cache

import pytest

from nnsim.debugger.answers import judge
from nnsim.debugger.guide import GuideRun, Page, simulation_of
from nnsim.debugger.session import Session
from nnsim.scenario import names as scenarios
from nnsim.scenario.course import course, guide_for
from nnsim.scenario.guides import names, read_guide

LONGEST = 350  # characters of a step's text, numbers filled in
LESSONS = [lesson.guide for lesson in course().lessons]


@cache
def pages(guide: str) -> list[Page]:
    """All steps of a guide as they read; each moment is reached."""
    run = GuideRun(read_guide(guide), Session(simulation_of(read_guide(guide))))
    arrivals = [run.begin()]
    found = [run.page]
    while not run.last:
        arrivals.append(run.next())
        assert run.here
        found.append(run.page)
    assert all(arrival.there for arrival in arrivals), [arrival.text for arrival in arrivals]
    return [page for page in found if page]


@pytest.mark.parametrize("guide", names())
def test_every_claim_holds(guide: str) -> None:
    told = pages(guide)
    assert len(told) == len(read_guide(guide).steps)
    assert [text for page in told for text, holds in page.claims if not holds] == []


@pytest.mark.parametrize("guide", names())
def test_every_step_is_short_and_has_something_to_see(guide: str) -> None:
    for page, step in zip(pages(guide), read_guide(guide).steps, strict=True):
        assert page.title, page.number
        assert len(page.text) <= LONGEST, (page.number, len(page.text))
        assert page.light or page.question, page.number
        assert "nan" not in re.findall(r"\w+", page.text), page.text
        assert step.claims or step.question or re.search(r"\{[^{]", step.text), (
            f"step {page.number} is bound to nothing"
        )


@pytest.mark.parametrize("guide", names())
def test_right_answers_are_accepted_and_others_not(guide: str) -> None:
    for page in pages(guide):
        if asked := page.question:
            assert judge(asked, asked.right_answer).right, (page.number, asked.right_answer)
            assert asked.hint, page.number
            assert asked.explanation, page.number
            if asked.kind == "choice":
                wrong = [str(i) for i in range(1, len(asked.options) + 1) if i != asked.answer]
            else:
                wrong = [repr(each) for each in (asked.answer + 1, -asked.answer - 0.3, 3.3 * asked.answer + 7)]
            for answer in (*wrong, *(str(given) for given, _ in asked.mistakes)):
                assert not judge(asked, re.sub(r"\.0$", "", answer)).right, (page.number, answer)


@pytest.mark.parametrize("guide", names())
def test_mistakes_that_are_expected_get_their_own_reply(guide: str) -> None:
    for page in pages(guide):
        for given, said in page.question.mistakes if page.question else ():
            assert page.question
            assert math.isfinite(given)
            answer = str(int(given)) if page.question.kind == "choice" else repr(given)
            assert judge(page.question, answer).text == said, (page.number, given)


@pytest.mark.parametrize("guide", names())
def test_backwards_reads_the_same(guide: str) -> None:
    run = GuideRun(read_guide(guide), Session(simulation_of(read_guide(guide))))
    run.go(len(run) - 1)
    told = []
    while True:
        told.append(run.page)
        if run.first:
            break
        run.back()
        assert run.here
    assert told[::-1] == pages(guide)


@pytest.mark.parametrize("guide", LESSONS)
def test_a_lesson_has_six_to_ten_steps_and_two_questions_or_more(guide: str) -> None:
    told = pages(guide)
    assert 6 <= len(told) <= 10
    assert 2 <= sum(page.question is not None for page in told) <= 5


def test_the_course_lists_all_lessons_in_order() -> None:
    lessons = course().lessons
    assert [lesson.number for lesson in lessons] == list(range(1, len(lessons) + 1))
    assert [lesson.guide for lesson in lessons] == [name for name in names() if name.startswith("lesson-")]
    assert 12 <= len(lessons) <= 15
    assert all(5 <= lesson.minutes <= 10 for lesson in lessons)
    assert all(lesson.steps == len(pages(lesson.guide)) for lesson in lessons)
    following = course().after(lessons[0].guide)
    assert following is not None
    assert following.guide == lessons[1].guide
    assert course().after(lessons[-1].guide) is None
    assert course().after("xor") is None


def test_guides_of_scenarios() -> None:
    assert guide_for("symmetry") == "lesson-06-initialisation"
    assert guide_for("no such scenario") is None
    for scenario in scenarios():
        name = guide_for(scenario)
        assert name is not None, scenario
        assert read_guide(name).scenario == scenario


def test_a_list_of_lessons_and_the_glossary_need_nothing_heavy() -> None:
    program = "import sys, nnsim.scenario.course as c, nnsim.scenario.glossary as g; c.course(), g.entries()"
    program += "; print(*({'numpy', 'msgspec', 'textual', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
