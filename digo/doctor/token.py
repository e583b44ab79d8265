"""Checks of the token: where it comes from, its end, and whether the account accepts it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from digo.api.jwt import begins_with_bearer, claims_of, seconds_of, without_bearer
from digo.api.login import NOTICE_DAYS, Credentials, days_left
from digo.api.token_cache import GrantedToken, Refusal
from digo.doctor.check import Result, error, ok, warning
from digo.settings.stack_settings import Scheme
from digo.text.counts import counted

SOON_DAYS = 7
_DAY = 86_400
_CORRECT = "set the right password; it is tried with the next command"
_RESET = "set a new password in the panel, and put it where the old one is"
_RENEW = "get a new token from the panel or the vendor, and put it where the old one is"


def check_token(source: str, token: str, now: datetime) -> Result:
    """Where the token comes from, and when a JWT ends. The token itself is never shown."""
    claims = claims_of(token)
    if claims is None:
        return ok(f"from {source}; it is not a JWT, so its end cannot be read")
    begins, ends = _moment(claims.get("nbf")), _moment(claims.get("exp"))
    if begins is not None and begins > now:
        return error(
            f"from {source}; a JWT that begins on {begins:%Y-%m-%d %H:%M} UTC",
            "the account refuses it until then",
            f"compare this machine's clock with the check `clock`; else {_RENEW}",
        )
    if ends is None:
        return ok(f"from {source}; a JWT without an end")
    left = (ends - now).total_seconds()
    if left <= 0:
        return error(
            f"from {source}; a JWT that ended {_days(-left)} ago, on {ends:%Y-%m-%d}",
            "the account refuses it",
            _RENEW,
        )
    said = f"from {source}; a JWT that ends in {_days(left)}, on {ends:%Y-%m-%d}"
    if left < SOON_DAYS * _DAY:
        return warning(said, "runs fail after that", _RENEW)
    return ok(said)


def check_login(credentials: Credentials, known: GrantedToken | Refusal | None, refused: str, now: datetime) -> Result:
    """Where a login comes from, whether it was refused, and when the password ends. Nobody is asked.

    Args:
        credentials: the login id and password.
        known: what the cache of the login has.
        refused: why this password is not tried again; "" if it is.
        now: the present moment.
    """
    said = f"none, but {credentials.said}"
    if refused:
        return error(refused, "nobody logs in with this password again, because that locks the account", _CORRECT)
    if not isinstance(known, GrantedToken):
        return ok(f"{said}; the first request logs in")
    left = known.ends - now.timestamp()
    said += f"; its token ends in {counted(int(left // 60), 'minute')}" if left > 0 else "; its token has ended"
    days = days_left(known, now.timestamp())
    if days is not None and days <= NOTICE_DAYS:
        return warning(f"{said}; the password ends in {counted(max(days, 0), 'day')}", "logins fail after that", _RESET)
    return ok(said)


def _moment(claim: Any) -> datetime | None:
    seconds = seconds_of(claim)
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None


def _days(seconds: float) -> str:
    return counted(int(seconds // _DAY), "day") if seconds >= _DAY else "less than a day"


def other_header(header: str) -> str:
    """The `Authorization` header in the other scheme: without `Bearer`, or with it."""
    return without_bearer(header) if begins_with_bearer(header) else f"Bearer {header}"


def check_scheme(*, accepted: bool, other_accepted: bool | None, scheme: Scheme, bare: bool) -> Result:
    """Whether the account accepts the token.

    Args:
        accepted: whether it accepts it as the settings say.
        other_accepted: whether it accepts it in the other scheme; None if that is not known.
        scheme: the scheme of the settings.
        bare: whether the header is sent without `Bearer`.
    """
    sent, other = ("without", "with") if bare else ("with", "without")
    if accepted:
        return ok(f"the account accepts it {sent} `Bearer`")
    if other_accepted is None:
        return error(
            f"the account refuses it {sent} `Bearer`, and the second try got no answer that says more",
            "nothing can be read or planned",
            "run again in a minute; do not try often, because the sibling product locks accounts",
        )
    if other_accepted:
        wanted = Scheme.BEARER if bare else Scheme.VERBATIM
        step = f"run `pulumi config set digo:scheme {wanted.value}`"
        if scheme is wanted:  # the token itself begins with the word
            step = "take the word `Bearer` out of the token"
        return error(
            f"the account refuses it {sent} `Bearer`, and accepts it {other} it",
            "the token is right, and the header's scheme is not",
            step,
        )
    return error(
        "the account refuses it, with `Bearer` and without",
        "it has expired, was withdrawn, or is another account's or product's",
        f"compare it with the panel; {_RENEW}",
    )
