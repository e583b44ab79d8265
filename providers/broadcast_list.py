"""The `BroadcastList` resource: `pulumi-python:dynamic/digo:BroadcastList`."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi.dynamic import Resource

from providers.stock import SharedProvider


class BroadcastListProvider(SharedProvider):
    """The provider of broadcast lists. It has no attributes: the state holds it pickled, and it must never change."""

    kind = "BroadcastList"


class BroadcastList(Resource, module="digo", name="BroadcastList"):
    """A broadcast list of the account, without its leads. Its id is the list's id, which its leads need.

    It exists for profiles that can list, create and rename broadcast lists. `fields` are the columns that the list was
    created with; it has none if the list was adopted, because the API does not show them.
    """

    name: pulumi.Output[str]
    description: pulumi.Output[str | None]
    fields: pulumi.Output[Sequence[str] | None]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        fields: Sequence[str],
        description: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Registers a broadcast list.

        Args:
            resource_name: the stable key; part of the URN.
            name: the name in the panel. The account's list of this name is this list.
            fields: the API's columns, `field_0` and so on. They can be given to a new list only.
            description: the description in the panel. None leaves it alone.
            opts: resource options. `retain_on_delete` is on unless they turn it off.
        """
        properties = {"name": name, "description": description, "fields": list(fields)}
        retained = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__(
            BroadcastListProvider(), resource_name, properties, pulumi.ResourceOptions.merge(retained, opts)
        )
