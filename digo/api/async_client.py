"""The asyncio client: it sends many requests at once, and it can be stopped."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import tenacity

from digo.api.access import Access, Limits
from digo.api.async_transport import AsyncTransport, httpx_transport
from digo.api.calls import Call
from digo.api.deadline import Deadline
from digo.api.errors import ApiError, LoginFailed, NotSent
from digo.api.grace_period import GracePeriod
from digo.api.pace import NoLimit, Pace
from digo.api.reply_body import BodyDamaged, ReplyTooLong
from digo.api.responses import Reply
from digo.api.sender import Sender, content_of, set_location_aside
from digo.api.transport import ReadOnlyAsyncTransport

if TYPE_CHECKING:  # most stacks have a token
    from digo.api.login import LoginRequest, Steps
    from digo.api.token_cache import GrantedToken

T = TypeVar("T")

_CLOSING_SECONDS = 1.0


class AsyncClient(Sender):
    """The asyncio client, an async context manager. `connections` requests run at once.

    Once its run has given up (`grace_period`), no call waits any longer.
    """

    def __init__(
        self,
        access: Access,
        *,
        pace: Pace | None = None,
        limits: Limits | None = None,
        read_only: bool = False,
        connections: int = 16,
        grace_period: GracePeriod | None = None,
    ) -> None:
        super().__init__(access, pace, limits or Limits())
        self._wire: AsyncTransport = _transport(access, connections)
        transport = self._wire.transport
        self._http = httpx.AsyncClient(
            transport=ReadOnlyAsyncTransport(transport) if read_only else transport,
            headers=access.headers,
            timeout=self._timeout,
            event_hooks={"response": [_set_location_aside]},
        )
        self._slots = asyncio.Semaphore(connections)
        self._stopped = asyncio.Event()
        self._grace_period = grace_period or GracePeriod()
        self._stopped_because = ""

    def stop(self, reason: str = "the run was cancelled") -> None:
        """Lets no further write begin.

        Waiting writes fail with `NotSent`, which has the first reason given. Reads go on, so that the run can still
        learn the outcome of writes under way.
        """
        self._stopped_because = self._stopped_because or reason
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    async def send(self, call: Call[T]) -> T:
        """Sends the call and reads its reply. It raises the errors of `Client.send`."""
        with self._remember_lost_tries() as remember:
            return await self._retrying(call, before_sleep=remember)(self._send_once, call)

    def _retrying(self, call: Call[Any], **more: Any) -> tenacity.AsyncRetrying:
        return tenacity.AsyncRetrying(
            retry=lambda state: not self._grace_period.is_over and self._may_retry(call, state),
            wait=self._pause,
            sleep=self._grace_period.sleep if call.retry_policy.changes_nothing else self._sleep_or_stop,
            reraise=True,
            **more,
        )

    async def _sleep_or_stop(self, seconds: float) -> None:
        """Pauses between two tries of a write. The pause ends as soon as the client is stopped."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)

    async def _send_once(self, call: Call[T]) -> T:
        login = self.access.login
        if login is not None:
            if self._stopped.is_set() and not call.retry_policy.changes_nothing:
                raise self._not_sent_error(call)
            await self._follow(login.steps())
        reply, sent = await self._answered(call)
        if login is not None and self._must_renew(reply, sent):
            # A write that was refused with 401 did nothing.
            await self._follow(login.steps(refused=sent))
            reply, sent = await self._answered(call)
            self._must_renew(reply, sent)
        return self._read_reply(call, reply)

    async def _answered(self, call: Call[Any], authorization: str | None = None) -> tuple[Reply, str]:
        """The reply to one request, and the header that it was sent with: the present one if none is given."""
        await self._take_slot(call)
        try:
            await self._wait_for_pace(call)
            sent = self.access.current_authorization if authorization is None else authorization
            return await self._exchange(call, sent), sent
        finally:
            self._slots.release()

    async def _follow(self, steps: Steps) -> None:
        """Takes the steps of a login."""
        try:
            step = next(steps)
            while True:
                try:
                    answer = await self._take(step)
                except ApiError as problem:
                    step = steps.throw(problem)
                else:
                    step = steps.send(answer)
        except StopIteration:
            return
        finally:
            steps.close()

    async def _take(self, step: LoginRequest | float) -> GrantedToken | None:
        if isinstance(step, float):
            await self._grace_period.sleep(step)
            if self._grace_period.is_over:
                raise _given_up_login()
            return None

        async def ask() -> GrantedToken:
            reply, _ = await self._answered(step.call, step.authorization)
            return self._read_reply(step.call, reply)

        grant: GrantedToken = await self._retrying(step.call)(ask)
        return grant

    async def _take_slot(self, call: Call[T]) -> None:
        """Waits for a connection.

        A write leaves the queue as soon as the client is stopped, because requests under way may hang for long.
        """
        if call.retry_policy.changes_nothing or not self._slots.locked():
            await self._slots.acquire()
            return
        slot = asyncio.ensure_future(self._slots.acquire())
        try:
            await self._until_done_or_stopped(slot)
        except asyncio.CancelledError:
            slot.add_done_callback(lambda taken: None if taken.cancelled() else self._slots.release())
            raise
        if not slot.done() or slot.cancelled():
            raise self._not_sent_error(call)

    async def _exchange(self, call: Call[Any], sent: str) -> Reply:
        """Sends the request and reads the reply, within the time of one try and until the run gives up."""
        if self._grace_period.is_over:
            raise self._given_up_error(call)
        deadline = Deadline()
        deadline.begin(self.limits.reply_timeout)
        request = asyncio.ensure_future(self._request(call, sent, deadline))
        try:
            waited_for = (request, self._grace_period.over)
            while not (any(one.done() for one in waited_for) or deadline.passed):
                await asyncio.wait(waited_for, timeout=deadline.left, return_when=asyncio.FIRST_COMPLETED)
            if not request.done():
                request.cancel()
                await asyncio.wait((request,), timeout=_CLOSING_SECONDS)
        finally:
            request.cancel()
            request.add_done_callback(_take_error)
        if request.done() and not request.cancelled():
            return request.result()
        raise self._given_up_error(call) if self._grace_period.is_over else self._late_error(call)

    async def _request(self, call: Call[Any], sent: str, deadline: Deadline) -> Reply:
        status = 0
        try:
            url, headers = self.access.url(call.path), self._authorization(sent)
            async with self._http.stream(call.method, url, headers=headers, **content_of(call)) as response:
                status = response.status_code
                body = self._body_of(call, response)
                async for chunk in response.aiter_raw():
                    if body.add(chunk):
                        deadline.begin(self.limits.reply_timeout)
                return self._reply(call, response, body)
        except ReplyTooLong as problem:
            raise self._too_long_error(call, status, problem) from None
        except self._wire.failures as problem:
            raise self._lost_error(call, problem) from None
        except BodyDamaged as problem:
            raise self._lost_error(call, problem) from None

    def _given_up_error(self, call: Call[T]) -> ApiError:
        return self._no_reply_error(
            call, f"{call.method} /{call.path} was given up: the run was cancelled before its reply was whole"
        )

    def _never_left(self, problem: Exception) -> bool:
        return self._wire.never_left(problem)

    async def _wait_for_pace(self, call: Call[T]) -> None:
        """Waits for the pace.

        A write leaves the queue as soon as the client is stopped, and a read as soon as the run gives up.
        """
        if call.retry_policy.changes_nothing:
            if not isinstance(self._pace, NoLimit):
                await self._until_done_or(self._grace_period.over, asyncio.ensure_future(self._pace.wait_async()))
            return
        if not isinstance(self._pace, NoLimit):
            await self._until_done_or_stopped(asyncio.ensure_future(self._pace.wait_async()))
        if self._stopped.is_set():
            raise self._not_sent_error(call)

    def _not_sent_error(self, call: Call[T]) -> NotSent:
        return NotSent(
            f"{call.method} /{call.path} was not sent: {self._stopped_because}",
            next_step="run again to go on; nothing was written by this call",
            method=call.method,
            path=f"/{call.path}",
        )

    async def _until_done_or_stopped(self, waiting: asyncio.Future[Any]) -> None:
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            await self._until_done_or(stopped, waiting)
        finally:
            stopped.cancel()

    @staticmethod
    async def _until_done_or(end: asyncio.Future[Any], waiting: asyncio.Future[Any]) -> None:
        """Waits until `waiting` or `end` is done, then cancels `waiting` if it is not done.

        Raises the error of `waiting`: a pace store that cannot be reached lets no request pass.
        """
        try:
            await asyncio.wait((waiting, end), return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()
        finally:
            waiting.cancel()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def _given_up_login() -> LoginFailed:
    return LoginFailed(
        "the run was cancelled while another one logged in",
        next_step="run again; nothing was sent",
        method="",
        path="",
    )


def _take_error(request: asyncio.Future[Any]) -> None:
    """Looks at the error of a request that nobody waits for, so that asyncio does not print it."""
    if not request.cancelled():
        request.exception()


async def _set_location_aside(response: httpx.Response) -> None:
    set_location_aside(response)


def _transport(access: Access, connections: int) -> AsyncTransport:
    """The transport for so many requests at once."""
    if connections == 1:
        return httpx_transport(access)
    # Importing aiohttp takes a fifth of the provider host's start time, and a run without writes does not need it.
    from digo.api.aiohttp_transport import aiohttp_transport

    return aiohttp_transport(access, connections)
