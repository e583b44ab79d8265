"""What the host tells the engine: each message once, and of many of a type the first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2_grpc

from providers.host.reports import MORE_FOLLOW, EngineReporter
from tests.providers.host_process import AGENT, LEAD, EngineLog, urn


def told(say: Callable[[EngineReporter], Coroutine[Any, Any, None]]) -> list[tuple[str, str, bool]]:
    """What an engine hears: the resource, the text, and whether it is a status line."""
    log, server = EngineLog(), grpc.server(ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(log, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    async def run() -> None:
        reporter = EngineReporter(f"127.0.0.1:{port}")
        await say(reporter)
        await reporter.close()

    asyncio.run(run())
    server.stop(None)
    return [(one.urn, one.message, one.ephemeral) for one in log.messages]


def test_a_message_is_told_once_however_often_the_engine_asks() -> None:
    async def say(reporter: EngineReporter) -> None:
        for _ in range(3):
            await reporter.message(urn(AGENT, "a"), "a new one is made")
        await reporter.message(urn(AGENT, "a"), "another reason")
        await reporter.message(urn(AGENT, "b"), "a new one is made")

    assert told(say) == [
        (urn(AGENT, "a"), "a new one is made", False),
        (urn(AGENT, "a"), "another reason", False),
        (urn(AGENT, "b"), "a new one is made", False),
    ]


def test_of_a_thousand_messages_of_a_type_the_first_twenty_are_told() -> None:
    async def say(reporter: EngineReporter) -> None:
        for index in range(1000):
            await reporter.message(urn(AGENT, f"a{index}"), "a new one is made")
        await reporter.message(urn(LEAD, "x"), "it is sent again")

    found = told(say)
    assert found[:20] == [(urn(AGENT, f"a{index}"), "a new one is made", False) for index in range(20)]
    assert found[20:] == [(urn(AGENT, "a20"), MORE_FOLLOW, False), (urn(LEAD, "x"), "it is sent again", False)]
