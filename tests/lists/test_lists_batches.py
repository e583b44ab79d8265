"""Bulk writes that go wrong: lost replies, refused rows, batches that fail, hang or are lost, and killed runs."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from list_files import number
from live_project import LEADS, LiveListProject
from needed import ENGINES

from sandbox.testing import Sandbox


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> LiveListProject:
    made = LiveListProject(tmp_path / "project", request.param, sandbox)
    made.entry()
    made.set_config(bulkRows="50", timeout="1")
    return made


def test_a_lost_or_failed_write_is_sent_again(project: LiveListProject) -> None:
    project.write_rows(range(400))
    kinds = ("lost-before", "lost-after", "status", "status-after-commit", "html-after-commit")
    for nth, kind in enumerate(kinds, start=1):
        project.sandbox.fault(kind, path=LEADS, method="POST", nth=[2 * nth])
    project.up()
    assert [one["struck"] for one in project.sandbox.faults()] == [1] * len(kinds)
    project.assert_complete(range(400))


def test_a_refused_row_is_told_with_its_place(project: LiveListProject) -> None:
    project.sandbox.settings(smartflo_refused_text="Customer 7", smartflo_batch_rows=True)
    project.write_rows(range(20))
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "19 of 20 rows were sent and confirmed" in outcome.text
    assert "config/test/leads.csv:9: The row is invalid." in outcome.text
    assert number(7) not in outcome.text
    (told,) = (project.folder / ".digo" / "refused" / "test").iterdir()
    head, row = told.read_text().splitlines()
    assert (told.name, head) == ("otp.csv", "file,line,column,reason,row")
    assert row.startswith("config/test/leads.csv,9,,The row is invalid.,")
    project.sandbox.settings(smartflo_refused_text=None)
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() == 1
    assert not told.exists()
    project.assert_complete(range(20))


def test_a_batch_that_is_refused_whole_is_halved_to_the_bad_row(project: LiveListProject) -> None:
    project.write_rows(range(40))
    project.sandbox.fault("success-false", method="POST", body_contains=number(7), times="always", message="no such")
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "39 of 40 rows were sent and confirmed" in outcome.text
    assert "config/test/leads.csv:9: no such" in outcome.text


def test_a_batch_that_is_too_long_is_learnt(project: LiveListProject) -> None:
    project.sandbox.smartflo.settings(batch_limit=20)
    project.set_config(cps="100")
    project.write_rows(range(200))
    project.up()
    project.assert_complete(range(200))


def test_a_batch_that_does_not_do_its_work_is_told_and_done_by_the_next_up(project: LiveListProject) -> None:
    project.write_rows(range(300))
    for nth, end in ((2, "failed"), (3, "hang"), (4, "lost")):
        project.sandbox.fault("batch", path=LEADS, method="POST", nth=[nth], end=end)
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0, outcome.text
    assert "200 of 300 rows were sent and confirmed" in outcome.text, "half of the first two, and nothing of the last"
    assert "25 were refused" in outcome.text
    assert "did not end in time" in outcome.text
    project.sandbox.clear_faults()
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() == 2
    project.assert_complete(range(300))


def test_a_batch_that_takes_its_time_is_waited_for(project: LiveListProject) -> None:
    project.sandbox.smartflo.settings(batch_ms=700, batch_slices=3)
    project.write_rows(range(200))
    project.up()
    project.sandbox.smartflo.settings(batch_ms=0)
    project.assert_complete(range(200))


def test_an_unreadable_list_after_the_writes_leaves_the_rows_unknown(project: LiveListProject) -> None:
    project.write_rows(range(100))
    project.sandbox.fault("status", path=LEADS, method="GET", nth=[2, 3, 4, 5], status=500)
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "100 more were sent, and the list was not read afterwards" in outcome.text
    project.sandbox.clear_faults()
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() == 0
    project.assert_complete(range(100))


def test_a_killed_run_leaves_only_the_rest(project: LiveListProject) -> None:
    project.write_rows(range(400))
    project.kill_after(3)
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() <= 5
    project.assert_complete(range(400))


def test_a_cancelled_run_leaves_only_the_rest(project: LiveListProject) -> None:
    project.set_config(timeout="60")
    project.write_rows(range(400))
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
    project.assert_complete(range(400))


def test_the_state_has_digests_for_a_profile_without_these_calls(project: LiveListProject) -> None:
    project.write_rows(range(100))
    project.up()
    project.set_config(profile="digo")
    project.sandbox.clear_requests()
    project.up()
    assert project.calls("POST", "/v1/broadcast/lead") == 0
    project.write_rows(range(100), edited=[5])
    project.up()
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
