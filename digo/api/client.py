"""The two clients, blocking and asyncio. They send calls, wait for the pace, and retry what may be retried.

What may be retried is the call's own property (`Repeat`): reads and idempotent writes after anything transient;
a create only where it is certain that the API did nothing (no connection, or a 429).
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
import tenacity
from httpx_aiohttp import AiohttpTransport

from digo.api.calls import Call, Repeat
from digo.api.errors import ApiError, NotSent, OutcomeUnknown, RateLimited, ReadUnknown
from digo.api.pace import NoLimit, Pace
from digo.api.reading import Reply
from digo.api.transport import ReadOnlyAsyncTransport, ReadOnlyTransport
from digo.redact import Redactor

T = TypeVar("T")

USER_AGENT = "pulumi-digo"

# These are raised before a byte of the request can have reached the API. The asyncio transport's own translation of
# aiohttp's errors cannot be used for that: it calls a connection that broke under way a connect timeout.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
)
_BEFORE_SENDING_ASYNC = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)


@dataclass(frozen=True)
class Limits:
    """Patience: seconds to connect and for a reply, tries in all, and the first pause between tries (seconds,
    doubled each time up to `longest_pause`, with jitter; a `Retry-After` wins where it is longer)."""

    connect_timeout: float = 5.0
    reply_timeout: float = 30.0
    tries: int = 4
    tries_when_limited: int = 10
    first_pause: float = 0.5
    longest_pause: float = 30.0


@dataclass(frozen=True)
class Access:
    """Where the API is and how to enter. `authorization` is the header's whole value; it is never shown."""

    endpoint: str
    authorization: str

    def __repr__(self) -> str:
        return f"Access(endpoint={self.endpoint!r})"

    def url(self, path: str) -> str:
        """The address of a call's path; the endpoint may end with a slash or not (the page has both)."""
        return f"{self.endpoint.rstrip('/')}/{path}"

    @property
    def headers(self) -> dict[str, str]:
        """What each request carries."""
        return {"Authorization": self.authorization, "Accept": "application/json", "User-Agent": USER_AGENT}

    @property
    def redactor(self) -> Redactor:
        """Hides the authorization, with and without its scheme."""
        return Redactor({self.authorization, self.authorization.rsplit(" ", 1)[-1]})

    @property
    def proxy(self) -> str | None:
        """The proxy that the environment names for the endpoint, as httpx itself would choose it."""
        url = httpx.URL(self.endpoint)
        proxy = getproxies().get(url.scheme)
        return None if not proxy or proxy_bypass(url.host) else proxy


class _Sender:
    """What both clients share: building, judging, and when to try again."""

    def __init__(self, access: Access, pace: Pace | None, limits: Limits) -> None:
        self.access = access
        self.limits = limits
        self._pace: Pace = pace or NoLimit()
        self._redact = access.redactor
        self._timeout = httpx.Timeout(limits.reply_timeout, connect=limits.connect_timeout, pool=None)

    def _reply(self, call: Call[T], response: httpx.Response) -> Reply:
        return Reply(
            method=call.method,
            path=f"/{call.path}",
            status=response.status_code,
            content_type=response.headers.get("content-type", ""),
            body=response.content,
            retry_after=_seconds(response.headers.get("retry-after")),
        )

    def _lost(self, call: Call[T], problem: Exception) -> ApiError:
        reason = self._redact(str(problem)) or type(problem).__name__
        where: dict[str, Any] = {"method": call.method, "path": f"/{call.path}"}
        address = self.access.endpoint
        if _never_left(problem):
            return NotSent(
                f"no connection to {address}: {reason}",
                next_step="check digo:endpoint (or DIGO_ENDPOINT) and that the service runs; nothing was sent",
                **where,
            )
        if call.repeat is Repeat.HARMLESS:
            return ReadUnknown(
                f"the reply of {address} to {call.method} /{call.path} was lost: {reason}",
                next_step="run again; nothing was changed, and nothing is taken to be absent",
                **where,
            )
        return OutcomeUnknown(
            f"the reply of {address} to {call.method} /{call.path} was lost: {reason}",
            answered=False,
            next_step="run again: the account is listed first, and what was applied is taken over",
            **where,
        )

    def _may_retry(self, call: Call[T], state: tenacity.RetryCallState) -> bool:
        problem = state.outcome.exception() if state.outcome else None
        if isinstance(problem, RateLimited):
            return state.attempt_number < self.limits.tries_when_limited
        if state.attempt_number >= self.limits.tries:
            return False
        if isinstance(problem, NotSent):
            return True
        if call.repeat is Repeat.NEVER:
            return False
        return isinstance(problem, ReadUnknown | OutcomeUnknown) and (problem.status is None or problem.status >= 500)

    def _pause(self, state: tenacity.RetryCallState) -> float:
        problem = state.outcome.exception() if state.outcome else None
        waiting = tenacity.wait_random_exponential(self.limits.first_pause, self.limits.longest_pause)(state)
        told = problem.retry_after if isinstance(problem, RateLimited) else None
        return max(waiting, min(told or 0.0, self.limits.longest_pause))


class Client(_Sender):
    """The blocking client. A context manager; `read_only` makes its transport refuse every write."""

    def __init__(
        self,
        access: Access,
        *,
        pace: Pace | None = None,
        limits: Limits | None = None,
        read_only: bool = False,
    ) -> None:
        super().__init__(access, pace, limits or Limits())
        transport: httpx.BaseTransport = httpx.HTTPTransport(proxy=access.proxy)
        self._http = httpx.Client(
            transport=ReadOnlyTransport(transport) if read_only else transport,
            headers=access.headers,
            timeout=self._timeout,
        )

    def send(self, call: Call[T]) -> T:
        """Sends the call and reads its reply.

        Raises:
            ApiError: one of its kinds; see `digo.api.errors`.
        """
        return tenacity.Retrying(retry=lambda state: self._may_retry(call, state), wait=self._pause, reraise=True)(
            self._send_once, call
        )

    def _send_once(self, call: Call[T]) -> T:
        self._pace.wait()
        try:
            response = self._http.request(call.method, self.access.url(call.path), json=call.body)
        except httpx.HTTPError as problem:
            raise self._lost(call, problem) from None
        return call.read(self._reply(call, response), self._redact)

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(_Sender):
    """The asyncio client. An async context manager; `connections` is how many requests run at once."""

    def __init__(
        self,
        access: Access,
        *,
        pace: Pace | None = None,
        limits: Limits | None = None,
        read_only: bool = False,
        connections: int = 16,
    ) -> None:
        super().__init__(access, pace, limits or Limits())
        # httpx's own asyncio transport looks through all of its connections for each request: measured with 64 of them,
        # it needs nine times the CPU of this one.
        transport: httpx.AsyncBaseTransport = AiohttpTransport(
            proxy=httpx.Proxy(access.proxy) if access.proxy else None,
            limits=httpx.Limits(max_connections=connections),
        )
        self._http = httpx.AsyncClient(
            transport=ReadOnlyAsyncTransport(transport) if read_only else transport,
            headers=access.headers,
            timeout=self._timeout,
        )
        self._slots = asyncio.Semaphore(connections)
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """No write begins from here on: those that wait for their turn fail with `NotSent`. Reads go on, so that
        the outcome of what is under way can still be learned."""
        self._stopped.set()

    async def send(self, call: Call[T]) -> T:
        """Sends the call and reads its reply; raises as `Client.send`."""
        writes = call.repeat is not Repeat.HARMLESS
        return await tenacity.AsyncRetrying(
            retry=lambda state: self._may_retry(call, state) and not (writes and self._stopped.is_set()),
            wait=self._pause,
            sleep=self._sleep_or_stop if writes else asyncio.sleep,
            reraise=True,
        )(self._send_once, call)

    async def _sleep_or_stop(self, seconds: float) -> None:
        """A pause between two tries of a write, over as soon as the client is stopped."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)

    async def _send_once(self, call: Call[T]) -> T:
        async with self._slots:
            await self._turn(call)
            return call.read(await self._exchange(call), self._redact)

    async def _exchange(self, call: Call[T]) -> Reply:
        try:
            response = await self._http.request(call.method, self.access.url(call.path), json=call.body)
        except (httpx.HTTPError, aiohttp.ClientError) as problem:
            raise self._lost(call, problem) from None
        return self._reply(call, response)

    async def _turn(self, call: Call[T]) -> None:
        """Waits for the pace; a write leaves the queue as soon as the client is stopped."""
        if call.repeat is Repeat.HARMLESS:
            await self._pace.wait_async()
            return
        if not isinstance(self._pace, NoLimit):
            await self._turn_or_stop()
        if self._stopped.is_set():
            raise NotSent(
                f"{call.method} /{call.path} was not sent: the run was cancelled",
                next_step="run again to go on; nothing was written by this call",
                method=call.method,
                path=f"/{call.path}",
            )

    async def _turn_or_stop(self) -> None:
        turn = asyncio.ensure_future(self._pace.wait_async())
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait((turn, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            turn.cancel()
            stopped.cancel()

    async def close(self) -> None:
        """Ends its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def _never_left(problem: Exception) -> bool:
    """Whether it is certain that no byte of the request reached the API."""
    source = problem.__cause__ if isinstance(problem.__cause__, aiohttp.ClientError) else problem
    if isinstance(source, aiohttp.ClientError):
        return isinstance(source, _BEFORE_SENDING_ASYNC)
    return isinstance(problem, _BEFORE_SENDING)


def _seconds(header: str | None) -> float | None:
    """`Retry-After` in seconds; its date form is not worth a clock's doubt and is left out."""
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
