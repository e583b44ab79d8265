"""Login, refresh, logout; refused logins and the lock after too many of them."""

import base64
import json
import re

import httpx
import pytest

from sandbox.smartflo.testing import SmartfloSide
from sandbox.testing import Sandbox

RIGHT = {"email": "example-login", "password": "example-password"}
WRONG = {"email": "example-login", "password": "wrong-password"}


@pytest.fixture
def visitor(sandbox: Sandbox, stranger: httpx.Client) -> httpx.Client:
    """A client without a token."""
    stranger.base_url = httpx.URL(sandbox.url)
    return stranger


def _log_in(visitor: httpx.Client, body: dict[str, str]) -> httpx.Response:
    return visitor.post("/v1/auth/login", json=body)


def _users(visitor: httpx.Client, token: str) -> int:
    return visitor.get("/v1/users", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_login_gives_a_token_that_says_when_it_ends(smartflo: SmartfloSide, visitor: httpx.Client) -> None:
    smartflo.settings(token_seconds=120, password_days=9)
    content = _log_in(visitor, RIGHT).json()
    token = content.pop("access_token")
    assert content == {"success": True, "token_type": "bearer", "expires_in": 120, "number_of_days_left": 9}
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["exp"] - claims["iat"] in (120, 119, 121)
    assert _users(visitor, token) == 200


def test_a_token_ends_by_time_by_logout_and_in_the_panel(smartflo: SmartfloSide, visitor: httpx.Client) -> None:
    smartflo.settings(token_seconds=0)
    assert _users(visitor, _log_in(visitor, RIGHT).json()["access_token"]) == 401
    smartflo.settings(token_seconds=3600)
    first, second = (_log_in(visitor, RIGHT).json()["access_token"] for _ in range(2))
    out = visitor.post("/v1/auth/logout", headers={"Authorization": first})
    assert out.json() == {"success": True, "message": "Successfully logged out"}
    assert (_users(visitor, first), _users(visitor, second)) == (401, 200)
    smartflo.end_logins()
    assert (_users(visitor, second), _users(visitor, smartflo.token)) == (401, 200)


def test_a_refresh_gives_another_token(smartflo: SmartfloSide, visitor: httpx.Client) -> None:
    first = _log_in(visitor, RIGHT).json()["access_token"]
    content = visitor.post("/v1/auth/refresh", headers={"Authorization": f"Bearer {first}"}).json()
    assert content["access_token"] != first
    assert (content["token_type"], content["expires_in"]) == ("bearer", 3600)
    assert _users(visitor, content["access_token"]) == 200
    refused = visitor.post("/v1/auth/refresh", headers={"Authorization": "Bearer other-token"})
    assert refused.status_code == 401
    assert smartflo.users() == []


def test_refused_logins_are_counted_and_lock_the_account(smartflo: SmartfloSide, visitor: httpx.Client) -> None:
    counts = [_log_in(visitor, WRONG).json()["login_failed_count"] for _ in range(2)]
    assert _log_in(visitor, RIGHT).json()["success"] is True
    counts += [_log_in(visitor, WRONG).json()["login_failed_count"] for _ in range(3)]
    assert counts == [1, 2, 1, 2, 3]

    locked = _log_in(visitor, RIGHT)
    assert (locked.status_code, locked.json()["success"]) == (429, False)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", locked.json()["retry_after"])
    smartflo.end_logins()
    assert _log_in(visitor, RIGHT).json()["success"] is True


def test_the_lock_is_a_setting(smartflo: SmartfloSide, visitor: httpx.Client) -> None:
    smartflo.settings(lock_after=1, lock_seconds=0, login_status=401)
    refused = _log_in(visitor, WRONG)
    assert (refused.status_code, refused.json()["login_failed_count"]) == (401, 1)
    assert _log_in(visitor, RIGHT).json()["success"] is True


def test_an_unknown_login_id_has_no_count_and_an_old_password_does_not_do(
    smartflo: SmartfloSide, visitor: httpx.Client
) -> None:
    assert _log_in(visitor, {**RIGHT, "email": "other"}).json() == {"success": False, "message": "Invalid credentials"}
    smartflo.settings(password_days=0)
    assert _log_in(visitor, RIGHT).json() == {"success": False, "message": "Your password has expired."}


def test_a_login_spends_the_accounts_budget_and_can_be_struck(sandbox: Sandbox, visitor: httpx.Client) -> None:
    sandbox.fault("status", status=429, path="/v1/auth/login")
    assert [_log_in(visitor, RIGHT).status_code for _ in range(2)] == [429, 200]
    assert {request["account"] for request in sandbox.requests()} == {"smartflo"}
    sandbox.settings(cps=1)
    while _log_in(visitor, RIGHT).status_code == 200:
        pass
    with sandbox.smartflo.client() as client:
        assert client.get("/v1/users").status_code == 429
