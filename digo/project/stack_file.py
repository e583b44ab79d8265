"""`Pulumi.<stack>.yaml`: a stack's config values and its encryption salt.

Source of the format: pulumi/pulumi, `sdk/go/common/workspace/project.go` (`ProjectStack`) and `loaders.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from digo.project.failure import Fault, ProjectError
from digo.project.go_yaml import child, compose, fault, pairs, read_text, scalar_of
from digo.project.values import Decrypt, Value, has_secure, secure_text, text_of, value_of


@dataclass(frozen=True)
class Entry:
    """One config value: its key as written in the file, and its node."""

    key: yaml.Node
    node: yaml.Node


@dataclass(frozen=True)
class StackFile:
    """The content of a stack's file.

    Keys of `entries` are full (`namespace:name`). `exists` says whether there is a file.
    """

    path: Path
    exists: bool = False
    text: str = ""
    encryption_salt: str = ""
    root: yaml.MappingNode | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def secrets_provider(self) -> str:
        """What `secretsprovider` says, such as `awskms://…`; "" if it is left out, which means a passphrase."""
        found = None if self.root is None else child(self.root, "secretsprovider")
        return "" if found is None else text_of(scalar_of(found))

    def values(self, decrypt: Decrypt) -> dict[str, Value]:
        """All values, decrypted."""
        return {key: value_of(entry.node, decrypt) for key, entry in self.entries.items()}

    def has_secrets(self) -> bool:
        """Whether any value is encrypted."""
        return any(has_secure(entry.node) for entry in self.entries.values())


def load_stack_file(path: Path, project: str) -> StackFile:
    """Reads the file. A missing file counts as empty.

    Raises:
        ProjectError: every fault in it.
    """
    try:
        text = read_text(path)
    except FileNotFoundError:
        return StackFile(path)
    return parse_stack_file(path, text, project)


def parse_stack_file(path: Path, text: str, project: str) -> StackFile:
    """Reads a stack file's text; see `load_stack_file`."""
    root = compose(path, text)
    if root is None:
        return StackFile(path, exists=True, text=text)
    salt = child(root, "encryptionsalt")
    return StackFile(
        path,
        exists=True,
        text=text,
        encryption_salt="" if salt is None else text_of(scalar_of(salt)),
        root=root,
        entries=_entries(path, root, project),
    )


def full_key(key: str, project: str) -> str:
    """The full form of a key: `name` becomes `project:name`.

    Raises:
        ValueError: the key has too many parts.
    """
    parts = key.split(":")
    if len(parts) == 1:
        return f"{project}:{key}"
    if len(parts) == 2 and all(parts):
        return key
    if len(parts) == 3 and parts[1] == "config":
        return f"{parts[0]}:{parts[2]}"
    raise ValueError(f"invalid configuration key: could not parse {key} as a configuration key")


def _entries(path: Path, root: yaml.MappingNode, project: str) -> dict[str, Entry]:
    found = next(((key, value) for name, key, value in pairs(root) if name == "config"), None)
    if found is None or (isinstance(found[1], yaml.ScalarNode) and scalar_of(found[1]) is None):
        return {}
    if not isinstance(found[1], yaml.MappingNode):
        raise ProjectError(path, [fault(found[0], "'config' must be a mapping of keys to values")])
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    for name, key, value in pairs(found[1]):
        try:
            full = full_key(name, project)
            if not isinstance(scalar_of(key), str):
                raise ValueError(f"invalid configuration key: `{name}` is not a text; write it in quotes")
            if secure_text(value) is None and not has_secure(value):
                value_of(value, str)
        except ValueError as problem:
            faults.append(fault(key, str(problem)))
            continue
        if full in entries:
            first = entries[full].key.start_mark.line + 1
            faults.append(fault(key, f"`{full}` occurs twice; first at line {first}"))
        entries.setdefault(full, Entry(key, value))
    if faults:
        raise ProjectError(path, faults)
    return entries
