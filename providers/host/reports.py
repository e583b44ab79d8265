"""Status lines and messages to the engine, beside the resource that they are about.

Engines print them unchanged. So control codes of a terminal and commands of a pipeline's log are removed here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

import grpc.aio

from digo.sanitize.annotations import for_log
from digo.system.command_name import pasteable
from digo.text.redact import Redactor
from digo.text.samples import SAMPLE
from digo.text.unicode import visible
from protocol.messages import engine_pb2, engine_pb2_grpc
from protocol.urn import type_of
from providers.host.handler import Report

MORE_FOLLOW = "other resources of this type have such a message too; `digo plan --all` lists what an up does with each"


class EngineReporter:
    """Sends to the engine's Log call. A message that cannot be delivered is dropped: it must not fail a write.

    Each message is sent once, whatever the engine asks for again, and at most `SAMPLE` for the resources of one type.
    """

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        self._engine = engine_pb2_grpc.EngineStub(self._channel)
        self._sending: set[asyncio.Task[None]] = set()
        self._printed: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def status(self, urn: str, redact: Redactor) -> Report:
        """A function that shows a text as the status of the resource. An empty text clears the status."""
        last: asyncio.Task[None] | None = None

        async def send_after(before: asyncio.Task[None] | None, text: str, *, ephemeral: bool) -> None:
            if before is not None:
                await asyncio.wait((before,))
            await self._send(urn, text, ephemeral=ephemeral)

        def show(text: str, *, lasting: bool = False) -> None:
            nonlocal last
            with contextlib.suppress(Exception):
                last = asyncio.create_task(send_after(last, redact(text), ephemeral=not lasting))
                self._sending.add(last)
                last.add_done_callback(self._sending.discard)

        return show

    @contextlib.contextmanager
    def status_while(self, urn: str, redact: Redactor) -> Iterator[Report]:
        """As `status`, for an operation. What is shown at its end is cleared: an engine may keep the last status."""
        show, has_status = self.status(urn, redact), False

        def note(text: str, *, lasting: bool = False) -> None:
            nonlocal has_status
            if text or has_status:
                has_status = bool(text) and not lasting
                show(text, lasting=lasting)

        try:
            yield note
        finally:
            if has_status:
                show("")

    async def message(self, urn: str, text: str) -> None:
        """Prints a line about a resource that stays on the screen."""
        printed = self._printed[type_of(urn)]
        if (urn, text) in printed or len(printed) > SAMPLE:
            return
        printed.add((urn, text))
        await self._send(urn, text if len(printed) <= SAMPLE else MORE_FOLLOW, ephemeral=False)

    async def _send(self, urn: str, text: str, *, ephemeral: bool) -> None:
        with contextlib.suppress(Exception):
            request = engine_pb2.LogRequest(
                severity=engine_pb2.INFO, message=for_log(visible(pasteable(text))), urn=urn, ephemeral=ephemeral
            )
            await self._engine.Log(request, timeout=5)  # type: ignore[misc]  # the stub is typed for blocking channels

    async def close(self) -> None:
        """Ends the connection to the engine."""
        await self._channel.close(None)
