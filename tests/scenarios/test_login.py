"""A stack with a login: program, host and commands share one token, and nothing but its cache has it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from entries import agent
from workspace import STACK, Workspace

from digo.system.lock_file import lock_folders
from sandbox.testing import Sandbox

LOGIN, REFRESH, CREATE = "POST /v1/auth/login", "POST /v1/auth/refresh", "POST /v1/agent"
ID, PASSWORD = "example-login", "canary-password-77"


@pytest.fixture
def workspace(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    return with_login(workspace, sandbox)


def with_login(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """The workspace with a login in place of its token, on an account that lists agents as the page does."""
    sandbox.smartflo.settings(password=PASSWORD, users="404")
    del workspace.environ["DIGO_AUTHORIZATION"]
    workspace.environ["DIGO_LOGIN_PASSWORD"] = PASSWORD
    workspace.set_config(profile="smartflo", loginId=ID)
    return workspace


def cache() -> Path:
    """The file with the token."""
    (folder,) = lock_folders(os.environ)
    (file,) = folder.path.glob("login-*.json")
    return file


def token() -> str:
    return str(json.loads(cache().read_text())["grant"]["token"])


def names(sandbox: Sandbox) -> list[str]:
    return sorted(one["name"] for one in sandbox.smartflo.agents())


def test_one_login_serves_all_processes_of_all_runs(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0), support=agent(1))
    assert workspace.steps() == {"sales": "create", "support": "create"}
    workspace.up()
    assert names(sandbox) == ["Agent 0", "Agent 1"]
    for command in (("plan",), ("agents",), ("drift",)):
        assert workspace.digo(*command).code == 0
    assert sandbox.counts()[LOGIN] == 1
    workspace.assert_nothing_left()
    assert LOGIN not in sandbox.counts()


def test_nothing_but_the_cache_has_password_or_token(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    outcomes = [workspace.run("preview"), workspace.up(), workspace.run("refresh"), workspace.digo("plan")]
    secrets = {PASSWORD, token()}
    sandbox.smartflo.end_logins()
    sandbox.fault("unauthorized", path="/v1/agents", times="always")
    outcomes += [workspace.run("preview"), workspace.digo("doctor"), workspace.digo("records")]
    sandbox.clear_faults()
    outcomes += [workspace.digo("doctor"), workspace.digo("history")]
    secrets.add(token())
    assert len(secrets) == 3
    left = workspace.everything_left() + "".join(outcome.text for outcome in outcomes)
    assert not [secret for secret in secrets if secret in left]
    (folder,) = lock_folders(os.environ)
    with_it = [
        file for file in folder.path.iterdir() if any(secret.encode() in file.read_bytes() for secret in secrets)
    ]
    assert with_it == [cache()] and PASSWORD not in cache().read_text()
    assert cache().stat().st_mode & 0o777 == 0o600


def test_a_password_of_the_stacks_secrets(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    del workspace.environ["DIGO_LOGIN_PASSWORD"]
    done = workspace.run("config", "set", "--secret", "digo:loginPassword", PASSWORD, "--stack", STACK)
    assert done.code == 0, done.text
    workspace.up()
    assert names(sandbox) == ["Agent 0"] and sandbox.counts()[LOGIN] == 1
    assert workspace.digo("plan").code == 0
    assert PASSWORD not in workspace.everything_left()
    workspace.assert_nothing_left()


def test_a_password_in_clear_text_is_refused(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    workspace.set_config(loginPassword=PASSWORD)
    for outcome in (workspace.digo("plan"), workspace.run("preview"), workspace.digo("validate")):
        assert outcome.code != 0
        assert "digo:loginPassword is in clear text in the stack's config: renew it" in outcome.text
        assert PASSWORD not in outcome.text
    assert not sandbox.requests()


def test_two_ups_at_once_log_in_once(
    workspace: Workspace, make_workspace: Callable[..., Workspace], sandbox: Sandbox
) -> None:
    other = with_login(make_workspace("other", workspace.engine), sandbox)
    workspace.agents(sales=agent(0))
    other.agents(support=agent(1))
    held = sandbox.fault("hang", path="/v1/auth/login")
    runs = [place.start("up", "--skip-preview") for place in (workspace, other)]
    # Whoever is first hangs, and everybody else waits for it.
    sandbox.wait_for(lambda request: request["fault"] == "hang")
    sandbox.lift(held)
    for run in runs:
        stdout, stderr = run.communicate(timeout=90)
        assert run.returncode == 0, stdout + stderr
    assert names(sandbox) == ["Agent 0", "Agent 1"]
    assert sandbox.counts()[LOGIN] == 1
    for place in (workspace, other):
        place.assert_nothing_left()


def test_a_token_that_ends_in_the_middle_of_an_up(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(**{f"a{index}": agent(index) for index in range(6)})
    held = sandbox.fault("hang", method="POST", path="/v1/agent", nth=[1])
    run = workspace.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "hang")
    sandbox.smartflo.end_logins()
    sandbox.lift(held)
    stdout, stderr = run.communicate(timeout=90)
    assert run.returncode == 0, stdout + stderr
    assert names(sandbox) == [f"Agent {index}" for index in range(6)]
    # The first token was the program's, and one of the host's tasks logged in anew.
    assert sandbox.counts()[LOGIN] == 2
    workspace.assert_nothing_left()


def test_users_are_created_and_changed_once_while_tokens_end(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.smartflo.settings(users="answer")
    (own,) = (one["did"] for one in sandbox.smartflo.numbers("+12025550190"))
    users = {
        f"a{index}": {
            **agent(index),
            "email": f"agent{index}@example.com",
            "login_id": f"agent{index}",
            "user_role": 3,
            "caller_ids": [own],
        }
        for index in range(4)
    }
    for one in users.values():
        one.pop("intercom", None)
    for number, (what, call) in enumerate((("", "POST /v1/user"), ("New ", "PATCH /v1/user/*")), start=1):
        method, path = call.split()
        workspace.agents(**{key: {**one, "name": f"{what}{key}"} for key, one in users.items()})
        held = sandbox.fault("hang", method=method, path=path, nth=[1])
        run = workspace.start("up", "--skip-preview")
        sandbox.wait_for(lambda request: request["fault"] == "hang")
        sandbox.smartflo.end_logins()
        sandbox.lift(held)
        stdout, stderr = run.communicate(timeout=90)
        assert run.returncode == 0, stdout + stderr
        assert sorted(one["name"] for one in sandbox.smartflo.users()) == [f"{what}{key}" for key in sorted(users)]
        # The second up begins with the token that the first one ended with.
        assert sandbox.counts()[LOGIN] == (2 if number == 1 else 1)
        workspace.assert_nothing_left()
        sandbox.clear_requests()


def test_a_killed_login_holds_up_nobody(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    sandbox.fault("hang", path="/v1/auth/login")
    run = workspace.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "hang")
    for process in workspace.processes(""):
        # A process that was forked ends with its caller.
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.pid != run.pid:
                process.kill()
    run.kill()
    run.communicate(timeout=60)
    sandbox.clear_faults()
    workspace.run("cancel")
    workspace.up()
    assert names(sandbox) == ["Agent 0"]
    workspace.assert_nothing_left()


def test_a_loop_of_pipelines_does_not_lock_the_account(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    workspace.environ["DIGO_LOGIN_PASSWORD"] = "canary-wrong"
    for _ in range(2):
        for outcome in (workspace.run("up", "--skip-preview"), workspace.digo("plan"), workspace.run("preview")):
            assert outcome.code != 0
            assert (
                "the login id of digo:loginId with the password of DIGO_LOGIN_PASSWORD: Wrong username" in outcome.text
            )
            assert "1 login failed so far" in outcome.text and "canary-wrong" not in outcome.text
    assert sandbox.counts() == {LOGIN: 1}
    said = workspace.digo("doctor")
    assert "an earlier run was told so" in said.text and sandbox.counts() == {LOGIN: 1}
    workspace.environ["DIGO_LOGIN_PASSWORD"] = PASSWORD
    workspace.up()
    workspace.assert_nothing_left()


def test_a_locked_account_says_until_when(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    sandbox.smartflo.settings(lock_after=1)
    workspace.environ["DIGO_LOGIN_PASSWORD"] = "canary-wrong"
    assert workspace.digo("plan").code != 0
    workspace.environ["DIGO_LOGIN_PASSWORD"] = PASSWORD
    for outcome in (workspace.run("preview"), workspace.digo("plan")):
        assert outcome.code != 0 and "it is locked until 2" in outcome.text and "(time of India)" in outcome.text
    assert sandbox.counts() == {LOGIN: 2}


@pytest.mark.parametrize(("days", "said"), [(90, 0), (11, 0), (10, 1), (1, 1)])
def test_the_end_of_the_password_is_said_once_a_run(
    workspace: Workspace, sandbox: Sandbox, days: int, said: int
) -> None:
    workspace.agents(sales=agent(0))
    sandbox.smartflo.settings(password_days=days)
    words = f"the password of DIGO_LOGIN_PASSWORD ends in {days} day"
    for outcome in (workspace.up(), workspace.run("preview"), workspace.digo("plan")):
        assert outcome.text.count(words) == said, outcome.text


def test_the_doctor_says_where_the_login_is_from(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))

    def checks(*options: str) -> dict[str, tuple[str, str]]:
        document = json.loads(workspace.digo("doctor", "--json", *options).stdout)
        return {one["name"]: (one["status"], one["found"]) for one in document["checks"]} | {
            "requests": ("", str(document["requests"]))
        }

    source = "none, but the login id of digo:loginId with the password of DIGO_LOGIN_PASSWORD"
    assert checks("--offline")["token"] == ("ok", f"{source}; the first request logs in")
    assert not sandbox.requests()
    found = checks()
    assert found["scheme"][0] == "ok" and found["list"] == ("ok", "0 agents")
    assert int(found["requests"][1]) == sum(sandbox.counts().values())
    assert checks("--offline")["token"][1].startswith(f"{source}; its token ends in ")
    del workspace.environ["DIGO_LOGIN_PASSWORD"]
    assert "digo:loginId has no password" in checks("--offline")["token"][1]


def test_a_token_wins_and_nobody_logs_in(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    workspace.environ["DIGO_AUTHORIZATION"] = sandbox.smartflo.token
    workspace.up()
    assert names(sandbox) == ["Agent 0"] and LOGIN not in sandbox.counts()
    workspace.assert_nothing_left()


def test_the_profile_digo_refuses_a_login(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    workspace.set_config(profile="digo")
    for outcome in (workspace.run("preview"), workspace.digo("plan")):
        assert outcome.code != 0
        assert "digo:loginId: The API (profile digo) has no call to create a token" in outcome.text
    assert not sandbox.requests()
