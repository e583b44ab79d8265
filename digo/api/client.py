"""The blocking client."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import tenacity

from digo.api.access import Access as Access
from digo.api.access import Limits
from digo.api.calls import Call
from digo.api.deadline import Deadline, transport_with
from digo.api.errors import ApiError, NotSent
from digo.api.pace import Pace
from digo.api.reply_body import BodyDamaged, ReplyTooLong
from digo.api.responses import Reply
from digo.api.sender import Sender, content_of, set_location_aside
from digo.api.transport import ReadOnlyTransport

if TYPE_CHECKING:  # most stacks have a token
    from digo.api.login import LoginRequest, Steps
    from digo.api.token_cache import GrantedToken

T = TypeVar("T")


class Client(Sender):
    """The blocking client, a context manager. With `read_only`, its transport refuses every write."""

    def __init__(
        self,
        access: Access,
        *,
        pace: Pace | None = None,
        limits: Limits | None = None,
        read_only: bool = False,
    ) -> None:
        super().__init__(access, pace, limits or Limits())
        self._deadline = Deadline()
        self._under_way: Call[Any] | None = None
        transport = transport_with(self._deadline, encrypted=access.encrypted, proxy=access.proxy)
        self._http = httpx.Client(
            transport=ReadOnlyTransport(transport) if read_only else transport,
            headers=access.headers,
            timeout=self._timeout,
            event_hooks={"response": [set_location_aside]},
        )

    def send(self, call: Call[T]) -> T:
        """Sends the call and reads its reply.

        Raises:
            ApiError: one of its kinds; see `digo.api.errors`.
        """
        with self._remember_lost_tries() as remember:
            reply: T = tenacity.Retrying(
                retry=lambda state: self._may_retry(call, state), wait=self._pause, before_sleep=remember, reraise=True
            )(self._send_once, call)
            return reply

    def interrupted_error(self, call: Call[Any], by: str) -> ApiError:
        """What is known of a call that a signal has interrupted. `by` is the signal's name."""
        if self._under_way is call:
            return self._no_reply_error(call, f"{by} came before the reply to {call.method} /{call.path}")
        return NotSent(
            f"{by} came before {call.method} /{call.path} was sent",
            next_step="run it again; nothing was written by this call",
            method=call.method,
            path=f"/{call.path}",
        )

    def _send_once(self, call: Call[T]) -> T:
        login = self.access.login
        if login is not None:
            self._follow(login.steps())
        reply, sent = self._answered(call)
        if login is not None and self._must_renew(reply, sent):
            # A write that was refused with 401 did nothing.
            self._follow(login.steps(refused=sent))
            reply, sent = self._answered(call)
            self._must_renew(reply, sent)
        return self._read_reply(call, reply)

    def _answered(self, call: Call[Any], authorization: str | None = None) -> tuple[Reply, str]:
        """The reply to one request, and the header that it was sent with: the present one if none is given."""
        self._pace.wait()
        sent = self.access.current_authorization if authorization is None else authorization
        self._under_way = call
        try:
            reply = self._exchange(call, sent)
        except ApiError:
            self._under_way = None
            raise
        self._under_way = None
        return reply, sent

    def _follow(self, steps: Steps) -> None:
        """Takes the steps of a login."""
        try:
            step = next(steps)
            while True:
                try:
                    answer = self._take(step)
                except ApiError as problem:
                    step = steps.throw(problem)
                else:
                    step = steps.send(answer)
        except StopIteration:
            return
        finally:
            steps.close()

    def _take(self, step: LoginRequest | float) -> GrantedToken | None:
        if isinstance(step, float):
            time.sleep(step)
            return None

        def ask() -> GrantedToken:
            reply, _ = self._answered(step.call, step.authorization)
            return self._read_reply(step.call, reply)

        grant: GrantedToken = tenacity.Retrying(
            retry=lambda state: self._may_retry(step.call, state), wait=self._pause, reraise=True
        )(ask)
        return grant

    def _exchange(self, call: Call[Any], sent: str) -> Reply:
        self._deadline.begin(self.limits.reply_timeout)
        status = 0
        try:
            url, headers = self.access.url(call.path), self._authorization(sent)
            with self._http.stream(call.method, url, headers=headers, **content_of(call)) as response:
                status = response.status_code
                body = self._body_of(call, response)
                for chunk in response.iter_raw():
                    if body.add(chunk):
                        self._deadline.begin(self.limits.reply_timeout)
                return self._reply(call, response, body)
        except ReplyTooLong as problem:
            raise self._too_long_error(call, status, problem) from None
        except (httpx.HTTPError, BodyDamaged) as problem:
            if self._deadline.passed:
                raise self._late_error(call) from None
            raise self._lost_error(call, problem) from None

    def close(self) -> None:
        """Closes the connections, that of the pace to its store too."""
        self._http.close()
        self._pace.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
