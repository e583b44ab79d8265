"""A stack with a login: program, host and commands share one token, and nothing but its cache has it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from digo.system.lock_file import lock_folders
from sandbox.testing import Sandbox
from tests.scenarios.entries import agent
from tests.scenarios.workspace import STACK, Workspace

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


def test_one_login_serves_all_processes_and_nothing_but_its_cache_has_a_secret(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.agents(sales=agent(0), support=agent(1))
    outcomes = [workspace.up(), workspace.run("refresh")]
    outcomes += [workspace.digo(command) for command in ("plan", "agents", "drift")]
    assert [outcome.code for outcome in outcomes] == [0] * len(outcomes)
    assert names(sandbox) == ["Agent 0", "Agent 1"]
    assert sandbox.counts()[LOGIN] == 1
    workspace.assert_nothing_left()
    assert LOGIN not in sandbox.counts()

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


def test_a_password_of_the_stacks_secrets_and_a_token_that_wins_over_it(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    del workspace.environ["DIGO_LOGIN_PASSWORD"]
    done = workspace.run("config", "set", "--secret", "digo:loginPassword", PASSWORD, "--stack", STACK)
    assert done.code == 0, done.text
    workspace.up()
    assert names(sandbox) == ["Agent 0"] and sandbox.counts()[LOGIN] == 1
    assert workspace.digo("plan").code == 0
    assert PASSWORD not in workspace.everything_left()

    sandbox.smartflo.end_logins()
    cache().unlink()
    workspace.environ["DIGO_AUTHORIZATION"] = sandbox.smartflo.token
    workspace.assert_nothing_left()
    assert LOGIN not in sandbox.counts()


def test_a_login_that_the_settings_refuse_reaches_nobody(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    workspace.set_config(profile="digo")
    outcome = workspace.digo("plan")
    assert outcome.code != 0
    assert "digo:loginId: The API (profile digo) has no call to create a token" in outcome.text
    workspace.set_config(profile="smartflo", loginPassword=PASSWORD)
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
    other.assert_nothing_left()


def user(key: str, index: int, caller: int) -> dict[str, Any]:
    """The entry of a user, which has no intercom here."""
    wanted = {"email": f"{key}@example.com", "login_id": key, "user_role": 3, "caller_ids": [caller]}
    return {name: value for name, value in agent(index).items() if name != "intercom"} | wanted


def test_users_are_created_and_changed_once_while_tokens_end(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.smartflo.settings(users="answer")
    (own,) = (one["did"] for one in sandbox.smartflo.numbers("+12025550190"))
    users = {f"a{index}": user(f"a{index}", index, own) for index in range(4)}
    # The first token was the program's, and one of the host's tasks logs in anew. The second up begins with its token.
    for what, method, path, logins in (("", "POST", "/v1/user", 2), ("New ", "PATCH", "/v1/user/*", 1)):
        workspace.agents(**{key: {**one, "name": f"{what}{key}"} for key, one in users.items()})
        sandbox.clear_requests()
        held = sandbox.fault("hang", method=method, path=path, nth=[1])
        run = workspace.start("up", "--skip-preview")
        sandbox.wait_for(lambda request: request["fault"] == "hang")
        sandbox.smartflo.end_logins()
        sandbox.lift(held)
        stdout, stderr = run.communicate(timeout=90)
        assert run.returncode == 0, stdout + stderr
        assert sorted(one["name"] for one in sandbox.smartflo.users()) == [f"{what}{key}" for key in sorted(users)]
        assert sandbox.counts()[LOGIN] == logins
    workspace.assert_nothing_left()


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
    for outcome in (workspace.run("up", "--skip-preview"), workspace.digo("plan")):
        assert outcome.code != 0
        assert "the login id of digo:loginId with the password of DIGO_LOGIN_PASSWORD: Wrong username" in outcome.text
        assert "1 login failed so far" in outcome.text and "canary-wrong" not in outcome.text
    assert sandbox.counts() == {LOGIN: 1}
    said = workspace.digo("doctor")
    assert "an earlier run got this answer" in said.text and sandbox.counts() == {LOGIN: 1}
    workspace.environ["DIGO_LOGIN_PASSWORD"] = PASSWORD
    workspace.up()
    workspace.assert_nothing_left()


def test_a_locked_account_says_until_when(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    sandbox.smartflo.settings(lock_after=1)
    workspace.environ["DIGO_LOGIN_PASSWORD"] = "canary-wrong"
    assert workspace.digo("plan").code != 0
    workspace.environ["DIGO_LOGIN_PASSWORD"] = PASSWORD
    outcome = workspace.digo("plan")
    assert outcome.code != 0 and "it is locked until 2" in outcome.text and "(time of India)" in outcome.text
    assert sandbox.counts() == {LOGIN: 2}


def test_the_end_of_the_password_is_said_once_a_run(workspace: Workspace, sandbox: Sandbox) -> None:
    """From how many days on, `tests/api/test_api_login.py` has."""
    workspace.agents(sales=agent(0))
    sandbox.smartflo.settings(password_days=10)
    for outcome in (workspace.up(), workspace.digo("plan")):
        assert outcome.text.count("the password of DIGO_LOGIN_PASSWORD ends in 10 days") == 1, outcome.text


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
