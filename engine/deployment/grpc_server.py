"""The engine's gRPC servers, on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc

from engine.deployment.context import Options
from engine.deployment.engine_service import EngineService
from engine.deployment.provider import CHANNEL_OPTIONS
from engine.events import Diagnostic
from protocol.answering import AnswerInterceptor, engine_bug
from protocol.messages import engine_pb2_grpc, resource_pb2_grpc

_GRACE_SECONDS = 0.1


@asynccontextmanager
async def serving(
    on_log: Callable[[Diagnostic], None],
    options: Options,
    monitor: resource_pb2_grpc.ResourceMonitorServicer | None = None,
) -> AsyncIterator[str]:
    """Serve the `Engine` service, and a monitor if one is given. Yields the server's address."""
    server = grpc.aio.server(options=CHANNEL_OPTIONS, interceptors=[AnswerInterceptor(engine_bug)])
    engine_pb2_grpc.add_EngineServicer_to_server(EngineService(on_log, debug=options.debug), server)
    if monitor is not None:
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(_GRACE_SECONDS)
