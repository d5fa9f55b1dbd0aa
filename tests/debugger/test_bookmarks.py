"""Bookmarks are kept between two starts, each with its scenario."""

from pathlib import Path

import pytest

from nnsim.debugger.bookmarks import Bookmark, Bookmarks


def test_kept_by_scenario_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "state" / "bookmarks.json"
    one, other = Bookmarks(("xor",), path), Bookmarks(("xor", "--seed", "3"), path)
    late, early = Bookmark("250:backward.dW2[0,1]", "here it ‹turns›"), Bookmark("9")
    one.add(late)
    other.add(Bookmark("1", edits=("W1[0,2]=0.5@1",)))
    one.add(early)
    assert one.here == (early, late)
    assert Bookmarks(("xor",), path).here == (early, late)
    assert Bookmarks(("xor", "--seed", "3"), path).here == (Bookmark("1", edits=("W1[0,2]=0.5@1",)),)
    assert Bookmarks(("titanic",), path).here == ()
    assert [each.name for each in path.parent.iterdir()] == ["bookmarks.json"]


def test_one_of_the_same_moment_is_replaced_and_one_can_be_removed(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.json"
    marks = Bookmarks(("xor",), path)
    marks.add(Bookmark("9", "first thought"))
    marks.add(Bookmark("9", "second thought"))
    marks.add(Bookmark("9", "on a branch", ("b1[0]=1@3",)))
    assert [each.note for each in marks.here] == ["second thought", "on a branch"]
    marks.remove(marks.here[0])
    assert [each.note for each in Bookmarks(("xor",), path).here] == ["on a branch"]


def test_a_file_is_known_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bookmarks.json"
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path)
    Bookmarks(("my.toml",), path).add(Bookmark("3"))
    monkeypatch.chdir(tmp_path / "below")
    assert Bookmarks(("my.toml",), path).here == ()
    assert Bookmarks(("../my.toml",), path).here == (Bookmark("3"),)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"format": 9, "scenarios": {}}',
        '{"format": 1, "scenarios": {"xor": [{"at": 3, "note": "", "edits": []}]}}',
        '{"format": 1, "scenarios": {"xor": [{"at": "x", "note": "", "edits": []}]}}',
        '{"format": 1, "scenarios": {"xor": [{"at": "3", "note": 1, "edits": []}]}}',
        '{"format": 1, "scenarios": {"xor": [{"at": "3", "note": "", "edits": [1]}]}}',
        '{"format": 1, "scenarios": {"xor": [3]}}',
    ],
)
def test_a_broken_file_is_set_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bookmarks.json"
    path.write_text(content, encoding="utf-8")
    marks = Bookmarks(("xor",), path)
    assert marks.here == ()
    assert "it is kept as bookmarks.json.broken, bookmarks starts anew" in marks.told()
    assert (tmp_path / "bookmarks.json.broken").read_text(encoding="utf-8") == content
    marks.add(Bookmark("3"))
    assert Bookmarks(("xor",), path).here == (Bookmark("3"),)


def test_where_nothing_can_be_saved_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    marks = Bookmarks(("xor",), tmp_path / "file" / "bookmarks.json")
    marks.add(Bookmark("3"))
    assert marks.here == (Bookmark("3"),)
    assert "bookmarks cannot be saved" in marks.told()
    assert marks.told() == ""


def test_what_could_not_be_saved_is_kept_for_now_and_saved_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "state" / "bookmarks.json"
    marks = Bookmarks(("xor",), path)
    marks.add(Bookmark("1"))
    kept = path.read_text(encoding="utf-8")
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("in the way", encoding="utf-8")
    marks.add(Bookmark("2"))
    assert "bookmarks cannot be saved" in marks.told()
    path.parent.unlink()
    path.parent.mkdir()
    path.write_text(kept, encoding="utf-8")
    marks.add(Bookmark("3"))
    assert marks.told() == ""
    assert [each.at for each in Bookmarks(("xor",), path).here] == ["1", "2", "3"]
