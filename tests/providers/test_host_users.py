"""Agents of an account that lists users, through the real host process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digo.settings.limits import GuardLimits
from providers.host.errors import HandlerError
from providers.host.judgement import Judgement
from providers.host.properties import PROVIDER_KEY
from sandbox.testing import Sandbox
from tests.providers.host_process import ACCOUNT, AGENT, Host, running_host
from tests.providers.host_values import guard_input, inputs, refusal

ABSENT = "pulumi-python:dynamic/digo:AbsentAgent"


@pytest.fixture
def host(sandbox: Sandbox, tmp_path: Path) -> Iterator[Host]:
    with running_host(tmp_path, {"DIGO_AUTHORIZATION": sandbox.smartflo.token}) as host:
        host.configure(endpoint=sandbox.url, cps="0", profile="smartflo")
        yield host


def test_only_diff_knows_whether_an_entry_lacks_what_a_create_needs(host: Host, sandbox: Sandbox) -> None:
    host.judge()
    had, wants = inputs(1), inputs(2, name="Agent 1")
    eid = str(sandbox.smartflo.add_user(had["follow_me_number"], name="Agent 1")["eid"])
    host.read(AGENT, "a", eid, had, had)
    news = {**wants, PROVIDER_KEY: "digo"}
    assert host.check(AGENT, "a", news, had) == (news, []), "the account has been listed, and the number is not there"
    assert list(host.diff(AGENT, "a", eid, had, wants, had).diffs) == ["follow_me_number"]
    assert "which creates it, needs caller_ids, email, login_id, user_role too" in refusal(host.check, AGENT, "b", news)


def test_an_agent_that_no_guard_has_counted_is_not_deleted(host: Host, sandbox: Sandbox) -> None:
    wants = {"follow_me_number": inputs(1)["follow_me_number"]}
    run = guard_input()
    host.check(ACCOUNT, "account", run)
    eid = str(sandbox.smartflo.add_user(wants["follow_me_number"])["eid"])
    assert host.create(ABSENT, "a", wants)[1]["deleted"] == []
    run["run"]["census"]["absent"] = {"a": [eid]}
    host.configure(endpoint=sandbox.url, cps="0", profile="smartflo")
    host.check(ACCOUNT, "account", run)
    assert host.create(ABSENT, "a", wants)[1]["deleted"] == [eid]
    assert sandbox.smartflo.users() == []


def test_rows_that_a_later_reading_finds_are_counted_too() -> None:
    run = guard_input(limits=GuardLimits(maxDeletedRows=5).model_dump())["run"]
    judgement = Judgement.passed(run, None)
    for _ in range(2):
        judgement.count_deleted_rows("otp-1", 3)
    judgement.count_deleted_rows("otp-2", 2)
    with pytest.raises(HandlerError, match="deletes 6 rows of lists"):
        judgement.count_deleted_rows("otp-1", 4)


def test_an_agent_that_a_create_of_this_run_took_over_is_not_deleted(host: Host, sandbox: Sandbox) -> None:
    host.configure(endpoint=sandbox.url, cps="0", profile="smartflo", deletes="delete")
    heirs, others = (str(sandbox.smartflo.add_user(inputs(one)["follow_me_number"])["eid"]) for one in (1, 2))
    assert host.create(AGENT, "heir", inputs(1, name="Panel User"))[0] == heirs
    host.delete(AGENT, "old", heirs)
    host.delete(AGENT, "other", others)
    assert [one["eid"] for one in sandbox.smartflo.users()] == [heirs]
