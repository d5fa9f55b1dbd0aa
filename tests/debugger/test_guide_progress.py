"""What is kept between two starts, and files that are not as they should be."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnsim.debugger.progress import Progress


def test_nothing_yet(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "none" / "progress.json")
    assert progress.of("xor").place == 0
    assert not progress.finished("xor", 1)
    assert progress.share("xor", 4) == 0
    assert progress.problem == ""
    assert not progress.path.exists()


def test_kept(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "progress.json"
    progress = Progress(path)
    progress.stand("a", 3)
    progress.mark("a", 0)
    progress.answered("a", 1, 2)
    progress.answered("a", 1, 1)
    progress.mark("ü\n", 5)
    again = Progress(path)
    assert again.of("a") == progress.of("a")
    assert again.of("a").right == {1: 2}
    assert again.of("ü\n").done == {5}
    assert again.share("a", 4) == 0.5
    assert again.finished("a", 2)
    again.forget("a")
    assert Progress(path).of("a").done == set()
    assert [each.name for each in path.parent.iterdir()] == ["progress.json"]


BROKEN = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"3",
    b"null",
    b"{}",
    b'{"format": 2, "guides": {}}',
    b'{"format": 1}',
    b'{"format": 1, "guides": []}',
    b'{"format": 1, "guides": {"a": 1}}',
    b'{"format": 1, "guides": {"a": {"place": "x", "done": [], "right": {}}}}',
    b'{"format": 1, "guides": {"a": {"place": -1, "done": [], "right": {}}}}',
    b'{"format": 1, "guides": {"a": {"place": 0, "done": 3, "right": {}}}}',
    b'{"format": 1, "guides": {"a": {"place": 0, "done": [true], "right": {}}}}',
    b'{"format": 1, "guides": {"a": {"place": 0, "done": [], "right": {"x": 1}}}}',
    b'{"format": 1, "guides": {"a": {"place": 0, "done": []}}}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "progress.json"
    path.write_bytes(content)
    progress = Progress(path)
    assert progress.of("a").done == set()
    assert "it is kept as progress.json.broken, progress starts anew" in progress.problem
    assert (tmp_path / "progress.json.broken").read_bytes() == content
    progress.mark("a", 1)
    assert Progress(path).of("a").done == {1}


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.floats(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["format", "guides", "a", "place", "done", "right", "0"]), inner),
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values)
def test_any_json_is_read_or_set_aside(tmp_path: Path, document: object) -> None:
    path = tmp_path / "progress.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    Progress(path).mark("a", 1)
    assert 1 in Progress(path).of("a").done


def test_where_nothing_can_be_saved_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    progress = Progress(tmp_path / "file" / "progress.json")
    progress.mark("a", 1)
    assert progress.of("a").done == {1}
    assert "progress cannot be saved" in progress.problem


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress.json"
    progress = Progress(path)
    progress.mark("a", 1)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    progress.mark("a", 2)
    assert path.read_bytes() == before
    assert "No space left on device" in progress.problem
    assert [each.name for each in tmp_path.iterdir()] == ["progress.json"]


def test_the_usual_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("nnsim.debugger.progress.user_state_path", lambda name: tmp_path / name)
    assert Progress().path == tmp_path / "nnsim" / "progress.json"
