"""What an export consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from digo.api.models import AgentRecord
from digo.desired.problems import printable
from digo.desired.state import WantedAgent
from digo.phone import PhoneNumber
from digo.text import visible


class ExportError(Exception):
    """The export cannot be written as it should be. The message says what is in the way, and what to do."""


@dataclass(frozen=True)
class Entry:
    """An agent of the account as config can have it. `intercom` None leaves it alone."""

    name: str
    number: PhoneNumber
    intercom: str | None
    live: AgentRecord


@dataclass(frozen=True)
class Change:
    """A field of an entry that config has otherwise than the account. `value` None takes it out of config."""

    wanted: WantedAgent
    live: AgentRecord
    field: str
    value: str | None


@dataclass(frozen=True)
class LeftOut:
    """An agent, or a field of one, that config cannot have as the account has it. `reason` has no phone number;
    `eid` is empty where it is about no one agent."""

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
    """What is not to be exported, with the reasons: new agents by EID, changes by key and field."""

    agents: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Export:
    """What is to be written: new entries by key, and changes of those that are there; `missing` are entries that the
    account lacks, and stay as they are. `intercoms` are agents whose intercom config leaves alone, or has otherwise."""

    new: Mapping[str, Entry]
    changes: tuple[Change, ...]
    left_out: tuple[LeftOut, ...]
    missing: tuple[WantedAgent, ...]
    intercoms: tuple[LeftOut, ...] = ()
