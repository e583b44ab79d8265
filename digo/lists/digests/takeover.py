"""Takes over what version 0.2.0 left: by the list as it is now, digests of buckets become known rows."""

from __future__ import annotations

from digo.lists.digests.bucket_digests import Digests
from digo.lists.digests.known_rows import KnownRows
from digo.lists.digests.sketch import Sketch


def known_by_digests(wanted: Sketch, now: Digests, before: Digests) -> KnownRows:
    """The known rows of a shard, by the digests that an old state or ledger has of it.

    Where a bucket's digest is that of the list as it is now, its rows are known. Of another bucket only the count is.

    Args:
        wanted: the sketch of the shard's wanted rows.
        now: the old kind of digests of the same rows; it may have those of other shards too.
        before: the digests of the old state, of this shard.
    """
    other = [bucket for bucket in wanted.counts if before.digests.get(bucket) != now.digests[bucket]]
    unknown = {
        bucket: count
        for bucket, count in before.counts.items()
        if before.digests.get(bucket) != now.digests.get(bucket)
    }
    known = wanted.with_buckets(other, Sketch.empty(wanted.index, wanted.of)) if other else wanted
    return KnownRows(known, unknown=unknown, cut_off=bool(before.counts.keys() - before.digests.keys()))
