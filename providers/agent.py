"""The `Agent` resource: `pulumi-python:dynamic/digo:Agent`."""

# No postponed annotations: the SDK would parse their texts anew for each resource that it registers.
import pulumi
from pulumi.dynamic import Resource

from providers.stock import SharedProvider


class AgentProvider(SharedProvider):
    """The provider of agents. It has no attributes: state holds it pickled, and it must never change."""

    kind = "Agent"


class Agent(Resource, module="digo", name="Agent"):
    """An agent of the account. Its id is the EID that the account's list shows.

    `id` of the list is the output `numeric_id`, because Pulumi's own `id` is the EID. The configuration fields of the
    list are outputs of their own names; numbers are secrets, so that no display or state shows them.
    """

    name: pulumi.Output[str]
    follow_me_number: pulumi.Output[str]
    intercom: pulumi.Output[str | None]
    eid: pulumi.Output[str]
    numeric_id: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        follow_me_number: pulumi.Input[str],
        intercom: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """An agent that the stack manages.

        Args:
            resource_name: the stable key; part of the URN.
            name: the name that the panel shows.
            follow_me_number: the number it rings, `+` and country code first.
            intercom: four digits, unique in the account; left out, it is left alone.
            opts: the usual options; `retain_on_delete` is set unless they say otherwise: profile `digo` cannot delete.
        """
        properties = {
            "name": name,
            "follow_me_number": pulumi.Output.secret(follow_me_number),
            "eid": None,
            "numeric_id": None,
        }
        if intercom is not None:
            properties["intercom"] = intercom
        retained = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__(AgentProvider(), resource_name, properties, pulumi.ResourceOptions.merge(retained, opts))
