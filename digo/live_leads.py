"""Reads the lists that config wants, once each, and compares them with it, for a plan without an engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from digo.api.bulk_leads import ListNotShown, read_leads
from digo.api.client import Client
from digo.api.lead_stream import Leads
from digo.desired.state import Desired, DesiredList
from digo.plan.list_change import SAMPLE_ROWS
from digo.plan.live_leads import NOT_READ, LiveLeads, LiveList
from digo.settings.profiles import Ability, Subject
from digo.settings.stack_settings import Settings
from digo.source.problems import ConfigError, Problem
from digo.state.last_up import LastUp

if TYPE_CHECKING:
    from digo.lists.key import LedgerKey
    from digo.lists.live.row_listing import LiveListing
    from digo.lists.rows.suppress import SuppressFiles


def read_live_leads(
    desired: Desired, applied: LastUp, settings: Settings, ledger_key: Callable[[], LedgerKey | None]
) -> LiveLeads:
    """What the account has of the wanted leads and lists; nothing if the profile cannot read them.

    Args:
        desired: the config, with the ids of its lists as far as they are known.
        applied: the state. A list that it does not have may be shown as an object, which then counts as empty.
        settings: the stack's settings.
        ledger_key: reads the stack's ledger key.

    Raises:
        ApiError: a list could not be read.
        ConfigError: a file has changed meanwhile, and has problems now.
    """
    wants_lists = desired.lists if settings.profile.can(*_ROWS) else ()
    wants_leads = [one for one in desired.leads if one.list_id] if settings.profile.can(*_LEADS) else []
    if not wants_lists and not wants_leads:
        return NOT_READ
    from digo.lists.live.live_lead import LeadIndex  # columns need a large library

    fields: dict[str, set[str]] = defaultdict(set)
    for wanted in wants_lists:
        if wanted.list_id:
            fields[wanted.list_id].update(wanted.source.fields)
    for lead in wants_leads:
        fields[lead.list_id].update(lead.fields)
    known = {one.list_id for one in applied.lists.values()} | {one.list_id for one in applied.leads.values()}
    with Client(settings.access, pace=settings.pace(), limits=settings.limits, read_only=True) as client:
        there = {id_: _read(client, id_, names, new=id_ not in known) for id_, names in fields.items()}
    indexes = {list_id: LeadIndex(there[list_id]) for list_id in {lead.list_id for lead in wants_leads}}
    leads = {lead.key: indexes[lead.list_id].find(lead.number.e164) for lead in wants_leads}
    return LiveLeads(
        lists=_compared_lists(wants_lists, there, settings, ledger_key) if wants_lists else {},
        leads={name: one.rows if one else () for name, one in leads.items()},
    )


_ROWS = (Ability.READ_BACK, Subject.LIST)
_LEADS = (Ability.READ_BACK, Subject.LEAD)


def _of_list(wanted: DesiredList, there: Mapping[str, Leads]) -> Leads:
    """The account's rows of a list; none of one that is not made yet."""
    return there[wanted.list_id] if wanted.list_id else Leads.none(wanted.source.fields)


def _compared(wanted: DesiredList, there: Mapping[str, Leads], settings: Settings, key: LedgerKey | None) -> LiveList:
    assert key is not None
    return live_list(compared(wanted, _of_list(wanted, there), key), wanted.shards, settings)


def _read(client: Client, list_id: str, fields: set[str], *, new: bool) -> Leads:
    try:
        return client.send(read_leads(list_id, sorted(fields)))
    except ListNotShown:
        if not new:
            raise
        return Leads.none(fields)


def _compared_lists(
    wanted: Iterable[DesiredList],
    there: Mapping[str, Leads],
    settings: Settings,
    ledger_key: Callable[[], LedgerKey | None],
) -> dict[str, LiveList]:
    from digo.lists.rows.suppress import SuppressFiles  # columns need a large library

    key, suppress = ledger_key(), SuppressFiles(str)
    assert key is not None
    return {
        one.key: live_list(compared(one, _of_list(one, there), key, suppress), one.shards, settings) for one in wanted
    }


def compared(wanted: DesiredList, leads: Leads, key: LedgerKey, suppress: SuppressFiles | None = None) -> LiveListing:
    """A list's rows beside those that the account has of it. `suppress` reads its suppress files.

    Raises:
        ConfigError: a file has changed meanwhile, and has problems now.
    """
    from digo.lists.live.live_rows import LiveRows  # columns need a large library
    from digo.lists.live.row_changes import RowChanges
    from digo.lists.live.row_listing import LiveListing
    from digo.lists.rows.list_rows import read_list

    rows = wanted.rows
    if rows is None:
        found = read_list(wanted.source, str, suppress)
        if found.problems:
            raise ConfigError([Problem(one.position, one.column, one.message) for one in found.problems])
        rows = found.rows
    live = LiveRows.of(leads, wanted.source.fields)
    return LiveListing(wanted.source, rows, live, RowChanges.between(rows, live, key))


def live_list(listing: LiveListing, shards: int, settings: Settings) -> LiveList:
    """What the plan has of a list's comparison. `shards` is in how many parts it is written."""
    changes, deletes = listing.changes, settings.profile.removes(Subject.LIST)
    calls = sum(
        changes.shard(index, shards).counts.requests(settings.bulk_rows, deletes=deletes) for index in range(shards)
    )
    sample = listing.wanted.sample(changes.send[:SAMPLE_ROWS], several=bool(listing.source.fields))
    return LiveList(changes.counts, calls, sample)


def read_live_list(
    wanted: DesiredList, applied: LastUp, settings: Settings, ledger_key: Callable[[], LedgerKey | None]
) -> LiveListing | None:
    """The rows of one list beside those of the account; None if the profile cannot read them.

    See `read_live_leads`.
    """
    if not settings.profile.can(*_ROWS):
        return None
    leads = Leads.none(wanted.source.fields)
    if wanted.list_id:
        known = wanted.list_id in {one.list_id for one in applied.lists.values()}
        with Client(settings.access, pace=settings.pace(), limits=settings.limits, read_only=True) as client:
            leads = _read(client, wanted.list_id, set(wanted.source.fields), new=not known)
    key = ledger_key()
    assert key is not None
    return compared(wanted, leads, key)
