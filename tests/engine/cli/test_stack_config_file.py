"""Pulumi.<stack>.yaml for a deployment: what the engine refuses, and what the project adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.project.declarations import Declaration
from digo.project.failure import ProjectError
from digo.project.stack_file import StackFile, parse_stack_file
from digo.project.values import Value
from engine.failure import ConfigurationFailure
from engine.stack_file import complete_config, supported


def parsed(text: str) -> StackFile:
    return supported(parse_stack_file(Path("Pulumi.dev.yaml"), text, "demo"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("config: [a]\n", "1: 'config' must be a mapping"),
        ("config: {a: b\n", "not YAML"),
        ("- a\n", "expected a mapping"),
        ("secretsprovider: awskms://x\n", "only the pulumi CLI"),
        ("environment: [prod]\n", "Pulumi Cloud"),
        ("config:\n  a:b:c: 1\n", "invalid configuration key"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, reason: str) -> None:
    with pytest.raises((ConfigurationFailure, ProjectError), match=reason):
        parsed(text)


def test_defaults_and_types_of_the_project() -> None:
    declared = {
        "demo:count": Declaration(type="integer", default=3),
        "demo:name": Declaration(type="string"),
        "demo:pin": Declaration(default="1234", secret=True),
        "aws:region": Declaration(value="eu"),
    }
    complete = complete_config("dev", {"demo:name": Value("x")}, declared)
    assert complete == {
        "demo:name": Value("x"),
        "demo:count": Value("3"),
        "demo:pin": Value("1234", secret=True),
        "aws:region": Value("eu"),
    }
    with pytest.raises(ConfigurationFailure, match="Stack 'dev' is missing configuration value 'demo:name'"):
        complete_config("dev", {}, declared)
    with pytest.raises(ConfigurationFailure, match="must be of type 'integer'"):
        complete_config("dev", {"demo:count": Value("x"), "demo:name": Value("x")}, declared)
    with pytest.raises(ConfigurationFailure, match="must be encrypted"):
        complete_config("dev", {"demo:pin": Value("x"), "demo:name": Value("x")}, declared)
