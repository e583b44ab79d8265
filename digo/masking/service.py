"""One worker's web application: it answers DIGO's requests in the page's format."""

from __future__ import annotations

import asyncio
import hmac
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone

import anyio
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from digo.masking.access_log import ANONYMOUS_CALLER, AccessLog
from digo.masking.connections import ConnectionLimits, Connections, room_for
from digo.masking.counters import Counters
from digo.masking.error_boundary import ErrorBoundary, log_failure, send_bytes, send_json
from digo.masking.lookup import Lookup, RoutingResult
from digo.masking.metrics import Metrics
from digo.masking.protocol import STATE
from digo.masking.routes_link import ParentGone, RoutesLink, RoutesMessage
from digo.masking.routing_request import InvalidRequest, RoutingRequest, parse_request
from digo.masking.table import Table, TableDamaged, TableProblem
from digo.text.unicode import visible

MOST_BYTES = 8 * 1024  # the page's request has about 200
SECONDS = 0.5  # for the whole request; a caller is waiting
_DAMAGED = "table damaged"


@dataclass(frozen=True)
class WorkerOptions:
    """The options of a worker.

    `link` is the worker's end of the link to its parent, from which the routes come; the worker ends with the parent.
    `place` is the worker's place among the workers. `files` is the limit of open files; None: there is none. `secret`
    None admits every request. `plus` says whether numbers in answers begin with `+`.
    """

    link: socket.socket
    place: int = 0
    files: int | None = None
    secret: str | None = field(default=None, repr=False)
    secret_header: str = "X-Digo-Secret"
    plus: bool = True
    access_log: bool = True
    seconds: float = SECONDS


class _Refused(Exception):
    def __init__(self, status: int, outcome: str, reason: str = "", allow: bytes = b"") -> None:
        super().__init__(outcome)
        self.status = status
        self.outcome = outcome
        self.reason = reason
        self.allow = allow

    @property
    def content(self) -> dict[str, str]:
        return {"error": self.outcome, "reason": self.reason} if self.reason else {"error": self.outcome}


@dataclass
class _Log:
    """The fields of a request's line in the access log."""

    call: str = ""
    dialled: str = ""
    caller: str = ""
    rings: str = ""
    outcome: str = ""


class Worker:
    """Holds the current routes, and answers requests."""

    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        self._link = RoutesLink(options.link)
        self._counters: Counters | None = None
        self._lookup: Lookup | None = None
        first = self._link.receive(wait=True)
        assert first is not None
        self._take(first)
        self._metrics = Metrics(self._counters, lambda: self.manifest)
        self._secret = None if options.secret is None else options.secret.encode()
        self._header = options.secret_header.lower().encode()
        self._plus = "+" if options.plus else ""
        self._log = AccessLog(sys.stdout.fileno()) if options.access_log else None

    def application(self) -> ASGIApp:
        """The ASGI application."""
        routes = [
            Route(path, _Endpoint(handler))
            for paths, handler in (
                (("/masking", "/masking/{secret:path}"), self.answer),
                (("/healthz", "/healthz/"), self.health),
                (("/metrics", "/metrics/"), self.metrics),
            )
            for path in paths
        ]
        # A redirect would send a secret in the path to whatever host and scheme the request claims.
        router = Router(routes, redirect_slashes=False, default=self.not_found, lifespan=self._lifespan)
        return ErrorBoundary(router, lambda: self._metrics.count("error", 0.0))

    def _take(self, message: RoutesMessage) -> None:
        """Puts new routes in force. A damaged table is reported, and its calls are refused until a new one comes."""
        self.manifest = message.manifest
        if message.counters is not None:
            if self._counters is None:
                self._counters = Counters(message.counters, self._options.place)
            os.close(message.counters)
        old = self._lookup
        try:
            self._lookup = Lookup(Table(message.table))
        except TableProblem:
            self._lookup = None
            self._link.report_damage()
        if old is not None:
            old.close()

    @asynccontextmanager
    async def _lifespan(self, _application: object) -> AsyncIterator[dict[str, Connections]]:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._link.fileno(), self._news)
        yield {STATE: Connections(ConnectionLimits(room_for(self._options.files)))}
        loop.remove_reader(self._link.fileno())
        if self._log is not None:
            self._log.close()

    def _news(self) -> None:
        """Loads new routes between requests. Ends with the parent process."""
        try:
            message = self._link.receive()
            if message is not None:
                self._take(message)
        except ParentGone:
            asyncio.get_running_loop().remove_reader(self._link.fileno())
            os.kill(os.getpid(), signal.SIGTERM)
        except Exception as problem:
            log_failure(problem)  # the current routes stay in force

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles `POST /masking`."""
        begun = time.perf_counter()
        log, status = _Log(), 200
        try:
            content = self._found(await self._body(scope, receive), scope, log)
        except _Refused as refused:
            status, log.outcome = refused.status, refused.outcome
            spent = time.perf_counter() - begun
            await send_json(send, status, refused.content, refused.allow)
        else:
            spent = time.perf_counter() - begun
            # The answer goes first: an error in counting must not cost a caller the answer.
            await send_bytes(send, status, content, b"application/json")
        self._account(status, log, spent)

    def _account(self, status: int, log: _Log, spent: float) -> None:
        self._metrics.count(log.outcome, spent)
        if self._log is not None:
            numbers = (log.dialled, log.caller, log.rings)
            self._log.write(status, log.outcome.replace(" ", "-"), log.call, numbers, spent)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        self._check_secret(scope)
        if scope["method"] != "POST":
            raise _Refused(405, "method not allowed", allow=b"POST")
        # Event loops check the network before timers: data that arrived while the process was blocked is in time.
        with anyio.move_on_after(self._options.seconds):
            return await _whole(receive)
        raise _Refused(408, "timeout")

    def _check_secret(self, scope: Scope) -> None:
        path_secret: str = scope["path_params"].get("secret", "")
        if self._secret is None:
            if "/" in path_secret.removesuffix("/") or path_secret == "/":
                raise _Refused(404, "not found")
            return
        header = next((value for name, value in scope["headers"] if name == self._header), b"")
        given = [path_secret.encode(), path_secret.removesuffix("/").encode()] if path_secret else [header]
        if not any(hmac.compare_digest(one, self._secret) for one in given):
            raise _Refused(401, "unauthorized")

    def _found(self, body: bytes, scope: Scope, log: _Log) -> bytes:
        try:
            question = parse_request(body, scope["headers"])
        except InvalidRequest as problem:
            raise _Refused(400, "bad request", str(problem)) from None
        caller = question.caller
        log.call, log.dialled = question.call, question.dialled.digits
        log.caller = ANONYMOUS_CALLER if caller.anonymous else caller.digits
        answer = self._whom(question)
        log.outcome = answer.by
        if answer.digits is None:
            return b"[]"
        log.rings = answer.digits
        return b'[{"transfer":{"type":"number","data":["%b"]}}]' % f"{self._plus}{answer.digits}".encode()

    def _whom(self, question: RoutingRequest) -> RoutingResult:
        try:
            if self._lookup is not None:
                return self._lookup.answer_party(question.dialled, question.caller, question.call)
        except TableDamaged:
            self._link.report_damage()
        raise _Refused(503, _DAMAGED, "the table of routes is damaged, and is being made again")

    async def health(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Handles `GET /healthz`: 200 while calls are answered, with the config's problem if there is one."""
        if await self._is_other_method(scope, send):
            return
        loaded_at = datetime.fromtimestamp(self.manifest.loaded_at, timezone.utc)
        content = {
            "status": "ok",
            "routes": self.manifest.routes,
            "loaded_at": loaded_at.isoformat(timespec="seconds"),
            "problem": None if self.manifest.problem is None else visible(self.manifest.problem),
        }
        if self.manifest.metrics_problem is not None:
            content["metrics_problem"] = visible(self.manifest.metrics_problem)
        await send_json(send, 200, content)

    async def metrics(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Handles `GET /metrics`."""
        if not await self._is_other_method(scope, send):
            await send_bytes(send, 200, self._metrics.text(), b"text/plain; version=0.0.4; charset=utf-8")

    async def not_found(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Handles any other path. The path is not logged: it may contain the secret."""
        begun = time.perf_counter()
        await send_json(send, 404, {"error": "not found"})
        self._account(404, _Log(outcome="not found"), time.perf_counter() - begun)

    async def _is_other_method(self, scope: Scope, send: Send) -> bool:
        """Whether the method is neither GET nor HEAD. It then sends the 405 reply."""
        if scope["method"] in ("GET", "HEAD"):
            return False
        await send_json(send, 405, {"error": "method not allowed"}, b"GET, HEAD")
        return True


async def _whole(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Refused(400, "gone")
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > MOST_BYTES:
            raise _Refused(413, "too large")
        if not message.get("more_body"):
            return body


class _Endpoint:
    """An endpoint that receives the bare ASGI call.

    Starlette's request and response objects would take as long as the lookup and everything else.
    """

    def __init__(self, handler: ASGIApp) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._handler(scope, receive, send)


def application(options: WorkerOptions) -> ASGIApp:
    """One worker's application."""
    try:
        return Worker(options).application()
    except ParentGone:
        sys.exit(0)
