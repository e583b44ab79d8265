"""Which agent of the account is the wanted one. The natural keys are the number, by its digits, and the intercom.

The number comes first: it is what rings. Only where no agent has the number does the intercom decide, because an
account cannot hold it twice: whoever has it *is* in the way of the wanted agent, and cannot be moved by the API.
"""

from __future__ import annotations

from dataclasses import dataclass

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot, written_intercom
from digo.names import same_name
from digo.phone import PhoneNumber, bare_digits, has_country_code


@dataclass(frozen=True)
class Ambiguous:
    """Several agents fit, and nothing says which is meant. `by` is the key that they share."""

    by: str
    agents: tuple[AgentRecord, ...]


def match_agent(number: PhoneNumber, intercom: str | None, snapshot: Snapshot) -> AgentRecord | Ambiguous | None:
    """The account's agent for these keys; None where the account has none (proven: the snapshot is a whole list)."""
    ringing = snapshot.with_number(number)
    holding = snapshot.with_intercom(intercom) if intercom is not None else ()
    if len(ringing) > 1:
        both = tuple(agent for agent in ringing if agent in holding)
        return both[0] if len(both) == 1 else Ambiguous("follow_me_number", ringing)
    if ringing:
        return ringing[0]
    if len(holding) > 1:
        return Ambiguous("intercom", holding)
    return holding[0] if holding else None


def is_named(agent: AgentRecord, name: str) -> bool:
    """Whether the agent has that name, as people see it."""
    return same_name(agent.name, name)


def rings(agent: AgentRecord, number: PhoneNumber) -> bool:
    """Whether the agent has that number, in whatever spelling the list has it."""
    text = agent.follow_me_number
    if not text:
        return False
    digits = bare_digits(text)
    return digits == number.digits or (digits == number.national and not has_country_code(text))


def holds(agent: AgentRecord, intercom: str) -> bool:
    """Whether the agent has that intercom."""
    held = (agent.intercom or "").strip()
    return bool(held) and written_intercom(held) == written_intercom(intercom)
