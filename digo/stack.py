"""A stack, put together from its config: settings, desired state, the account's snapshot, and what earlier runs left.

The command line, the Pulumi program and the provider host get the stack's config from different places. Each is a
`ConfigSource`. Everything else about a stack is made here, by one set of rules.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from digo.settings.environment import environment_of
from digo.settings.failure import SettingsError
from digo.settings.namespace import NAMESPACE
from digo.system.environment import broken_folder, broken_variables

if TYPE_CHECKING:  # each of these is imported when it is used, because not every process needs it
    from digo.api.agent_calls import ReadOptions
    from digo.api.snapshot import Snapshot
    from digo.desired import Desired
    from digo.lists.key import LedgerKey
    from digo.plan.guard_input import GuardContext
    from digo.plan.live_leads import LiveLeads
    from digo.settings.stack_settings import Settings
    from digo.state.last_up import LastUp


class ConfigSource(Protocol):
    """Where the values of a stack's config come from. Keys are full: `digo:endpoint`."""

    def get(self, key: str) -> str | None:
        """The value as text, decrypted; None where there is none."""

    def is_plain(self, key: str) -> bool:
        """Whether the config has the value in clear text."""

    def keys(self, namespace: str) -> Iterable[str]:
        """The names that the config sets in a namespace, such as `endpoint`."""


@dataclass(frozen=True)
class Stack:
    """One stack of the project. Each part is made when it is first needed.

    Attributes:
        name: the stack's name.
        root: the project's folder.
        source: where config values come from.
        environ: the environment variables for settings and secrets.
    """

    name: str
    root: Path
    source: ConfigSource = field(repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def config(self, key: str) -> str | None:
        """The value of a `digo:` key, given without that namespace."""
        return self.source.get(f"{NAMESPACE}:{key}")

    def _is_plain(self, key: str) -> bool:
        return self.source.is_plain(f"{NAMESPACE}:{key}")

    @cached_property
    def settings(self) -> Settings:
        """The stack's settings.

        Raises:
            SettingsError: settings are missing, wrong or unknown; or a variable or the folder's name is not UTF-8.
        """
        from digo.settings.stack_settings import ACCESS_SECRETS, read_settings, unknown_keys

        folder_problem = broken_folder(self.root)
        if broken := [*broken_variables(self.environ), *([folder_problem] if folder_problem else [])]:
            raise SettingsError(broken)
        if wrong := unknown_keys(self.source.keys(NAMESPACE)):
            raise SettingsError(wrong)
        plain = frozenset(name for name in ACCESS_SECRETS if self._is_plain(name))
        return read_settings(self.config, self.environ, self.root, plain=plain)

    @cached_property
    def folder(self) -> Path:
        """The environment's folder under `config/`.

        Raises:
            SettingsError: `digo:environment` leads out of `config/`.
        """
        return self.root / "config" / environment_of(self.name, self.config)

    def secret(self, name: str) -> str | None:
        """A secret, from the environment, a file, or the stack's config.

        For `apiKey` these are: DIGO_API_KEY, the file in DIGO_API_KEY_FILE or `digo:apiKeyFile`, and the encrypted
        config value `digo:apiKey`. None where none of them has it.

        Raises:
            SettingsError: the file cannot be read, the config has the secret in clear text, or it is empty.
        """
        from digo.settings.secrets import read_secret

        return read_secret(name, self.config, self.environ, self.root, plain=self._is_plain(name))

    def ledger_key(self) -> LedgerKey | None:
        """The key of the lists' digests; None where there is none.

        Raises:
            SettingsError: the key is too short or in clear text in the config, or its file cannot be read.
        """
        from digo.lists.key import NAME, read_ledger_key

        return read_ledger_key(self.config, self.environ, self.root, plain=self._is_plain(NAME))

    def desired(self) -> Desired:
        """The desired state of the environment's folder. Each list has digests in place of its rows.

        Raises:
            ConfigError: with every problem of the config.
            SettingsError: it has a list from files, but no ledger key.
        """
        from digo.desired import load_environment
        from digo.desired.list_digests import with_list_digests

        desired = load_environment(self.folder, self.root, self.environ)
        return with_list_digests(desired, self.ledger_key, self.settings.cps)

    def snapshot(self, options: ReadOptions | None = None) -> Snapshot:
        """The account's agents, read once, on a transport that cannot write. `options` says what else to read.

        Raises:
            ApiError: the account cannot be read.
        """
        from digo.account import read_snapshot

        return read_snapshot(self.settings, options)

    def live_leads(self, desired: Desired, applied: LastUp) -> LiveLeads:
        """What the account has of the wanted leads and lists, each list read once; see `digo.live_leads`.

        Raises:
            ApiError: a list could not be read.
        """
        from digo.live_leads import read_live_leads

        return read_live_leads(desired, applied, self.settings, self.ledger_key)

    @property
    def guard_context(self) -> GuardContext:
        """What the guards need to know about the stack."""
        from digo.plan.guard_input import GuardContext

        return GuardContext.of(self.settings, self.folder, self.root)

    @property
    def journals(self) -> Path:
        """The folder of the journals that runs of the stack left on this machine."""
        from digo.state.journal import journal_folder

        return journal_folder(self.root, self.name)

    @property
    def records(self) -> Path:
        """The folder of the records of the stack's ups on this machine."""
        from digo.state.run_record import history_folder

        return history_folder(self.root, self.name)

    def last_up(self, deployment: Mapping[str, Any] | None) -> LastUp:
        """What the last up left in the stack's state, which the engine exports. None: there is no state."""
        from digo.state.last_up import LastUp

        return LastUp.from_deployment(deployment or {})

    def with_interrupted_runs(self, applied: LastUp, desired: Desired) -> LastUp:
        """The state, updated from this machine's ledgers of the wanted lists and its journals."""
        from digo.state.interrupted_runs import with_interrupted_runs

        return with_interrupted_runs(applied, desired, self.root, self.name, self.settings.access.endpoint)
