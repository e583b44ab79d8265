"""A run whose lock in the shared store is taken away while it creates."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from digo.api import Access, NotSent
from digo.apply.account_lease import LeaseLost
from digo.apply.account_lock import AccountLock
from digo.system.lock_file import LockFolder
from sandbox.testing import Sandbox
from tests.apply.apply_place import a_run, written


class TakenAway:
    """A store that gives every lock, and takes all away when the test says so."""

    def __init__(self) -> None:
        self.restarts = asyncio.Event()

    async def take(self, key: str) -> bool:
        return True

    async def renew(self) -> None:
        pass

    async def wait(self, seconds: float) -> None:
        await self.restarts.wait()
        raise LeaseLost("it was restarted", next_step="", method="", path="")

    async def drop(self) -> None:
        pass


def test_nothing_more_is_created_after_the_lock_is_lost(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    async def create_two() -> str:
        store = TakenAway()
        turn = AccountLock(Access(sandbox.url, sandbox.token), [LockFolder(tmp_path, ("own",))], store)
        async with a_run(sandbox, folder, turn=turn) as run:
            await run.create("one", 1)
            store.restarts.set()
            while not run.client.stopped:  # noqa: ASYNC110  # a client has no event to wait for
                await asyncio.sleep(0)
            with pytest.raises(NotSent) as refused:
                await run.create("two", 2)
            await turn.release()
        return str(refused.value)

    told = asyncio.run(create_two())
    assert "POST /v1/agent was not sent: the account lock was lost, so another machine may be creating agents" in told
    assert "it was restarted" in told
    assert sandbox.counts()["POST /v1/agent"] == 1
    assert written(folder)[-1] == "not applied"


def test_a_lock_that_cannot_be_kept_sends_nothing_and_names_the_place(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "own").symlink_to(tmp_path / "elsewhere")

    async def create() -> str:
        turn = AccountLock(Access(sandbox.url, sandbox.token), [LockFolder(tmp_path, ("own",))])
        async with a_run(sandbox, folder, turn=turn) as run:
            with pytest.raises(NotSent) as refused:
                await run.create("one", 1)
        return str(refused.value)

    told = asyncio.run(create())
    assert "runs on the same account cannot be kept apart (a link or a file is where a folder should be)" in told
    assert f"make {tmp_path / 'own'} a place of your own that you can write to" in told
    assert "POST /v1/agent" not in sandbox.counts()
