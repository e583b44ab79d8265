"""In CI nobody sees a status: a line a list every so often, whichever of its shards comes to say it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from digo.lists.digests import Digests
from digo.lists.progress import ListProgress
from digo.lists.shard import Shard
from providers.host import lead_list
from providers.host.lead_list import LeadShardKind
from providers.host.session import Session


def told(tmp_path: Path, shards: int) -> list[tuple[str, bool]]:
    """What two shards say while a list is under way; True for a line that stays."""
    config = {"digo:endpoint": "http://127.0.0.1:1"}
    kind = LeadShardKind(Session.of(config, {"DIGO_AUTHORIZATION": "example-token"}, tmp_path, "test"))
    progress, said = ListProgress(), []
    progress.expect(100)

    def report(text: str, *, lasting: bool = False) -> None:
        said.append((text, lasting))

    async def one(index: int) -> None:
        shard = Shard("otp", "4711", index, shards, Digests({}, {}), "", {})
        async with kind._shown(shard, progress, report):
            await asyncio.sleep(0.35)

    async def all_of_them() -> None:
        await asyncio.gather(*(one(index) for index in range(shards)))

    asyncio.run(all_of_them())
    return said


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lead_list, "STATUS_SECONDS", 0.01)
    monkeypatch.setattr(lead_list, "LINE_SECONDS", 0.1)


def test_lines_stay_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    said = told(tmp_path, 4)
    lines = [text for text, lasting in said if lasting]
    assert 1 <= len(lines) <= 4  # not one for each shard and tick
    assert lines[0].startswith("list otp: 0 of 100 rows, ")


def test_none_stays_where_somebody_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    said = told(tmp_path, 2)
    assert said and not any(lasting for _, lasting in said)
