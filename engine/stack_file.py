"""Pulumi.<stack>.yaml: a stack's config values and its encryption salt.

Reading gives values as Pulumi does; writing changes only the lines concerned, so that comments and order stay.
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

    def object_value(self, key: str, decrypt: Decrypt) -> Any:
        """A list or mapping as data; None where the value is a scalar or missing."""
        node = self.config.get(key)
        if node is None or isinstance(node, yaml.ScalarNode) or _secure_text(node) is not None:
            return None
        return _to_data(node, decrypt)


def load_stack_file(path: Path, project: str) -> StackFile:
    """Reads the file; one that does not exist is an empty one. Raises `ConfigurationFailure`."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return StackFile(path)
    except OSError as error:
        raise ConfigurationFailure(f"could not read {path}: {error.strerror}") from error
    return parse_stack_file(path, text, project)


def parse_stack_file(path: Path, text: str, project: str) -> StackFile:
    """As `load_stack_file`, from text."""
    root = _compose(path, text)
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


def with_config(file: StackFile, project: str, key: str, value: Any) -> str:
    """The file's text with one more or one changed config value."""
    root = _compose(file.path, file.text)
    config = _find(root, "config")
    rendered = _render({key: value})
    if config is None:
        separator = "" if not file.text or file.text.endswith("\n") else "\n"
        return file.text + separator + "config:\n" + _indent(rendered, 2)
    pair = _pair_of(config[1], project, key)
    if not isinstance(config[1], yaml.MappingNode) or config[1].flow_style or not config[1].value:
        return _replace_whole_config(file, config, project, key, value)
    column = config[1].value[0][0].start_mark.column
    if pair is None:
        end = _end_of_line(file.text, _end_of(config[1]))
        return file.text[:end] + _newline_before(file.text, end) + _indent(rendered, column) + file.text[end:]
    start, end = pair[0].start_mark.index, _end_of(pair[1])
    written = _render({pair[0].value: value})
    return file.text[:start] + _indent(written, column).lstrip(" ").rstrip("\n") + file.text[end:]


def without_config(file: StackFile, project: str, key: str) -> str:
    """The file's text without one config value (unchanged where the value is not there)."""
    root = _compose(file.path, file.text)
    config = _find(root, "config")
    pair = _pair_of(config[1], project, key) if config is not None else None
    if config is None or pair is None:
        return file.text
    if getattr(config[1], "flow_style", False) or len(config[1].value) == 1:
        return _replace_whole_config(file, config, project, key, None)
    start = file.text.rfind("\n", 0, pair[0].start_mark.index) + 1
    end = _end_of_line(file.text, _end_of(pair[1]))
    return file.text[:start] + file.text[end:].removeprefix("\n")


def with_encryption_salt(file: StackFile, salt: str) -> str:
    """The file's text with this `encryptionsalt`."""
    found = _find(_compose(file.path, file.text), "encryptionsalt")
    if found is not None:
        return file.text[: found[1].start_mark.index] + salt + file.text[_end_of(found[1]) :]
    return f"encryptionsalt: {salt}\n{file.text}"


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
    ciphertext = _secure_text(node)
    if ciphertext is not None:
        return ConfigValue(decrypt(ciphertext), secret=True)
    if isinstance(node, yaml.ScalarNode):
        return ConfigValue(_scalar_text(node))
    return ConfigValue(_to_text(_to_data(node, decrypt)), secret=_has_secure(node))


def _compose(path: Path, text: str) -> yaml.MappingNode | None:
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigurationFailure(f"could not parse {path}: {error}") from error
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationFailure(f"{path}: expected a mapping with 'config'")
    return root


def _config_nodes(path: Path, node: yaml.Node, project: str) -> dict[str, yaml.Node]:
    if isinstance(node, yaml.ScalarNode) and node.value == "":
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise ConfigurationFailure(f"{path}:{node.start_mark.line + 1}: 'config' must be a mapping of keys to values")
    return {full_key(key.value, project): value for key, value in node.value}


def _find(root: yaml.MappingNode | None, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = root.value if root is not None else []
    return next(((key, value) for key, value in pairs if key.value == name), None)


def _pair_of(node: yaml.Node, project: str, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next(((name, value) for name, value in node.value if full_key(name.value, project) == key), None)


def _replace_whole_config(
    file: StackFile, config: tuple[yaml.Node, yaml.Node], project: str, key: str, value: Any
) -> str:
    # Flow style and empty blocks have no lines of their own to change: the block is written anew.
    data = {}
    if isinstance(config[1], yaml.MappingNode):
        data = {name.value: _to_raw_data(node) for name, node in config[1].value}
    data = {name: item for name, item in data.items() if full_key(name, project) != key}
    if value is not None:
        data[key] = value
    rendered = "config:\n" + _indent(_render(data), 2).rstrip("\n") if data else "config: {}"
    return file.text[: config[0].start_mark.index] + rendered + file.text[_end_of(config[1]) :]


def _end_of(node: yaml.Node) -> int:
    # A block's end mark lies at the next token, past comments that belong to what follows; its last leaf's does not.
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end_of(last[1] if isinstance(last, tuple) else last)


def _end_of_line(text: str, index: int) -> int:
    if index and text[index - 1 : index] == "\n":
        return index - 1
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _newline_before(text: str, index: int) -> str:
    return "\n" if index and text[index - 1 : index] != "\n" else ""


def _render(data: Mapping[str, Any]) -> str:
    # PyYAML writes the line breaks of Unicode bare into quotes, where they are folded to a blank: escape them.
    has_rare_breaks = any(mark in json.dumps(data, ensure_ascii=False) for mark in "\x85\u2028\u2029")
    return yaml.safe_dump(
        dict(data), default_flow_style=False, width=10_000, allow_unicode=not has_rare_breaks, sort_keys=False
    ).rstrip("\n")


def _indent(text: str, column: int) -> str:
    return "\n".join(" " * column + line for line in text.split("\n"))


def _secure_text(node: yaml.Node) -> str | None:
    if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
        return None
    key, value = node.value[0]
    return str(value.value) if key.value == "secure" and isinstance(value, yaml.ScalarNode) else None


def _has_secure(node: yaml.Node) -> bool:
    if _secure_text(node) is not None:
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
    ciphertext = _secure_text(node)
    if ciphertext is not None:
        return decrypt(ciphertext)
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _to_data(value, decrypt) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_to_data(item, decrypt) for item in node.value]
    return _scalar_data(node)


def _to_raw_data(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _to_raw_data(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_to_raw_data(item) for item in node.value]
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
