"""The parts of an export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from digo.api.models import AgentRecord
from digo.desired.state import DesiredAgent
from digo.phone.number import PhoneNumber
from digo.source.problems import printable
from digo.text.unicode import visible


class ExportError(Exception):
    """The export cannot be written correctly. The message gives the cause and the next step."""


@dataclass(frozen=True)
class ExportedAgent:
    """A config entry for an agent of the account. `intercom` None leaves it alone.

    `other_fields` has the values of OTHER_FIELDS that config can have.
    """

    name: str
    number: PhoneNumber
    intercom: str | None
    live: AgentRecord
    other_fields: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        """The value of a wanted field, a number in E.164; None if the entry leaves it alone."""
        named = {"name": self.name, "follow_me_number": self.number.e164, "intercom": self.intercom}
        return named[name] if name in named else self.other_fields.get(name)


@dataclass(frozen=True)
class FieldChange:
    """A field of an entry that differs from the account. `value` None removes it from config."""

    wanted: DesiredAgent
    live: AgentRecord
    field: str
    value: str | None


@dataclass(frozen=True)
class SkippedItem:
    """An agent, or a field of one, that config cannot have as the account has it.

    `reason` has no phone number. `eid` is "" if no single agent is meant.
    """

    eid: str
    reason: str
    name: str | None = None

    def __str__(self) -> str:
        if not self.eid:
            return self.reason
        name = f'"{printable(visible(self.name))}" ' if self.name and self.name.strip() else ""
        return f"agent {name}(eid {self.eid}): {self.reason}" if name else f"agent eid {self.eid}: {self.reason}"


@dataclass(frozen=True)
class Refused:
    """What must not be exported, with the reasons: new agents by EID, changes by key and field."""

    agents: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Export:
    """What an export writes: new entries by key, and changes of existing ones.

    `missing` are entries that the account lacks; they stay as they are. `intercoms` are agents whose intercom config
    omits or writes differently.
    """

    new: Mapping[str, ExportedAgent]
    changes: tuple[FieldChange, ...]
    left_out: tuple[SkippedItem, ...]
    missing: tuple[DesiredAgent, ...]
    intercoms: tuple[SkippedItem, ...] = ()
