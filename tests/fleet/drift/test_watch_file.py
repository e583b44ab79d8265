"""The file of the last watch: round trip, damage, other versions, places that cannot be written."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from digo.fleet.drift.watch_file import (
    WatchFileProblem,
    one_at_a_time,
    own_watch,
    read_watch,
    watch_file,
    write_watch,
)
from tests.fleet.notices.drift_values import finding, next_watch, stack, unknown


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = watch_file(tmp_path)
    assert read_watch(path) is None
    _, watched = next_watch(stack("a", finding(account='"Büro 東京 \u202e"')), unknown("b"), stack("c"))
    watched = replace(watched, untold=("webhook hooks.example",))
    write_watch(path, watched)
    assert read_watch(path) == watched
    read = read_watch(path)
    assert read is not None and read.stacks["a"].findings[0].since == watched.at, "it is not a part of ==, but is kept"
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in path.parent.iterdir()] == ["watch.json"]


def test_two_watches_compare_one_after_the_other(tmp_path: Path) -> None:
    path = watch_file(tmp_path)
    with one_at_a_time(path):
        other = FileLock(path.with_suffix(".lock"), timeout=0)
        with pytest.raises(Timeout):
            other.acquire()
    with other:
        assert other.is_locked, "it is free again"
    (tmp_path / "file").write_text("no folder")
    with one_at_a_time(tmp_path / "file" / "watch.json"):
        pass


def test_nobody_waits_for_a_pipe_in_the_place_of_the_file(tmp_path: Path) -> None:
    path = watch_file(tmp_path)
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    notes: list[str] = []
    assert own_watch(path, notes.append) is None
    assert "it is a pipe, and a file is due here" in notes[0] and not path.exists()


BROKEN = {
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "no version": "{}",
    "a text as version": '{"version": "1"}',
    "no watch": '{"version": 1}',
    "another shape": '{"version": 1, "watch": {"at": "x", "stacks": {"a": {"outcome": "fine"}}}}',
    "nested without end": "[" * 100_000,
    "no UTF-8": b"\xff\xfe".decode("latin-1"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_damaged_file_is_kept_aside_and_counts_as_no_last_watch(kind: str, tmp_path: Path) -> None:
    path = watch_file(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(BROKEN[kind].encode("latin-1"))
    with pytest.raises(WatchFileProblem, match=r"watch\.json is damaged, or is not a file of `digo fleet drift`"):
        read_watch(path)
    notes: list[str] = []
    assert own_watch(path, notes.append) is None
    assert not path.exists() and (path.parent / "watch.unread-1.json").read_bytes() == BROKEN[kind].encode("latin-1")
    assert len(notes) == 1 and "It is kept as watch.unread-1.json" in notes[0] and "every finding is new" in notes[0]


def test_a_file_of_a_newer_version_is_not_overwritten(tmp_path: Path) -> None:
    path = watch_file(tmp_path)
    path.parent.mkdir(parents=True)
    (path.parent / "watch.unread-1.json").write_text("an older one")
    path.write_text(json.dumps({"version": 2, "watch": {"later": True}}))
    notes: list[str] = []
    assert own_watch(path, notes.append) is None
    assert "is of version 2, which a newer digo wrote" in notes[0]
    assert json.loads((path.parent / "watch.unread-2.json").read_text())["version"] == 2
    assert (path.parent / "watch.unread-1.json").read_text() == "an older one"


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    path = watch_file(tmp_path)
    path.mkdir(parents=True)
    with pytest.raises(WatchFileProblem, match=r"watch\.json cannot be read: Is a directory"):
        read_watch(path)
