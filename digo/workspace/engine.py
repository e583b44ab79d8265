"""The engine that keeps a stack's state: `pulumi` if it is on PATH, else the embedded engine.

Where the stack's files say as much as the engine would, no process of it is started; see `digo.workspace.state_folder`.
`scripts/stack.sh` has the same rule.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version as installed_version
from pathlib import Path
from shutil import which
from typing import Any, NoReturn

from digo.project.backend import (
    BACKEND_VARIABLE,
    DEFAULT_FOLDER,
    ensure_folder,
    folder_of,
    is_folder,
    url_of,
    without_user,
)
from digo.project.earlier_runs import SANDBOX
from digo.project.failure import BackendError
from digo.project.project_file import ProjectFile
from digo.system.command_name import engine_command
from digo.workspace.state_folder import LeftToEngine
from digo.workspace.stored_stack import StoredStack

_SECONDS_AT_MOST = 600
"""Of a command that reads the state, its history or secrets, or makes a stack: none is an operation."""


class EngineError(Exception):
    """The engine failed. The text has its message."""


@dataclass(frozen=True)
class EngineCommands:
    """Commands of one engine on one project and stack.

    Attributes:
        project: the project.
        stack: the stack's name.
        start: the folder that a relative path of the backend counts from.
        environ: the environment variables of the commands.
    """

    project: ProjectFile
    stack: str
    start: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @property
    def name(self) -> str:
        """The command that the user types."""
        return engine_command(self.environ)

    @property
    def _is_pulumi(self) -> bool:
        return self.name == "pulumi"

    @property
    def backend(self) -> str:
        """Where the state is, for messages."""
        url = self.backend_url
        return without_user(url) if url else "the backend that pulumi is logged in to"

    @property
    def backend_url(self) -> str:
        """The backend's address; "" if it is the one that pulumi is logged in to."""
        return self._environ().get(BACKEND_VARIABLE) or self.project.backend_url

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables of the engine's processes."""
        return self._environ()

    def version(self) -> str:
        """The engine's version. The embedded engine has the SDK's.

        Raises:
            EngineError: it cannot be started.
        """
        return self._run("version").strip() if self._is_pulumi else f"v{installed_version('pulumi')}"

    def state(self) -> Mapping[str, Any] | None:
        """The stack's deployment with secrets in clear text; None where there is no such stack.

        Raises:
            EngineError: the state cannot be read.
        """
        if self._has_no_folder():
            return None
        with suppress(LeftToEngine):
            return self._stored.deployment()
        try:
            exported = json.loads(self._run("stack", "export", "--show-secrets", "--stack", self.stack))
        except EngineError:
            # Not checked before: each command of an engine is a process of its own.
            if self.stack in self.stacks():
                raise
            return None
        deployment: Mapping[str, Any] = exported.get("deployment") or {}
        return deployment

    def history(self) -> Any:
        """The stack's past updates, the newest first, as `stack history --json` prints them.

        None where there is no such stack. It needs no passphrase.

        Raises:
            EngineError: the history cannot be read.
        """
        if self._has_no_folder():
            return None
        try:
            # Without a size, the command prints ten updates.
            text = self._run("stack", "history", "--json", "--page-size", "0", "--stack", self.stack)
        except EngineError:
            if self.stack in self.stacks():
                raise
            return None
        try:
            return json.loads(text)
        except ValueError as problem:
            raise EngineError(f"`{self.name} stack history --json` printed no JSON: {problem}") from None

    def create(self) -> bool:
        """Creates the stack, and the folder of a `file://` backend; False where the stack exists.

        Raises:
            EngineError: it cannot be created.
        """
        self._make_folder()
        if self.stack in self.stacks():
            return False
        self._run("stack", "init", self.stack)
        return True

    def cancel(self) -> None:
        """Takes away the stack's lock, whoever holds it.

        Raises:
            EngineError: it cannot be taken away.
        """
        self._run("cancel", "--yes", "--stack", self.stack)

    def secrets(self) -> Mapping[str, str]:
        """The encrypted values of the stack's config, decrypted, by full key (`digo:authorization`).

        Raises:
            EngineError: it cannot be read.
        """
        with suppress(LeftToEngine):
            return self._stored.secrets()
        shown = json.loads(self._run("config", "--json", "--show-secrets", "--stack", self.stack))
        return {key: str(entry["value"]) for key, entry in shown.items() if entry.get("secret") and "value" in entry}

    def stacks(self) -> list[str]:
        """The names of the project's stacks in the backend.

        Raises:
            EngineError: they cannot be listed.
        """
        if self._has_no_folder():
            return []
        with suppress(LeftToEngine):
            return self._stored.stacks()
        listed = json.loads(self._run("stack", "ls", "--json"))
        return [str(one["name"]).rsplit("/", 1)[-1] for one in listed]

    def operation(self, *arguments: str) -> list[str]:
        """The command line of an operation on the stack. It runs in the project's folder, with `variables`.

        Args:
            arguments: the operation and its options.
        """
        command = [which("pulumi") or "pulumi"] if self._is_pulumi else [sys.executable, "-m", "engine"]
        file = self.project.config_file
        named = ["--config-file", str(file)] if file else []
        return [*command, *arguments, *named, "--stack", self.stack]

    def become(self, *arguments: str, environ: Mapping[str, str]) -> NoReturn:
        """Replaces this process by an operation of the engine on the stack, on the user's terminal.

        Args:
            arguments: the operation and its options.
            environ: further environment variables of the operation.

        Raises:
            EngineError: it cannot be started.
        """
        command = self.operation(*arguments)
        variables = {**self._environ(), **environ}
        try:
            os.chdir(self.project.root)
            os.execve(command[0], command, variables)
        except OSError as problem:
            raise EngineError(f"{self.name} cannot be started: {problem.strerror}") from None

    @cached_property
    def _stored(self) -> StoredStack:
        url = self.backend_url
        return StoredStack(self.project, self.stack, self._folder(url) if is_folder(url) else None, self._environ())

    def _make_folder(self) -> None:
        """Creates the folder of a `file://` backend, because the pulumi CLI does not."""
        try:
            ensure_folder(self.backend_url, self.start)
        except BackendError as problem:
            raise EngineError(str(problem)) from None

    def _has_no_folder(self) -> bool:
        """Whether the backend is a folder that does not exist, so that there is no stack."""
        url = self.backend_url
        return is_folder(url) and not self._folder(url).is_dir()

    def _folder(self, url: str) -> Path:
        try:
            return folder_of(url, self.start)
        except BackendError as problem:
            raise EngineError(str(problem)) from None

    def _run(self, *arguments: str) -> str:
        command = ["pulumi"] if self._is_pulumi else [sys.executable, "-m", "engine"]
        file = self.project.config_file
        # Of the commands here, only `pulumi config` has the option.
        named = ["--config-file", str(file)] if file and (not self._is_pulumi or arguments[0] == "config") else []
        try:
            done = subprocess.run(
                [*command, *arguments, *named, "--non-interactive"],
                cwd=self.project.root,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_SECONDS_AT_MOST,
                check=False,
            )
        except OSError as problem:
            raise EngineError(f"{self.name} cannot be started: {problem.strerror}") from None
        except subprocess.TimeoutExpired:
            raise EngineError(
                f"`{self.name} {' '.join(arguments)}` had not ended after {_SECONDS_AT_MOST:,} s and was killed.\n"
                f"  Next: run it in {self.project.root} to see what it waits for; {self.backend} may be silent"
            ) from None
        if done.returncode:
            text = done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"
            raise EngineError(f"`{self.name} {' '.join(arguments)}` failed: {text}")
        return done.stdout

    def _environ(self) -> dict[str, str]:
        environ = {**self.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        if not environ.get(BACKEND_VARIABLE) and not self.project.backend_url and self._is_local():
            environ[BACKEND_VARIABLE] = url_of(self.project.root / DEFAULT_FOLDER)
        url = environ.get(BACKEND_VARIABLE) or self.project.backend_url
        if is_folder(url) and self.start != self.project.root:
            # The engine runs in the project's folder, where a relative path would mean another folder.
            environ[BACKEND_VARIABLE] = url_of(self._folder(url))
        if self.stack == SANDBOX:
            environ.setdefault("PULUMI_CONFIG_PASSPHRASE", "")
        return environ

    def _is_local(self) -> bool:
        """Whether the state is in the project's folder, where `make` keeps it, and not in pulumi's own backend."""
        if not self._is_pulumi:
            return True
        folder = self.project.root / DEFAULT_FOLDER / ".pulumi" / "stacks" / self.project.name
        return any((folder / f"{self.stack}{ending}").is_file() for ending in (".json", ".json.gz"))
