"""The project and stack of a command, with settings and desired state. Each is read on first use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digo.project.earlier_runs import no_such_stack
from digo.project.failure import NoProject
from digo.project.project_file import ProjectFile, find_project_file, projects_below
from digo.project.stack_choice import NoStackChosen, StackChoice, StackSource, choose_stack
from digo.session import StackSession
from digo.stack import Stack
from digo.system.environment import broken_folder
from digo.workspace.engine import EngineCommands
from digo.workspace.stack_config import read_project

if TYPE_CHECKING:  # a command imports only what it uses
    from digo.api.agent_calls import ReadOptions
    from digo.api.snapshot import Snapshot
    from digo.desired import Desired
    from digo.lists.key import LedgerKey
    from digo.plan.guard_input import GuardContext
    from digo.settings.stack_settings import Settings
    from digo.state.last_up import LastUp


class NotFound(click.UsageError):
    """There is no such project or stack, or nothing says which one."""


@dataclass(frozen=True)
class Context:
    """One invocation of the command line.

    Attributes:
        start: the folder that the command was started in.
        named: the stack of `--stack`; None where it was left out.
        show_numbers: whether phone numbers are shown in full.
        config_file: the stack's file of `--config-file`; None where it was left out.
        environ: the environment variables for settings and secrets.
    """

    start: Path
    named: str | None = None
    show_numbers: bool = False
    config_file: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @cached_property
    def root(self) -> Path:
        """The project's folder: the nearest one, upwards, with a Pulumi.yaml.

        Raises:
            NotFound: there is none, or its name is not UTF-8.
        """
        return self._project_file.parent

    @cached_property
    def _project_file(self) -> Path:
        if problem := broken_folder(self.start):
            raise NotFound(problem)
        try:
            return find_project_file(self.start)
        except NoProject:
            below = "".join(f"; `-C {folder}` is one" for folder in projects_below(self.start)[:1])
            raise NotFound(
                f"no Pulumi.yaml here or in a folder above; go to the project, or give -C FOLDER{below}"
            ) from None

    @cached_property
    def project(self) -> ProjectFile:
        """The content of Pulumi.yaml.

        Raises:
            ConfigError: with every problem of the file.
        """
        project = read_project(self._project_file)
        if self.config_file is None:
            return project
        return replace(project, config_file=(self.start / self.config_file).absolute())

    @property
    def stack(self) -> str:
        """The stack's name; see `stack_choice`."""
        return self.stack_choice.name

    @cached_property
    def stack_choice(self) -> StackChoice:
        """The stack: `--stack`, `PULUMI_STACK`, the selected one, or the only stack of the project.

        A note on standard error says that it was selected, if the project has another one.

        Raises:
            NotFound: none is given or selected, and the project has several or none; or the name is empty.
        """
        try:
            choice = choose_stack(self.project, self.named, self.environ)
        except NoStackChosen as problem:
            raise NotFound(str(problem)) from None
        if choice.source is StackSource.SELECTED and self.project.stacks() != [choice.name]:
            click.echo(f"note: stack {choice.name}, {choice.source.value}", err=True)
        return choice

    @cached_property
    def engine(self) -> EngineCommands:
        """The engine that keeps the stack's state."""
        return EngineCommands(self.project, self.stack, self.start, self.environ)

    @cached_property
    def session(self) -> StackSession:
        """The stack. What it notes goes to standard error.

        Raises:
            NotFound: see `require_stack`.
        """
        self.require_stack()
        return StackSession(self.project, self.stack, self.start, _note, self.environ)

    def require_stack(self) -> None:
        """Refuses a stack that the project does not know: its name may be misspelt.

        Raises:
            NotFound: the stack has neither a file nor a folder under config/.
        """
        if problem := no_such_stack(self.project, self.stack, self.stack_choice.source):
            raise NotFound(problem)

    @property
    def loaded(self) -> Stack:
        """See `StackSession.stack`.

        Raises:
            EngineError: a secret cannot be decrypted. It is raised when the secret is first needed.
        """
        return self.session.stack

    def config(self, key: str) -> str | None:
        """See `Stack.config`."""
        return self.loaded.config(key)

    def secret(self, name: str) -> str | None:
        """See `Stack.secret`."""
        return self.loaded.secret(name)

    @property
    def settings(self) -> Settings:
        """See `Stack.settings`."""
        return self.loaded.settings

    @property
    def folder(self) -> Path:
        """See `Stack.folder`."""
        return self.loaded.folder

    def desired(self) -> Desired:
        """See `Stack.desired`."""
        return self.loaded.desired()

    def ledger_key(self) -> LedgerKey | None:
        """See `Stack.ledger_key`."""
        return self.loaded.ledger_key()

    def snapshot(self, options: ReadOptions | None = None) -> Snapshot:
        """See `StackSession.snapshot`."""
        return self.session.snapshot(options)

    def note_login(self) -> None:
        """See `StackSession.note_login`."""
        self.session.note_login()

    @property
    def guard_context(self) -> GuardContext:
        """See `Stack.guard_context`."""
        return self.loaded.guard_context

    def last_up(self) -> LastUp:
        """See `StackSession.last_up`."""
        return self.session.last_up()


def _note(text: str) -> None:
    click.echo(f"note: {text}", err=True)


pass_context = click.make_pass_decorator(Context)
