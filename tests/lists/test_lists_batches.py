"""Bulk writes that go wrong: lost replies, refused rows, batches that fail, hang or are lost, and killed runs."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number, write_list
from tests.lists.live_project import LEADS, LiveListProject
from tests.needs.needed import ENGINES


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> LiveListProject:
    made = LiveListProject(tmp_path / "project", request.param, sandbox)
    made.entry()
    made.set_config(bulkRows="50", timeout="1")
    return made


def test_writes_that_go_wrong_are_done_in_the_same_run(project: LiveListProject) -> None:
    """Lost and failed ones are sent again, one that is too long is cut, and one that takes its time is waited for."""
    account = project.sandbox.smartflo
    project.set_config(bulkRows="20")
    project.write_rows(range(160))
    kinds = ("lost-before", "lost-after", "status", "status-after-commit", "html-after-commit")
    for nth, kind in enumerate(kinds, start=1):
        project.sandbox.fault(kind, path=LEADS, method="POST", nth=[2 * nth])
    project.up()
    assert [one["struck"] for one in project.sandbox.faults()] == [1] * len(kinds)
    assert project.account() == project.wanted(range(160))
    project.sandbox.clear_faults()

    account.settings(batch_limit=8)
    project.set_config(cps="100")
    project.write_rows(range(160), edited=range(80))
    project.up()
    assert project.account() == project.wanted(range(160), edited=range(80))

    account.settings(batch_limit=0, batch_ms=700, batch_slices=3)
    project.write_rows(range(160))
    project.up()
    account.settings(batch_ms=0)
    project.assert_complete(range(160))


@dataclass(frozen=True)
class GoesWrong:
    """A list whose writes go wrong in a way of its own, and what the run says of it.

    Attributes:
        rows: the rows of its file.
        said: what the run says of the list.
        writes: how many writes the next up needs.
    """

    rows: range
    said: tuple[str, ...]
    writes: int


WRONG = {
    "refused": GoesWrong(
        range(1000, 1020),
        ("19 of 20 rows were sent and confirmed", "config/test/refused.csv:9: The row is invalid."),
        1,
    ),
    "halved": GoesWrong(range(40), ("39 of 40 rows were sent and confirmed", "config/test/halved.csv:9: no such"), 1),
    "undone": GoesWrong(
        range(300),  # half of the first two of its last three writes is done, and nothing of the last
        ("200 of 300 rows were sent and confirmed", "25 were refused", "did not end in time"),
        2,
    ),
    "unread": GoesWrong(range(100), ("100 more were sent, and the list was not read afterwards",), 0),
}


def test_what_a_run_does_not_do_is_told_and_done_by_the_next_one(project: LiveListProject) -> None:
    sandbox, account = project.sandbox, project.sandbox.smartflo
    columns = ["name", "email", "address", "company", "otp"]
    ids = {name: account.add_list(name, columns) for name in WRONG}
    entries = {name: {"id": ids[name], "source": f"{name}.csv", "columns": COLUMNS} for name in WRONG}
    project.write("lists.yaml", {"lists": entries})
    for name, one in WRONG.items():
        write_list(project.file.with_name(f"{name}.csv"), one.rows)
    paths = {name: f"/v1/broadcast/leads/{id_}" for name, id_ in ids.items()}
    sandbox.settings(smartflo_refused_text="Customer 1007", smartflo_batch_rows=True)
    sandbox.fault("success-false", path=paths["halved"], body_contains=number(7), times="always", message="no such")
    for nth, end in ((2, "failed"), (3, "hang"), (4, "lost")):
        sandbox.fault("batch", path=paths["undone"], method="POST", nth=[nth], end=end)
    sandbox.fault("status", path=paths["unread"], method="GET", nth=[2, 3, 4, 5], status=500)
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    text = " ".join(outcome.text.split())
    for name, one in WRONG.items():
        for said in one.said:
            assert said in text, name
    assert number(1007) not in text
    (folder,) = (project.folder / ".digo" / "refused").iterdir()
    head, row = (folder / "refused.csv").read_text().splitlines()
    assert head == "file,line,column,reason,row"
    assert row.startswith("config/test/refused.csv,9,,The row is invalid.,")

    sandbox.settings(smartflo_refused_text=None)
    sandbox.clear_faults()
    sandbox.clear_requests()
    project.up()
    counts = sandbox.counts()
    assert {name: counts.get(f"POST {path}", 0) for name, path in paths.items()} == {
        name: one.writes for name, one in WRONG.items()
    }
    assert not (folder / "refused.csv").exists()
    for name, one in WRONG.items():
        there = {f"+{lead['phone']}": lead["fields"]["field_1"] for lead in account.leads(ids[name])}
        assert there == project.wanted(one.rows), name
    project.assert_nothing_left()
    assert project.digo("plan", "--detailed-exitcode").code == 0


def test_a_run_that_is_killed_or_cancelled_leaves_only_the_rest(project: LiveListProject) -> None:
    project.write_rows(range(400))
    project.kill_after(3)
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() <= 5
    assert project.account() == project.wanted(range(400))

    project.set_config(timeout="60")
    project.write_rows(range(400), edited=range(400))
    project.sandbox.clear_requests()
    hang = project.sandbox.fault("hang", path=LEADS, method="POST", nth=list(range(4, 2000)))
    run = project.start("up", "--skip-preview")
    project.wait_until_sent(4)
    run.send_signal(signal.SIGINT)
    text = run.communicate(timeout=100)[0]
    assert run.returncode != 0
    assert "more were sent, and the list was not read afterwards: the next up reads it first" in " ".join(text.split())
    project.sandbox.lift(hang)
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() <= 5
    project.assert_complete(range(400), edited=range(400))


def test_the_state_has_digests_for_a_profile_without_these_calls(project: LiveListProject) -> None:
    project.write_rows(range(100))
    project.up()
    project.set_config(profile="digo")
    project.write_rows(range(100), edited=[5])
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() == 0
    assert project.calls("POST", "/v1/broadcast/lead/") == 1
    project.set_config(profile="smartflo")
    project.up()
    project.assert_complete(range(100), edited=[5])


def test_a_lost_batch_hides_no_batch_that_takes_its_time(project: LiveListProject) -> None:
    project.sandbox.smartflo.settings(batch_ms=700)
    project.sandbox.fault("batch", path=LEADS, method="POST", nth=[2], end="lost")
    project.write_rows(range(200))
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "150 of 200 rows were sent and confirmed" in outcome.text
