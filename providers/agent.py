"""The `Agent` resource: `pulumi-python:dynamic/digo:Agent`."""

# No `from __future__ import annotations`: the SDK would parse the annotations again for each resource.
import pulumi
from pulumi.dynamic import Resource

from digo.fields.agents import NUMBER_FIELDS, OTHER_FIELDS
from providers.stock import SharedProvider


class AgentProvider(SharedProvider):
    """The provider of agents. It has no attributes: the state holds it pickled, and it must never change."""

    kind = "Agent"


class Agent(Resource, module="digo", name="Agent"):
    """An agent of the account. Its id is the EID that the account's list shows.

    The list's `id` is the output `numeric_id`, because Pulumi's own `id` is the EID. The list's configuration fields
    are outputs with the same names. Phone numbers are secrets, so that neither displays nor the state show them.
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
        password_secret: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **other_fields: pulumi.Input[str] | None,
    ) -> None:
        """Registers an agent.

        Args:
            resource_name: the stable key; part of the URN.
            name: the name in the panel.
            follow_me_number: the number that rings, with `+` and country code.
            intercom: four digits, unique in the account. None leaves the account's value alone.
            password_secret: the name of the secret with a new user's password. None has one generated.
            opts: resource options. `retain_on_delete` is on unless they turn it off: profile `digo` cannot delete.
            other_fields: values of `digo.fields.agents.OTHER_FIELDS`. None leaves the account's value alone.

        Raises:
            TypeError: an agent has no such field.
        """
        if unknown := other_fields.keys() - {field.name for field in OTHER_FIELDS}:
            raise TypeError(f"an agent has no field {', '.join(sorted(unknown))}")
        properties: dict[str, pulumi.Input[str] | None] = {
            "name": name,
            "follow_me_number": pulumi.Output.secret(follow_me_number),
            "eid": None,
            "numeric_id": None,
        }
        for field, value in {"intercom": intercom, "password_secret": password_secret, **other_fields}.items():
            if value is not None:
                properties[field] = pulumi.Output.secret(value) if field in NUMBER_FIELDS else value
        retained = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__(AgentProvider(), resource_name, properties, pulumi.ResourceOptions.merge(retained, opts))
