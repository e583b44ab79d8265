"""The engine's gRPC servers, on loopback. Program and host send their log messages to the `Engine` service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2

from engine.deployment.context import Options
from engine.deployment.provider import CHANNEL_OPTIONS
from engine.events import Diagnostic, Severity
from protocol.answering import AnswerInterceptor, engine_bug
from protocol.messages import engine_pb2, engine_pb2_grpc, resource_pb2_grpc

_GRACE_SECONDS = 0.1


class EngineService(engine_pb2_grpc.EngineServicer):
    """The servicer. `on_log` takes each message; debug messages only where `debug` is set."""

    def __init__(self, on_log: Callable[[Diagnostic], None], *, debug: bool) -> None:
        self._on_log = on_log
        self._debug = debug

    async def Log(
        self, request: engine_pb2.LogRequest, _context: grpc.aio.ServicerContext[Any, Any]
    ) -> empty_pb2.Empty:
        """Take a message about a resource or about the whole run."""
        severity = Severity(engine_pb2.LogSeverity.Name(request.severity).lower())
        if severity is not Severity.DEBUG or self._debug:
            self._on_log(Diagnostic(severity, request.message, request.urn, request.ephemeral, request.streamId))
        return empty_pb2.Empty()

    async def RequirePulumiVersion(
        self, request: engine_pb2.RequirePulumiVersionRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> engine_pb2.RequirePulumiVersionResponse:
        """Refuse: a program that requires a version of the CLI cannot run here."""
        await context.abort(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"the embedded engine is not a version of the Pulumi CLI, so it cannot satisfy "
            f"{request.pulumi_version_range!r}; use the pulumi CLI",
        )
        raise AssertionError("abort raises")


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
