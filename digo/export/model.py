"""What an export consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from digo.api.models import AgentRecord
from digo.desired.state import WantedAgent
from digo.phone import PhoneNumber


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
    field: str
    value: str | None


@dataclass(frozen=True)
class LeftOut:
    """An agent, or a field of one, that config cannot have as the account has it. `reason` has no phone number."""

    eid: str
    reason: str


@dataclass(frozen=True)
class Export:
    """What is to be written: new entries by key, and changes of those that are there; `missing` are entries that the
    account lacks, and stay as they are."""

    new: Mapping[str, Entry]
    changes: tuple[Change, ...]
    left_out: tuple[LeftOut, ...]
    missing: tuple[WantedAgent, ...]
