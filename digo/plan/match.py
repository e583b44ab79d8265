"""Finds the account's agent for a wanted one. The natural keys are the number, by its digits, and the intercom.

The number comes first: it is what rings. The intercom decides only if no agent has the number, because an account
cannot have an intercom twice: the agent that has it is in the way of the wanted one, and the API cannot change it.
"""

from __future__ import annotations

from dataclasses import dataclass

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.fields.agents import AgentField
from digo.fields.types import writes_number
from digo.phone.number import PhoneNumber


@dataclass(frozen=True)
class Ambiguous:
    """Several agents match, and nothing says which one is meant. `by` is the natural key that they share."""

    by: str
    agents: tuple[AgentRecord, ...]


def match_agent(number: PhoneNumber, intercom: str | None, snapshot: Snapshot) -> AgentRecord | Ambiguous | None:
    """The account's agent for these natural keys.

    None means that the account has none. That is proven, because a snapshot is a complete list.
    """
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


def has_number(agent: AgentRecord, number: PhoneNumber) -> bool:
    """Whether the agent has that number, in any spelling of the API."""
    return writes_number(agent.follow_me_number, number)


def has_value(agent: AgentRecord, field: AgentField, wanted: str) -> bool:
    """Whether the agent's field has that value, in any spelling of the API."""
    return field.type.same(agent.value(field.name) or "", wanted)
