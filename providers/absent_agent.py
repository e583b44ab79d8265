"""The `AbsentAgent` resource: `pulumi-python:dynamic/digo:AbsentAgent`."""

# No `from __future__ import annotations`: the SDK would parse the annotations again for each resource.
import pulumi
from pulumi.dynamic import Resource

from providers.stock import SharedProvider


class AbsentAgentProvider(SharedProvider):
    """The provider of absent agents. It has no attributes: the state holds it pickled, and it must never change."""

    kind = "AbsentAgent"


class AbsentAgent(Resource, module="digo", name="AbsentAgent"):
    """An agent that must not be on the account. It is deleted if the account has it.

    It exists for profiles that can delete agents. Its output `deleted` has the EIDs of the agents that were deleted.
    """

    follow_me_number: pulumi.Output[str]

    def __init__(
        self, resource_name: str, *, follow_me_number: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Registers an agent that must be absent.

        Args:
            resource_name: the stable key; part of the URN.
            follow_me_number: the number that no agent may have, with `+` and country code.
            opts: resource options.
        """
        properties = {"follow_me_number": pulumi.Output.secret(follow_me_number), "deleted": None}
        super().__init__(AbsentAgentProvider(), resource_name, properties, opts)
