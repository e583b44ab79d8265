"""Posts a JSON body to one address, and tries again where that can help.

A notice may come twice: a reply that was lost does not say whether the receiver has it. Its id stays the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

import httpx
import tenacity

from digo.api.errors import NotSent
from digo.api.reply_body import BodyDamaged, ReplyTooLong
from digo.api.retry_after import seconds_to_wait
from digo.api.token_client import RedirectRefused, TokenClient
from digo.fleet.notices.address import Address
from digo.fleet.notices.failure import NoticeFailed
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.redact import Redactor
from digo.version import VERSION

TIMEOUT = 10.0  # seconds for one try
TRIES = 4
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds
_LONGEST_REPLY = 64 * 1024
_SHOWN = 200  # characters of a reply that refuses
_AGAIN = frozenset({408, 425, 429})


class _Passing(Exception):
    """A failure that may pass. The receiver may ask for a pause, in seconds."""

    def __init__(self, what: str, pause: float | None = None) -> None:
        super().__init__(what)
        self.pause = pause


@dataclass(frozen=True)
class Poster:
    """Sends requests. `sleep` waits for so many seconds between two tries."""

    sleep: Callable[[float], None] = time.sleep

    def post(self, address: Address, body: str, headers: Callable[[], Mapping[str, str]] = dict) -> None:
        """Posts the body. `headers` makes the headers of each try.

        Raises:
            NoticeFailed: the receiver refused it, or could not be reached in any try.
        """
        client = TokenClient(address.origin, {}, {"User-Agent": f"pulumi-digo/{VERSION}"}, TIMEOUT, _LONGEST_REPLY)
        content = body.encode("utf-8")

        def once() -> None:
            more = {"Content-Type": "application/json", **headers()}
            _check(address, _exchange(client, address, content, more))

        try:
            tenacity.Retrying(
                retry=tenacity.retry_if_exception_type(_Passing),
                stop=tenacity.stop_after_attempt(TRIES),
                wait=_pause,
                sleep=self.sleep,
                reraise=True,
            )(once)
        except _Passing as problem:
            raise NoticeFailed(f"{address.host} {problem}, in {counted(TRIES, 'try', 'tries')}") from None
        except NotSent as problem:
            raise NoticeFailed(f"nothing was sent to {address.host}: {problem.what}; {problem.next_step}") from None


def _exchange(client: TokenClient, address: Address, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
    try:
        return client.request("POST", address.target, content=content, headers=headers)
    except RedirectRefused:
        raise NoticeFailed(f"{address.host} redirects the request elsewhere, and a notice is not sent on") from None
    except (ReplyTooLong, BodyDamaged):
        raise NoticeFailed(f"{address.host} sent a reply that could not be read; it may have the notice") from None
    except httpx.HTTPError as problem:
        raise _Passing(f"did not reply within {TIMEOUT:g} s" if client.late else _words(problem)) from None


def _check(address: Address, reply: httpx.Response) -> None:
    if reply.is_success:
        return
    status = f"{reply.status_code} {reply.reason_phrase}".strip()
    if reply.status_code >= 500 or reply.status_code in _AGAIN:
        asked = reply.headers.get_list("Retry-After")
        pause = seconds_to_wait(asked, reply.headers.get("Date"), datetime.now(timezone.utc))
        raise _Passing(f"replied {status}", pause)
    secrets = (address.target, address.target.lstrip("/"), *address.target.split("/"))
    said = one_line(Redactor(secrets)(reply.text.strip()))[:_SHOWN]
    raise NoticeFailed(f"{address.host} refused the notice: {status}{f', `{said}`' if said else ''}")


def _pause(state: tenacity.RetryCallState) -> float:
    """The pause that the receiver asks for, or else twice the last one."""
    problem = state.outcome.exception() if state.outcome else None
    asked = problem.pause if isinstance(problem, _Passing) else None
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (state.attempt_number - 1) if asked is None else asked)


def _words(problem: httpx.HTTPError) -> str:
    if isinstance(problem, httpx.RemoteProtocolError):
        return "sent no reply of HTTP"
    return f"could not be reached ({type(problem).__name__})"
