"""Inputs of agents, and what the host answers about them."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from digo.settings.limits import GuardLimits
from protocol.values import SECRET_SIGNATURE, SIGNATURE_KEY

COUNTRY = "write it with + and the country code, such as +1 for the United States or +91 for India"
WANTED = {"name": "Desk", "follow_me_number": "+12025550101", "intercom": "1001"}


def inputs(index: int, **more: Any) -> dict[str, Any]:
    return {"name": f"Agent {index}", "follow_me_number": f"+1202555{100 + index:04d}", **more}


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments)
    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    return str(caught.value.details())


def hidden(struct: Any) -> set[str]:
    """The properties that are marked as secrets."""
    plain = json_format.MessageToDict(struct)
    return {
        name
        for name, value in plain.items()
        if isinstance(value, dict) and value.get(SIGNATURE_KEY) == SECRET_SIGNATURE
    }


def guard_input(created: int = 0, **more: Any) -> dict[str, Any]:
    census = {"endpoint": "http://h", "profile": "digo", "seen": 3, "unblocked": 3, "leads": {}, "wanted": {}}
    run = {
        "census": {**census, "agents": {f"a{index}": "" for index in range(created)}},
        "limits": GuardLimits(maxCreates=2).model_dump(),
        "plan": "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst",
        "approvals": [],
        "folder": "config/test",
        **more,
    }
    return {"endpoint": "http://h", "profile": "digo", "seen": 3, "run": run}
