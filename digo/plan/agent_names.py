"""How agents of the account are named for people."""

from __future__ import annotations

from collections.abc import Sequence

from digo.api.models import AgentRecord
from digo.fields.masked import masked_number
from digo.sanitize.terminal import one_line
from digo.text.redact import mask_numbers


def named_agents(agents: Sequence[AgentRecord], *, numbers: bool = False, most: int | None = 5) -> str:
    """Some agents by name, number and EID, and the count of the rest.

    Numbers are masked unless `numbers`. With `most` None, all agents are named.
    """
    shown = agents if most is None else agents[:most]
    names = ", ".join(named_agent(agent, numbers=numbers) for agent in shown)
    return names + (f" and {len(agents) - len(shown):,} more" if len(agents) > len(shown) else "")


def named_agent(agent: AgentRecord, *, numbers: bool = False) -> str:
    """An agent by name, number and EID: `"Night desk" (+1 ***0104, eid 1234567890123)`. An EID is not a secret."""
    name, number = agent.name or "", agent.follow_me_number or ""
    if not numbers:
        name, number = mask_numbers(name), masked_number(number) if number else ""
    return f'"{one_line(name)}" ({one_line(number) or "no number"}, eid {one_line(agent.eid)})'
