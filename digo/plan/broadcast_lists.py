"""The broadcast lists that config names, beside those of the account. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from digo.api.models import BroadcastListRecord
from digo.api.snapshot import Snapshot
from digo.desired.renames import Renames
from digo.desired.state import Desired, DesiredBroadcastList
from digo.settings.profiles import Ability, Profile, Subject
from digo.source.problems import Problem
from digo.state.last_up import LastUp
from digo.text.counts import counted
from digo.text.names import normal_name


@dataclass(frozen=True)
class BroadcastListPlan:
    """One wanted list, and the account's list of its name.

    If `live` is None, no list has the name: it is created, or the entry's list in the state is renamed.
    """

    wanted: DesiredBroadcastList
    live: BroadcastListRecord | None


def lists_are_needed(profile: Profile, desired: Desired, applied: Callable[[], LastUp] | None = None) -> bool:
    """Whether a plan needs the account's broadcast lists: config names one, or the state has one that config named.

    Args:
        profile: what the API can do. Without a call to read lists, the answer is no.
        desired: the config.
        applied: gives the state, if the caller knows it. It is called only if it decides.
    """
    if not profile.can(Ability.READ_BACK, Subject.BROADCAST_LIST):
        return False
    return bool(desired.broadcast_lists) or (applied is not None and bool(applied().broadcast_lists))


def broadcast_list_plans(
    desired: Desired, snapshot: Snapshot, profile: Profile
) -> tuple[tuple[BroadcastListPlan, ...], tuple[Problem, ...]]:
    """The plans of the wanted lists, and what only the user can settle."""
    if not desired.broadcast_lists:
        return (), ()
    if lack := _why_not_known(snapshot, profile):
        return (), tuple(_problem(one, lack) for one in desired.broadcast_lists)
    by_name = _by_name(snapshot.lists or ())
    plans: list[BroadcastListPlan] = []
    conflicts: list[Problem] = []
    for wanted in desired.broadcast_lists:
        found = by_name.get(normal_name(wanted.name), ())
        if len(found) > 1:
            conflicts.append(_problem(wanted, _ambiguous(found)))
        else:
            plans.append(BroadcastListPlan(wanted, found[0] if found else None))
    conflicts.extend(_claimed_by_id(desired, plans))
    return tuple(plans), tuple(conflicts)


def list_ids(desired: Desired, snapshot: Snapshot, applied: LastUp | None = None) -> Mapping[str, str]:
    """The id of each named list that is known, by its key.

    It is that of the account's only list of the name. Otherwise it is the state's, if the account still has that list:
    then it is renamed.

    Args:
        desired: the config.
        snapshot: the account.
        applied: the state; None where it is not known.
    """
    if snapshot.lists is None:
        return {}
    by_name, there = _by_name(snapshot.lists), {one.id for one in snapshot.lists}
    last = applied.renamed(Renames.of(desired)).broadcast_lists if applied else {}
    found: dict[str, str] = {}
    for wanted in desired.broadcast_lists:
        live, before = by_name.get(normal_name(wanted.name), ()), last.get(wanted.key)
        if len(live) == 1:
            found[wanted.key] = live[0].id
        elif not live and before is not None and before.id in there:
            found[wanted.key] = before.id
    return found


def _by_name(lists: Iterable[BroadcastListRecord]) -> Mapping[str, list[BroadcastListRecord]]:
    found: dict[str, list[BroadcastListRecord]] = defaultdict(list)
    for one in lists:
        found[normal_name(one.name or "")].append(one)
    return found


def _why_not_known(snapshot: Snapshot, profile: Profile) -> str:
    if not profile.can(Ability.READ_BACK, Subject.BROADCAST_LIST):
        lacks = profile.lacks(Ability.READ_BACK, Subject.BROADCAST_LIST)
        return f"{lacks}, so no list can be found by its name: give the list's `id` in the panel"
    if snapshot.lists is None:
        return "the account's broadcast lists were not read; `digo snapshot` of this version records them"
    return ""


def _ambiguous(found: Iterable[BroadcastListRecord]) -> str:
    ids = [one.id for one in found]
    return (
        f"the account has {counted(len(ids), 'list')} of this name (id {', id '.join(ids)}), and nothing says which is "
        "meant; rename or remove the others in the panel, or give the `id` of the one that is meant"
    )


def _claimed_by_id(desired: Desired, plans: Iterable[BroadcastListPlan]) -> Iterable[Problem]:
    """A problem for each named list that another entry has by its id."""
    owners = {lead.list_id: (lead.list_key, lead.position) for lead in desired.leads if not lead.list_name}
    owners |= {one.list_id: (one.key, one.position) for one in desired.lists if not one.list_name}
    for plan in plans:
        if plan.live is not None and plan.live.id in owners:
            key, position = owners[plan.live.id]
            message = f"the list of this name has the id {plan.live.id}, which is that of `{key}` ({position})"
            yield _problem(plan.wanted, f"{message}: one entry can have it, not both")


def _problem(wanted: DesiredBroadcastList, message: str) -> Problem:
    return Problem(wanted.position, f"lists.{wanted.key}.name", message)
