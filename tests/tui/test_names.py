"""Names that are cut stay apart, fit, and show that they are cut."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.cells import cell_len

from nnsim.tui.renderers.names import distinct

IRIS = ["sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm"]


@pytest.mark.parametrize(
    ("names", "width", "cut"),
    [
        (IRIS, 8, ["sep…len…", "sep…wid…", "pet…len…", "pet…wid…"]),
        (["Embarked_Q", "Embarked_S", "Sex_male"], 8, ["Embark…Q", "Embark…S", "Sex_male"]),
        (["bill_length_mm", "bill_depth_mm"], 8, ["bil…len…", "bil…dep…"]),
        (["weight_in_kg → h1", "weight_in_kg → h12"], 12, ["weight_in…h1", "weight_i…h12"]),
        (["Survived"], 6, ["Survi…"]),
        (["Survived"], 3, ["Su…"]),
        ([], 8, []),
    ],
)
def test_what_tells_names_apart_stays(names: list[str], width: int, cut: list[str]) -> None:
    assert distinct(names, width) == cut


@pytest.mark.parametrize("width", range(6, 16))
def test_a_family_keeps_its_members(width: int) -> None:
    assert len(set(distinct(IRIS, width))) == len(IRIS)


WORDS = st.sampled_from(["sepal", "width", "mean", "std", "worst", "a", "b", "12"])


@given(st.lists(st.lists(WORDS, min_size=1, max_size=5)), st.integers(5, 12))
def test_two_names_never_look_the_same(words: list[list[str]], width: int) -> None:
    names = {"_".join(each) for each in words}
    assert len(set(distinct(sorted(names), width))) == len(names)


@given(st.lists(st.text("ab_漢", min_size=1, max_size=14), max_size=6), st.integers(0, 16))
def test_every_name_fits_and_shows_where_it_is_cut(names: list[str], width: int) -> None:
    for name, cut in zip(names, distinct(names, width), strict=True):
        assert cell_len(cut) <= width
        assert cut == name or "…" in cut or width == 0
        assert cut == name or cell_len(name) > width


@given(st.text("abc", min_size=1, max_size=20), st.text("abc", min_size=1, max_size=20), st.integers(6, 12))
def test_two_names_of_some_length_differ_as_long_as_they_part_once(one: str, other: str, width: int) -> None:
    assume(one != other)
    assume(not one.startswith(other) and not other.startswith(one))
    assert len(set(distinct([one, other], width))) == 2
