"""A stack's config as Pulumi's program has it: `Pulumi.<stack>.yaml`, and the defaults of `Pulumi.yaml`.

Plain values need no engine and no passphrase. Only a secret is decrypted by the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from digo.project.declarations import ConfigMismatch, check_types, declared_keys, with_defaults
from digo.project.failure import Fault, ProjectError
from digo.project.project_file import ProjectFile, load_project
from digo.project.stack_file import StackFile, load_stack_file
from digo.project.values import Value
from digo.source.positions import Position, shown_path
from digo.source.problems import ConfigError, Problem

_ENCRYPTED = "[secret]"


def read_project(path: Path) -> ProjectFile:
    """Reads Pulumi.yaml.

    Raises:
        ConfigError: with every problem of the file.
    """
    with config_errors(path.parent):
        return load_project(path)


def read_stack_file(project: ProjectFile, stack: str) -> StackFile:
    """Reads the stack's file; an empty one where there is none.

    Raises:
        ConfigError: with every problem of the file.
    """
    with config_errors(project.root):
        return load_stack_file(project.stack_file(stack), project.name)


@contextmanager
def config_errors(root: Path) -> Iterator[None]:
    """Turns an error of the project's files into a `ConfigError`, with paths relative to `root`."""
    try:
        yield
    except ProjectError as error:
        raise ConfigError(project_problem(error.path, root, one) for one in error.faults) from None


def project_problem(path: Path, root: Path, fault: Fault) -> Problem:
    """A fault of a file as a `Problem`."""
    return Problem(Position(shown_path(path, root), fault.line, fault.column), "", fault.message)


class StackConfig:
    """Values by full key (`digo:endpoint`). `secrets` returns all decrypted values, and is called at most once.

    Raises:
        ConfigError: a file is not YAML, has a key twice, or lacks a value that Pulumi.yaml declares.
    """

    def __init__(self, project: ProjectFile, stack: str, secrets: Callable[[], Mapping[str, str]]) -> None:
        self._project = project
        self._secrets = secrets
        self._decrypted: Mapping[str, str] | None = None
        self.file = read_stack_file(project, stack)
        self._values = self._complete(stack)

    def _complete(self, stack: str) -> Mapping[str, Value]:
        values = self.file.values(lambda _ciphertext: _ENCRYPTED)
        try:
            complete = with_defaults(stack, values, self._project.config)
            # The engine checks the types of encrypted values, because it can read them.
            plain = {key: value for key, value in complete.items() if not value.secret}
            check_types(stack, plain, self._project.config)
        except ConfigMismatch as mismatch:
            raise ConfigError([project_problem(self._project.path, self._project.root, mismatch.place)]) from None
        return complete

    def get(self, key: str) -> str | None:
        """The value as the program gets it: text unchanged, other values as JSON. None where there is none."""
        value = self._values.get(key)
        if value is None or not value.secret or not self._is_encrypted(key):
            return None if value is None else value.text
        if self._decrypted is None:
            self._decrypted = self._secrets()
        return self._decrypted.get(key)

    def is_plain(self, key: str) -> bool:
        """Whether a file has the key's value in clear text."""
        return key in self._values and not self._is_encrypted(key)

    def keys(self, namespace: str) -> list[str]:
        """The keys of a namespace, without that namespace."""
        own = [key.removeprefix(f"{namespace}:") for key in self.file.entries if key.startswith(f"{namespace}:")]
        return list(dict.fromkeys([*own, *(name for name, _ in declared_keys(self._project.config, namespace))]))

    def _is_encrypted(self, key: str) -> bool:
        """Whether the stack's file has the value encrypted. Defaults of the project are in clear text."""
        entry = self.file.entries.get(key)
        return entry is not None and self._values[key].secret
