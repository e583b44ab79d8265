"""The project and stack of a command, with settings and desired state. Each is read on first use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import click

from digo.account import snapshot_of
from digo.api.snapshot import Snapshot
from digo.cli.engine import EngineCommands
from digo.cli.stack_config import StackConfig, read_project
from digo.cli.stack_state import stack_state_notice
from digo.desired import Desired, load_environment
from digo.desired.list_digests import with_list_digests
from digo.lists.key import NAME as LEDGER_KEY
from digo.lists.key import LedgerKey, read_ledger_key
from digo.plan.guard_input import GuardContext
from digo.project.earlier_runs import no_such_stack
from digo.project.failure import NoProject
from digo.project.project_file import ProjectFile, find_project_file
from digo.settings.secrets import read_secret
from digo.settings.stack_settings import Settings, SettingsError, environment_of, read_settings, unknown_keys
from digo.state.last_up import LastUp
from digo.system.environment import broken_folder
from digo.text.unicode import is_unicode, visible

NAMESPACE = "digo"


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
            click.UsageError: there is none, or its name is not UTF-8.
        """
        return self._project_file.parent

    @cached_property
    def _project_file(self) -> Path:
        if problem := broken_folder(self.start):
            raise click.UsageError(problem)
        try:
            return find_project_file(self.start)
        except NoProject:
            raise click.UsageError(
                "no Pulumi.yaml here or in a folder above; go to the project, or give -C FOLDER"
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

    @cached_property
    def stack(self) -> str:
        """The stack: `--stack`, `PULUMI_STACK`, or the only stack of the project.

        Raises:
            click.UsageError: none is given, and the project has several or none; or the given name is empty.
        """
        if named := self.named or self.environ.get("PULUMI_STACK"):
            if not (name := named.rsplit("/", 1)[-1]):
                raise click.UsageError(f"`{named}` names no stack: nothing stands behind its last `/`")
            return name
        stacks = self.project.stacks()
        if broken := [visible(name) for name in stacks if not is_unicode(name)]:
            raise click.UsageError(f"Pulumi.{broken[0]}.yaml has a name that is not UTF-8; rename it")
        if len(stacks) == 1:
            return stacks[0]
        have = f"the project has {', '.join(stacks)}" if stacks else "the project has no Pulumi.<stack>.yaml"
        raise click.UsageError(f"which stack? Give --stack, or set PULUMI_STACK; {have}")

    @cached_property
    def engine(self) -> EngineCommands:
        """The engine that keeps the stack's state."""
        return EngineCommands(self.project, self.stack, self.start, self.environ)

    @cached_property
    def _config(self) -> StackConfig:
        self.require_stack()
        return StackConfig(self.project, self.stack, lambda: self.engine.secrets())

    def require_stack(self) -> None:
        """Refuses a stack that the project does not know: its name may be misspelt.

        Raises:
            click.UsageError: the stack has neither a file nor a folder under config/.
        """
        if problem := no_such_stack(self.project, self.stack):
            raise click.UsageError(problem)

    def config(self, key: str) -> str | None:
        """The value of a `digo:` key of the stack's config. The engine decrypts secrets.

        Args:
            key: the key without its namespace.

        Raises:
            EngineError: a secret cannot be decrypted.
        """
        return self._config.get(f"{NAMESPACE}:{key}")

    def secret(self, name: str) -> str | None:
        """A secret, from the environment, a file, or the stack's config.

        For `apiKey` these are: DIGO_API_KEY, the file in DIGO_API_KEY_FILE or `digo:apiKeyFile`, and the encrypted
        config value `digo:apiKey`. None where none of them has it.

        Raises:
            SettingsError: the file cannot be read, the config has the secret in clear text, or it is empty.
            EngineError: the secret cannot be decrypted.
        """
        plain = self._config.is_plain(f"{NAMESPACE}:{name}")
        return read_secret(name, self.config, self.environ, self.root, plain=plain)

    @cached_property
    def settings(self) -> Settings:
        """The stack's settings.

        Raises:
            SettingsError: settings are missing, wrong or unknown.
        """
        if wrong := unknown_keys(self._config.keys(NAMESPACE)):
            raise SettingsError(wrong)
        plain = self._config.is_plain(f"{NAMESPACE}:authorization")
        return read_settings(self.config, self.environ, self.root, plain_token=plain)

    @cached_property
    def folder(self) -> Path:
        """The environment's folder under `config/`."""
        return self.root / "config" / environment_of(self.stack, self.config)

    def desired(self) -> Desired:
        """The desired state.

        Raises:
            ConfigError: with every problem of the config.
            SettingsError: it has a list from files, but no ledger key.
        """
        return with_list_digests(load_environment(self.folder, self.root), self.ledger_key, self.settings.cps)

    def ledger_key(self) -> LedgerKey | None:
        """The key of the lists' digests; None where there is none.

        Raises:
            SettingsError: the key is too short or in clear text in the config, or its file cannot be read.
        """
        plain = self._config.is_plain(f"{NAMESPACE}:{LEDGER_KEY}")
        return read_ledger_key(self.config, self.environ, self.root, plain=plain)

    def snapshot(self) -> Snapshot:
        """The account's agents, read once, on a transport that cannot write.

        Raises:
            ApiError: the account cannot be read.
        """
        return snapshot_of(self.settings)

    def applied(self) -> LastUp:
        """What the last up left in the state. A note on standard error says that the stack is new or its state empty.

        Raises:
            EngineError: the state cannot be read, or is lost: the stack had an up, but the backend lacks it.
        """
        state = self.engine.state()
        if note := stack_state_notice(self.project, self._config.file, self.stack, self.engine, state):
            click.echo(f"note: {note}", err=True)
        return LastUp.from_deployment(state or {})

    @property
    def stand(self) -> GuardContext:
        """What the guards need to know about the stack."""
        return GuardContext.of(self.settings, self.folder, self.root)


pass_context = click.make_pass_decorator(Context)
