"""What both clients share: building requests, reading replies, and retrying.

A call's `RetryPolicy` decides what is retried. Reads and idempotent writes are retried after any transient failure. A
create is retried only if the API certainly did nothing: no connection, or a 429.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, TypeVar

import httpx
import tenacity

from digo.api.access import BYTES_A_VALUE, Access, Limits
from digo.api.calls import Call, RetryPolicy
from digo.api.errors import (
    ApiError,
    LoginFailed,
    LoginRefused,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ReadUnknown,
    TokenRefused,
)
from digo.api.pace import NoLimit, Pace
from digo.api.reasons import quoted
from digo.api.reply_body import ReplyBody, ReplyTooLong
from digo.api.responses import UNKNOWN_ACT, UNKNOWN_LEAD, UNKNOWN_WRITE, Reply
from digo.api.retry_after import seconds_to_wait
from digo.text.unicode import visible

T = TypeVar("T")

_LOCATION = "digo.location"
_ERRNO = re.compile(r"\[Errno -?\d+\] ")

_REFUSED_AFTER_LOGIN = (
    "check digo:scheme (verbatim or bearer), and what the login id may do in the panel; the login itself was accepted, "
    "and nothing was read or written"
)
_UNKNOWN_STEPS = {RetryPolicy.NEVER: UNKNOWN_WRITE, RetryPolicy.IDEMPOTENT: UNKNOWN_LEAD, RetryPolicy.ONCE: UNKNOWN_ACT}

# httpx's own transports raise these before a byte of the request can have reached the API.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
)


def set_location_aside(response: httpx.Response) -> None:
    """Moves `Location` out of the headers, so that httpx does not parse it.

    The clients follow no redirect. httpx raises on a `Location` that is not a URL, which would look like a lost reply.
    """
    if location := response.headers.get("location"):
        response.extensions[_LOCATION] = location
        del response.headers["location"]


def location_of(response: httpx.Response) -> str | None:
    """The `Location` that `set_location_aside` has moved."""
    location = response.extensions.get(_LOCATION)
    return None if location is None else str(location)


def content_of(call: Call[Any]) -> dict[str, Any]:
    """The keyword arguments of httpx that carry the call's body and query."""
    query: dict[str, Any] = {"params": call.query or None}
    return {**query, "json": call.body} if call.form is None else {**query, "data": call.form}


def never_left(problem: Exception) -> bool:
    """Whether an error of httpx proves that no byte of the request reached the API."""
    return isinstance(problem, _BEFORE_SENDING)


class Sender:
    """What both clients share: building requests, reading replies, and retrying."""

    def __init__(self, access: Access, pace: Pace | None, limits: Limits) -> None:
        self.access = access
        self.limits = limits
        self._pace: Pace = pace or NoLimit()
        self._redact = access.redactor
        self._timeout = httpx.Timeout(limits.reply_timeout, connect=limits.connect_timeout, pool=None)

    def _body_of(self, call: Call[T], response: httpx.Response) -> ReplyBody:
        most = self.limits.reply_bytes
        sink = call.stream() if call.stream is not None and response.is_success else None
        return ReplyBody(response.headers.get("content-encoding", ""), most, most // BYTES_A_VALUE, sink)

    def _reply(self, call: Call[T], response: httpx.Response, body: ReplyBody) -> Reply:
        headers = {name.lower(): visible(value) for name, value in response.headers.items()}
        if location := response.extensions.get(_LOCATION):
            headers["location"] = visible(location)
        return Reply(
            method=call.method,
            path=f"/{call.path}",
            status=response.status_code,
            content_type=headers.get("content-type", ""),
            body=body.end(),
            retry_after=seconds_to_wait(
                response.headers.get_list("retry-after"), headers.get("date"), datetime.now(timezone.utc)
            ),
            headers=headers,
            address=self.access.url(call.path),
            streamed=body.sink,
        )

    def _read_reply(self, call: Call[T], reply: Reply) -> T:
        """Reads the reply. A 429 also slows the pace, which all calls share."""
        try:
            return call.read(reply, self._redact)
        except RateLimited as problem:
            self._pace.limited(problem.retry_after)
            raise
        except LoginRefused:
            raise
        except TokenRefused as problem:
            if self.access.login is not None:
                problem.next_step = _REFUSED_AFTER_LOGIN
            raise

    def _must_renew(self, reply: Reply, sent: str) -> bool:
        """Whether the reply to a request with the header `sent` asks for a new token of the login."""
        login = self.access.login
        if login is None:
            return False
        login.answered(sent, reply.status)
        return login.may_renew(sent, reply.status)

    def _authorization(self, sent: str) -> dict[str, str] | None:
        """The header that a login adds to a request. A token is in all requests already."""
        return {"Authorization": sent} if sent and self.access.login is not None else None

    def _lost_error(self, call: Call[T], problem: Exception) -> ApiError:
        reason = quoted(_ERRNO.sub("", str(problem)), self._redact) or type(problem).__name__
        where: dict[str, Any] = {"method": call.method, "path": f"/{call.path}"}
        address = self.access.address
        if self._never_left(problem):
            return NotSent(
                f"no connection to {address}: {reason}",
                next_step="check digo:endpoint (or DIGO_ENDPOINT) and that the service runs; nothing was sent",
                **where,
            )
        if call.retry_policy.changes_nothing:
            return ReadUnknown(
                f"the reply of {address} to {call.method} /{call.path} was lost: {reason}",
                next_step="run again; nothing was changed, and nothing is taken to be absent",
                **where,
            )
        return OutcomeUnknown(
            f"the reply of {address} to {call.method} /{call.path} was lost: {reason}",
            answered=False,
            next_step=call.unknown_step or _UNKNOWN_STEPS[call.retry_policy],
            **where,
        )

    def _late_error(self, call: Call[T]) -> ApiError:
        """The error of a try that used up its time. Whatever was waited for, a write counts as unknown."""
        return self._no_reply_error(
            call,
            f"no whole reply of {self.access.address} to {call.method} /{call.path} within "
            f"{self.limits.reply_timeout:g} s",
            "raise digo:timeout if the service is slow",
            late=True,
        )

    def _too_long_error(self, call: Call[T], status: int, problem: ReplyTooLong) -> ApiError:
        return self._no_reply_error(
            call,
            f"the reply of {self.access.address} to {call.method} /{call.path} was not read: {problem}",
            "check digo:endpoint, or raise digo:replyMegabytes if the account is so large",
            status=status,
        )

    def _no_reply_error(self, call: Call[T], what: str, hint: str = "", **facts: Any) -> ApiError:
        """The error of a call without a usable reply. `hint` is what else the user can do."""
        where: dict[str, Any] = {"method": call.method, "path": f"/{call.path}", **facts}
        if call.retry_policy.changes_nothing:
            step = f"{hint}, then run again" if hint else "run again"
            return ReadUnknown(
                what, next_step=f"{step}; nothing was changed, and nothing is taken to be absent", **where
            )
        step = call.unknown_step or _UNKNOWN_STEPS[call.retry_policy]
        return OutcomeUnknown(what, answered=False, next_step=f"{step}; {hint}" if hint else step, **where)

    def _never_left(self, problem: Exception) -> bool:
        """Whether the error proves that no byte of the request reached the API."""
        return never_left(problem)

    def _may_retry(self, call: Call[T], state: tenacity.RetryCallState) -> bool:
        problem = state.outcome.exception() if state.outcome else None
        if call.retry_policy is RetryPolicy.ONCE or isinstance(problem, LoginFailed):
            return False
        if isinstance(problem, RateLimited):
            of_a_login = call.retry_policy is RetryPolicy.LOGIN
            return state.attempt_number < (self.limits.tries if of_a_login else self.limits.tries_when_limited)
        if state.attempt_number >= self.limits.tries:
            return False
        if isinstance(problem, NotSent):
            return True
        if call.retry_policy in (RetryPolicy.NEVER, RetryPolicy.LOGIN):
            return False
        if isinstance(problem, ApiError) and problem.late and state.attempt_number >= self.limits.tries_when_late:
            return False
        return isinstance(problem, ReadUnknown | OutcomeUnknown) and (problem.status is None or problem.status >= 500)

    @staticmethod
    @contextmanager
    def _remember_lost_tries() -> Iterator[Callable[[tenacity.RetryCallState], None]]:
        """Wraps all tries of a call, and remembers those with an unknown outcome.

        A clean final failure does not prove that earlier attempts failed. Yields the function that tenacity calls
        before each further try.
        """
        lost: list[OutcomeUnknown] = []

        def remember(state: tenacity.RetryCallState) -> None:
            problem = state.outcome.exception() if state.outcome else None
            if isinstance(problem, OutcomeUnknown):
                lost.append(problem)

        try:
            yield remember
        except OutcomeUnknown:
            raise
        except ApiError as problem:
            if not lost:
                raise
            raise OutcomeUnknown(
                f"{lost[-1].what}; then: {problem.what}",
                answered=False,
                next_step=lost[-1].next_step,
                method=problem.method,
                path=problem.path,
                status=problem.status,
            ) from None

    def _pause(self, state: tenacity.RetryCallState) -> float:
        problem = state.outcome.exception() if state.outcome else None
        pause = tenacity.wait_random_exponential(self.limits.first_pause, self.limits.longest_pause)(state)
        retry_after = problem.retry_after if isinstance(problem, ApiError) else None
        return max(pause, min(retry_after or 0.0, self.limits.longest_pause))
