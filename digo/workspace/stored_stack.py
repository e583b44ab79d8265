"""What a stack's own files say, its secrets too, without a start of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from digo.project.failure import ProjectFailure
from digo.project.go_yaml import data_of, pairs
from digo.project.project_file import ProjectFile
from digo.project.stack_file import StackFile, load_stack_file
from digo.project.values import has_secure, value_of
from digo.workspace.stack_keys import StackKeys
from digo.workspace.state_folder import LeftToEngine, StateFolder

# Of Pulumi.<stack>.yaml. `secretsprovider: passphrase` is what its absence means.
_PLAIN = frozenset({"config", "encryptionsalt"})
_PASSPHRASE = ("secretsprovider", "passphrase")


class StoredStack:
    """A stack in the project's files and in a backend's folder. Each method raises `LeftToEngine`."""

    def __init__(self, project: ProjectFile, stack: str, folder: Path | None, environ: Mapping[str, str]) -> None:
        """`folder` is the backend's; None for another kind of backend. `environ` has the passphrase."""
        self._project = project
        self._stack = stack
        self._folder = folder
        self._keys = StackKeys(environ, project.root)

    def stacks(self) -> list[str]:
        """See `StateFolder.stacks`."""
        return self._state.stacks()

    def deployment(self) -> Mapping[str, Any] | None:
        """See `StateFolder.deployment`."""
        try:
            return self._state.deployment(self._stack, self._file.encryption_salt, self._keys.crypter)
        except ProjectFailure as failure:
            raise LeftToEngine(str(failure)) from None

    def secrets(self) -> Mapping[str, str]:
        """The encrypted values of the stack's file, decrypted, by full key."""
        file = self._file
        try:
            decrypt = self._keys.crypter(file.encryption_salt).decrypt
            encrypted = {key: one.node for key, one in file.entries.items() if has_secure(one.node)}
            return {key: value_of(node, decrypt).text for key, node in encrypted.items()}
        except (ProjectFailure, ValueError) as failure:
            raise LeftToEngine(str(failure)) from None

    @property
    def _state(self) -> StateFolder:
        if self._folder is None:
            raise LeftToEngine("a backend that is not a folder")
        return StateFolder(self._folder, self._project.name)

    @cached_property
    def _file(self) -> StackFile:
        try:
            file = load_stack_file(self._project.stack_file(self._stack), self._project.name)
        except ProjectFailure as failure:
            raise LeftToEngine(str(failure)) from None
        asked = [(name, data_of(value)) for name, _, value in pairs(file.root)] if file.root is not None else []
        if any(name not in _PLAIN and (name, value) != _PASSPHRASE for name, value in asked):
            raise LeftToEngine("a stack's file that asks for more than a passphrase")
        return file
