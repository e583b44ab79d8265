"""Entries of config files, and agents of the account by name."""

from __future__ import annotations

from typing import Any

from sandbox.testing import Sandbox

NUMBERS = [f"+1202555{last:04}" for last in range(100, 200)]
OWN = "+12025550190"
"""A number that a sandbox's account of users calls with."""


def agent(index: int, name: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"name": name or f"Agent {index}", "follow_me_number": NUMBERS[index], "intercom": 1000 + index} | fields


def user(index: int, name: str | None = None, **fields: Any) -> dict[str, Any]:
    """An agent's entry with all that a new user needs."""
    return {
        "name": name or f"Agent {index}",
        "follow_me_number": NUMBERS[index],
        "email": f"agent{index}@example.com",
        "login_id": f"agent{index}",
        "user_role": 3,
        "caller_ids": [OWN],
    } | fields


def lead(index: int, **fields: str) -> dict[str, str]:
    return {"phone": NUMBERS[50 + index], **fields}


def lists(*leads: dict[str, str]) -> dict[str, Any]:
    columns = {"phone": "field_0", "name": "field_1", "otp": "field_5"}
    return {"lists": {"otp": {"id": 4711, "columns": columns, "leads": list(leads)}}}


def by_name(sandbox: Sandbox, name: str) -> dict[str, Any]:
    return next(record for record in sandbox.agents() if record["name"] == name)
