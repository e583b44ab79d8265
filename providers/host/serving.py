"""The host's server: it prints its port and serves until it is stopped."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import grpc.aio

from digo.system.signals import ending_signals
from protocol.answering import AnswerInterceptor
from protocol.messages import provider_pb2_grpc
from providers.host.reports import EngineReporter
from providers.host.servicer import PATIENCE_SECONDS, Servicer

GRACE_SECONDS = 3.0  # the engine kills five seconds after its SIGINT
ORPHAN_CHECK_SECONDS = 0.5
_SECONDS_TO_REPORT = 1.0  # of the grace, for what is left when the replies were given up

# As in the SDK (`pulumi.runtime._grpc_settings`): messages of up to 400 MB, and half an hour in the queue.
_CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
]


async def serve(engine_address: str) -> None:
    """Serves one engine until SIGINT, SIGTERM or SIGHUP, or until the engine is gone."""
    reports = EngineReporter(engine_address)
    servicer = Servicer(reports, Path.cwd(), patience=max(PATIENCE_SECONDS, GRACE_SECONDS))
    server = grpc.aio.server(options=_CHANNEL_OPTIONS, interceptors=[AnswerInterceptor(servicer.error_text)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    stop = asyncio.Event()
    for number in ending_signals():
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    parent = os.getppid()
    watching = asyncio.create_task(_until_orphaned(parent, stop))
    # The engine takes the first line of standard output for the port.
    print(port, flush=True)
    await stop.wait()
    orphaned = os.getppid() != parent
    watching.cancel()
    servicer.stop_writing(GRACE_SECONDS - _SECONDS_TO_REPORT)
    await server.stop(GRACE_SECONDS)
    await servicer.close(orphaned=orphaned)
    await reports.close()


async def _until_orphaned(parent: int, stop: asyncio.Event) -> None:
    """Stops the host when the engine was killed: nobody would store what it writes."""
    while not stop.is_set():
        await asyncio.sleep(ORPHAN_CHECK_SECONDS)
        if os.getppid() != parent:
            stop.set()
