"""The `Account` resource: `pulumi-python:dynamic/digo:Account`. Every other resource depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from providers.stock import SharedProvider


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
