"""A stack's config as Pulumi's program sees it: `Pulumi.<stack>.yaml`, and the defaults of `Pulumi.yaml`.

Plain values need no engine and no passphrase; only a value that is a secret asks the engine to decrypt it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from digo.desired.positions import Position, shown_path
from digo.desired.problems import ConfigError, Problem
from digo.project.declarations import ConfigMismatch, check_types, declared_keys, with_defaults
from digo.project.failure import Fault, ProjectError
from digo.project.project_file import ProjectFile, load_project
from digo.project.stack_file import StackFile, load_stack_file
from digo.project.values import Value

_SEALED = "[secret]"


def read_project(path: Path) -> ProjectFile:
    """Pulumi.yaml.

    Raises:
        ConfigError: all that is wrong with it.
    """
    with config_errors(path.parent):
        return load_project(path)


def read_stack_file(project: ProjectFile, stack: str) -> StackFile:
    """The stack's file; an empty one where there is none.

    Raises:
        ConfigError: all that is wrong with it.
    """
    with config_errors(project.root):
        return load_stack_file(project.stack_file(stack), project.name)


@contextmanager
def config_errors(root: Path) -> Iterator[None]:
    """Makes config's own error of one of the project's files: its places are relative to `root`."""
    try:
        yield
    except ProjectError as error:
        raise ConfigError(problem_at(error.path, root, one) for one in error.faults) from None


def problem_at(path: Path, root: Path, fault: Fault) -> Problem:
    """A fault of a file as a problem."""
    return Problem(Position(shown_path(path, root), fault.line, fault.column), "", fault.message)


class StackConfig:
    """Values by full key (`digo:endpoint`). `secrets` gives all of them decrypted, and is asked at most once.

    Raises:
        ConfigError: a file is not YAML, says a thing twice, or lacks what Pulumi.yaml declares.
    """

    def __init__(self, project: ProjectFile, stack: str, secrets: Callable[[], Mapping[str, str]]) -> None:
        self._project = project
        self._secrets = secrets
        self._decrypted: Mapping[str, str] | None = None
        self.file = read_stack_file(project, stack)
        self._values = self._complete(stack)

    def _complete(self, stack: str) -> Mapping[str, Value]:
        values = self.file.values(lambda _ciphertext: _SEALED)
        try:
            complete = with_defaults(stack, values, self._project.config)
            # What is encrypted has its type checked by the engine, which can read it.
            plain = {key: value for key, value in complete.items() if not value.secret}
            check_types(stack, plain, self._project.config)
        except ConfigMismatch as mismatch:
            raise ConfigError([problem_at(self._project.path, self._project.root, mismatch.place)]) from None
        return complete

    def get(self, key: str) -> str | None:
        """The value as a program gets it: a text as it is, anything else as JSON; None where there is none."""
        value = self._values.get(key)
        if value is None or not value.secret or not self._is_sealed(key):
            return None if value is None else value.text
        if self._decrypted is None:
            self._decrypted = self._secrets()
        return self._decrypted.get(key)

    def is_plain(self, key: str) -> bool:
        """Whether a file has a value for the key in clear text."""
        return key in self._values and not self._is_sealed(key)

    def keys(self, namespace: str) -> list[str]:
        """The keys of a namespace, without it."""
        own = [key.removeprefix(f"{namespace}:") for key in self.file.entries if key.startswith(f"{namespace}:")]
        return list(dict.fromkeys([*own, *(name for name, _ in declared_keys(self._project.config, namespace))]))

    def _is_sealed(self, key: str) -> bool:
        """Whether the stack's file has the value encrypted; a default of the project is in clear text."""
        entry = self.file.entries.get(key)
        return entry is not None and self._values[key].secret
