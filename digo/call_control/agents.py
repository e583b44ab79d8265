"""Finds the agent that a person names by config key, EID, intercom or number.

A text of digits is never a key: `1001` is the intercom. `key:1001` is the key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from digo.api.calls import NumberForm
from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired.state import DesiredAgent
from digo.phone.number import NumberProblem, parse_number
from digo.phone.spelling import in_ascii
from digo.plan.match import Ambiguous, match_agent
from digo.text.counts import counted
from digo.text.did_you_mean import hint
from digo.text.redact import mask_numbers

_KEY = "key:"


class NoSuchAgent(ValueError):
    """No agent matches, or more than one does. The text says why, without a phone number."""


class AgentFinder:
    """Finds agents. It reads config and account only if it needs them.

    Args:
        wanted: reads the config's agents.
        snapshot: lists the account's agents; one request.
    """

    def __init__(self, wanted: Callable[[], Sequence[DesiredAgent]], snapshot: Callable[[], Snapshot]) -> None:
        self._wanted = wanted
        self._snapshot = snapshot

    def address(self, text: str, form: NumberForm) -> str:
        """The `agent_number` for `POST /v1/click_to_call`. Only a key costs a request.

        Raises:
            NoSuchAgent: there is no such agent.
        """
        if (number := number_of(text)) is not None:
            return str(form.write(number))
        return text if text.isdecimal() and text.isascii() else self._of_key(text).eid

    def agent(self, text: str) -> AgentRecord:
        """The account's agent. This costs one request.

        Raises:
            NoSuchAgent: there is no such agent, or there are several.
        """
        if (number := number_of(text)) is not None:
            return _only(self._snapshot().with_number(parse_number(number)), "this number")
        if not (text.isdecimal() and text.isascii()):
            return self._of_key(text)
        if re.fullmatch(r"\d{4}", text):
            return _only(self._snapshot().with_intercom(text), f"the intercom {text}")
        found = self._snapshot().with_eid(text)
        return _only((found,) if found else (), f"the eid {text}")

    def _of_key(self, text: str) -> AgentRecord:
        key = text.removeprefix(_KEY)
        if not key.strip():
            raise NoSuchAgent("the agent is empty; give a key, an EID, an intercom, or a number with +")
        wanted = {agent.key: agent for agent in self._wanted()}
        if key not in wanted:
            near = hint(key, wanted, "give a key, an EID, an intercom, or a number with +")
            raise NoSuchAgent(f"config has no agent `{mask_numbers(key)}`; {near}")
        agent = wanted[key]
        found = match_agent(agent.number, agent.intercom, self._snapshot())
        if isinstance(found, Ambiguous):
            several = counted(len(found.agents), "agent")
            raise NoSuchAgent(f"the account has {several} that could be `{key}` ({agent.position})")
        if found is None:
            raise NoSuchAgent(f"the account has no agent `{key}` ({agent.position}) yet; an up creates it")
        return found


def number_of(text: str) -> str | None:
    """The number that the text spells, as E.164; None where it is an EID, an intercom or a key.

    Raises:
        NoSuchAgent: it begins as a number, and is none.
    """
    if text.startswith(_KEY) or (text.isdecimal() and text.isascii()):
        return None
    try:
        return parse_number(text).e164
    except NumberProblem as problem:
        if in_ascii(text).lstrip(" (").startswith("+"):
            raise NoSuchAgent(f"the agent's number is none: {problem}") from None
    return None


def _only(found: Sequence[AgentRecord], what: str) -> AgentRecord:
    if len(found) == 1:
        return found[0]
    raise NoSuchAgent(f"the account has {counted(len(found), 'agent') if found else 'no agent'} with {what}")
