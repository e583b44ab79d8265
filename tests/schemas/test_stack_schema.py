"""The schema of a stack's file and `digo validate` agree about each setting of digo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from digo.cli.context import Context
from digo.cli.findings import project_findings
from digo.schemas import schema_of
from digo.settings.keys import CHOICES, COMMAND_KEYS, KEYS, NUMBERS, SECRETS
from digo.settings.limits import GuardLimits

SECURE = "{secure: djE6abc}"
OTHERS = {
    "endpoint": "https://api.example.com",
    "environment": "prod",
    "authorizationFile": "token.txt",
    "loginId": "example-login",
    "loginPasswordFile": "password.txt",
    "paceStore": "redis://localhost",
    "ledgerKeyFile": "key.txt",
    "profile": "digo",
    "undocumented": "''",
    "zone": "Asia/Kolkata",
    "apiKeyFile": "key.txt",
    "maskingSecretFile": "key.txt",
    "account": "branch-7",
    "labels": "{region: south, Gebiet: Süd}",
}


def right() -> Iterator[tuple[str, str]]:
    """A setting and a value, as the file has them."""
    for name, number in NUMBERS.items():
        yield from ((name, str(one)) for one in (number.least, number.most, f"'{number.default}'"))
    for name, kind in CHOICES.items():
        yield from ((name, word) for member in kind for word in (member.value, member.value.upper()))
    yield from ((name, SECURE) for name in SECRETS)
    yield from OTHERS.items()
    yield from (("guards", f"{{{name}: 1}}") for name in GuardLimits.model_fields)


def wrong() -> Iterator[tuple[str, str]]:
    for name, number in NUMBERS.items():
        yield from ((name, str(one)) for one in (number.least - 1, number.most + 1, "many", "[1]", "{a: 1}"))
    for name in CHOICES:
        yield from ((name, one) for one in ("other", "7", "[a]"))
    yield from ((name, "in-clear-text") for name in SECRETS)
    yield from (("guards", one) for one in ("5", "[]", "{maxCreate: 1}", "{maxCreates: -1}", "{maxCreates: many}"))
    yield from (("labels", one) for one in ("south", "[south]", "{region: 7}", "{region: ''}", "{region: [a]}"))
    yield from (("", "1"), ("cpss", "3"), ("endpoint", "[x]"), ("endpoint", "{a: b}"))


def errors(folder: Path, text: str) -> list[str]:
    """By `digo validate`."""
    (folder / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (folder / "Pulumi.t.yaml").write_text(text)
    (folder / "config" / "t").mkdir(parents=True)
    found = project_findings(Context(folder, "t"), ["t"])
    return [str(problem) for finding in found for problem in finding.problems]


def accepted(text: str) -> bool:
    """By a reader of JSON Schema, for the file as an editor reads it."""
    schema: Any = schema_of("stack")
    return bool(jsonschema.validators.validator_for(schema)(schema).is_valid(yaml.safe_load(text)))


def test_each_setting_has_a_right_value_here() -> None:
    assert {name for name, _ in right()} == {*KEYS, *COMMAND_KEYS}


@pytest.mark.parametrize(("name", "value"), list(right()))
def test_what_is_right_is_accepted_by_both(tmp_path: Path, name: str, value: str) -> None:
    text = f"encryptionsalt: v1:abc\nconfig:\n  own: 1\n  digo:{name}: {value}\n"
    assert errors(tmp_path, text) == []
    assert accepted(text)


@pytest.mark.parametrize(("name", "value"), list(wrong()))
def test_what_is_wrong_is_refused_by_both(tmp_path: Path, name: str, value: str) -> None:
    text = f"config:\n  digo:{name}: {value}\n"
    (problem, *more) = errors(tmp_path, text)
    assert problem.startswith("Pulumi.t.yaml:2:")
    assert not more
    assert not accepted(text)


@pytest.mark.parametrize("text", ["", "config:\n", "config: {}\n"])
def test_a_stack_may_have_no_settings(tmp_path: Path, text: str) -> None:
    assert errors(tmp_path, text) == []
    assert accepted(text)


def test_it_is_a_schema_and_explains_each_setting() -> None:
    schema: Any = json.loads(json.dumps(schema_of("stack")))
    jsonschema.validators.validator_for(schema).check_schema(schema)
    settings = schema["properties"]["config"]["properties"]
    assert all(one["description"].endswith(".") for one in settings.values())
