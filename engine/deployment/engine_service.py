"""The `Engine` service, to which the program and the host send log messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf import empty_pb2

from engine.events import Diagnostic, Severity
from protocol.messages import engine_pb2, engine_pb2_grpc

_SEVERITIES = {
    engine_pb2.DEBUG: Severity.DEBUG,
    engine_pb2.INFO: Severity.INFO,
    engine_pb2.WARNING: Severity.WARNING,
    engine_pb2.ERROR: Severity.ERROR,
}


class EngineService(engine_pb2_grpc.EngineServicer):
    """The servicer. `on_log` takes each message; debug messages only where `debug` is set."""

    def __init__(self, on_log: Callable[[Diagnostic], None], *, debug: bool) -> None:
        self._on_log = on_log
        self._debug = debug

    async def Log(
        self, request: engine_pb2.LogRequest, _context: grpc.aio.ServicerContext[Any, Any]
    ) -> empty_pb2.Empty:
        """Take a message about a resource or about the whole run."""
        severity = _SEVERITIES.get(request.severity, Severity.INFO)
        if severity is not Severity.DEBUG or self._debug:
            self._on_log(Diagnostic(severity, request.message, request.urn, request.ephemeral, request.streamId))
        return empty_pb2.Empty()

    async def RequirePulumiVersion(
        self, request: engine_pb2.RequirePulumiVersionRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> engine_pb2.RequirePulumiVersionResponse:
        """Refuse: a program that requires a version of the CLI cannot run here."""
        await context.abort(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"the embedded engine is no version of the Pulumi CLI, so it cannot satisfy "
            f"{request.pulumi_version_range!r}; use the pulumi CLI",
        )
        raise AssertionError("abort raises")
