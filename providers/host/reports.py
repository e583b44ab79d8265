"""Status lines and messages to the engine, beside the resource that they are about.

Engines print them unchanged. So control codes of a terminal and commands of a pipeline's log are removed here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict

import grpc.aio

from digo.sanitize.annotations import for_log
from digo.text.redact import Redactor
from digo.text.samples import SAMPLE
from digo.text.unicode import visible
from protocol.messages import engine_pb2, engine_pb2_grpc
from protocol.urn import type_of
from providers.host.handlers import Report

MORE_FOLLOW = "other resources of this type have such a message too; `digo plan --all` lists what an up does with each"


class EngineReporter:
    """Sends to the engine's Log call. A message that cannot be delivered is dropped: it must not fail a write.

    Each message is sent once, whatever the engine asks for again, and at most `SAMPLE` for the resources of one type.
    """

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        self._engine = engine_pb2_grpc.EngineStub(self._channel)
        self._sending: set[asyncio.Task[None]] = set()
        self._told: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def status(self, urn: str, redact: Redactor) -> Report:
        """A function that shows a text as the status of the resource."""

        def show(text: str, *, lasting: bool = False) -> None:
            with contextlib.suppress(Exception):
                task = asyncio.create_task(self._send(urn, redact(text), ephemeral=not lasting))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)

        return show

    async def message(self, urn: str, text: str) -> None:
        """Prints a line about a resource that stays on the screen."""
        told = self._told[type_of(urn)]
        if (urn, text) in told or len(told) > SAMPLE:
            return
        told.add((urn, text))
        await self._send(urn, text if len(told) <= SAMPLE else MORE_FOLLOW, ephemeral=False)

    async def _send(self, urn: str, text: str, *, ephemeral: bool) -> None:
        with contextlib.suppress(Exception):
            request = engine_pb2.LogRequest(
                severity=engine_pb2.INFO, message=for_log(visible(text)), urn=urn, ephemeral=ephemeral
            )
            await self._engine.Log(request, timeout=5)  # type: ignore[misc]  # the stub is typed for blocking channels

    async def close(self) -> None:
        """Ends the connection to the engine."""
        await self._channel.close(None)
