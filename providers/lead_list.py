"""The `LeadList` component, `digo:index:LeadList`, and its `LeadShard`s, `pulumi-python:dynamic/digo:LeadShard`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from digo.desired.state import WantedList
from digo.lists.shard import Shard, written_source
from protocol.tokens import LEAD_LIST_TYPE
from providers.stock import SharedProvider


class LeadShardProvider(SharedProvider):
    """The provider of shards. It has no attributes: state holds it pickled, and it must never change."""

    kind = "LeadShard"


class LeadShard(Resource, module="digo", name="LeadShard"):
    """A part of a lead list that is checkpointed by itself. The state has keyed digests of its buckets, of constant
    size and without a phone number. `status` is `sent`, or `partly sent`; the API has no read-back."""

    rows: pulumi.Output[int]
    status: pulumi.Output[str]

    def __init__(self, shard: Shard, opts: pulumi.ResourceOptions | None = None) -> None:
        """One shard; `LeadList` registers it."""
        properties: dict[str, Any] = {**shard.written(), "status": None}
        properties["digests"] = pulumi.Output.secret(properties["digests"])  # not for its content: it is long
        retained = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__(LeadShardProvider(), shard.name, properties, pulumi.ResourceOptions.merge(retained, opts))


class LeadList(pulumi.ComponentResource):
    """A lead list whose rows stand in files, split into shards."""

    rows: pulumi.Output[int]

    def __init__(self, wanted: WantedList, root: Path, opts: pulumi.ResourceOptions | None = None) -> None:
        """The list.

        Args:
            wanted: the list, with its seal.
            root: the project's folder; the state has paths relative to it.
            opts: options of its shards, such as `depends_on` and `retain_on_delete`.
        """
        aliases: list[pulumi.Input[str | pulumi.Alias]] = [pulumi.Alias(name=name) for name in wanted.formerly]
        # The shards' former names follow from the list's: Pulumi lets a child inherit its parent's aliases.
        super().__init__(LEAD_LIST_TYPE, wanted.key, None, pulumi.ResourceOptions(aliases=aliases))
        assert wanted.seal is not None
        source = written_source(wanted.source, root)
        for index in range(wanted.shards):
            shard = Shard(
                list_key=wanted.key,
                list_id=wanted.source.list_id,
                index=index,
                of=wanted.shards,
                digests=wanted.seal.digests.shard(index, wanted.shards),
                key_check=wanted.seal.key_check,
                source=source,
            )
            LeadShard(shard, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(parent=self)))
        self.register_outputs({"list_id": wanted.source.list_id, "rows": wanted.count})
