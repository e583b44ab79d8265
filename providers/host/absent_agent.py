"""Agents that must not be on the account: each is deleted where the account has it."""

from __future__ import annotations

from digo.api.models import AgentRecord
from digo.fields.types import NUMBER
from digo.phone.number import parse_number
from digo.settings.profiles import Ability, Subject
from protocol.urn import name_of
from providers.host.errors import HandlerError
from providers.host.handler import Diff, Failures, Properties, Report, ResourceState
from providers.host.judgement import Change
from providers.host.properties import UNKNOWN
from providers.host.session import Session

_NUMBER = "follow_me_number"


class AbsentAgentHandler:
    """See `providers.host.handler.ResourceHandler`. A resource's id is its key."""

    secret = frozenset({_NUMBER})
    reads_back = True
    writes = True

    def __init__(self, session: Session) -> None:
        self._session = session

    async def check(self, _previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """Writes the number in E.164."""
        if inputs.get(_NUMBER) == UNKNOWN:
            return inputs, []
        try:
            return {**inputs, _NUMBER: NUMBER.check(str(inputs.get(_NUMBER) or ""))}, []
        except ValueError as problem:
            return inputs, [(_NUMBER, str(problem))]

    async def create_note(self, inputs: Properties) -> str:
        """Which agents an up deletes."""
        found = await self._present(inputs)
        if not found:
            return "the account does not have this agent: an up only notes that it must be absent"
        return f"the account has this agent ({_eids(found)}): an up deletes it"

    async def diff(self, _old: ResourceState, inputs: Properties) -> Diff:
        """A difference where the account has such an agent."""
        if inputs.get(_NUMBER) == UNKNOWN:
            return Diff(changed=(_NUMBER,))
        if found := await self._present(inputs):
            reason = f"the account has this agent again ({_eids(found)}): an up deletes it"
            return Diff(changed=(_NUMBER,), reason=reason)
        return Diff()

    def change(self, urn: str, _previous: Properties, _inputs: Properties) -> Change:
        """A delete, if the program has found such an agent."""
        return Change(urn, deletes=bool(self._judged(name_of(urn))))

    def _judged(self, key: str) -> frozenset[str]:
        """The EIDs that the program has found for the entry, and that the guards have counted."""
        census = self._session.guard_input.get("census") or {}
        return frozenset((census.get("absent") or {}).get(key) or ())

    async def create(self, key: str, inputs: Properties, report: Report) -> ResourceState:
        """Deletes the agents with the number. None is not an error. The next up deletes one that came after the plan.

        Raises:
            HandlerError: the profile has no call for it.
        """
        found = tuple(agent for agent in await self._present(inputs) if agent.eid in self._judged(key))
        profile = self._session.settings.profile.on(self._session.account.listed_by)
        if found and not profile.can(Ability.DELETE, Subject.AGENT):
            lacks = profile.lacks(Ability.DELETE, Subject.AGENT)
            raise HandlerError(f"{lacks}: remove it in the panel ({_eids(found)}); nothing was deleted")
        for agent in found:
            await self._session.agent_writer.delete(key, agent, report)
        return ResourceState(key, inputs, {**inputs, "deleted": [agent.eid for agent in found]})

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """What the state has: whether the account has the agent is for Diff to say.

        Raises:
            HandlerError: it is an import.
        """
        if not inputs and not outputs:
            raise HandlerError("an absent agent cannot be imported; an up notes it")
        return ResourceState(id_, inputs, outputs)

    async def update(self, key: str, old: ResourceState, inputs: Properties, report: Report) -> ResourceState:
        """Deletes the agents that the account has again."""
        made = await self.create(key, inputs, report)
        return ResourceState(old.id, made.inputs, made.outputs)

    def removal(self, _urn: str, _old: ResourceState) -> Change | None:
        """None: only the state changes."""
        return None

    async def delete(self, _key: str, _old: ResourceState, _report: Report) -> None:
        """Only the state loses it: that an agent is wanted absent no longer changes nothing on the account."""

    async def _present(self, inputs: Properties) -> tuple[AgentRecord, ...]:
        """The account's agents with the number, without those that entries of this run have."""
        if inputs.get(_NUMBER) == UNKNOWN:
            return ()
        snapshot = await self._session.account.current()
        census = self._session.guard_input.get("census") or {}
        claimed = set((census.get("agents") or {}).values())
        found = snapshot.with_number(parse_number(str(inputs[_NUMBER])))
        return tuple(agent for agent in found if agent.eid not in claimed)


def _eids(agents: tuple[AgentRecord, ...]) -> str:
    return ", ".join(f"eid {agent.eid}" for agent in agents)
