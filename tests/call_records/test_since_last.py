"""`--since-last`: only what is new, nothing twice, and on from where a killed download was."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.workspace import STACK, Workspace

DONE, FAILED = 0, 1
ARGUMENTS = ("records", "--format", "jsonl", "--page-size", "20", "--output", "calls.jsonl", "--since-last")


@pytest.fixture
def workspace(tmp_path: Path, sandbox: Sandbox) -> Workspace:
    workspace = Workspace(tmp_path / "project", "embedded", sandbox)
    workspace.agents()
    return workspace


def ids(workspace: Workspace, name: str = "calls.jsonl") -> list[int]:
    lines = (workspace.folder / name).read_text().splitlines()
    return [int(json.loads(line)["id"]) for line in lines]


def download(workspace: Workspace, *more: str) -> str:
    outcome = workspace.digo(*ARGUMENTS, *more)
    assert outcome.code == DONE, outcome.text
    return outcome.stderr


def test_each_download_adds_what_is_new(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(50, seconds_ago=600)
    download(workspace)
    assert ids(workspace) == list(range(50, 0, -1))
    download(workspace)
    assert len(ids(workspace)) == 50
    sandbox.add_records(7)
    assert "7 call records" in download(workspace)
    assert ids(workspace)[50:] == list(range(57, 50, -1))


def test_a_call_that_was_under_way_comes_with_the_next_one(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(5, seconds_ago=60)
    download(workspace)
    # It was placed before the calls of the last download, and ended after it.
    sandbox.add_records(1, seconds_ago=3600)
    assert "1 call record from" in download(workspace)
    assert sorted(ids(workspace)) == [1, 2, 3, 4, 5, 6]


def test_the_next_download_asks_only_for_the_end(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(200, apart_seconds=3600)
    download(workspace)
    sandbox.clear_requests()
    download(workspace)
    assert len(sandbox.requests()) <= 3
    assert all("from_date=" in request["query"] for request in sandbox.requests())


def test_after_an_error_it_goes_on_at_its_page(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(100)
    sandbox.fault("unauthorized", path="/v1/call/records", nth=[4])
    outcome = workspace.digo(*ARGUMENTS)
    assert outcome.code == FAILED
    assert "run again to go on" in outcome.stderr
    assert len(ids(workspace)) == 60
    sandbox.clear_requests()
    download(workspace)
    assert ids(workspace) == list(range(100, 0, -1))
    assert len(sandbox.requests()) <= 4


@pytest.mark.parametrize("after", [1, 5])
def test_a_killed_download_goes_on_and_nothing_is_lost_or_doubled(
    workspace: Workspace, sandbox: Sandbox, after: int
) -> None:
    sandbox.add_records(120)
    sandbox.fault("hang", path="/v1/call/records", nth=[after + 1])
    process = subprocess.Popen(
        [sys.executable, "-m", "digo", "--stack", STACK, *ARGUMENTS], cwd=workspace.folder, env=workspace.environ
    )
    sandbox.wait_for(lambda request: request["fault"] == "hang")
    process.send_signal(signal.SIGKILL)
    process.wait()
    sandbox.clear_faults()
    # What a page wrote and could not note is cut off again.
    with (workspace.folder / "calls.jsonl").open("a") as file:
        file.write('{"id": "999"}\n{"id": "half')
    sandbox.add_records(3)
    download(workspace)
    assert ids(workspace) == list(range(120, 0, -1))
    download(workspace)
    assert sorted(ids(workspace)) == list(range(1, 124))


def test_a_file_that_lost_its_end_is_not_added_to(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(60)
    sandbox.fault("unauthorized", path="/v1/call/records", nth=[3])
    workspace.digo(*ARGUMENTS)
    (workspace.folder / "calls.jsonl").write_text("")
    sandbox.clear_requests()
    outcome = workspace.digo(*ARGUMENTS)
    assert outcome.code == FAILED
    assert "put the file back" in outcome.stderr
    assert sandbox.requests() == []


def test_other_filters_and_other_outputs_are_chains_of_their_own(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(40)
    download(workspace)
    outcome = workspace.digo(*ARGUMENTS[:5], "--output", "other.jsonl", "--since-last")
    assert outcome.code == DONE
    assert len(ids(workspace, "other.jsonl")) == 40
    assert "10 call records" in download(workspace, "--type", "missed")


def test_a_csv_has_one_header_and_parquet_takes_a_new_file(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(5, seconds_ago=600)
    for _ in range(2):
        outcome = workspace.digo("records", "--format", "csv", "--output", "calls.csv", "--since-last")
        assert outcome.code == DONE, outcome.text
        sandbox.add_records(2)
    lines = (workspace.folder / "calls.csv").read_text().splitlines()
    assert len(lines) == 1 + 7
    assert [line for line in lines if line.startswith("id,")] == lines[:1]
    parquet = ("records", "--format", "parquet", "--output", "calls.parquet", "--since-last")
    assert workspace.digo(*parquet).code == DONE
    outcome = workspace.digo(*parquet)
    assert (outcome.code, "nothing can be added to a Parquet file" in outcome.stderr) == (FAILED, True)


def test_two_at_once_do_not_mix(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(60)
    sandbox.fault("hang", path="/v1/call/records", nth=[2])
    first = subprocess.Popen(
        [workspace.python, "-m", "digo", "--stack", STACK, *ARGUMENTS], cwd=workspace.folder, env=workspace.environ
    )
    sandbox.wait_for(lambda request: request["fault"] == "hang")
    outcome = workspace.digo(*ARGUMENTS)
    assert (outcome.code, "another download" in outcome.stderr) == (FAILED, True)
    sandbox.clear_faults()
    assert first.wait(60) == DONE
    assert ids(workspace) == list(range(60, 0, -1))


def test_nothing_that_is_kept_between_downloads_has_a_number(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(20)
    download(workspace)
    kept = b"".join(path.read_bytes() for path in (workspace.folder / ".digo").rglob("*") if path.is_file())
    assert kept
    assert b"12025550" not in kept
