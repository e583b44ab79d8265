"""What a plan needs of the account beside the agents. Pure."""

from __future__ import annotations

from collections.abc import Callable

from digo.api.agent_calls import ReadOptions
from digo.desired.state import Desired
from digo.plan.broadcast_lists import lists_are_needed
from digo.settings.profiles import Profile
from digo.state.last_up import LastUp


def read_options(profile: Profile, desired: Desired, applied: Callable[[], LastUp] | None = None) -> ReadOptions:
    """What to read for a plan of that desired state. See `lists_are_needed` for `applied`."""
    return ReadOptions(lists=lists_are_needed(profile, desired, applied))
