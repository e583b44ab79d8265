"""A login: one for all clients, processes and tasks of a user; renewed in time; never tried again after a refusal."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digo.api import Access, AsyncClient, Client, NewAgent, add_agent, list_agents
from digo.api.errors import LoginFailed, LoginRefused, NotSent, OutcomeUnknown, TokenRefused
from digo.api.login import Credentials, Login
from digo.api.token_cache import GrantedToken
from digo.settings.keys import Scheme
from digo.system.lock_file import LockFolder
from sandbox.testing import Sandbox
from tests.api.api_values import HASTY, NUMBER

LOGIN, REFRESH, LIST = "POST /v1/auth/login", "POST /v1/auth/refresh", "GET /v1/agents"
WRONG = "canary-wrong-password"
AGENT = add_agent(NewAgent("Ada", NUMBER))


@pytest.fixture(autouse=True)
def quick_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused password's digest is dear on purpose."""
    monkeypatch.setattr("digo.api.token_cache._SCRYPT", {"n": 2, "r": 8, "p": 1})


@pytest.fixture
def place(tmp_path: Path) -> LockFolder:
    (tmp_path / "home").mkdir()
    return LockFolder(tmp_path / "home", ("own",))


@pytest.fixture
def access(sandbox: Sandbox, place: LockFolder) -> Callable[..., Access]:
    """The access of a new process: it has no token in memory."""

    def make(password: str = "example-password", scheme: Scheme = Scheme.VERBATIM) -> Access:
        login = Login(Credentials("example-login", password), sandbox.url, scheme.header, (place,))
        return Access(sandbox.url, "", login=login)

    return make


def blocking(access: Access, *calls: Any, read_only: bool = False) -> list[Any]:
    with Client(access, limits=HASTY, read_only=read_only) as client:
        return [client.send(call) for call in calls]


def in_tasks(access: Access, *calls: Any, read_only: bool = False) -> list[Any]:
    """All calls at once."""

    async def send() -> list[Any]:
        async with AsyncClient(access, limits=HASTY, read_only=read_only, connections=8) as client:
            return list(await asyncio.gather(*(client.send(call) for call in calls)))

    return asyncio.run(send())


def one_at_a_time(access: Access, *calls: Any, read_only: bool = False) -> list[Any]:
    async def send() -> list[Any]:
        async with AsyncClient(access, limits=HASTY, read_only=read_only, connections=1) as client:
            return [await client.send(call) for call in calls]

    return asyncio.run(send())


WAYS = pytest.mark.parametrize("send", [blocking, in_tasks, one_at_a_time])


def cached(place: LockFolder) -> dict[str, Any]:
    (file,) = place.path.glob("login-*.json")
    return dict(json.loads(file.read_text()))


def change(place: LockFolder, **changes: Any) -> None:
    """Changes the cached token's facts, as time would."""
    (file,) = place.path.glob("login-*.json")
    file.write_text(json.dumps({"grant": {**cached(place)["grant"], **changes}}))


@WAYS
def test_the_first_call_logs_in_and_all_others_take_the_token(
    send: Callable[..., list[Any]], access: Callable[..., Access], sandbox: Sandbox
) -> None:
    assert send(access(), *[list_agents()] * 8, read_only=True) == [()] * 8
    assert sandbox.counts() == {LOGIN: 1, LIST: 8}
    # Another process.
    assert send(access(), list_agents()) == [()]
    assert sandbox.counts() == {LOGIN: 1, LIST: 9}


@WAYS
def test_a_token_that_the_account_ended_costs_one_login_and_no_write_twice(
    send: Callable[..., list[Any]], access: Callable[..., Access], sandbox: Sandbox
) -> None:
    mine = access()
    send(mine, list_agents())
    sandbox.smartflo.end_logins()
    sandbox.clear_requests()
    send(mine, AGENT)
    assert sandbox.counts() == {"POST /v1/agent": 2, LOGIN: 1}
    assert len(sandbox.smartflo.agents()) == 1


def test_calls_that_are_refused_together_lead_to_one_login(access: Callable[..., Access], sandbox: Sandbox) -> None:
    mine = access()
    blocking(mine, list_agents())
    sandbox.smartflo.end_logins()
    sandbox.clear_requests()
    assert in_tasks(mine, *[list_agents()] * 30) == [()] * 30
    assert sandbox.counts()[LOGIN] == 1


@WAYS
def test_a_token_is_refreshed_before_it_ends(
    send: Callable[..., list[Any]], access: Callable[..., Access], sandbox: Sandbox, place: LockFolder
) -> None:
    send(access(), list_agents())
    before = cached(place)["grant"]
    change(place, begins=time.time() - 3400, ends=time.time() + 200)
    sandbox.clear_requests()
    send(access(), *[list_agents()] * 3)
    assert sandbox.counts() == {REFRESH: 1, LIST: 3}
    after = cached(place)["grant"]
    assert after["token"] != before["token"] and after["days_left"] == 90
    sandbox.clear_requests()
    send(access(), list_agents())
    assert sandbox.counts() == {LIST: 1}


@WAYS
def test_where_a_refresh_is_refused_or_too_late_there_is_a_login(
    send: Callable[..., list[Any]], access: Callable[..., Access], sandbox: Sandbox, place: LockFolder
) -> None:
    send(access(), list_agents())
    sandbox.smartflo.end_logins()
    change(place, begins=time.time() - 3400, ends=time.time() + 200)
    sandbox.clear_requests()
    send(access(), list_agents())
    assert sandbox.counts() == {REFRESH: 1, LOGIN: 1, LIST: 1}
    change(place, begins=time.time() - 3700, ends=time.time() - 100)
    sandbox.clear_requests()
    send(access(), list_agents())
    assert sandbox.counts() == {LOGIN: 1, LIST: 1}


@WAYS
def test_a_refused_password_is_not_tried_again(
    send: Callable[..., list[Any]], access: Callable[..., Access], sandbox: Sandbox, place: LockFolder
) -> None:
    with pytest.raises(LoginRefused) as caught:
        send(access(WRONG), *[list_agents()] * 3)
    told = str(caught.value)
    assert "the login id of digo:loginId with the password of digo:loginPassword: Wrong username or password" in told
    assert "1 login failed so far" in told and WRONG not in told
    for _ in range(3):
        with pytest.raises(LoginRefused, match="1 login failed so far"):
            send(access(WRONG), list_agents())
    assert sandbox.counts() == {LOGIN: 1}
    assert WRONG not in json.dumps(cached(place))
    # Another password is not a repetition, and after its login the first one is not either.
    assert send(access(), list_agents()) == [()]
    assert sandbox.counts() == {LOGIN: 2, LIST: 1}


def test_a_refused_password_is_tried_again_once_its_file_is_gone(
    access: Callable[..., Access], sandbox: Sandbox, place: LockFolder
) -> None:
    sandbox.smartflo.settings(password="changed-in-the-panel")
    with pytest.raises(LoginRefused) as caught:
        blocking(access(), list_agents())
    (file,) = place.path.glob("login-*.json")
    assert f"tried again only once {file} is removed" in caught.value.next_step
    sandbox.smartflo.settings(password="example-password")
    file.unlink()
    assert blocking(access(), list_agents()) == [()]


def test_a_locked_login_is_tried_again_after_the_time_that_the_account_names(
    access: Callable[..., Access], sandbox: Sandbox, place: LockFolder
) -> None:
    sandbox.smartflo.settings(lock_after=1)
    with pytest.raises(LoginRefused):
        blocking(access(WRONG), list_agents())
    for _ in range(2):
        with pytest.raises(LoginRefused, match=r"it is locked until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(time of India\)"):
            blocking(access(), list_agents())
    assert sandbox.counts() == {LOGIN: 2}
    (file,) = place.path.glob("login-*.json")
    file.write_text(json.dumps({"refusal": {**cached(place)["refusal"], "until": time.time() - 1}}))
    sandbox.smartflo.end_logins()
    assert blocking(access(), list_agents()) == [()]


@WAYS
def test_a_login_that_helps_nothing_is_not_repeated(
    send: Callable[..., list[Any]], access: Callable[..., Access], sandbox: Sandbox
) -> None:
    mine = access()
    sandbox.fault("unauthorized", path="/v1/agents", times="always")
    for _ in range(3):
        with pytest.raises(TokenRefused) as caught:
            send(mine, list_agents())
    assert not isinstance(caught.value, LoginRefused) and "digo:scheme" in caught.value.next_step
    assert sandbox.counts() == {LOGIN: 1, LIST: 3}
    # Another process cannot know whether the cached token is too old. It finds out with one login.
    with pytest.raises(TokenRefused):
        send(access(), list_agents())
    assert sandbox.counts() == {LOGIN: 2, LIST: 5}


@WAYS
@pytest.mark.parametrize("kind", ["lost-before", "lost-after", "html", "status"])
def test_a_login_without_an_answer_is_sent_once_and_no_write_with_it(
    send: Callable[..., list[Any]], access: Callable[..., Access], sandbox: Sandbox, kind: str
) -> None:
    status = {"status": 500} if kind == "status" else {}
    sandbox.fault(kind, path="/v1/auth/login", times="always", **status)
    with pytest.raises(LoginFailed) as caught:
        send(access(), AGENT)
    assert isinstance(caught.value, NotSent) and not isinstance(caught.value, OutcomeUnknown)
    assert sandbox.counts() == {LOGIN: 1}


@WAYS
def test_an_account_that_is_busy_lets_the_login_in_later(
    send: Callable[..., list[Any]], access: Callable[..., Access], sandbox: Sandbox
) -> None:
    sandbox.fault("status", status=429, path="/v1/auth/login", times=2)
    assert send(access(), list_agents()) == [()]
    assert sandbox.counts() == {LOGIN: 3, LIST: 1}


@pytest.mark.parametrize("scheme", list(Scheme))
def test_the_token_goes_into_the_header_as_the_scheme_says(
    access: Callable[..., Access], sandbox: Sandbox, scheme: Scheme
) -> None:
    mine = access(scheme=scheme)
    blocking(mine, list_agents())
    assert mine.current_authorization.startswith("Bearer ") == (scheme is Scheme.BEARER)


def test_threads_log_in_once(access: Callable[..., Access], sandbox: Sandbox) -> None:
    found: list[Any] = []
    shared = access()
    accesses = [shared, shared, *(access() for _ in range(4))]
    threads = [threading.Thread(target=lambda one=one: found.extend(blocking(one, list_agents()))) for one in accesses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [()] * 6
    assert sandbox.counts() == {LOGIN: 1, LIST: 6}


# They share what Python has loaded, and nothing that the code has made.
PROCESSES = r"""
import os, pathlib, sys
from digo.api import Access, Client, list_agents
from digo.api.login import Credentials, Login
from digo.system.lock_file import LockFolder

url, folder, processes = sys.argv[1:]
for _ in range(int(processes) - 1):
    if os.fork() == 0:
        break
login = Login(Credentials("example-login", "example-password"), url, str, (LockFolder(pathlib.Path(folder), ("own",)),))
with Client(Access(url, "", login=login)) as client:
    os.write(1, b"asks\n")
    os.read(0, 1)  # each takes one
    os.write(1, b"%a\n" % (client.send(list_agents()),))
"""


def test_processes_that_start_together_log_in_once(sandbox: Sandbox, place: LockFolder) -> None:
    command = [sys.executable, "-c", PROCESSES, sandbox.url, str(place.base), "3"]
    processes = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert processes.stdin is not None and processes.stdout is not None
    assert [processes.stdout.readline() for _ in range(3)] == ["asks\n"] * 3
    fault = sandbox.fault("hang", path="/v1/auth/login")
    processes.stdin.write("\n" * 3)
    processes.stdin.flush()
    # One of them hangs in its login, and the others wait for it.
    sandbox.wait_for(lambda request: request["fault"] == "hang")
    sandbox.lift(fault)
    assert processes.communicate()[0] == "()\n" * 3
    assert sandbox.counts() == {LOGIN: 1, LIST: 3}


def test_the_cache_is_this_users_alone(access: Callable[..., Access], place: LockFolder) -> None:
    blocking(access(), list_agents())
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o700
    files = {file.suffix: stat.S_IMODE(file.stat().st_mode) for file in place.path.iterdir()}
    assert files == {".json": 0o600, ".lock": 0o600}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"grant": {}}', '{"grant": {"token": ""}}', '{"refusal": {"salt": "x"}}', "\0"]
)
def test_a_damaged_cache_is_none(
    access: Callable[..., Access], sandbox: Sandbox, place: LockFolder, content: str
) -> None:
    blocking(access(), list_agents())
    (file,) = place.path.glob("login-*.json")
    file.write_text(content)
    assert blocking(access(), list_agents()) == [()]
    assert sandbox.counts()[LOGIN] == 2


def test_a_file_of_somebody_else_in_its_place_is_not_believed(
    access: Callable[..., Access], sandbox: Sandbox, place: LockFolder, tmp_path: Path
) -> None:
    blocking(access(), list_agents())
    (file,) = place.path.glob("login-*.json")
    other = tmp_path / "other"
    file.rename(other)
    file.symlink_to(other)
    assert blocking(access(), list_agents()) == [()]
    assert sandbox.counts()[LOGIN] == 2 and not file.is_symlink()


def test_the_second_folder_serves_where_the_first_cannot_be_used(
    sandbox: Sandbox, place: LockFolder, tmp_path: Path
) -> None:
    for _ in range(2):
        folders = (LockFolder(tmp_path / "nowhere", ("own",)), place)
        login = Login(Credentials("example-login", "example-password"), sandbox.url, str, folders)
        assert blocking(Access(sandbox.url, "", login=login), list_agents()) == [()]
    assert sandbox.counts() == {LOGIN: 1, LIST: 2} and cached(place)["grant"]


def test_without_a_folder_nobody_logs_in(sandbox: Sandbox, tmp_path: Path) -> None:
    login = Login(Credentials("a", "b"), sandbox.url, str, (LockFolder(tmp_path / "nowhere", ("own",)),))
    with pytest.raises(LoginFailed, match="DIGO_LOCK_DIR"):
        blocking(Access(sandbox.url, "", login=login), list_agents())
    assert sandbox.counts() == {}


@pytest.mark.parametrize(
    ("days", "said"),
    [(90, ""), (11, ""), (10, "ends in 10 days; "), (1, "ends in 1 day; "), (0, "ends today; ")],
)
def test_the_passwords_end_is_said_once_from_ten_days_on(
    access: Callable[..., Access], place: LockFolder, days: int, said: str
) -> None:
    blocking(access(), list_agents())
    change(place, days_left=days)
    mine = access()
    assert mine.notice() == ""
    blocking(mine, list_agents())
    told = mine.notice()
    assert told.startswith(f"the password of digo:loginPassword {said}" if said else "") and bool(told) == bool(said)
    assert mine.notice() == ""


def test_days_pass_for_a_cached_token(access: Callable[..., Access], place: LockFolder) -> None:
    blocking(access(), list_agents())
    change(place, days_left=12, begins=time.time() - 2.5 * 86_400, ends=time.time() + 9e5)
    mine = access()
    blocking(mine, list_agents())
    assert "ends in 10 days" in mine.notice()


def test_nothing_shows_password_or_token(access: Callable[..., Access], place: LockFolder) -> None:
    mine = access()
    blocking(mine, list_agents())
    token = cached(place)["grant"]["token"]
    shown = repr(mine) + repr(mine.login) + repr(GrantedToken(token, 0, 1))
    assert token not in shown and "example-password" not in shown
    assert mine.redactor(f"{token} Bearer {token} example-password") == "[secret] Bearer [secret] [secret]"
    assert os.fspath(place.path)
