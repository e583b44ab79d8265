"""One worker's web application: DIGO's question in, the page's answer out."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from digo.masking.access_log import AccessLog
from digo.masking.lookup import Answer, Lookup
from digo.masking.metrics import Metrics
from digo.masking.stand import Stand, stamp
from digo.masking.table import Table

MOST_BYTES = 8 * 1024  # the page's request has some 200
SECONDS = 0.5  # for the whole request; a caller is waiting
LOOKS_EVERY = 0.2  # seconds between two looks for new routes


@dataclass(frozen=True)
class Options:
    """What a worker is told. `folder` is the run's, `parent` the process that it ends with; `secret` None lets all
    in; `plus` is whether numbers in answers have one."""

    folder: Path
    parent: int
    secret: str | None = field(default=None, repr=False)
    secret_header: str = "X-Digo-Secret"
    plus: bool = True
    access_log: bool = True
    seconds: float = SECONDS


class _Refused(Exception):
    def __init__(self, status: int, outcome: str) -> None:
        super().__init__(outcome)
        self.status = status
        self.outcome = outcome


@dataclass
class _Log:
    """What the access log says of a request."""

    call: str = ""
    dialled: str = ""
    caller: str = ""
    rings: str = ""
    outcome: str = ""


class Worker:
    """Holds the routes in force, and answers."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._metrics = Metrics(options.folder)
        self._secret = None if options.secret is None else options.secret.encode()
        self._header = options.secret_header.lower().encode()
        self._plus = "+" if options.plus else ""
        self._log = AccessLog(sys.stdout.fileno()) if options.access_log else None
        self._load()

    def application(self) -> ASGIApp:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/masking", _Endpoint(self)),
                Route("/masking/{secret}", _Endpoint(self)),
                Route("/healthz", self.health),
                Route("/metrics", self.metrics),
            ],
            lifespan=self._lifespan,
        )

    def _load(self) -> None:
        self._stamp = stamp(self._options.folder)
        self.stand = Stand.read(self._options.folder)
        self._lookup = Lookup(Table(self._options.folder / self.stand.table))

    @asynccontextmanager
    async def _lifespan(self, application: Starlette) -> AsyncIterator[None]:
        watching = asyncio.ensure_future(self._watch())
        yield
        watching.cancel()
        if self._log is not None:
            self._log.close()

    async def _watch(self) -> None:
        """Takes over new routes between two requests; ends with the parent."""
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            if os.getppid() != self._options.parent:
                os.kill(os.getpid(), signal.SIGTERM)
                return
            try:
                if stamp(self._options.folder) != self._stamp:
                    self._load()
            except Exception:
                # Whatever it is, the routes in force go on.
                logging.getLogger(__name__).exception("masking: new routes could not be taken over")

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`POST /masking`."""
        begun = time.perf_counter()
        log, status = _Log(), 200
        try:
            with anyio.fail_after(self._options.seconds):
                body = await self._body(scope, receive)
            content = self._found(body, log)
        except _Refused as refused:
            status, log.outcome = refused.status, refused.outcome
            content = json.dumps({"error": refused.outcome}).encode()
        except TimeoutError:
            status, log.outcome = 408, "timeout"
            content = b'{"error":"timeout"}'
        spent = time.perf_counter() - begun
        # First of all: no caller shall go without an answer because it could not be counted.
        await _send(send, status, content)
        self._metrics.count(log.outcome, spent)
        if self._log is not None:
            numbers = (log.dialled, log.caller, log.rings)
            self._log.tell(status, log.outcome.replace(" ", "-"), log.call, numbers, spent)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        self._check_secret(scope)
        if scope["method"] != "POST":
            raise _Refused(405, "method not allowed")
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Refused(400, "gone")
            body += message.get("body", b"")
            if len(body) > MOST_BYTES:
                raise _Refused(413, "too large")
            if not message.get("more_body"):
                return body

    def _check_secret(self, scope: Scope) -> None:
        if self._secret is None:
            return
        given = scope["path_params"].get("secret", "").encode()
        if not given:
            given = next((value for name, value in scope["headers"] if name == self._header), b"")
        if not hmac.compare_digest(given, self._secret):
            raise _Refused(401, "unauthorized")

    def _found(self, body: bytes, log: _Log) -> bytes:
        try:
            content: Any = json.loads(body)
            dialled, caller = str(content["call_to_number"]), str(content["caller_id_number"])
        except (ValueError, LookupError, TypeError, RecursionError):
            raise _Refused(400, "bad request") from None
        log.call = str(content.get("call_id") or content.get("uuid") or "")
        log.dialled, log.caller = dialled, caller
        answer: Answer = self._lookup.answer(dialled, caller, log.call)
        log.outcome = answer.by
        if answer.digits is None:
            return b"[]"
        log.rings = answer.digits
        return b'[{"transfer":{"type":"number","data":["%b"]}}]' % f"{self._plus}{answer.digits}".encode()

    async def health(self, request: Request) -> Response:
        """`GET /healthz`: 200 as long as it answers calls, with what is wrong with the config where something is."""
        return JSONResponse(
            {
                "status": "ok",
                "routes": self.stand.routes,
                "loaded_at": datetime.fromtimestamp(self.stand.loaded_at, timezone.utc).isoformat(timespec="seconds"),
                "problem": self.stand.problem,
            }
        )

    async def metrics(self, request: Request) -> Response:
        """`GET /metrics`."""
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


class _Endpoint:
    """Starlette passes an object like this the bare request: its own request and response would take as long as the
    lookup and all the rest."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._worker.answer(scope, receive, send)


async def _send(send: Send, status: int, content: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def application(options: Options) -> ASGIApp:
    """One worker's application."""
    return Worker(options).application()
