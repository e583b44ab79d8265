"""The program's stack: the one that Pulumi runs the program for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pulumi

from digo import stack
from digo.api.snapshot import Snapshot
from digo.desired import Desired
from digo.plan import Plan, guard_input
from digo.plan.pinned_plan import pin_refusal, pinned_plan_hash, whole_plan_hash


class PulumiConfig:
    """The config that Pulumi hands to the program. Secrets are decrypted."""

    def get(self, key: str) -> str | None:
        """The value as text; None where there is none."""
        namespace, _, name = key.partition(":")
        return pulumi.Config(namespace).get(name)

    def is_plain(self, key: str) -> bool:
        """Whether the stack's config has the value in clear text."""
        secrets = json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]"))
        return key not in secrets and self.get(key) is not None

    def keys(self, namespace: str) -> Iterable[str]:
        """The names that are set in a namespace."""
        given = json.loads(os.environ.get("PULUMI_CONFIG", "{}"))
        return [key.partition(":")[2] for key in given if key.startswith(f"{namespace}:")]


class Stack(stack.Stack):
    """The stack that the program runs for."""

    @classmethod
    def current(cls, root: Path) -> Stack:
        """The stack that Pulumi runs the program for.

        Raises:
            SettingsError: settings are missing or wrong, DIGO_PLAN is not a hash, or a variable or the folder's name is
                not UTF-8.
        """
        found = cls(pulumi.get_stack(), root, PulumiConfig())
        # The program must not report the config's problems where the settings do not suffice.
        _ = found.settings, found.folder, found.pinned
        return found

    @property
    def pinned(self) -> str | None:
        """The hash of the only plan that this run may carry out; None where it may carry out any."""
        return pinned_plan_hash(self.environ)

    def guard_input(self, plan: Plan, desired: Desired, snapshot: Snapshot) -> dict[str, Any]:
        """The input of the guards for this run.

        The host checks a pinned plan again when `Account` is registered. It is checked here too, for runs with targets
        that leave `Account` out.

        Raises:
            pulumi.RunError: the run pins another plan. Nothing is registered.
        """
        content = guard_input(plan, desired, snapshot, self.guard_context)
        if text := pin_refusal(self.pinned, content["plan"], before=None):
            raise pulumi.RunError(text)
        if whole := whole_plan_hash(self.environ):
            content["restOf"] = whole
        return content
