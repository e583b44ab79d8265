"""Login, refresh and logout. Source: the pages on tokens; what a lock looks like is from public client code."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.operations import Operation, operation
from sandbox.reply import Reply, failure, json_reply
from sandbox.smartflo.account import SmartfloAccount

LOGIN = "/v1/auth/login"
_LOCAL = ZoneInfo("Asia/Kolkata")


def log_in(account: SmartfloAccount, _path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/auth/login`: the only call without a token."""
    sessions, settings = account.sessions, account.settings
    locked_until = sessions.locked_until()
    if locked_until is not None:
        return _locked(locked_until)
    if settings.smartflo_password_days <= 0:
        return failure("Your password has expired.", settings.smartflo_login_status)
    if body.get("email") != settings.smartflo_login_id:
        return failure("Invalid credentials", settings.smartflo_login_status)
    if body.get("password") != settings.smartflo_password:
        refused = {"success": False, "message": "Wrong username or password.", "login_failed_count": sessions.refuse()}
        return json_reply(refused, settings.smartflo_login_status, committed=True)
    sessions.forget_refusals()
    days = {"number_of_days_left": settings.smartflo_password_days}
    return json_reply({**_token(account), **days}, committed=True)


def _locked(until: float) -> Reply:
    # The account's local time, and no zone.
    moment = datetime.fromtimestamp(until, _LOCAL).strftime("%Y-%m-%d %H:%M:%S")
    content = {"success": False, "message": "Too many login attempts. Your account is locked.", "retry_after": moment}
    return json_reply(content, 429)


def _token(account: SmartfloAccount) -> dict[str, Any]:
    life = account.settings.smartflo_token_seconds
    return {"success": True, "access_token": account.sessions.open(), "token_type": "bearer", "expires_in": life}


def refresh(account: SmartfloAccount, _path: Mapping[str, str], _body: Any) -> Reply:
    """`POST /v1/auth/refresh`: a new token for the one in the header, which goes on until its own end."""
    return json_reply(_token(account), committed=True)


def log_out(account: SmartfloAccount, path: Mapping[str, str], _body: Any) -> Reply:
    """`POST /v1/auth/logout`: ends the token in the header. A permanent token goes on."""
    account.sessions.close(path["token"])
    return json_reply({"success": True, "message": "Successfully logged out"}, committed=True)


def login_operations() -> tuple[Operation[SmartfloAccount], ...]:
    """The calls about tokens."""
    return (
        operation("POST", LOGIN, log_in, needs_body=True),
        operation("POST", "/v1/auth/refresh", refresh, needs_body=False),
        operation("POST", "/v1/auth/logout", log_out, needs_body=False),
    )
