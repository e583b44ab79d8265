"""The `LeadList` component, `digo:index:LeadList`, and its `LeadShard`s, `pulumi-python:dynamic/digo:LeadShard`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from digo.desired.state import DesiredList
from digo.lists.files.addresses import has_secret
from digo.lists.sending.shard import Shard, shard_name, source_to_dict
from protocol.tokens import LEAD_LIST_TYPE
from providers.stock import SharedProvider


class LeadShardProvider(SharedProvider):
    """The provider of shards. It has no attributes: the state holds it pickled, and it must never change."""

    kind = "LeadShard"


class LeadShard(Resource, module="digo", name="LeadShard"):
    """A part of a lead list that the engine checkpoints on its own.

    The state has a sketch of its rows (`digo.lists.digests`): its size is constant, and it holds no phone number.
    `status` is `sent` or `partly sent` in profile `digo`, which has no read-back of leads. Where the account shows its
    lists, it is `in sync` or `partly sent`.
    """

    rows: pulumi.Output[int]
    status: pulumi.Output[str]

    def __init__(self, shard: Shard, list_id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> None:
        """Registers a shard; only `LeadList` does so. `list_id` may be known later than the shard."""
        properties: dict[str, Any] = {**shard.to_dict(), "list_id": list_id, "status": None}
        if any(has_secret(path) for path in (*shard.source["files"], *(shard.source.get("suppress") or ()))):
            properties["source"] = pulumi.Output.secret(properties["source"])
        retained = pulumi.ResourceOptions(retain_on_delete=True)
        # Always: with fewer shards a shard goes, and its rows belong to another one.
        super().__init__(LeadShardProvider(), shard.name, properties, pulumi.ResourceOptions.merge(opts, retained))


class LeadList(pulumi.ComponentResource):
    """A lead list with rows from files, split into shards."""

    rows: pulumi.Output[int]

    def __init__(
        self,
        wanted: DesiredList,
        root: Path,
        opts: pulumi.ResourceOptions | None = None,
        list_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Registers the list and its shards.

        Args:
            wanted: the list, with its digests.
            root: the project's folder. Paths in the state are relative to it.
            list_id: the list's id in the panel, such as the id of a `BroadcastList`; None for that of `wanted`.
            opts: options of the shards, such as `depends_on` and `retain_on_delete`.
        """
        aliases: list[pulumi.Input[str | pulumi.Alias]] = [pulumi.Alias(name=name) for name in wanted.formerly]
        super().__init__(LEAD_LIST_TYPE, wanted.key, None, pulumi.ResourceOptions(aliases=aliases))
        assert wanted.digests is not None
        list_id = wanted.list_id if list_id is None else list_id
        source = source_to_dict(wanted.source, root)
        for index in range(wanted.shards):
            shard = Shard(
                list_key=wanted.key,
                list_id=wanted.source.list_id,
                index=index,
                of=wanted.shards,
                rows=wanted.digests.sketches[index].rows,
                sketch_text=wanted.digests.sketches[index].to_text(),
                key_check=wanted.digests.key_check,
                source=source,
            )
            # A child inherits its parent's aliases only in the run that renames the parent, which may be cut off.
            former = [pulumi.Alias(name=shard_name(name, index)) for name in wanted.formerly]
            own = pulumi.ResourceOptions(parent=self, aliases=list(former))
            LeadShard(shard, list_id, pulumi.ResourceOptions.merge(opts, own))
        self.register_outputs({"list_id": list_id, "rows": wanted.count})
