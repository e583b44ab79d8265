"""`digo lists retry`: an up that sends again what the API refused of a list, and nothing else of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number, write_list
from tests.lists.list_project import LIST, ListProject
from tests.lists.live_project import LiveListProject
from tests.scenarios.workspace import Outcome

YES = ("--yes", "--skip-preview")


def refused_file(project: ListProject, name: str = "otp") -> Path:
    return project.folder / ".digo" / "refused" / "test" / f"{name}.csv"


def refuse(sandbox: Sandbox, path: str, *indices: int) -> None:
    """The API refuses these rows of a list, until the faults are cleared."""
    for index in indices:
        sandbox.fault("success-false", path=path, body_contains=number(index), every=1, message="on a DND list")


def retry(project: ListProject, name: str) -> Outcome:
    """`digo lists retry` of a list, with the sandbox's count begun anew."""
    project.sandbox.clear_requests()
    return project.retry(name, *YES)


def test_an_account_that_shows_its_lists_gets_only_refused_rows(live: LiveListProject) -> None:
    """A retry deletes nothing, in a stack that deletes too."""
    live.entry(shards=2)
    live.set_config(deletes="delete")
    live.sandbox.settings(smartflo_refused_text="Customer 1", smartflo_batch_rows=True)
    live.write_rows(range(2, 22))
    assert live.run("up", "--skip-preview").code != 0
    told = live.digo("lists", "plan", "otp")
    assert told.stdout.splitlines()[-1] == (
        "10 rows were refused by the API before: .digo/refused/test/otp.csv; `digo lists retry otp` sends only these"
    )
    live.write_rows([*range(4, 22), 30], edited=(5,))
    retried = retry(live, "otp")
    assert retried.code != 0
    assert "10 rows of list otp were refused:" in retried.stderr
    assert "10 x The row is invalid." in retried.stderr
    assert len(live.account()) == 10

    live.sandbox.settings(smartflo_refused_text=None)
    retried = retry(live, "otp")
    assert retried.code == 0, retried.text
    assert live.account() == live.wanted(range(2, 22))
    assert live.calls("DELETE") == 0
    assert not refused_file(live).exists()
    again = retry(live, "otp")
    assert (again.code, again.stdout) == (0, "no row of list otp waits for another try: none was refused\n")
    assert live.sandbox.counts() == {}
    live.up()
    live.assert_complete([*range(4, 22), 30], edited=(5,))


SHARDS = {"otp": 2, "corrected": 4, "left": 1}
IDS = {name: LIST + at for at, name in enumerate(SHARDS)}
PATHS = {name: f"/v1/broadcast/lead/{id_}" for name, id_ in IDS.items()}


def test_refused_rows_are_sent_again_as_they_are_and_others_wait(project: ListProject, sandbox: Sandbox) -> None:
    """A corrected number is sent once; what left its list, or is suppressed now, leaves the file of refused rows.

    The guards judge a retry, as any up.
    """
    entries, files = lists_with_refused_rows(project, sandbox)

    # Refused once more; then sent, without the rows that are new or changed.
    write_list(files["otp"], [*range(50), 700], frozenset({30}))
    retried = retry(project, "otp")
    assert retried.code != 0
    assert "2 x on a DND list" in retried.stderr
    assert project.sent_of_all() == 2
    kept = refused_file(project).read_text()
    assert kept.count("on a DND list") == 2
    assert number(7)[1:] not in kept and number(23)[1:] not in kept
    sandbox.clear_faults()
    sandbox.clear_requests()
    preview = project.retry("otp", "--preview-only")
    assert "of these, only rows that were refused before (DIGO_RETRY)" in " ".join(preview.text.split())
    assert project.sent_of_all() == 0
    retried = retry(project, "otp")
    assert retried.code == 0, retried.text
    assert project.sent_of_all() == project.sent() == 2
    assert not refused_file(project).exists()
    assert project.account() == project.wanted(range(50))

    write_list(files["corrected"], range(30))
    assert_a_retry_of_a_list_that_shrank_is_refused(project)

    # Then one number is suppressed, one is gone, one is sent as it is, and two are corrected, of which the old ones
    # stay refused.
    refuse(sandbox, PATHS["corrected"], 3, 7, 8, 9)
    text = write_list(files["corrected"], (index for index in range(50) if index != 9)).read_text()
    files["corrected"].write_text(text.replace(number(7), number(707)).replace(number(8), number(808)))
    project.write("dnd.csv", f"phone\n{number(3)}\n")
    entries["corrected"]["suppress"] = "dnd.csv"
    project.write("lists.yaml", {"lists": entries})
    write_list(files["left"], (index for index in range(50) if index != 7))  # no row is left to send
    for name, calls in (("corrected", 3), ("left", 0)):
        retried = retry(project, name)
        assert retried.code == 0, retried.text
        assert project.sent_of_all() == calls, name
        assert not refused_file(project, name).exists()

    sandbox.clear_requests()
    project.up()
    assert project.sent_of_all() == project.sent() == 2
    project.assert_complete([*range(50), 700], edited=(30,))
    corrected = project.account_of(IDS["corrected"]).keys()
    assert {number(5), number(707), number(808)} <= corrected
    assert not {number(3), number(7), number(8), number(9)} & corrected


def lists_with_refused_rows(
    project: ListProject, sandbox: Sandbox
) -> tuple[dict[str, dict[str, Any]], dict[str, Path]]:
    """An up of three lists of 50 rows, some of which the API refused: the lists' entries and files."""
    files = {name: project.file.with_name(f"{name}.csv") for name in SHARDS}
    entries: dict[str, dict[str, Any]] = {
        name: {"id": IDS[name], "source": f"{name}.csv", "columns": COLUMNS, "shards": shards}
        for name, shards in SHARDS.items()
    }
    project.write("lists.yaml", {"lists": entries})
    for file in files.values():
        write_list(file, range(50))
    refuse(sandbox, PATHS["otp"], 7, 23)
    refuse(sandbox, PATHS["corrected"], 3, 5, 7, 8, 9)
    refuse(sandbox, PATHS["left"], 7)
    assert project.run("up", "--skip-preview").code != 0
    assert len(refused_file(project, "corrected").read_text().splitlines()) == 6
    return entries, files


def assert_a_retry_of_a_list_that_shrank_is_refused(project: ListProject) -> None:
    retried = retry(project, "corrected")
    assert retried.code != 0
    assert "it shrank by more than 30 %" in " ".join(retried.text.split())
    assert project.sent_of_all() == 0
    assert refused_file(project, "corrected").exists()


def test_a_list_that_had_no_up_has_nothing_to_retry(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(3))
    told = project.retry("otp", *YES)
    assert (told.code, told.stdout) == (0, "no row of list otp waits for another try: none was refused\n")
    assert project.retry("opt").code == 1
    assert sandbox.counts() == {}
