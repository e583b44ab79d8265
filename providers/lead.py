"""The `Lead` resource: `pulumi-python:dynamic/digo:Lead`."""

# No postponed annotations: the SDK would parse their texts anew for each resource that it registers.
from collections.abc import Mapping

import pulumi
from pulumi.dynamic import Resource

from providers.stock import SharedProvider


class LeadProvider(SharedProvider):
    """The provider of leads. It has no attributes: state holds it pickled, and it must never change."""

    kind = "Lead"


class Lead(Resource, module="digo", name="Lead"):
    """One lead of a broadcast list, written with `duplicate_option: overwrite`.

    The API has no read-back of leads, so `status` says `sent`, and never that it is in sync; `unknown` where no reply
    said whether it was written, and the next up sends it again. Phone and columns are secrets: state and displays do
    not show them.
    """

    list_id: pulumi.Output[str]
    phone: pulumi.Output[str]
    fields: pulumi.Output[Mapping[str, str]]
    status: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        list_id: pulumi.Input[str],
        phone: pulumi.Input[str],
        columns: Mapping[str, pulumi.Input[str]] | None = None,
        mapping: Mapping[str, str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """A lead that the stack manages.

        Args:
            resource_name: the stable key; part of the URN.
            list_id: the list's id in the panel.
            phone: the lead's number, `+` and country code first; it is `field_0`.
            columns: the other values, by `field_N` or by a name that `mapping` maps to one.
            mapping: the list's own column names and the API's fields, such as `{"otp": "field_5"}`.
            opts: the usual options; `retain_on_delete` is set unless they say otherwise: profile `digo` cannot delete.
        """
        names = mapping or {}
        properties = {
            "list_id": list_id,
            "phone": pulumi.Output.secret(phone),
            "fields": pulumi.Output.secret({names.get(name, name): text for name, text in (columns or {}).items()}),
            "status": None,
        }
        retained = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__(LeadProvider(), resource_name, properties, pulumi.ResourceOptions.merge(retained, opts))
