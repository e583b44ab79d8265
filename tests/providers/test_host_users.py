"""Agents of an account that lists users, through the real host process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from host_process import AGENT, Host, running_host
from host_values import inputs, refusal

from providers.host.properties import PROVIDER_KEY
from sandbox.testing import Sandbox


@pytest.fixture
def host(sandbox: Sandbox, tmp_path: Path) -> Iterator[Host]:
    with running_host(tmp_path, {"DIGO_AUTHORIZATION": sandbox.smartflo.token}) as host:
        host.configure(endpoint=sandbox.url, cps="0", profile="smartflo")
        host.judge()
        yield host


def test_only_diff_knows_whether_an_entry_lacks_what_a_create_needs(host: Host, sandbox: Sandbox) -> None:
    had, wants = inputs(1), inputs(2, name="Agent 1")
    eid = str(sandbox.smartflo.add_user(had["follow_me_number"], name="Agent 1")["eid"])
    host.read(AGENT, "a", eid, had, had)
    news = {**wants, PROVIDER_KEY: "digo"}
    assert host.check(AGENT, "a", news, had) == (news, []), "the account has been listed, and the number is not there"
    assert list(host.diff(AGENT, "a", eid, had, wants, had).diffs) == ["follow_me_number"]
    assert "which creates it, needs caller_ids, email, login_id, user_role too" in refusal(host.check, AGENT, "b", news)
