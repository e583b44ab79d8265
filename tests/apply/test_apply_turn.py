"""One run at a time creates on an account; the next one knows whether its list is still good."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from digo.api import Access
from digo.api.login import Credentials, Login
from digo.apply.account_lock import AccountLock, lock_folders
from digo.system.lock_file import LockFolder
from tests.needs.needed import require

ACCESS = Access("http://127.0.0.1:8080", "token-one")
HOLD = """
import asyncio, pathlib, sys, time
from digo.api import Access
from digo.apply.account_lock import AccountLock
from digo.system.lock_file import LockFolder

async def hold():
    turn = AccountLock(Access("http://127.0.0.1:8080", "token-one"), [LockFolder(pathlib.Path(sys.argv[1]), ("own",))])
    await turn.acquire(0, lambda: None, lambda: False, lambda reason: None)
    print("taken", flush=True)
    time.sleep(60)

asyncio.run(hold())
"""


def never() -> bool:
    return False


def no_wait() -> None:
    raise AssertionError("nobody else has the turn")


def no_loss(reason: str) -> None:
    raise AssertionError(reason)


def lock(*places: Path, access: Access = ACCESS) -> AccountLock:
    return AccountLock(access, [LockFolder(place, ("own",)) for place in places])


def taken(turn: AccountLock, seen_at: float) -> bool:
    return asyncio.run(turn.acquire(seen_at, no_wait, never, no_loss))


def released(turn: AccountLock) -> None:
    asyncio.run(turn.release())


async def gets(turn: AccountLock) -> bool:
    """Whether the lock is free; it is not kept."""
    await turn.acquire(0, lambda: None, lambda: True, no_loss)
    held = turn.held
    await turn.release()
    return held


def keep_apart(one: AccountLock, other: AccountLock) -> bool:
    """Whether the second waits for the first, and the first for the second."""

    async def race() -> bool:
        waited = []
        for holder, next_one in ((one, other), (other, one)):
            await holder.acquire(0, no_wait, never, no_loss)
            waited.append(not await gets(next_one))
            await holder.release()
        assert waited[0] == waited[1]
        return waited[0]

    return asyncio.run(race())


def test_a_list_is_good_unless_a_run_ended_after_it(tmp_path: Path) -> None:
    first, second, third = lock(tmp_path), lock(tmp_path), lock(tmp_path)
    assert not taken(first, time.time())
    seen_meanwhile = time.time()
    released(first)
    assert taken(second, seen_meanwhile)
    released(second)
    assert not taken(third, time.time() + 0.1)
    released(third)


def test_a_run_that_has_not_listed_yet_need_not_list_again(tmp_path: Path) -> None:
    first, second = lock(tmp_path), lock(tmp_path)
    assert not taken(first, math.inf)
    released(first)
    assert not taken(second, math.inf)
    released(second)


def test_the_next_run_waits_and_must_list_again(tmp_path: Path) -> None:
    async def race() -> None:
        first, second, waits = lock(tmp_path), lock(tmp_path), asyncio.Event()
        await first.acquire(time.time(), no_wait, never, no_loss)
        waiting = asyncio.create_task(second.acquire(time.time(), waits.set, never, no_loss))
        await waits.wait()
        assert not second.held
        await first.release()
        assert await waiting
        assert second.held
        await second.release()

    asyncio.run(race())


def test_a_cancelled_run_stops_waiting(tmp_path: Path) -> None:
    async def race() -> None:
        first, second = lock(tmp_path), lock(tmp_path)
        await first.acquire(time.time(), no_wait, never, no_loss)
        assert await second.acquire(time.time(), lambda: None, lambda: True, no_loss)
        assert not second.held
        await second.release()
        assert first.held
        await first.release()

    asyncio.run(race())


def test_a_run_that_is_killed_leaves_the_turn_and_a_reason_to_list_again(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"taken\n"
    holder.kill()
    holder.communicate()
    turn = lock(tmp_path)
    assert taken(turn, time.time())
    released(turn)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://localhost:8080",
        "http://localhost.:8080/",
        "HTTP://LocalHost:8080",
        "http://127.0.0.1:8080/",
        "http://127.0.0.1:8080/tenant",
        "http://user:word@127.0.0.1:8080",
        "http://127.0.0.2:8080",
        "http://127.1:8080",
        "http://2130706433:8080",
        "http://0.0.0.0:8080",
        "http://[::1]:8080",
        "http://[0:0:0:0:0:0:0:1]:8080",
        "http://[::ffff:127.0.0.1]:8080",
        "http://digo.localhost:8080",
    ],
)
def test_one_account_has_one_lock_in_every_spelling_and_with_every_token(tmp_path: Path, endpoint: str) -> None:
    assert keep_apart(lock(tmp_path), lock(tmp_path, access=Access(endpoint, "token-two")))


def test_one_token_is_one_account_behind_every_host(tmp_path: Path) -> None:
    other = Access("http://localhost:9090", "Bearer token-one")
    assert keep_apart(lock(tmp_path), lock(tmp_path, access=other))


@pytest.mark.parametrize("endpoint", ["http://localhost:8080", "http://127.0.0.1:8080/", "http://[::1]:8080"])
def test_accounts_of_one_host_are_told_apart_by_their_names(tmp_path: Path, endpoint: str) -> None:
    north = lock(tmp_path, access=Access("http://127.0.0.1:8080", "token-one", account="north"))

    def with_north(token: str, name: str) -> bool:
        return keep_apart(north, lock(tmp_path, access=Access(endpoint, token, account=name)))

    assert not with_north("token-two", "south")
    assert with_north("token-two", "north"), "one name is one account, whatever the token"
    assert with_north("Bearer token-one", "south"), "one token is one account, whatever the name"
    assert not with_north("token-two", ""), "a stack without a name is not known to be another account, or the same"
    assert with_north("token-one", "")


def behind(port: int, login_id: str) -> Access:
    """An account with a login, whose tokens come and go."""
    url = f"http://127.0.0.1:{port}"
    return Access(url, "", login=Login(Credentials(login_id, "example-password"), url, str, ()))


def test_one_login_is_one_account_whatever_its_token_is(tmp_path: Path) -> None:
    one = behind(8080, "example-login")
    assert keep_apart(lock(tmp_path, access=one), lock(tmp_path, access=behind(9090, "example-login")))
    assert not keep_apart(lock(tmp_path, access=one), lock(tmp_path, access=behind(9090, "other-login")))


def test_a_sandbox_on_another_port_is_the_account_that_is_asked(tmp_path: Path) -> None:
    moved = Access("http://localhost:7070", "token-two", port=8080)
    assert keep_apart(lock(tmp_path), lock(tmp_path, access=moved))


def test_accounts_with_nothing_in_common_do_not_wait_for_each_other(tmp_path: Path) -> None:
    assert not keep_apart(lock(tmp_path), lock(tmp_path, access=Access("http://127.0.0.1:8081", "token-two")))


def test_runs_are_kept_apart_if_they_see_one_folder_in_common(tmp_path: Path) -> None:
    home, shared, other = (tmp_path / name for name in ("home", "shared", "other"))
    home.mkdir()
    shared.mkdir()
    other.mkdir()
    assert keep_apart(lock(home, shared), lock(tmp_path / "missing", shared))
    assert keep_apart(lock(home, shared), lock(home, other))
    assert not keep_apart(lock(home), lock(other))


def test_the_folders_do_not_depend_on_home_and_tmpdir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = lock_folders({})
    for name in ("HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "TEMP", "USER", "LOGNAME"):
        monkeypatch.setenv(name, str(tmp_path))
    assert lock_folders(os.environ | {"DIGO_LOCK_DIR": ""}) == before
    assert LockFolder(Path("/tmp"), (f"digo-{os.geteuid()}",)) in before
    assert lock_folders({"DIGO_LOCK_DIR": "/srv/locks"}) == (LockFolder(Path("/srv/locks"), (f"digo-{os.geteuid()}",)),)


def test_no_folder_for_the_lock_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "own").touch()
    with pytest.raises(OSError, match="a link or a file is where a folder should be") as refused:
        taken(lock(tmp_path), 0)
    assert refused.value.filename == str(tmp_path / "own")
    with pytest.raises(OSError, match="not named from the root"):
        taken(lock(Path("locks")), 0)


def test_a_lock_that_others_could_open_is_replaced(tmp_path: Path) -> None:
    """Whoever may read a file may lock it: what they hold open is not a lock of ours."""
    turn = lock(tmp_path)
    taken(turn, 0)
    released(turn)
    with contextlib.ExitStack() as opened:
        for path in (tmp_path / "own").iterdir():
            path.chmod(0o644)
            fcntl.flock(opened.enter_context(path.open()), fcntl.LOCK_EX)
        taken(turn, 0)
        released(turn)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "own").iterdir()} == {0o600}


@pytest.fixture
def stranger() -> Iterator[int]:
    """Another user's id. Only root can play both parts."""
    require("root")
    yield 65533


def test_another_users_folder_is_not_used(tmp_path: Path, stranger: int) -> None:
    squatted, own = tmp_path / "tmp", tmp_path / "home"
    (squatted / "own").mkdir(parents=True)
    own.mkdir()
    squatted.chmod(0o1777)
    os.chown(squatted / "own", stranger, stranger)
    with pytest.raises(OSError, match="belongs to another user"):
        taken(lock(squatted), 0)
    turn = lock(squatted, own)
    taken(turn, 0)
    assert turn.held
    released(turn)
    assert list((squatted / "own").iterdir()) == []


def test_another_users_lock_in_a_folder_that_was_open_to_all_does_not_hold_us(tmp_path: Path, stranger: int) -> None:
    turn = lock(tmp_path)
    taken(turn, 0)
    released(turn)
    folder = tmp_path / "own"
    folder.chmod(0o777)
    with contextlib.ExitStack() as opened:
        for path in folder.iterdir():
            path.unlink()
            held = opened.enter_context(path.open("w"))
            os.chown(path, stranger, stranger)
            fcntl.flock(held, fcntl.LOCK_EX)
        taken(turn, 0)
        assert turn.held
        released(turn)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_uid for path in folder.iterdir()} == {os.geteuid()}


def test_a_user_of_this_machine_cannot_reach_the_locks(tmp_path: Path, stranger: int) -> None:
    turn = lock(tmp_path)
    taken(turn, 0)
    tmp_path.chmod(0o1777)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    tried = subprocess.run(["/bin/ls", str(tmp_path / "own")], user=stranger, group=stranger, capture_output=True)
    assert tried.returncode
    released(turn)
