"""The program's stack: its settings, the environment's folder, and the account's snapshot."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from digo.account import snapshot_of
from digo.api.snapshot import Snapshot
from digo.desired import Desired, load_environment
from digo.desired.list_digests import with_list_digests
from digo.lists.key import NAME as LEDGER_KEY
from digo.lists.key import LedgerKey, read_ledger_key
from digo.plan import GuardContext, Plan, guard_input
from digo.plan.pinned_plan import pin_refusal, pinned_plan_hash
from digo.settings.stack_settings import Settings, SettingsError, environment_of, read_settings, unknown_keys
from digo.system.environment import broken_folder, broken_variables

NAMESPACE = "digo"


@dataclass(frozen=True)
class Stack:
    """The stack that the program runs for.

    Attributes:
        name: the stack's name.
        root: the project's folder.
        folder: the environment's folder under `config/`.
        settings: the stack's settings.
        pinned: the hash of the only plan that this run may carry out; None where it may carry out any.
    """

    name: str
    root: Path
    folder: Path
    settings: Settings
    pinned: str | None = None

    @classmethod
    def current(cls, root: Path) -> Stack:
        """The stack that Pulumi runs the program for.

        Raises:
            SettingsError: settings are missing or wrong, DIGO_PLAN is no hash, or a variable or the folder's name is
                not UTF-8.
        """
        folder_problem = broken_folder(root)
        if broken := [*broken_variables(os.environ), *([folder_problem] if folder_problem else [])]:
            raise SettingsError(broken)
        config = pulumi.Config(NAMESPACE)
        _check_keys()
        name = pulumi.get_stack()
        settings = read_settings(config.get, os.environ, root, plain_token=_is_plain("authorization"))
        folder = root / "config" / environment_of(name, config.get)
        return cls(name, root, folder, settings, pinned_plan_hash(os.environ))

    def desired(self) -> Desired:
        """The desired state of the environment's folder. Each list has digests in place of its rows.

        Raises:
            ConfigError: with every problem of the config.
            SettingsError: it has a list from files, but no ledger key.
        """
        return with_list_digests(load_environment(self.folder, self.root), self._ledger_key, self.settings.cps)

    def _ledger_key(self) -> LedgerKey | None:
        plain = _is_plain(LEDGER_KEY)
        return read_ledger_key(pulumi.Config(NAMESPACE).get, os.environ, self.root, plain=plain)

    def snapshot(self) -> Snapshot:
        """The account's agents, read once, on a transport that cannot write.

        Raises:
            ApiError: the account could not be read.
        """
        return snapshot_of(self.settings)

    def gate(self, plan: Plan, desired: Desired, snapshot: Snapshot) -> dict[str, Any]:
        """The input of the guards for this run.

        The host checks a pinned plan again when `Account` is registered. It is checked here too, for runs with targets
        that leave `Account` out.

        Raises:
            pulumi.RunError: the run pins another plan. Nothing is registered.
        """
        content = guard_input(plan, desired, snapshot, GuardContext.of(self.settings, self.folder, self.root))
        if text := pin_refusal(self.pinned, content["plan"], before=None):
            raise pulumi.RunError(text)
        return content


def _check_keys() -> None:
    prefix = f"{NAMESPACE}:"
    given = json.loads(os.environ.get("PULUMI_CONFIG", "{}"))
    if wrong := unknown_keys(name.removeprefix(prefix) for name in given if name.startswith(prefix)):
        raise SettingsError(wrong)


def _is_plain(name: str) -> bool:
    """Whether the stack's config has the setting in clear text."""
    secrets = json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]"))
    return f"{NAMESPACE}:{name}" not in secrets and pulumi.Config(NAMESPACE).get(name) is not None
