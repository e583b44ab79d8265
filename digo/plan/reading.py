"""What a plan needs of the account beside the agents. Pure."""

from __future__ import annotations

from collections.abc import Callable

from digo.api.agent_calls import ReadOptions
from digo.api.snapshot import Snapshot
from digo.desired.state import Desired
from digo.plan.broadcast_lists import lists_are_needed
from digo.plan.unknown_caller_ids import caller_ids_are_needed
from digo.settings.profiles import Ability, Profile, Subject
from digo.state.last_up import LastUp


def read_options(profile: Profile, desired: Desired, applied: Callable[[], LastUp] | None = None) -> ReadOptions:
    """What to read for a plan of that desired state. See `lists_are_needed` for `applied`."""
    return ReadOptions(
        caller_ids=caller_ids_are_needed(profile, desired), lists=lists_are_needed(profile, desired, applied)
    )


def other_list(profile: Profile, snapshot: Snapshot) -> str:
    """The sentence that the account does not answer the list call that the profile asks first; "" if it does."""
    asked = profile.on("").route(Ability.READ_BACK, Subject.AGENT)
    if asked is None or asked.call == snapshot.listed_by:
        return ""
    return f"the account does not answer {asked.call}, so its agents are those of {snapshot.listed_by}"
