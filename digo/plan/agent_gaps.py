"""What differs between a wanted agent and the account's, and whether a call brings it there. Pure.

The program, the provider host and `digo plan` decide by these functions. Only the state tells them apart: the program
does not know it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from digo.api.models import AgentRecord
from digo.desired.state import DesiredAgent
from digo.fields.agents import FIRST_FIELDS, OTHER_FIELDS, AgentField
from digo.fields.types import FLAG
from digo.plan.match import has_number, has_value
from digo.settings.profiles import Ability, Profile, Subject


@dataclass(frozen=True)
class Gap:
    """A field whose live value is not the wanted one, or not known to be.

    Attributes:
        field: the field.
        wanted: the value in config.
        live: the account's value; None if it has none.
        hidden: whether the account's list does not show the field, so that its live value is not known.
        changes: whether a call of the profile changes the field.
    """

    field: AgentField
    wanted: str
    live: str | None
    hidden: bool
    changes: bool


def wanted_values(wanted: DesiredAgent) -> Iterator[tuple[AgentField, str]]:
    """The fields that config sets, in the order of the table, with their values."""
    for field in FIRST_FIELDS if not wanted.other_fields else (*FIRST_FIELDS, *OTHER_FIELDS):
        if (value := wanted.value(field.name)) is not None:
            yield field, value


def agrees(field: AgentField, want: str, wanted: DesiredAgent, live: AgentRecord) -> bool:
    """Whether the account's agent has the value that config wants."""
    # The entry's number is parsed already; parsing it again for each agent would take most of a plan's time.
    return has_number(live, wanted.number) if field.name == "follow_me_number" else has_value(live, field, want)


def gaps(wanted: DesiredAgent, live: AgentRecord, profile: Profile, last: Mapping[str, Any] | None) -> tuple[Gap, ...]:
    """The fields that differ.

    A field that the account's list does not show is compared with what the last up left of it. If that is not known,
    the field counts as different: a call sends it. A field that no call ever sets cannot converge.

    Args:
        wanted: the config's entry.
        live: the account's agent.
        profile: the profile, for the account's list.
        last: the outputs of the last up, {} if the state lacks the agent; None if the state is not known.
    """
    found = []
    for field, want in wanted_values(wanted):
        hidden = field.name in live.unseen
        if not hidden and agrees(field, want, wanted, live):
            continue
        changes = profile.can(Ability.UPDATE, Subject.AGENT, field.name)
        if hidden:
            had = None if last is None else last.get(field.name)
            if is_set(profile, field.name) and had is not None and field.type.same(str(had), want):
                continue
        found.append(Gap(field, want, live.value(field.name), hidden, changes))
    return tuple(found)


def never_set(wanted: DesiredAgent, profile: Profile) -> tuple[tuple[AgentField, str], ...]:
    """The fields of an entry that a new agent does not get, with their values: no call of this account sets them."""
    if not wanted.other_fields and wanted.intercom is None:
        return ()
    return tuple(
        (field, want)
        for field, want in wanted_values(wanted)
        if not is_set(profile, field.name) and profile.settable(Subject.AGENT, field.name)
    )


def is_set(profile: Profile, field: str) -> bool:
    """Whether a call of this account sets the field, in a create or in an update."""
    return any(profile.can(ability, Subject.AGENT, field) for ability in (Ability.CREATE, Ability.UPDATE))


def changes_of(found: tuple[Gap, ...]) -> dict[str, str]:
    """The wanted values of the fields that a call changes, by name."""
    return {gap.field.name: gap.wanted for gap in found if gap.changes}


def update_calls(fields: Iterable[str], profile: Profile) -> int:
    """How many requests change these fields of one agent: one for each call of the table."""
    routes = (profile.route(Ability.UPDATE, Subject.AGENT, field) for field in fields)
    return len({route.call for route in routes if route is not None})


def create_calls(wanted: DesiredAgent, profile: Profile) -> int:
    """How many requests make an agent: the create, and those that set what a create does not take.

    A new agent has no flag set, as far as its account's list shows flags.
    """
    route = profile.route(Ability.CREATE, Subject.AGENT)
    later = [
        field.name
        for field, want in wanted_values(wanted)
        if not (route and route.sets(field.name)) and not (field.type is FLAG and want == "false")
    ]
    return 1 + update_calls(later, profile)


def is_renumbered(profile: Profile, eid: str, elsewhere: frozenset[str]) -> bool:
    """Whether an agent of the state gets config's number, where no agent of the account has it.

    Args:
        profile: the profile, for the account's list.
        eid: the state's agent, which the account still has.
        elsewhere: the EIDs of the agents that entries of this run have, or want to be absent.
    """
    return eid not in elsewhere and profile.can(Ability.UPDATE, Subject.AGENT, "follow_me_number")
