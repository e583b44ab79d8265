"""What the reply to a login or a refresh proves."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from digo.api.errors import LoginRefused, RateLimited, ReadUnknown
from digo.api.login_calls import LIFE_SECONDS, read_grant
from digo.api.responses import Reply
from digo.text.redact import Redactor

PASSWORD = "example-password"


def reply(content: Any, status: int = 200) -> Reply:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Reply("POST", "/v1/auth/login", status, "application/json", body)


def read(content: Any, status: int = 200) -> Any:
    return read_grant(reply(content, status), Redactor([PASSWORD]))


def jwt(**claims: Any) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in ({"alg": "x"}, claims)]
    return ".".join([*parts, "signature"])


# The documented sample, with another token.
SAMPLE = {
    "success": True,
    "access_token": "example-access-token",
    "token_type": "bearer",
    "expires_in": 3600,
    "number_of_days_left": 90,
}


def test_the_documented_reply() -> None:
    grant = read(SAMPLE)
    assert (grant.token, grant.ends - grant.begins, grant.days_left) == ("example-access-token", 3600.0, 90)
    assert "example-access-token" not in repr(grant)


@pytest.mark.parametrize(
    ("changes", "life"),
    [
        ({"expires_in": "120"}, 120.0),
        ({"expires_in": 0}, LIFE_SECONDS),
        ({"expires_in": None}, LIFE_SECONDS),
        ({"expires_in": True}, LIFE_SECONDS),
        ({"expires_in": "soon"}, LIFE_SECONDS),
        ({"expires_in": None, "access_token": jwt(exp=1)}, LIFE_SECONDS),
    ],
)
def test_a_life_that_the_reply_says_in_some_way(changes: dict[str, Any], life: float) -> None:
    grant = read({**SAMPLE, **changes})
    assert grant.ends - grant.begins == pytest.approx(life)


def test_the_end_of_a_jwt_counts_where_the_reply_has_none() -> None:
    ends = time.time() + 777_777
    assert read({"access_token": jwt(exp=ends)}).ends == ends


@pytest.mark.parametrize("token", ["Bearer example-access-token", " example-access-token\n"])
def test_a_token_comes_without_bearer_and_spaces(token: str) -> None:
    assert read({**SAMPLE, "access_token": token}).token == "example-access-token"


def test_names_in_other_letters() -> None:
    assert read({"Success": "true", "Access_Token": "example-access-token"}).token == "example-access-token"
    assert read({**SAMPLE, "number_of_days_left": "9"}).days_left == 9


@pytest.mark.parametrize("status", [200, 400, 401, 403, 422])
@pytest.mark.parametrize("success", [False, "false", "False"])
def test_a_refusal_with_its_count(status: int, success: object) -> None:
    content = {"success": success, "message": f"wrong: {PASSWORD}", "login_failed_count": 2}
    with pytest.raises(LoginRefused) as caught:
        read(content, status)
    failure = caught.value.failure
    assert (failure.said, failure.failed, failure.until) == ("wrong: [secret]", 2, None)


@pytest.mark.parametrize(
    ("content", "status"),
    [({"email": ["is unknown"]}, 422), ({"email": "is unknown"}, 400), (b"Unauthorized", 401), ({}, 401)],
)
def test_other_forms_of_a_refusal(content: Any, status: int) -> None:
    with pytest.raises(LoginRefused):
        read(content, status)


@pytest.mark.parametrize("status", [200, 429])
def test_a_locked_login_says_until_when(status: int) -> None:
    locked = {"success": False, "message": "locked", "retry_after": "2026-11-29 15:00:00"}
    with pytest.raises(LoginRefused) as caught:
        read(locked, status)
    failure = caught.value.failure
    # 15:00 in India is 9:30 UTC.
    assert (failure.until, failure.until_text) == (1795944600.0, "2026-11-29 15:00:00")
    with pytest.raises(LoginRefused) as odd:
        read({**locked, "retry_after": "in a while"}, status)
    assert (odd.value.failure.until, odd.value.failure.until_text) == (None, "in a while")


def test_the_pace_is_no_refusal() -> None:
    with pytest.raises(RateLimited):
        read({"success": "false", "message": "Too many requests."}, 429)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"success": True}, 200),
        ({"success": True, "access_token": ""}, 200),
        ({"success": True, "access_token": 17}, 200),
        ({"success": True, "access_token": "two\nlines"}, 200),
        ({"success": True, "access_token": "tökén"}, 200),
        ([], 200),
        (b"<html>", 200),
        (b"<html>", 403),
        (b"<html>", 404),
        ({"message": "server error"}, 500),
        ({"success": False, "message": "server error"}, 500),
        ({**SAMPLE}, 502),
    ],
)
def test_what_proves_nothing(content: Any, status: int) -> None:
    with pytest.raises(ReadUnknown, match="neither gives a token nor refuses one"):
        read(content, status)
