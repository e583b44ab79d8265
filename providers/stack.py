"""What the program knows of its stack: settings, the environment's folder, the account's snapshot."""

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
from digo.environment import broken_folder, broken_variables
from digo.lists.key import NAME as LEDGER_KEY
from digo.lists.key import LedgerKey, read_ledger_key
from digo.lists.seal import sealed
from digo.plan import Plan, Stand, written_gate
from digo.plan.pin import pin_refusal, pinned_plan
from digo.settings import Settings, SettingsError, environment_of, read_settings, unknown_keys

NAMESPACE = "digo"


@dataclass(frozen=True)
class Stack:
    """The stack that the program runs for. `root` is the project's folder; `pinned` the hash of the only plan that
    this run may carry out, None where it may carry out any."""

    name: str
    root: Path
    folder: Path
    settings: Settings
    pinned: str | None = None

    @classmethod
    def current(cls, root: Path) -> Stack:
        """The stack that Pulumi runs the program for.

        Raises:
            SettingsError: its settings do not suffice, DIGO_PLAN is no hash, or a variable or the folder's name is not
                UTF-8.
        """
        folder_problem = broken_folder(root)
        if broken := [*broken_variables(os.environ), *([folder_problem] if folder_problem else [])]:
            raise SettingsError(broken)
        config = pulumi.Config(NAMESPACE)
        _check_keys()
        name = pulumi.get_stack()
        settings = read_settings(config.get, os.environ, root, plain_token=_is_plain("authorization"))
        folder = root / "config" / environment_of(name, config.get)
        return cls(name, root, folder, settings, pinned_plan(os.environ))

    def desired(self) -> Desired:
        """What the environment's folder wants, with a seal on each list in place of its rows.

        Raises:
            ConfigError: all that is wrong with it.
            SettingsError: it has a list from files, and there is no ledger key.
        """
        return sealed(load_environment(self.folder, self.root), self._ledger_key, self.settings.cps)

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
        """The bag of this run for the account's gate.

        The host judges a pinned plan once more when the gate is registered; here a run that targets other resources,
        and so has no gate, is refused as well.

        Raises:
            pulumi.RunError: the run pins another plan. Nothing is registered then.
        """
        bag = written_gate(plan, desired, snapshot, Stand.of(self.settings, self.folder, self.root))
        if text := pin_refusal(self.pinned, bag["plan"], before=None):
            raise pulumi.RunError(text)
        return bag


def _check_keys() -> None:
    prefix = f"{NAMESPACE}:"
    given = json.loads(os.environ.get("PULUMI_CONFIG", "{}"))
    if wrong := unknown_keys(name.removeprefix(prefix) for name in given if name.startswith(prefix)):
        raise SettingsError(wrong)


def _is_plain(name: str) -> bool:
    """Whether the stack's config has the setting in clear text."""
    secrets = json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]"))
    return f"{NAMESPACE}:{name}" not in secrets and pulumi.Config(NAMESPACE).get(name) is not None
