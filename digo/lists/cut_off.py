"""What a run that was cut off has sent, beside the state: so that a plan made in between counts right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from digo.applied import Applied, AppliedList
from digo.apply.journal import journal_folder, overtaken
from digo.apply.lead_doubt import OVERTAKEN
from digo.desired.state import Desired, WantedList
from digo.lists.digests import Digests
from digo.lists.ledger import Ledger, ledger_folder, ledger_of
from digo.plan.renames import Renames

_NOTHING = Digests({}, {})


def with_cut_off_runs(applied: Applied, desired: Desired, root: Path, stack: str, endpoint: str) -> Applied:
    """The state under the keys of today, and over it what this machine's ledgers say of the lists that are wanted, and
    its journal of leads.

    Args:
        applied: the state.
        desired: what is wanted, its lists sealed.
        root: the project's folder.
        stack: the stack's name.
        endpoint: the account's address.
    """
    folder = ledger_folder(root, stack)
    applied = _with_leads_in_doubt(applied, root, stack).renamed(Renames.of(desired))
    found = {one.key: _standing(one, applied.lists.get(one.key), folder, endpoint) for one in desired.lists}
    lists = {**applied.lists, **{key: one for key, one in found.items() if one is not None}}
    return replace(applied, lists=lists)


def with_cut_off_runs_of_state(applied: Applied, key_check: str, root: Path, stack: str, endpoint: str) -> Applied:
    """The state, and over it what this machine's ledgers and its journal say of what is in it: for those who do not
    know yet what will be wanted. `key_check` tells the ledger key; the others are as in `with_cut_off_runs`."""
    folder = ledger_folder(root, stack)
    ledgers = {key: ledger_of(folder, endpoint, one.list_id, key_check, one.of) for key, one in applied.lists.items()}
    lists = {
        key: replace(one, shards=_with_ledger(one.shards, ledgers[key], one.of)) for key, one in applied.lists.items()
    }
    return replace(_with_leads_in_doubt(applied, root, stack), lists=lists)


def _with_leads_in_doubt(applied: Applied, root: Path, stack: str) -> Applied:
    if not applied.leads:
        return applied  # the journals are asked of leads alone
    later = overtaken(journal_folder(root, stack))
    leads = {key: replace(one, doubt=OVERTAKEN) for key, one in applied.leads.items() if one.write in later}
    return replace(applied, leads={**applied.leads, **leads})


def _standing(wanted: WantedList, last: AppliedList | None, folder: Path, endpoint: str) -> AppliedList | None:
    assert wanted.seal is not None
    # Of another list of the panel the state knows nothing, but a run that was to send it may have been cut off.
    known = last.shards if last is not None and last.list_id == wanted.source.list_id else {}
    ledger = ledger_of(folder, endpoint, wanted.source.list_id, wanted.seal.key_check, wanted.shards)
    shards = _with_ledger(known, ledger, wanted.shards)
    if last is not None:
        return replace(last, shards=shards)
    return AppliedList(wanted.key, wanted.source.list_id, wanted.shards, shards, in_state=False) if shards else None


def _with_ledger(shards: Mapping[int, Digests], ledger: Ledger, of: int) -> dict[int, Digests]:
    found = dict(shards)
    for index in range(of):
        state = found.get(index, _NOTHING).shard(index, of)
        standing = ledger.standing(state).shard(index, of)
        if standing != state:
            found[index] = standing
    return found
