"""The `Lead` resource: `pulumi-python:dynamic/digo:Lead`."""

# No `from __future__ import annotations`: the SDK would parse the annotations again for each resource.
from collections.abc import Mapping

import pulumi
from pulumi.dynamic import Resource

from providers.stock import SharedProvider


class LeadProvider(SharedProvider):
    """The provider of leads. It has no attributes: the state holds it pickled, and it must never change."""

    kind = "Lead"


class Lead(Resource, module="digo", name="Lead"):
    """One lead of a broadcast list, written with `duplicate_option: overwrite`.

    In profile `digo` the API has no read-back of leads, so `status` is `sent`. Where the account shows its lists, it is
    `in sync`, or `drift` after a refresh that found another value. It is `unknown` where no reply came; the next up
    sends such a lead again, or looks for it in its list. Phone and columns are secrets, so that neither displays nor
    the state show them.
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
        """Registers a lead.

        Args:
            resource_name: the stable key; part of the URN.
            list_id: the list's id in the panel.
            phone: the lead's number, with `+` and country code. It is the API's `field_0`.
            columns: the other values, by `field_N` or by a name of `mapping`.
            mapping: the list's column names with the API's fields, such as `{"otp": "field_5"}`.
            opts: resource options. `retain_on_delete` is on unless they turn it off: profile `digo` cannot delete.
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
