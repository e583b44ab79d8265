"""A command's session: the project, the state folder, the selected stack, and its secrets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import click

from digo.project.backend import backend_url, folder_of
from digo.project.earlier_runs import earlier_run_signs
from digo.project.project_file import ProjectFile
from digo.project.stack_file import StackFile, load_stack_file
from digo.text.counts import some
from digo.text.did_you_mean import closest
from engine import secrets
from engine.backend.files import READABLE, write_atomically
from engine.backend.layout import StackReference, parse_reference
from engine.backend.lock import locked
from engine.backend.manifest import stamped
from engine.backend.selection import Selection
from engine.backend.store import FileBackend, StoredState
from engine.cli.flags import invocation_flags, stack_flag
from engine.cli.prompts import ask_new_passphrase, ask_passphrase
from engine.cli.terminal import Invocation
from engine.failure import ConfigurationFailure, StackNotFound
from engine.model import Deployment
from engine.project_file import find_project_file, load_project
from engine.secrets import PassphraseSecrets
from engine.stack_file import supported
from protocol.stored import SecretReader, SecretWriter, decrypt_with, encrypt_with


@dataclass(frozen=True)
class StackSecrets:
    """Decrypts and encrypts a stack's secrets. The state may have an older salt than the config."""

    config: PassphraseSecrets
    state: PassphraseSecrets

    @property
    def read(self) -> SecretReader:
        """Decrypts secrets of the present state file."""
        return decrypt_with(self.state.crypter)

    @property
    def write(self) -> SecretWriter:
        """Encrypts secrets for new state."""
        return encrypt_with(self.config.crypter)


@dataclass(frozen=True)
class Session:
    """The session of one command."""

    invocation: Invocation
    project: ProjectFile
    backend: FileBackend
    selection: Selection

    @classmethod
    def open(cls, invocation: Invocation) -> Session:
        """Finds the project and the state folder; raises `Failure` if either cannot be used."""
        project = load_project(find_project_file(invocation.cwd))
        if invocation.config_file is not None:
            project = replace(project, config_file=(invocation.cwd / invocation.config_file).absolute())
        url = backend_url(project.root, project.backend_url)
        return cls(
            invocation,
            project,
            FileBackend(url, folder_of(url, invocation.cwd.absolute())),
            Selection(project.path, project.name, url),
        )

    def reference(self, name: str) -> StackReference:
        """The stack that a name on the command line means. It need not exist."""
        return parse_reference(name, self.project.name)

    def require_stack(self, name: str) -> StackReference:
        """The named stack, else the selected one; raises `StackNotFound` or `ConfigurationFailure`."""
        if name:
            return self.require(self.reference(name))
        if selected := self.selection.current():
            return self.require(self.reference(selected))
        raise ConfigurationFailure(
            "no stack selected; name one with --stack, or use `stack select` or `stack init` to choose one"
        )

    def require(self, stack: StackReference) -> StackReference:
        """The stack itself. Raises `StackNotFound`, which says whether its name is misspelt or its state lost."""
        if not self.backend.exists(stack):
            raise StackNotFound(self._not_found(stack))
        return stack

    def _not_found(self, stack: StackReference) -> str:
        own = stack.project == self.project.name
        have = [one.stack.name for one in self.backend.stacks() if one.stack.project == stack.project]
        near = closest(stack.name, [*have, *(self.project.stacks() if own else ())])
        file = self.stack_file(stack)
        signs = earlier_run_signs(self.project.root, stack.name, file.path, salted=bool(file.encryption_salt))
        missing = f"no stack named '{stack.name}' found"
        if own and signs:
            return (
                f"{missing} in {self.backend.url}, and the stack is not new: {'; '.join(signs)}. "
                f"Set PULUMI_BACKEND_URL to where its state is, or bring a copy back with `stack init {stack.name}` "
                "and `stack import`"
            )
        hint = f"; did you mean '{near}'?" if near and near != stack.name else ""
        there = f"there is {some(have)}" if have else "the backend has no stack of this project"
        return f"{missing}; create it with `stack init {stack.name}`; {there}{hint}"

    def locked(self, stack: StackReference) -> AbstractContextManager[None]:
        """Holds the stack's lock; see `engine.backend.lock.locked`."""
        return locked(self.backend.layout, stack, self.invocation.info)

    def current_stack(self) -> StackReference | None:
        """The selected stack; None if there is none or if it does not exist."""
        name = self.selection.current()
        if not name:
            return None
        stack = self.reference(name)
        return stack if self.backend.exists(stack) else None

    def stack_file(self, stack: StackReference) -> StackFile:
        """The stack's config file."""
        return supported(load_stack_file(self.project.stack_file(stack.name), self.project.name))

    def save_stack_file(self, file: StackFile, text: str) -> None:
        """Writes the config file."""
        write_atomically(file.path, text.encode(), READABLE)

    def _save_salt(self, file: StackFile, salt: str) -> None:
        from digo.project.stack_file_edits import with_encryption_salt  # imported late: others do not need its library

        self.save_stack_file(file, with_encryption_salt(file, salt))

    def open_secrets(self, stack: StackReference) -> StackSecrets:
        """Opens the stack's secrets. Asks for the passphrase if the environment has none.

        A stack without `encryptionsalt` gets one. Raises `PassphraseMissing`, `WrongPassphrase` or
        `ConfigurationFailure`.
        """
        file = self.stack_file(stack)
        state_salt = self._salt_of_state(stack)
        salt = file.encryption_salt or state_salt
        if not salt:
            opened = secrets.create(ask_new_passphrase(self.invocation))
            self._save_salt(file, opened.salt_state)
            return StackSecrets(opened, opened)
        passphrase = ask_passphrase(self.invocation, stack.name)
        opened = secrets.unlock(passphrase, salt)
        if not file.encryption_salt:
            self._save_salt(file, salt)
        if not state_salt or state_salt == salt:
            return StackSecrets(opened, opened)
        return StackSecrets(opened, secrets.unlock(passphrase, state_salt))

    def load_for_change(self, stack: StackReference, opened: StackSecrets) -> StoredState:
        """The settled state, encrypted with the present salt. The caller holds the lock."""
        self.backend.settle(stack)
        stored = self.backend.load(stack, opened.read)
        if opened.config is not opened.state:
            self.backend.save(stack, stored, stamped(stored.deployment, opened.config), opened.write)
            stored = self.backend.load(stack, decrypt_with(opened.config.crypter))
        return stored

    def create_stack(self, stack: StackReference, *, select: bool) -> None:
        """Creates a stack with its own secrets manager."""
        if self.backend.exists(stack):
            raise ConfigurationFailure(f"stack '{stack.name}' already exists")
        file = self.stack_file(stack)
        if file.encryption_salt:
            opened = secrets.unlock(ask_passphrase(self.invocation, stack.name), file.encryption_salt)
        else:
            opened = secrets.create(ask_new_passphrase(self.invocation))
        self.backend.create(stack, stamped(Deployment(), opened))
        # The salt comes last: without a state it would be the sign of a stack whose state is lost.
        if not file.encryption_salt:
            self._save_salt(file, opened.salt_state)
        if select:
            self.selection.select(stack)
        self.invocation.console(stderr=True).print(f"Created stack '{stack.name}'")

    def _salt_of_state(self, stack: StackReference) -> str:
        provider = self.backend.secrets_provider(stack)
        if provider and provider.get("type") != "passphrase":
            raise ConfigurationFailure(
                f"the stack's secrets are kept with '{provider.get('type')}', which only the pulumi CLI knows; "
                "change it there with `pulumi stack change-secrets-provider passphrase`"
            )
        return str((provider.get("state") or {}).get("salt", ""))


def on_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Has a subcommand called with its session and its stack: of its --stack, or its group's, or the selected one."""

    @stack_flag
    @invocation_flags
    @click.pass_context
    @wraps(command)
    def run(context: click.Context, /, stack_name: str, **flags: Any) -> None:
        session = Session.open(context.find_root().ensure_object(Invocation))
        command(session, session.require_stack(stack_name or context.meta.get("stack_name", "")), **flags)

    return run
