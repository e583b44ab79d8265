"""Adds what interrupted runs have sent to the state, so that the next plan counts it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from digo.desired.renames import Renames
from digo.desired.state import Desired, DesiredList
from digo.fields.agents import OTHER_FIELDS
from digo.lists.digests.bucket_digests import Digests
from digo.lists.sending.ledger import Ledger, ledger_folder, ledger_of
from digo.lists.sending.shard import ShardState
from digo.state.journal import journal_folder, superseded_writes
from digo.state.last_up import LastUp, ListState
from digo.state.sent_lists import known_with_ledger
from digo.state.uncertain_agents import known_outputs
from digo.state.uncertain_leads import OVERTAKEN

_NOT_ALWAYS_LISTED = frozenset(field.name for field in OTHER_FIELDS)


def with_interrupted_runs(applied: LastUp, desired: Desired, root: Path, stack: str, endpoint: str) -> LastUp:
    """The state, updated from this machine's ledgers of the wanted lists and its journal.

    Its keys are those of the current config.

    Args:
        applied: the state.
        desired: the desired state, with digests on its lists.
        root: the project's folder.
        stack: the stack's name.
        endpoint: the account's address.
    """
    folder = ledger_folder(root, stack)
    applied = _with_uncertain_writes(applied, root, stack).renamed(Renames.of(desired))
    found = {one.key: _with_ledger_of(one, applied.lists.get(one.key), folder, endpoint) for one in desired.lists}
    lists = {**applied.lists, **{key: one for key, one in found.items() if one is not None}}
    return replace(applied, lists=lists)


def state_with_interrupted_runs(applied: LastUp, key_check: str, root: Path, stack: str, endpoint: str) -> LastUp:
    """The state, updated from this machine's ledgers of its own lists and its journal.

    It is for callers that do not know the desired state yet. `key_check` identifies the ledger key. The other arguments
    are those of `with_interrupted_runs`.
    """
    folder = ledger_folder(root, stack)
    ledgers = {key: ledger_of(folder, endpoint, one.list_id, key_check, one.of) for key, one in applied.lists.items()}
    lists = {
        key: replace(one, shards={index: _with_ledger(shard, ledgers[key]) for index, shard in one.shards.items()})
        for key, one in applied.lists.items()
    }
    return replace(_with_uncertain_writes(applied, root, stack), lists=lists)


def _with_uncertain_writes(applied: LastUp, root: Path, stack: str) -> LastUp:
    changeable = {key: one for key, one in applied.agents.items() if one.wanted.keys() & _NOT_ALWAYS_LISTED}
    if not applied.leads and not changeable:
        return applied  # nothing else needs the journals
    later = superseded_writes(journal_folder(root, stack))
    agents = {key: replace(one, live=known_outputs(one.live, one.eid, later)) for key, one in changeable.items()}
    leads = {key: replace(one, unknown_write=OVERTAKEN) for key, one in applied.leads.items() if one.write in later}
    return replace(applied, agents={**applied.agents, **agents}, leads={**applied.leads, **leads})


def _with_ledger_of(wanted: DesiredList, last: ListState | None, folder: Path, endpoint: str) -> ListState | None:
    assert wanted.digests is not None
    # The state knows nothing of another list of the panel, but an interrupted run may have sent rows of it.
    shards = last.shards if last is not None and last.list_id == wanted.source.list_id else {}
    ledger = ledger_of(folder, endpoint, wanted.source.list_id, wanted.digests.key_check, wanted.shards)
    known = {}
    if ledger.exists:
        found = {index: known_with_ledger(wanted, shards.get(index), index, ledger) for index in range(wanted.shards)}
        known = {index: one for index, one in found.items() if one is not None}
    if last is not None:
        return replace(last, known=known)
    return (
        ListState(wanted.key, wanted.source.list_id, wanted.shards, {}, in_state=False, known=known) if known else None
    )


def _with_ledger(shard: ShardState, ledger: Ledger) -> ShardState:
    """What state and ledger say of a shard, where its wanted rows are not at hand."""
    if not ledger.exists:
        return shard
    if not shard.is_old:
        return replace(shard, known=ledger.known_rows(shard.known, shard.token))
    old = ledger.old_digests(shard.old).shard(shard.index, shard.of)
    begun = ledger.begun_buckets
    return replace(shard, old=Digests({b: one for b, one in old.digests.items() if b not in begun}, old.counts))
