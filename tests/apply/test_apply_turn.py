"""One run at a time creates on an account; the next one knows whether its list is still good."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digo.apply.account_lock import AccountLock

HOLD = """
import asyncio, pathlib, sys, time
from digo.apply.account_lock import AccountLock

turn = AccountLock(pathlib.Path(sys.argv[1]))
asyncio.run(turn.acquire(0, lambda: None, lambda: False))
print("taken", flush=True)
time.sleep(60)
"""


def never() -> bool:
    return False


def no_wait() -> None:
    raise AssertionError("nobody else has the turn")


def taken(turn: AccountLock, seen_at: float) -> bool:
    return asyncio.run(turn.acquire(seen_at, no_wait, never))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "turns" / "account.lock"


def test_a_list_is_good_unless_a_run_ended_after_it(path: Path) -> None:
    first, second, third = AccountLock(path), AccountLock(path), AccountLock(path)
    assert not taken(first, time.time())
    seen_meanwhile = time.time()
    first.release()
    assert taken(second, seen_meanwhile)
    second.release()
    assert not taken(third, time.time() + 0.1)
    third.release()


def test_a_run_that_has_not_listed_yet_need_not_list_again(path: Path) -> None:
    first, second = AccountLock(path), AccountLock(path)
    assert not taken(first, math.inf)
    first.release()
    assert not taken(second, math.inf)
    second.release()


def test_the_next_run_waits_and_must_list_again(path: Path) -> None:
    async def race() -> None:
        first, second, waits = AccountLock(path), AccountLock(path), asyncio.Event()
        await first.acquire(time.time(), no_wait, never)
        waiting = asyncio.create_task(second.acquire(time.time(), waits.set, never))
        await waits.wait()
        assert not second.held
        first.release()
        assert await waiting
        assert second.held
        second.release()

    asyncio.run(race())


def test_a_cancelled_run_stops_waiting(path: Path) -> None:
    async def race() -> None:
        first, second = AccountLock(path), AccountLock(path)
        await first.acquire(time.time(), no_wait, never)
        assert await second.acquire(time.time(), lambda: None, lambda: True)
        assert not second.held
        second.release()
        assert first.held
        first.release()

    asyncio.run(race())


def test_a_run_that_is_killed_leaves_the_turn_and_a_reason_to_list_again(path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"taken\n"
    holder.kill()
    holder.communicate()
    turn = AccountLock(path)
    assert taken(turn, time.time())
    turn.release()


def test_one_endpoint_is_one_account_in_either_spelling() -> None:
    assert AccountLock.at("https://api.example.com/").path == AccountLock.at("https://api.example.com").path
    assert AccountLock.at("https://api.example.com").path != AccountLock.at("https://api.example.org").path


def test_a_turn_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "turns").touch()
    with pytest.raises(OSError, match="turns"):
        taken(AccountLock(tmp_path / "turns" / "account.lock"), 0)
