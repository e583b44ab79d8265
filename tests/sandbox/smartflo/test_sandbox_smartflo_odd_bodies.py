"""Odd values in bodies, paths and queries: each call refuses them or takes them, and none breaks.

Asked in this process, because a call that breaks is an exception here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.database import open_database
from sandbox.operations import Operation
from sandbox.service import Service
from sandbox.settings import Settings
from sandbox.smartflo.account import SmartfloAccount
from sandbox.smartflo.operations import smartflo_operations
from sandbox.smartflo.user_fields import CREATED, PATCHED

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    float("nan"),
    "",
    " ",
    "\ud800",
    "٢" * 12,
    "x" * 70_000,
    [],
    [None],
    [[]],
    [{}],
    {},
    {"$date": 1},
)
FIELDS = (
    *{**CREATED, **PATCHED},
    *("follow_me_number", "intercom", "description", "field", "enable_outbound_based_skill", "skill_list_id"),
    *("field_0", "field_1", "field_99", "field_x", "duplicate_option", "priority", "skill_id", "dial_status"),
    *("data", "lead_data", "email", "password"),
)
RIGHT = {
    "create_agent": True,
    "status": True,
    "name": "Ada",
    "number": "+12025550101",
    "email": "a",
    "login_id": "a",
    "password": "x",
    "user_role": 1,
    "caller_id": [2222222],
    "follow_me_number": "+12025550102",
    "field": "field_1",
    "data": ["x"],
    "lead_data": {"field_2": "y"},
    "field_0": "+12025550103",
}


@pytest.fixture
def account(tmp_path: Path) -> Iterator[SmartfloAccount]:
    """An account with a user, a list and a lead."""
    connection = open_database(tmp_path / "sandbox.db")
    account = Service(connection, Settings(smartflo_duplicates="allow")).smartflo
    account.users.add("Ada", "12025550101", None)
    account.lists.create("Spring", None, None)
    account.rows.add("50001", "12025550102", {"field_1": "x"})
    yield account
    connection.close()


def _parameters(operation: Operation[SmartfloAccount], value: str) -> dict[str, str]:
    return dict.fromkeys((*operation.pattern.groupindex, "token"), value)


@pytest.mark.parametrize("operation", smartflo_operations(), ids=lambda operation: operation.pattern.pattern)
def test_an_odd_value_breaks_nothing(account: SmartfloAccount, operation: Operation[SmartfloAccount]) -> None:
    ids = ("50001", "40001", "740001", "", "0", "-1", "9" * 40, "f" * 24, "x" * 24, "\ud800")
    if not operation.needs_body:
        for value in ids:
            for query in ({}, {"number": [value or "x"], "limit": [value or "x"], "last_seen_id": [value or "x"]}):
                assert operation.handle(account, _parameters(operation, value), query).status < 500
        return
    for value in ids[:1] if "broadcast" in operation.pattern.pattern else ids[:2]:
        for field in FIELDS:
            for odd in ODD:
                reply = operation.handle(account, _parameters(operation, value), {**RIGHT, field: odd})
                assert reply.whole().status < 500
    assert account.users.all()
    assert isinstance(account.users.peek_list("plus"), list)


def test_each_body_may_be_empty(account: SmartfloAccount) -> None:
    for operation in smartflo_operations():
        if operation.needs_body:
            reply = operation.handle(account, _parameters(operation, "40001"), {})
            assert reply.status < 500
            assert b'"success":true' not in reply.body or operation.method == "PATCH"
