"""The `Account` resource: `pulumi-python:dynamic/digo:Account`, the gate that every other resource depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from providers.stock import SharedProvider


class AccountProvider(SharedProvider):
    """The provider of the gate. It has no attributes: state holds it pickled, and it must never change."""

    kind = "Account"


class Account(Resource, module="digo", name="Account"):
    """The account that the stack works on, as the last run saw it.

    It is registered first, and all others depend on it. The provider host checks the guards when it is registered:
    where one refuses, preview and up fail alike, before anything is written. It costs no request.
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
        """The gate.

        Args:
            resource_name: the stable key; part of the URN.
            endpoint: the API's address.
            profile: the product's profile.
            seen: how many agents the account had when the run began.
            run: what the guards judge: the census, the limits, the plan's hash and the approvals. Kept as a secret,
                so that displays stay short.
            opts: the usual options.
        """
        properties = {"endpoint": endpoint, "profile": profile, "seen": seen, "run": pulumi.Output.secret(dict(run))}
        super().__init__(AccountProvider(), resource_name, properties, opts)
