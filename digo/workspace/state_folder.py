"""Reads stacks from the folder of a `file://` backend, without a start of the engine.

It gives what the engine's `stack ls` and `stack export --show-secrets` give, or raises `LeftToEngine`. Whatever is not
quite usual is left to the engine: an interrupted run, another layout or version, another way of keeping secrets, a
wrong passphrase, a damaged file. So there is one place that knows these cases, and one text for each error.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from digo.project.state_layout import STACK_NAME, Layout, StackReference
from digo.text.json_text import loads
from protocol.values import SECRET_SIGNATURE, SIGNATURE_KEY

if TYPE_CHECKING:
    from digo.project.passphrase import AesGcmCrypter

_LAYOUT = {"version": 1}
_STATE_VERSION = 3
_ENDINGS = (".json", ".json.gz", ".json.zst")


class LeftToEngine(Exception):
    """Only the engine can answer. The text says why, for a debugger."""


@dataclass(frozen=True)
class StateFolder:
    """The stacks of one project in a backend's folder, which exists."""

    folder: Path
    project: str

    def stacks(self) -> list[str]:
        """The names of the stacks.

        Raises:
            LeftToEngine: see above.
        """
        self._require_layout()
        names: set[str] = set()
        try:
            for path in (self._layout.stacks / self.project).iterdir():
                names.update(path.name.removesuffix(end) for end in _ENDINGS if path.name.endswith(end))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise LeftToEngine(str(error)) from None
        return sorted(names)

    def deployment(self, stack: str, salt: str, crypter: Callable[[str], AesGcmCrypter]) -> Mapping[str, Any] | None:
        """A stack's deployment with secrets in clear text; None where there is no such stack.

        Args:
            stack: the stack's name.
            salt: the `encryptionsalt` of the stack's file.
            crypter: gives the crypter of a salt.

        Raises:
            LeftToEngine: see above.
            ProjectFailure: `crypter` does.
        """
        self._require_layout()
        if not STACK_NAME.match(stack):
            raise LeftToEngine("a name with an organization")
        # The journal first: a run that begins after this look leaves the state file as it is until its end.
        if self._layout.journal(StackReference(self.project, stack)).exists():
            raise LeftToEngine("a run was interrupted, or is under way")
        file = self._file(stack)
        return None if file is None else _opened(_latest(file), salt, crypter)

    @property
    def _layout(self) -> Layout:
        return Layout(self.folder)

    def _require_layout(self) -> None:
        meta = self._layout.meta
        try:
            if yaml.safe_load(meta.read_text(encoding="utf-8")) != _LAYOUT:
                raise LeftToEngine("another layout")
        except FileNotFoundError:
            if any(self._layout.stacks.glob("*.json*")):
                raise LeftToEngine("the layout before version 1") from None
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise LeftToEngine(str(error)) from None

    def _file(self, stack: str) -> Path | None:
        plain = self._layout.checkpoint(StackReference(self.project, stack))
        found = [path for path in (plain.with_name(stack + ending) for ending in _ENDINGS) if path.exists()]
        if len(found) > 1:
            raise LeftToEngine("two state files, of which the newer one counts")
        return found[0] if found else None


def _latest(file: Path) -> Mapping[str, Any]:
    """The deployment in a state file, as it is written."""
    if file.suffix == ".zst":
        raise LeftToEngine("a state compressed with zstd")
    try:
        data = file.read_bytes()
        content = loads(gzip.decompress(data) if file.suffix == ".gz" else data)
        version, latest = content["version"], content["checkpoint"].get("latest") or {}
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise LeftToEngine(f"{type(error).__name__} in {file}") from None
    if version != _STATE_VERSION or content.get("features") or not isinstance(latest, dict):
        raise LeftToEngine("another version of the state")
    return latest


def _opened(latest: Mapping[str, Any], salt: str, crypter: Callable[[str], AesGcmCrypter]) -> Mapping[str, Any]:
    """The deployment with its secrets in clear text."""
    provider = latest.get("secrets_providers")
    if provider != {"type": "passphrase", "state": {"salt": salt}} or not salt:
        raise LeftToEngine("secrets that are kept otherwise, or with another salt than the stack's file has")
    decrypt = crypter(salt).decrypt
    resources = latest.get("resources") or []
    try:
        return {**latest, "resources": [_open_resource(one, decrypt) for one in resources]}
    except (LookupError, TypeError, AttributeError) as error:
        raise LeftToEngine(f"{type(error).__name__} in a resource") from None


def _open_resource(resource: Mapping[str, Any], decrypt: Callable[[str], str]) -> dict[str, Any]:
    values = {name: _open(resource[name], decrypt) for name in ("inputs", "outputs") if name in resource}
    return {**resource, **values}


def _open(value: Any, decrypt: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) != SECRET_SIGNATURE:
            return {key: _open(one, decrypt) for key, one in value.items()}
        if value.keys() != {SIGNATURE_KEY, "ciphertext"}:
            raise LeftToEngine("a secret in another form")
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": decrypt(value["ciphertext"])}
    if isinstance(value, list):
        return [_open(one, decrypt) for one in value]
    return value
