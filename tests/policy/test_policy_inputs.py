"""The policy pack's mapping: the inputs that the program registers, asked by the rules of the core."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from digo.desired.policy import PolicyEntry
from policy.inputs import violations
from protocol.tokens import AGENT_TYPE as AGENT
from protocol.tokens import LEAD_SHARD_TYPE as SHARD
from protocol.tokens import LEAD_TYPE as LEAD
from tests.scenarios.workspace import Workspace
from tests.warm.warm_sandbox import start_sandbox

COLUMNS = {"phone": "field_0", "name": "field_1"}
POLICY = PolicyEntry.model_validate(
    {
        "country_codes": ["1"],
        "forbidden_numbers": ["+1 202 555 0199"],
        "name_pattern": "[A-Z].*",
        "intercoms": ["1000-1999"],
        "required_fields": ["field_5"],
    }
)


def rules(kind: str, props: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one.rule, one.field) for one in violations(POLICY, kind, props)]


@pytest.mark.parametrize(
    ("kind", "props", "against"),
    [
        (AGENT, {"name": "Sales", "follow_me_number": "+12025550101", "intercom": "1001"}, []),
        (AGENT, {"name": "Sales", "follow_me_number": "+12025550101"}, []),
        (
            AGENT,
            {"name": "sales", "follow_me_number": "+447700900123", "intercom": "2001"},
            [("name_pattern", "name"), ("country_codes", "follow_me_number"), ("intercoms", "intercom")],
        ),
        (AGENT, {"name": "S", "follow_me_number": "+12025550199"}, [("forbidden_numbers", "follow_me_number")]),
        (AGENT, {"name": "S", "follow_me_number": "12"}, [("number", "follow_me_number")]),
        (LEAD, {"list_id": "1", "phone": "+12025550142", "fields": {"field_5": "1"}}, []),
        (
            LEAD,
            {"list_id": "1", "phone": "+447700900124", "fields": {}},
            [("required_fields", ""), ("country_codes", "phone")],
        ),
        (SHARD, {"source": {"columns": {"phone": "field_0", "otp": "field_5"}}}, []),
        (SHARD, {"source": {"columns": {"phone": "field_0"}}}, [("required_fields", "")]),
        ("pulumi-python:dynamic/digo:Account", {"endpoint": "https://api.example.com"}, []),
        ("aws:s3/bucket:Bucket", {}, []),
    ],
)
def test_the_rules_are_asked_of_a_resources_inputs(
    kind: str, props: dict[str, Any], against: list[tuple[str, str]]
) -> None:
    assert rules(kind, props) == against


def plain(value: Any) -> Any:
    """A property of the state without the envelope of a secret."""
    if isinstance(value, dict) and "plaintext" in value:
        return json.loads(value["plaintext"])
    return {key: plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def test_the_inputs_are_those_that_the_program_registers(tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as sandbox:
        workspace = Workspace(tmp_path / "project", "embedded", sandbox)
        workspace.agents(sales={"name": "sales", "follow_me_number": "+1 202 555 0101", "intercom": "2001"})
        leads = [{"phone": "+1 202 555 0142", "name": "Asha"}]
        workspace.write("lists.yaml", {"lists": {"otp": {"id": 1, "columns": COLUMNS, "leads": leads}}})
        workspace.up()
        exported = workspace.run("stack", "export", "--show-secrets", "--stack", "test")
    found = {}
    for resource in json.loads(exported.stdout)["deployment"]["resources"]:
        if against := rules(resource["type"], plain(resource.get("inputs", {}))):
            found[resource["urn"].rsplit("::", 1)[-1]] = against
    assert found == {
        "sales": [("name_pattern", "name"), ("intercoms", "intercom")],
        "otp-0142": [("required_fields", "")],
    }
