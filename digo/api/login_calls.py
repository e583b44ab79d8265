"""The calls of a login, and what their replies prove.

Source: the sibling product's pages *Generate a token* and *Authentication using tokens*. They show a refusal as
`success: false` with a `message` and perhaps `login_failed_count`, and name no status. Public clients also saw a locked
login: a body with `retry_after`, a local time of India.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from digo.api.calls import Call, RetryPolicy
from digo.api.decoding import decode_body
from digo.api.errors import LoginRefused, RateLimited, ReadUnknown
from digo.api.jwt import claims_of, seconds_of, without_bearer
from digo.api.reasons import join_reasons, quoted, reasons_of
from digo.api.responses import Reply
from digo.api.token_cache import GrantedToken
from digo.text.redact import Redactor

LIFE_SECONDS = 3600.0
"""The documented life of a token, for a reply that does not say (page *Authentication using tokens*)."""

_INDIA = timezone(timedelta(hours=5, minutes=30))
_REFUSALS = frozenset({400, 401, 403, 422, 423})


@dataclass(frozen=True)
class FailedLogin:
    """What the API says of a refused login: its words, how many failed so far, and until when it is locked."""

    said: str
    failed: int | None
    until: float | None
    until_text: str


def log_in(login_id: str, password: str) -> Call[GrantedToken]:
    """`POST /v1/auth/login`: a token for a login id, which the API calls `email`, and its password."""
    return Call("POST", "v1/auth/login", RetryPolicy.LOGIN, read_grant, {"email": login_id, "password": password})


def refresh() -> Call[GrantedToken]:
    """`POST /v1/auth/refresh`: a new token for the present one, which its header has."""
    return Call("POST", "v1/auth/refresh", RetryPolicy.LOGIN, read_grant)


def read_grant(reply: Reply, redact: Redactor) -> GrantedToken:
    """The token of a login or a refresh.

    Raises:
        LoginRefused: the API refused it, or says that the login is locked. `failure` has what it said.
        RateLimited: 429 without a time after which to try again: the account's calls per second were used up.
        ReadUnknown: any other reply without a token.
    """
    content = decode_body(reply.body, reply.content_type)
    fields = {name.lower(): value for name, value in content.items()} if isinstance(content, dict) else {}
    locked = isinstance(fields.get("retry_after"), str)
    if reply.status == 429 and not locked:
        raise RateLimited(
            f"the account's calls per second are used up (429 on {reply.method} {reply.path})",
            next_step="lower digo:cps to the account's own limit, or wait for other users of the account",
            **reply.where,
        )
    refused = locked or (str(fields.get("success")).lower() == "false" and reply.status < 500)
    if refused or reply.status == 401 or (reply.status in _REFUSALS and fields):
        raise _refused(reply, content, fields, redact)
    token = fields.get("access_token")
    token = without_bearer(token.strip()) if isinstance(token, str) else ""
    if not 200 <= reply.status < 300 or not token or not token.isascii() or not token.isprintable():
        raise ReadUnknown(
            f"the API's reply to {reply.method} {reply.path} ({reply.status}) neither gives a token nor refuses one",
            next_step="check digo:endpoint, digo:profile and the service, then run again; nothing was read or written",
            **reply.where,
        )
    now = time.time()
    return GrantedToken(token, now, _end_of(token, fields, now), _whole(fields.get("number_of_days_left")))


def _refused(reply: Reply, content: Any, fields: Mapping[str, Any], redact: Redactor) -> LoginRefused:
    until_text = quoted(str(fields.get("retry_after") or ""), redact)
    named = {name: value for name, value in fields.items() if name not in ("retry_after", "login_failed_count")}
    said = join_reasons(reasons_of(named if isinstance(content, dict) else content, redact)) or f"status {reply.status}"
    failure = FailedLogin(said, _whole(fields.get("login_failed_count")), _moment(until_text), until_text)
    return LoginRefused(
        f"the API refused {reply.method} {reply.path}: {said}", failure=failure, next_step="", **reply.where
    )


def _end_of(token: str, fields: Mapping[str, Any], now: float) -> float:
    """When a token ends: by the reply's `expires_in` (seconds), else by the JWT's own `exp`, else after an hour."""
    life = _number(fields.get("expires_in"))
    if life is not None and life > 0:
        return now + life
    ends = seconds_of((claims_of(token) or {}).get("exp"))
    return ends if ends is not None and ends > now else now + LIFE_SECONDS


def _moment(text: str) -> float | None:
    """A local time of India in seconds since 1970; None if it is of another form."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_INDIA).timestamp()
    except ValueError:
        return None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e12 else None
