"""Pulumi.<stack>.yaml as a deployment needs it; `engine.stack_file_edits` writes it.

It is read by `digo.project`, the one reader of these files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from digo.project import stack_file
from digo.project.declarations import ConfigMismatch, Declaration, check_types, with_defaults
from digo.project.failure import ProjectError
from digo.project.go_yaml import compose as compose_yaml
from digo.project.go_yaml import data_of, pairs
from digo.project.values import Decrypt, Value, has_secure, secure_text, text_of, value_of
from digo.text import is_unicode, visible
from engine.deployment.context import ConfigValue
from engine.failure import ConfigurationFailure
from protocol import property_path


@dataclass(frozen=True)
class StackFile:
    """What a stack's file says. Keys of `config` are full (`namespace:name`); values are YAML nodes as read."""

    path: Path
    text: str = ""
    encryption_salt: str = ""
    config: Mapping[str, yaml.Node] = field(default_factory=dict)

    def has_secrets(self) -> bool:
        """Whether any value is encrypted."""
        return any(has_secure(node) for node in self.config.values())

    def values(self, decrypt: Decrypt) -> dict[str, ConfigValue]:
        """All values, decrypted."""
        return {key: read_value(node, decrypt) for key, node in self.config.items()}


def load_stack_file(path: Path, project: str) -> StackFile:
    """Reads the file; one that does not exist is an empty one. Raises `ConfigurationFailure`."""
    try:
        return _checked(stack_file.load_stack_file(path, project))
    except ProjectError as problem:
        raise ConfigurationFailure(str(problem)) from None


def parse_stack_file(path: Path, text: str, project: str) -> StackFile:
    """As `load_stack_file`, from text."""
    try:
        return _checked(stack_file.parse_stack_file(path, text, project))
    except ProjectError as problem:
        raise ConfigurationFailure(str(problem)) from None


def complete_config(
    stack: str,
    values: Mapping[str, ConfigValue],
    declarations: Mapping[str, Declaration],
    project: Path = Path("Pulumi.yaml"),
) -> dict[str, ConfigValue]:
    """The stack's values plus the project's defaults, checked against the project's types. `project` is Pulumi.yaml.

    Raises `ConfigurationFailure` with Pulumi's words for what is missing or of the wrong type.
    """
    try:
        complete = with_defaults(
            stack, {key: Value(value.text, value.secret) for key, value in values.items()}, declarations
        )
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
    return {key: ConfigValue(value.text, value.secret) for key, value in complete.items()}


def full_key(key: str, project: str) -> str:
    """`name` as `project:name`; raises `ConfigurationFailure` where the key has too many parts."""
    try:
        return stack_file.full_key(key, project)
    except ValueError as problem:
        raise ConfigurationFailure(str(problem)) from None


def read_value(node: yaml.Node, decrypt: Decrypt) -> ConfigValue:
    """A node as Pulumi's config value: text, or JSON for lists and mappings; secret where any part is encrypted."""
    value = value_of(node, decrypt)
    return ConfigValue(value.text, secret=value.secret)


def compose(path: Path, text: str) -> yaml.MappingNode | None:
    """The file's nodes, with their places; None for an empty file. Raises `ConfigurationFailure`."""
    try:
        return compose_yaml(path, text, exact=True)
    except ProjectError as problem:
        raise ConfigurationFailure(str(problem)) from None


def node_at(node: yaml.Node | None, path: property_path.Path) -> yaml.Node | None:
    """The node at a path from this one; None where there is none."""
    for step in path:
        if isinstance(node, yaml.MappingNode) and isinstance(step, str) and secure_text(node) is None:
            node = next((value for name, _, value in pairs(node) if name == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
            node = node.value[step]
        else:
            return None
    return node


def _written(data: Any) -> Any:
    """Data as it is written again: a moment as the text that a program gets."""
    if isinstance(data, dict):
        return {name: _written(item) for name, item in data.items()}
    if isinstance(data, list):
        return [_written(item) for item in data]
    return text_of(data) if isinstance(data, datetime) else data


def _checked(read: stack_file.StackFile) -> StackFile:
    path = read.path
    for name, _, value in pairs(read.root) if read.root is not None else ():
        if name in ("secretsprovider", "encryptedkey") and data_of(value) not in ("", None, "passphrase"):
            raise ConfigurationFailure(
                f"{path}: '{name}' asks for a secrets provider that only the pulumi CLI has; "
                "the embedded engine knows passphrases"
            )
        if name == "environment" and data_of(value):
            raise ConfigurationFailure(f"{path}: 'environment' needs Pulumi Cloud; use the pulumi CLI for this stack")
    return StackFile(path, read.text, read.encryption_salt, {key: entry.node for key, entry in read.entries.items()})
