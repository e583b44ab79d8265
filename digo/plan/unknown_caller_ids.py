"""Caller ids in config that the account does not have. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from digo.api.my_numbers import lacking
from digo.api.snapshot import Snapshot
from digo.desired.state import Desired
from digo.fields.types import items_of
from digo.settings.profiles import Profile, Subject
from digo.source.problems import Problem

_FIELD = "caller_ids"


def caller_ids_are_needed(profile: Profile, desired: Desired) -> bool:
    """Whether a plan needs the account's own numbers: an entry has caller ids, and a call of the profile sets them."""
    return profile.settable(Subject.AGENT, _FIELD) and any(one.value(_FIELD) is not None for one in desired.agents)


def unknown_caller_ids(desired: Desired, snapshot: Snapshot, profile: Profile) -> Iterator[Problem]:
    """A problem for each entry with a caller id that is not a number of the account. Its up would fail.

    Nothing is known if the account's numbers were not read, as in a snapshot file.
    """
    own = snapshot.caller_ids
    if own is None or not profile.settable(Subject.AGENT, _FIELD):
        return
    for wanted in desired.agents:
        if lack := lacking(items_of(wanted.value(_FIELD) or "[]") or (), own):
            message = f"{lack}. Correct the entry, or add the number to the account in the panel"
            yield Problem(wanted.positions.get(_FIELD, wanted.position), f"agents.{wanted.key}.{_FIELD}", message)
