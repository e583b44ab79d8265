"""`digo lists retry`: an up that sends again what the API refused of a list, and nothing else of it."""

from __future__ import annotations

from pathlib import Path

from list_files import number
from list_project import LIST, ListProject
from live_project import LiveListProject

from sandbox.testing import Sandbox

PATH = f"/v1/broadcast/lead/{LIST}"
YES = ("--yes", "--skip-preview")


def refused_file(project: ListProject) -> Path:
    return project.folder / ".digo" / "refused" / "test" / "otp.csv"


def refuse(sandbox: Sandbox, *indices: int) -> None:
    for index in indices:
        sandbox.fault("success-false", path=PATH, body_contains=number(index), every=1, message="on a DND list")


def test_an_account_that_shows_its_lists_gets_only_refused_rows(live: LiveListProject) -> None:
    live.entry(shards=2)
    live.sandbox.settings(smartflo_refused_text="Customer 1", smartflo_batch_rows=True)
    live.write_rows(range(20))
    assert live.run("up", "--skip-preview").code != 0
    told = live.digo("lists", "plan", "otp")
    assert told.stdout.splitlines()[-1] == (
        "11 rows were refused by the API before: .digo/refused/test/otp.csv; `digo lists retry otp` sends only these"
    )
    live.write_rows([*range(20), 30], edited=(5,))
    assert live.digo("lists", "retry", "otp", "--preview-only").code == 0
    retried = live.digo("lists", "retry", "otp", *YES)
    assert retried.code != 0
    assert "11 rows of list otp were refused:" in retried.stderr
    assert "11 x The row is invalid." in retried.stderr
    assert len(live.account()) == 9

    live.sandbox.settings(smartflo_refused_text=None)
    live.sandbox.clear_requests()
    retried = live.digo("lists", "retry", "otp", *YES)
    assert retried.code == 0, retried.text
    assert live.account() == live.wanted(range(20))
    assert not refused_file(live).exists()
    live.sandbox.clear_requests()
    again = live.digo("lists", "retry", "otp", *YES)
    assert (again.code, again.stdout) == (0, "no row of list otp waits for another try: none was refused\n")
    assert live.sandbox.counts() == {}
    live.up()
    live.assert_complete([*range(20), 30], edited=(5,))


def test_a_retry_deletes_nothing(live: LiveListProject) -> None:
    live.set_config(deletes="delete")
    live.sandbox.settings(smartflo_refused_text="Customer 7", smartflo_batch_rows=True)
    live.write_rows(range(20))
    assert live.run("up", "--skip-preview").code != 0
    live.sandbox.settings(smartflo_refused_text=None)
    live.write_rows(range(3, 20))
    live.sandbox.clear_requests()
    retried = live.digo("lists", "retry", "otp", *YES)
    assert retried.code == 0, retried.text
    assert live.account() == live.wanted(range(20))
    assert live.calls("DELETE") == 0
    live.up()
    assert live.account() == live.wanted(range(3, 20))
    live.assert_quiet()


def test_refused_rows_are_sent_again_as_they_are_and_others_wait(project: ListProject, sandbox: Sandbox) -> None:
    project.entry(shards=2)
    project.write_rows(range(50))
    refuse(sandbox, 7, 23)
    assert project.run("up", "--skip-preview").code != 0
    project.write_rows([*range(50), 700], edited=(30,))
    sandbox.clear_requests()
    retried = project.digo("lists", "retry", "otp", *YES)
    assert retried.code != 0
    assert "2 x on a DND list" in retried.stderr
    assert project.sent() == 2
    kept = refused_file(project).read_text()
    assert kept.count("on a DND list") == 2
    assert number(7)[1:] not in kept and number(23)[1:] not in kept
    sandbox.clear_faults()
    sandbox.clear_requests()
    preview = project.digo("lists", "retry", "otp", "--preview-only")
    assert "of these, only rows that were refused before (DIGO_RETRY)" in " ".join(preview.text.split())
    assert project.sent() == 0
    retried = project.digo("lists", "retry", "otp", *YES)
    assert retried.code == 0, retried.text
    assert project.sent() == 2
    assert not refused_file(project).exists()
    assert project.account() == project.wanted(range(50))
    sandbox.clear_requests()
    project.up()
    assert project.sent() == 2
    project.assert_complete([*range(50), 700], edited=(30,))


def test_a_corrected_number_is_sent_once_and_what_left_the_list_leaves_the_file(
    project: ListProject, sandbox: Sandbox
) -> None:
    """The guards judge a retry, as any up."""
    project.entry(shards=4)
    project.write_rows(range(60))
    refuse(sandbox, 7, 8, 9)
    assert project.run("up", "--skip-preview").code != 0
    assert len(refused_file(project).read_text().splitlines()) == 4
    sandbox.clear_faults()
    sandbox.clear_requests()
    project.write_rows(range(40))
    retried = project.digo("lists", "retry", "otp", *YES)
    assert retried.code != 0
    assert "it shrank by more than 30 %" in " ".join(retried.text.split())
    assert project.sent() == 0
    assert refused_file(project).exists()

    refuse(sandbox, 7, 8, 9)
    project.write_rows(index for index in range(60) if index != 9)
    project.file.write_text(project.file.read_text().replace(number(7), number(707)).replace(number(8), number(808)))
    retried = project.digo("lists", "retry", "otp", *YES)
    assert retried.code == 0, retried.text
    assert project.sent() == 2
    assert not refused_file(project).exists()
    sandbox.clear_requests()
    project.up()
    assert project.sent() == 0
    assert {number(707), number(808)} <= project.account().keys()


def test_a_file_of_refused_rows_goes_though_no_row_is_left_to_send(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(30))
    refuse(sandbox, 7)
    assert project.run("up", "--skip-preview").code != 0
    project.write_rows(index for index in range(30) if index != 7)
    sandbox.clear_requests()
    retried = project.digo("lists", "retry", "otp", *YES)
    assert retried.code == 0, retried.text
    assert project.sent() == 0
    assert not refused_file(project).exists()


def test_a_list_that_had_no_up_has_nothing_to_retry(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(3))
    told = project.digo("lists", "retry", "otp", *YES)
    assert (told.code, told.stdout) == (0, "no row of list otp waits for another try: none was refused\n")
    assert project.digo("lists", "retry", "opt").code == 1
    assert sandbox.counts() == {}
