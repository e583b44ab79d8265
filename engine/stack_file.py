"""Pulumi.<stack>.yaml: a stack's config values and its encryption salt.

Reading gives values as Pulumi does; `engine.stack_file_edits` writes.
Source of the format: pulumi/pulumi, `sdk/go/common/workspace/project.go` (`ProjectStack`) and
`sdk/go/common/resource/config`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from engine.deployment.context import ConfigValue
from engine.failure import ConfigurationFailure
from engine.project_file import ConfigDeclaration
from protocol import property_path

Decrypt = Callable[[str], str]


class _Loader(yaml.SafeLoader):
    """YAML as Go's yaml.v3 takes it in untyped places: no `yes`, no `12:30` in base 60, no dates."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
    list("-+0123456789."),
)


@dataclass(frozen=True)
class StackFile:
    """What a stack's file says. Keys of `config` are full (`namespace:name`); values are YAML nodes as read."""

    path: Path
    text: str = ""
    encryption_salt: str = ""
    config: Mapping[str, yaml.Node] = field(default_factory=dict)

    def has_secrets(self) -> bool:
        """Whether any value is encrypted."""
        return any(_has_secure(node) for node in self.config.values())

    def values(self, decrypt: Decrypt) -> dict[str, ConfigValue]:
        """All values, decrypted."""
        return {key: read_value(node, decrypt) for key, node in self.config.items()}


def load_stack_file(path: Path, project: str) -> StackFile:
    """Reads the file; one that does not exist is an empty one. Raises `ConfigurationFailure`."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return StackFile(path)
    except OSError as error:
        raise ConfigurationFailure(f"could not read {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigurationFailure(f"could not read {path}: it is not UTF-8 text") from None
    return parse_stack_file(path, text, project)


def parse_stack_file(path: Path, text: str, project: str) -> StackFile:
    """As `load_stack_file`, from text."""
    root = compose(path, text)
    if root is None:
        return StackFile(path, text)
    salt, config = "", {}
    for key_node, value_node in root.value:
        if key_node.value == "encryptionsalt":
            salt = str(value_node.value)
        elif key_node.value == "config":
            config = _config_nodes(path, value_node, project)
        elif key_node.value in ("secretsprovider", "encryptedkey") and value_node.value not in ("", "passphrase"):
            raise ConfigurationFailure(
                f"{path}: '{key_node.value}' asks for a secrets provider that only the pulumi CLI has; "
                "the embedded engine knows passphrases"
            )
        elif key_node.value == "environment" and value_node.value:
            raise ConfigurationFailure(f"{path}: 'environment' needs Pulumi Cloud; use the pulumi CLI for this stack")
    return StackFile(path, text, salt, config)


def complete_config(
    stack: str,
    values: Mapping[str, ConfigValue],
    declarations: Mapping[str, ConfigDeclaration],
) -> dict[str, ConfigValue]:
    """The stack's values plus the project's defaults, checked against the project's types.

    Raises `ConfigurationFailure` with Pulumi's words for what is missing or of the wrong type.
    """
    complete = dict(values)
    missing = []
    for key, declaration in declarations.items():
        if key in complete:
            _check_type(stack, key, declaration, complete[key])
        elif declaration.fallback is not None:
            complete[key] = ConfigValue(_to_text(declaration.fallback), declaration.secret)
        elif declaration.type is not None:
            missing.append(key)
    if missing:
        word = "value" if len(missing) == 1 else "values"
        names = ", ".join(f"'{key}'" for key in sorted(missing))
        raise ConfigurationFailure(
            f"Stack '{stack}' is missing configuration {word} {names}; set it with `config set <key> <value>`"
        )
    return complete


def full_key(key: str, project: str) -> str:
    """`name` as `project:name`; raises `ConfigurationFailure` where the key has too many parts."""
    parts = key.split(":")
    if len(parts) == 1:
        return f"{project}:{key}"
    if len(parts) == 2 and all(parts):
        return key
    if len(parts) == 3 and parts[1] == "config":
        return f"{parts[0]}:{parts[2]}"
    raise ConfigurationFailure(f"invalid configuration key: could not parse {key} as a configuration key")


def read_value(node: yaml.Node, decrypt: Decrypt) -> ConfigValue:
    """A node as Pulumi's config value: text, or JSON for lists and mappings; secret where any part is encrypted."""
    ciphertext = secure_text(node)
    if ciphertext is not None:
        return ConfigValue(decrypt(ciphertext), secret=True)
    if isinstance(node, yaml.ScalarNode):
        return ConfigValue(_scalar_text(node))
    return ConfigValue(_to_text(_to_data(node, decrypt)), secret=_has_secure(node))


def compose(path: Path, text: str) -> yaml.MappingNode | None:
    """The file's nodes, with their places; None for an empty file. Raises `ConfigurationFailure`."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigurationFailure(f"could not parse {path}: {error}") from error
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationFailure(f"{path}: expected a mapping with 'config'")
    _refuse_twice(path, root)
    return root


def _refuse_twice(path: Path, root: yaml.MappingNode) -> None:
    """As yaml.v3 does; PyYAML would take the last one, without a word."""
    waiting: list[yaml.Node] = [root]
    seen: set[int] = set()  # an alias can stand inside the mapping that it names
    while waiting:
        mapping = waiting.pop()
        if id(mapping) in seen or not isinstance(mapping, yaml.MappingNode):
            continue
        seen.add(id(mapping))
        lines: dict[str, int] = {}
        for key, value in mapping.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines:
                raise ConfigurationFailure(f'{path}:{line}: mapping key "{name}" already defined at line {lines[name]}')
            lines[name] = line
            waiting.append(value)


def _config_nodes(path: Path, node: yaml.Node, project: str) -> dict[str, yaml.Node]:
    if isinstance(node, yaml.ScalarNode) and node.value == "":
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise ConfigurationFailure(f"{path}:{node.start_mark.line + 1}: 'config' must be a mapping of keys to values")
    return {full_key(key.value, project): value for key, value in node.value}


def node_at(node: yaml.Node | None, path: property_path.Path) -> yaml.Node | None:
    """The node at a path from this one; None where there is none."""
    for step in path:
        if isinstance(node, yaml.MappingNode) and isinstance(step, str) and secure_text(node) is None:
            node = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
            node = node.value[step]
        else:
            return None
    return node


def secure_text(node: yaml.Node) -> str | None:
    """The ciphertext of a secret value; None for any other."""
    if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
        return None
    key, value = node.value[0]
    return str(value.value) if key.value == "secure" and isinstance(value, yaml.ScalarNode) else None


def _has_secure(node: yaml.Node) -> bool:
    if secure_text(node) is not None:
        return True
    if isinstance(node, yaml.MappingNode):
        return any(_has_secure(value) for _, value in node.value)
    return isinstance(node, yaml.SequenceNode) and any(_has_secure(item) for item in node.value)


def _scalar_text(node: yaml.ScalarNode) -> str:
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "null":
        return ""
    return str(node.value).lower() if kind == "bool" else str(node.value)


def _to_data(node: yaml.Node, decrypt: Decrypt) -> Any:
    ciphertext = secure_text(node)
    if ciphertext is not None:
        return decrypt(ciphertext)
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _to_data(value, decrypt) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_to_data(item, decrypt) for item in node.value]
    return _scalar_data(node)


def _scalar_data(node: yaml.Node) -> Any:
    text, kind = str(node.value), node.tag.rsplit(":", 1)[-1]
    if kind == "bool":
        return text.lower() == "true"
    if kind == "null":
        return None
    if kind == "int":
        return int(text)
    return float(text) if kind == "float" else text


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, dict)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return json.dumps(value)


def _check_type(stack: str, key: str, declaration: ConfigDeclaration, value: ConfigValue) -> None:
    if declaration.secret and not value.secret:
        raise ConfigurationFailure(
            f"Stack '{stack}' with configuration key '{key}' must be encrypted as it's secret; "
            f"set it with `config set --secret {key}`"
        )
    if declaration.type is not None and not _fits(declaration.type, value.text):
        raise ConfigurationFailure(
            f"Stack '{stack}' with configuration key '{key}' must be of type '{declaration.type}'"
        )


def _fits(kind: str, text: str) -> bool:
    if kind == "boolean":
        return text in ("true", "false")
    if kind == "integer":
        return re.fullmatch(r"[-+]?[0-9]+", text) is not None
    if kind in ("array", "object"):
        try:
            return isinstance(json.loads(text), list if kind == "array" else dict)
        except ValueError:
            return False
    return True
