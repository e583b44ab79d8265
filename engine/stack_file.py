"""Pulumi.<stack>.yaml for a deployment. `digo.project` reads the file; `digo.project.stack_file_edits` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from digo.project.declarations import ConfigMismatch, Declaration, check_types, with_defaults
from digo.project.go_yaml import data_of, pairs
from digo.project.stack_file import StackFile
from digo.project.values import Value, secure_text
from digo.text.unicode import is_unicode, visible
from engine.failure import ConfigurationFailure
from protocol import property_path


def complete_config(
    stack: str,
    values: Mapping[str, Value],
    declarations: Mapping[str, Declaration],
    project: Path = Path("Pulumi.yaml"),
) -> dict[str, Value]:
    """The stack's values and the project's defaults, checked against the project's types. `project` is Pulumi.yaml.

    Raises `ConfigurationFailure`, with Pulumi's text, if a value is missing or has the wrong type.
    """
    try:
        complete = with_defaults(stack, values, declarations)
        check_types(stack, complete, declarations)
    except ConfigMismatch as problem:
        place = problem.place
        raise ConfigurationFailure(
            f"{project}:{place.line}:{place.column}: {place.message}; "
            "set it with `config set <key> <value>`, a secret with --secret"
        ) from None
    if broken := [key for key, value in complete.items() if not is_unicode(key + value.text)]:
        raise ConfigurationFailure(
            f"Stack '{stack}': the value of '{visible(broken[0])}' has half of a character in it, an escape such as "
            r"\ud83d without its other half; write the character itself"
        )
    return complete


def node_at(node: yaml.Node | None, path: property_path.Path) -> yaml.Node | None:
    """The node at a path from this one; None if there is none."""
    for step in path:
        if isinstance(node, yaml.MappingNode) and isinstance(step, str) and secure_text(node) is None:
            node = next((value for name, _, value in pairs(node) if name == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
            node = node.value[step]
        else:
            return None
    return node


def supported(file: StackFile) -> StackFile:
    """The file itself; raises `ConfigurationFailure` if it asks for what only the pulumi CLI has."""
    asked = {name: data_of(value) for name, _, value in pairs(file.root)} if file.root is not None else {}
    for name in ("secretsprovider", "encryptedkey"):
        if asked.get(name) not in ("", None, "passphrase"):
            raise ConfigurationFailure(
                f"{file.path}: '{name}' asks for a secrets provider that only the pulumi CLI has; "
                "the embedded engine knows passphrases"
            )
    if asked.get("environment"):
        raise ConfigurationFailure(f"{file.path}: 'environment' needs Pulumi Cloud; use the pulumi CLI for this stack")
    return file
