"""A stack's config as Pulumi's program sees it, read from `Pulumi.<stack>.yaml`.

Plain values need no engine and no passphrase; only a value that is a secret asks the engine to decrypt it.
Source: Pulumi's documentation, "Project and stack configuration".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from digo.desired.positions import Document
from digo.desired.problems import ConfigError, Problem
from digo.desired.reading import read_document

_SECURE = "secure"


class _Loader(yaml.SafeLoader):
    """A date stays the text that it is written as."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def stacks_of(root: Path) -> list[str]:
    """The stacks that have a config file in the project, by name."""
    names = (path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in root.glob("Pulumi.*.yaml"))
    return sorted(name for name in names if name)


class StackConfig:
    """Values by full key (`digo:endpoint`). `secrets` gives all of them decrypted, and is asked at most once.

    Raises:
        ConfigError: the file is not YAML, says a thing twice, or has no mapping under `config`.
    """

    def __init__(self, path: Path, secrets: Callable[[], Mapping[str, str]]) -> None:
        self._path = path
        self._values: Mapping[str, Any] = {}
        self._secrets = secrets
        self._decrypted: Mapping[str, str] | None = None
        if path.is_file():
            document, problems = read_document(path, path.parent)  # an error names the place, which PyYAML's own buries
            if problems:
                raise ConfigError(problems)
            _refuse_no_mapping(document)
            content = yaml.load(path.read_text(encoding="utf-8-sig"), _Loader) or {}
            self._values = {str(key): value for key, value in (content.get("config") or {}).items()}

    def get(self, key: str) -> str | None:
        """The value as a program gets it: a text as it is, anything else as JSON; None where there is none."""
        value = self._values.get(key)
        if value is None:
            return None
        if _has_secret(value):
            if self._decrypted is None:
                self._decrypted = self._secrets()
            return self._decrypted.get(key)
        return value if isinstance(value, str) else json.dumps(value)

    def is_plain(self, key: str) -> bool:
        """Whether the file has a value for the key in clear text."""
        value = self._values.get(key)
        return value is not None and not _has_secret(value)

    def keys(self, namespace: str) -> list[str]:
        """The keys of a namespace, without it."""
        return [key.removeprefix(f"{namespace}:") for key in self._values if key.startswith(f"{namespace}:")]


def _refuse_no_mapping(document: Document) -> None:
    content = document.data
    if not isinstance(content, (dict, type(None))):
        raise ConfigError([Problem(document.at(()), "", "the file is no mapping; it begins with `config:`")])
    if not isinstance((content or {}).get("config"), (dict, type(None))):
        raise ConfigError([Problem(document.key_at(("config",)), "config", "a mapping of keys is due here")])


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {_SECURE} or any(_has_secret(one) for one in value.values())
    return isinstance(value, list) and any(_has_secret(one) for one in value)
