"""The `Account` resource: `pulumi-python:dynamic/digo:Account`. Every other resource depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from providers.stock import SharedProvider

NOT_IN_STATE = (
    "the stack's state has no `account`, and this run leaves it out, so nothing else was registered, written or "
    "adopted. Every entry depends on `account`: without it the state could not be read again. Next: run the first up "
    "without --target and --exclude, or add --target '**::account'"
)


class AccountProvider(SharedProvider):
    """The provider of `Account`. It has no attributes: the state holds it pickled, and it must never change."""

    kind = "Account"


class Account(Resource, module="digo", name="Account"):
    """The stack's account, as the last run read it.

    It is registered first, and all others depend on it. The provider host then checks the guards. Where one refuses,
    preview and up both fail before anything is written. It needs no call of the API.
    """

    endpoint: pulumi.Output[str]
    profile: pulumi.Output[str]
    seen: pulumi.Output[int]

    def __init__(
        self,
        resource_name: str,
        *,
        endpoint: str,
        profile: str,
        seen: int,
        run: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Registers the account.

        Args:
            resource_name: the stable key; part of the URN.
            endpoint: the API's address.
            profile: the API profile.
            seen: how many agents the account had when the run began.
            run: the input of the guards: the run's counts, the limits, the plan's hash and the approvals. It is a
                secret only to keep displays short.
            opts: resource options.
        """
        properties = {"endpoint": endpoint, "profile": profile, "seen": seen, "run": pulumi.Output.secret(dict(run))}
        super().__init__(AccountProvider(), resource_name, properties, opts)
        self._proven: pulumi.Output[str] = pulumi.Output.from_input(self._urn_in_state())

    @property
    def urn(self) -> pulumi.Output[str]:
        """The URN. Whatever depends on the account waits for it, and so for the proof that the state has the account.

        On a first up, an engine leaves out an account that is excluded or not among the targets. It registers the
        others all the same, and writes a state that names a missing resource. No engine reads that state again.
        """
        return self._proven

    async def _urn_in_state(self) -> str:
        urn = await super().urn.future()
        if not pulumi.runtime.is_dry_run() and not await self.id.is_known():
            raise pulumi.RunError(NOT_IN_STATE)
        return str(urn)
