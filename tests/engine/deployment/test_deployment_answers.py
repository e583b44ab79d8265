"""Whatever goes wrong in the engine itself, the program and the hosts get an answer, and the run ends with a word."""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn

import grpc
import grpc.aio
import pytest

from engine.deployment.engine_service import EngineService
from engine.deployment.monitor import Monitor
from engine.deployment.planner import Planner
from protocol.answering import AnswerInterceptor, engine_bug
from protocol.messages import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc
from tests.engine.hosts.workshop import Workshop

FAILURES = [
    ValueError("Bad \ud83d\0 name"),
    SystemExit(3),
    KeyboardInterrupt(),
    asyncio.CancelledError(),
    MemoryError(),
]


@pytest.mark.parametrize("failure", [FAILURES[0], FAILURES[1], FAILURES[3]], ids=lambda failure: type(failure).__name__)
def test_a_registration_that_fails_in_the_engine_ends_the_run(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    async def register(*_: Any) -> NoReturn:
        raise failure

    monkeypatch.setattr(Planner, "register", register)
    workshop.program('Thing("a", {})')
    run = workshop.up()
    assert run.result.failed
    assert any("a bug in the embedded engine: " in error or "non-zero exit code" in error for error in run.errors)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_each_method_of_its_servers_answers(monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> None:
    async def fail(self: Any, request: Any, context: Any) -> NoReturn:
        raise failure

    services = {
        Monitor: resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"],
        EngineService: engine_pb2.DESCRIPTOR.services_by_name["Engine"],
    }
    methods = [
        (service, method)
        for kind, service in services.items()
        for method in service.methods
        if not method.server_streaming and not method.client_streaming and method.name in vars(kind)
    ]
    for kind in services:
        for _, method in methods:
            if method.name in vars(kind):
                monkeypatch.setattr(kind, method.name, fail)

    async def ask_all() -> None:
        server = grpc.aio.server(interceptors=[AnswerInterceptor(engine_bug)])
        monitor: Any = Monitor.__new__(Monitor)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
        engine_pb2_grpc.add_EngineServicer_to_server(EngineService(print, debug=False), server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            for service, method in methods:
                with pytest.raises(grpc.aio.AioRpcError, match="a bug in the embedded engine"):
                    call = channel.unary_unary(f"/{service.full_name}/{method.name}", None, None)
                    await asyncio.wait_for(call(b""), 20)
        await server.stop(None)

    asyncio.run(ask_all())
    assert len(methods) > 10
