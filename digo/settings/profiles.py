"""What a product's API can do, as data. It decides the plan's verbs: a call that is not listed is never tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Subject(str, Enum):
    """What can be provisioned."""

    AGENT = "agent"
    LEAD = "lead"
    LIST = "list"


class Ability(str, Enum):
    """What an API can do with a subject. READ_BACK: it can return what the account has."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    READ_BACK = "read back"


@dataclass(frozen=True)
class Profile:
    """One product's abilities. `name` is what `digo:profile` says; `login` the call that gives a token, "" if none."""

    name: str
    abilities: Mapping[Subject, frozenset[Ability]]
    login: str = ""

    def can(self, ability: Ability, subject: Subject) -> bool:
        """Whether the product documents a call for it."""
        return ability in self.abilities[subject]

    def lacks(self, ability: Ability, subject: Subject) -> str:
        """The sentence for a missing ability."""
        article = "an" if subject is Subject.AGENT else "a"
        return f"The API (profile {self.name}) has no call to {ability.value} {article} {subject.value}"


# The vendor's page documents GET /v1/agents, POST /v1/agent and POST /v1/broadcast/lead/{LIST_ID}; the last one with
# `duplicate_option: overwrite` adds a lead or changes the one with the same phone.
DIGO = Profile(
    "digo",
    MappingProxyType(
        {
            Subject.AGENT: frozenset({Ability.CREATE, Ability.READ_BACK}),
            Subject.LEAD: frozenset({Ability.CREATE, Ability.UPDATE}),
            Subject.LIST: frozenset(
                {Ability.CREATE, Ability.UPDATE}
            ),  # through its leads; only the panel manages the list itself
        }
    ),
)

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in (DIGO,)})
