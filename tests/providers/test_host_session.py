"""What a run of the host leaves behind when it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from digo.apply.account_lock import VARIABLE, AccountLock, lock_folders
from providers.host.session import Session


@pytest.mark.parametrize("settled", [True, False])
def test_the_account_is_free_for_the_next_run_when_one_ends(tmp_path: Path, settled: bool) -> None:
    environ = {"DIGO_AUTHORIZATION": "example-token", VARIABLE: str(tmp_path)}
    session = Session.of({"digo:endpoint": "http://127.0.0.1:8080"}, environ, tmp_path, "test")
    waits: list[str] = []

    async def take(lock: AccountLock) -> None:
        await lock.acquire(0.0, lambda: waits.append("waits"), lambda: bool(waits), waits.append)

    async def run() -> bool:
        await take(session.account_lock)
        await session.close(settled=settled)
        another = AccountLock(session.settings.access, lock_folders(environ))
        await take(another)
        held = another.held
        await another.release()
        return held

    assert asyncio.run(run())
    assert waits == []
