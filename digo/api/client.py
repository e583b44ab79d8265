"""The blocking client, and what both clients share: reading replies and retrying.

A call's `RetryPolicy` decides what is retried. Reads and idempotent writes are retried after any transient failure. A
create is retried only if the API certainly did nothing: no connection, or a 429.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, TypeVar

import httpx
import tenacity

from digo.api.calls import Call, RetryPolicy
from digo.api.deadline import Deadline, transport_with
from digo.api.errors import ApiError, NotSent, OutcomeUnknown, RateLimited, ReadUnknown
from digo.api.pace import NoLimit, Pace
from digo.api.proxy import proxy_of
from digo.api.reasons import quoted
from digo.api.reply_body import ACCEPT_ENCODING, MEGABYTE, BodyDamaged, ReplyBody, ReplyTooLong
from digo.api.responses import UNKNOWN_ACT, UNKNOWN_LEAD, UNKNOWN_WRITE, Reply
from digo.api.retry_after import seconds_to_wait
from digo.api.transport import ReadOnlyTransport
from digo.text.redact import Redactor
from digo.text.unicode import visible

T = TypeVar("T")

USER_AGENT = "pulumi-digo"
DEFAULT_REPLY_MEGABYTES = 64  # a list of 10,000 agents takes about 6
BYTES_A_VALUE = 32
"""So a list of agents, which has a value for each 20 bytes, may take five eighths of the limit."""
_LOCATION = "digo.location"
_ERRNO = re.compile(r"\[Errno -?\d+\] ")

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

    The clients follow no redirect. httpx raises on a `Location` that is no URL, which would look like a lost reply.
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


@dataclass(frozen=True)
class Limits:
    """Timeouts and retries.

    Attributes:
        connect_timeout: seconds to connect.
        reply_timeout: seconds that one try may take in all: connection, request, and the reply to its last byte. A
            streamed reply has them for each `STREAM_PIECE` of its body.
        reply_bytes: the most bytes of a reply's body, unpacked. It may have one value of JSON for each `BYTES_A_VALUE`.
            Streamed replies have no such limit: they are not kept.
        tries: tries of one call in all.
        tries_when_late: tries of a call whose reply is not whole in time.
        tries_when_limited: tries of a call that gets 429.
        first_pause: seconds before the second try; each pause doubles, with jitter. A longer `Retry-After` wins.
        longest_pause: the longest pause in seconds.
    """

    connect_timeout: float = 5.0
    reply_timeout: float = 30.0
    reply_bytes: int = DEFAULT_REPLY_MEGABYTES * MEGABYTE
    tries: int = 4
    tries_when_late: int = 2
    tries_when_limited: int = 10
    first_pause: float = 0.5
    longest_pause: float = 30.0


@dataclass(frozen=True)
class Access:
    """Where the API is, and the authorization for it.

    Attributes:
        endpoint: the API's URL; it names the account.
        authorization: the header's whole value. It is never shown.
        port: replaces the port of `endpoint`, as for a sandbox on this machine.
    """

    endpoint: str
    authorization: str
    port: int | None = None

    def __repr__(self) -> str:
        return f"Access(endpoint={self.endpoint!r})"

    def url(self, path: str) -> str:
        """The URL of a call's path. The endpoint may end with a slash or not: the page has both."""
        return f"{self.address.rstrip('/')}/{path}"

    @property
    def address(self) -> str:
        """Where requests go."""
        return self.endpoint if self.port is None else str(httpx.URL(self.endpoint).copy_with(port=self.port))

    @property
    def headers(self) -> dict[str, str]:
        """The headers of each request."""
        return {
            "Authorization": self.authorization,
            "Accept": "application/json",
            "Accept-Encoding": ACCEPT_ENCODING,
            "User-Agent": USER_AGENT,
        }

    @property
    def redactor(self) -> Redactor:
        """A redactor that hides the authorization, with and without its scheme."""
        return Redactor({self.authorization, self.authorization.rsplit(" ", 1)[-1]})

    @property
    def encrypted(self) -> bool:
        """Whether certificates are checked. Loading the authorities takes 20 ms, which plain http does not need."""
        return httpx.URL(self.endpoint).scheme != "http"

    @property
    def proxy(self) -> str | None:
        """The proxy of the environment for this address, or None."""
        return proxy_of(self.address)


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
        if call.retry_policy is RetryPolicy.HARMLESS:
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
        if call.retry_policy is RetryPolicy.HARMLESS:
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
        if call.retry_policy is RetryPolicy.ONCE:
            return False
        if isinstance(problem, RateLimited):
            return state.attempt_number < self.limits.tries_when_limited
        if state.attempt_number >= self.limits.tries:
            return False
        if isinstance(problem, NotSent):
            return True
        if call.retry_policy is RetryPolicy.NEVER:
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
        self._pace.wait()
        self._under_way = call
        try:
            reply = self._exchange(call)
        except ApiError:
            self._under_way = None
            raise
        self._under_way = None
        return self._read_reply(call, reply)

    def _exchange(self, call: Call[T]) -> Reply:
        self._deadline.begin(self.limits.reply_timeout)
        status = 0
        try:
            url = self.access.url(call.path)
            with self._http.stream(call.method, url, **content_of(call)) as response:
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
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
