"""What was sent of a list that config wants, in the form in which it is compared with config."""

from __future__ import annotations

from digo.desired.state import DesiredList
from digo.lists.digests.bucket_digests import Digests
from digo.lists.digests.known_rows import KnownRows, no_rows
from digo.lists.sending.ledger import Ledger
from digo.lists.sending.shard import ShardState
from digo.state.last_up import ListState


def known_rows(wanted: DesiredList, last: ListState | None, index: int) -> KnownRows:
    """The known rows of one of the wanted shards. Each shard is a resource: rows of another one do not count for it."""
    if last is None:
        return no_rows(index, wanted.shards)
    if index in last.known:
        return last.known[index]
    state = last.shards.get(index)
    return no_rows(index, wanted.shards) if state is None else _by_state(wanted, state, state.old, index)


def is_recorded(wanted: DesiredList, last: ListState) -> bool:
    """Whether the state has the rows as config has them. Otherwise an up changes only the state."""
    assert wanted.digests is not None
    if last.partly or last.shards.keys() != set(range(wanted.shards)):
        return False
    return not any(
        shard.is_old or shard.of != wanted.shards or wanted.digests.sketches[index].differing(shard.known.sketch)
        for index, shard in last.shards.items()
    )


def is_by_another_key(wanted: DesiredList, last: ListState) -> bool:
    """Whether the state's digests are by another ledger key, so that they say nothing of the wanted rows."""
    assert wanted.digests is not None
    return any(shard.key_check not in ("", wanted.digests.key_check) for shard in last.shards.values())


def known_with_ledger(wanted: DesiredList, state: ShardState | None, index: int, ledger: Ledger) -> KnownRows | None:
    """The known rows of a wanted shard by state and ledger; None if the ledger has nothing of it."""
    state = state or ShardState.nothing(index, wanted.shards)
    old = state.old if state.write else ledger.old_digests(state.old).shard(index, wanted.shards)
    known = _by_state(wanted, state, old, index)
    found = ledger.known_rows(known, state.token)
    return found if found is not known or old != state.old else None


def _by_state(wanted: DesiredList, state: ShardState, old: Digests, index: int) -> KnownRows:
    assert wanted.digests is not None
    if not old.counts:
        return state.known_by(wanted.digests.key_check).in_shard(index, wanted.shards)
    from digo.lists.digests.takeover import known_by_digests  # columns need a large library

    sketch = wanted.digests.sketches[index]
    return known_by_digests(sketch, wanted.digests.bucket_digests, old.shard(index, wanted.shards))
