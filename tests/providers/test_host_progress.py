"""The status of a whole run, as the host tells it every second."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from digo.lists.sending.progress import ListProgress
from providers.host import progress
from providers.host.progress import RunProgress

URN = "urn:pulumi:test::pulumi-digo::pulumi-python:dynamic/digo:LeadShard::otp-1"


def test_nothing_is_told_before_anything_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list is still read then. Afterwards the status is told, and cleared at the end."""
    monkeypatch.setattr(progress, "STATUS_SECONDS", 0)
    told: list[str] = []

    async def run() -> None:
        lists: defaultdict[str, ListProgress] = defaultdict(ListProgress)
        run = RunProgress(lists, 0)
        is_told, is_cleared = asyncio.Event(), asyncio.Event()

        def report(text: str, *, lasting: bool = False) -> None:
            told.append(text)
            (is_told if text else is_cleared).set()

        async with run.writing(URN, report):
            for _ in range(10):
                await asyncio.sleep(0)
            assert told == []
            lists["otp"].expect(0, 1, 120)
            await is_told.wait()
        await is_cleared.wait()

    asyncio.run(run())
    assert told[0].startswith("0 of 120 rows, 0 %")
    assert told[-1] == ""
