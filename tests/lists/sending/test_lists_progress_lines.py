"""In CI nobody sees a status: a line a list every so often, whichever of its shards comes to say it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from digo.lists.sending.progress import ListProgress
from digo.lists.sending.shard import Shard
from providers.host import lead_list
from providers.host.lead_list import LeadShardHandler
from providers.host.session import Session

SAID = 600


def told(tmp_path: Path, shards: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What shards say while a list is under way, a second between two of one; True for a line that stays."""
    config = {"digo:endpoint": "http://127.0.0.1:1"}
    kind = LeadShardHandler(Session.of(config, {"DIGO_AUTHORIZATION": "example-token"}, tmp_path, "test"))
    progress, said = ListProgress(), list[tuple[str, bool]]()
    progress.expect(0, 1, 100)
    monkeypatch.setattr(lead_list, "STATUS_SECONDS", 0)
    monkeypatch.setattr(lead_list, "time", SimpleNamespace(monotonic=lambda: len(said) / shards))

    async def one(index: int, enough: asyncio.Event) -> None:
        def report(text: str, *, lasting: bool = False) -> None:
            said.append((text, lasting))
            if len(said) >= SAID:
                enough.set()

        shard = Shard("otp", "4711", index, shards, 0, "", "", {})
        async with kind.reporting(shard, progress, report):
            await enough.wait()

    async def all_of_them() -> None:
        enough = asyncio.Event()
        await asyncio.gather(*(one(index, enough) for index in range(shards)))

    asyncio.run(all_of_them())
    return said


def test_lines_stay_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    said = told(tmp_path, 4, monkeypatch)
    lines = {number / 4: text for number, (text, lasting) in enumerate(said) if lasting}
    assert list(lines) == [60, 120]  # seconds: not one for each shard and tick
    assert lines[60].startswith("list otp: 0 of 100 rows, ")


def test_none_stays_where_somebody_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    said = told(tmp_path, 2, monkeypatch)
    assert len(said) >= SAID and not any(lasting for _, lasting in said)
