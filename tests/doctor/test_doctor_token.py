"""What can be said of a token without asking anybody."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from digo.api.login import Credentials
from digo.api.token_cache import GrantedToken
from digo.doctor.check import Status
from digo.doctor.token import check_login, check_token, other_header

NOW = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
SIGNATURE = "example-signature"


def jwt(**claims: Any) -> str:
    """A JSON Web Token with these claims; a moment becomes seconds since 1970, as RFC 7519 has it."""
    seconds = {name: int(one.timestamp()) if isinstance(one, datetime) else one for name, one in claims.items()}
    parts = ({"alg": "HS256", "typ": "JWT"}, seconds)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, SIGNATURE])


@pytest.mark.parametrize(
    ("claims", "status", "said"),
    [
        ({"exp": NOW + timedelta(days=90)}, Status.OK, "a JWT that ends in 90 days, on 2027-02-27"),
        ({"exp": NOW + timedelta(days=1, hours=1)}, Status.WARNING, "ends in 1 day, on 2026-11-30"),
        ({"exp": NOW + timedelta(minutes=5)}, Status.WARNING, "ends in less than a day"),
        ({"exp": NOW - timedelta(days=3)}, Status.ERROR, "ended 3 days ago, on 2026-11-26"),
        ({"exp": NOW}, Status.ERROR, "ended less than a day ago"),
        ({"nbf": NOW + timedelta(hours=1)}, Status.ERROR, "begins on 2026-11-29 13:00 UTC"),
        ({"sub": "12025550101"}, Status.OK, "a JWT without an end"),
        ({"exp": "soon"}, Status.OK, "a JWT without an end"),
        ({"exp": True}, Status.OK, "a JWT without an end"),
        ({"exp": 10**30}, Status.OK, "a JWT without an end"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_the_end_of_a_jwt(claims: dict[str, Any], status: Status, said: str, prefix: str) -> None:
    token = prefix + jwt(**claims)
    result = check_token("DIGO_AUTHORIZATION", token, NOW)
    assert result.status is status
    assert said in result.found and result.found.startswith("from DIGO_AUTHORIZATION")
    assert (result.status is Status.OK) == (result.next_step == "")
    assert SIGNATURE not in repr(result) and token.split(".")[1] not in repr(result)


@pytest.mark.parametrize(
    "token", ["example-token", "a.b.c", "..", "e30.e30", f"{jwt()[:8]}.!!!.x", "e30.W10.x", "eyJhIjoxfQ.e30.x"]
)
def test_what_is_no_jwt(token: str) -> None:
    result = check_token("DIGO_AUTHORIZATION", token, NOW)
    assert (result.status, result.found) == (
        Status.OK,
        "from DIGO_AUTHORIZATION; it is not a JWT, so its end cannot be read",
    )


@pytest.mark.parametrize(
    ("header", "other"),
    [("example-token", "Bearer example-token"), ("Bearer example-token", "example-token"), ("bearer  x", "x")],
)
def test_the_other_scheme(header: str, other: str) -> None:
    assert other_header(header) == other


CREDENTIALS = Credentials("example-login", "canary-password", "digo:loginId", "DIGO_LOGIN_PASSWORD")
SAID = "none, but the login id of digo:loginId with the password of DIGO_LOGIN_PASSWORD"


def granted(seconds: float, days: int | None) -> GrantedToken:
    begins = NOW.timestamp()
    return GrantedToken("canary-token", begins, begins + seconds, days)


@pytest.mark.parametrize(
    ("known", "refused", "status", "said"),
    [
        (None, "", Status.OK, f"{SAID}; the first request logs in"),
        (granted(3630, 90), "", Status.OK, f"{SAID}; its token ends in 60 minutes"),
        (granted(-1, None), "", Status.OK, f"{SAID}; its token has ended"),
        (granted(3630, 10), "", Status.WARNING, f"{SAID}; its token ends in 60 minutes; the password ends in 10 days"),
        (granted(3630, -1), "", Status.WARNING, f"{SAID}; its token ends in 60 minutes; the password ends in 0 days"),
        (None, "an earlier run was refused", Status.ERROR, "an earlier run was refused"),
    ],
)
def test_a_login(known: GrantedToken | None, refused: str, status: Status, said: str) -> None:
    result = check_login(CREDENTIALS, known, refused, NOW)
    assert (result.status, result.found) == (status, said)
    assert "canary" not in repr(result)
