"""Agents: created, adopted, and changed and deleted where the profile has calls for that."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timezone

from digo.api.errors import ApiError
from digo.api.models import NewAgent
from digo.apply.agent_creator import CreateOrigin
from digo.desired.state import DesiredAgent
from digo.fields.agents import NUMBER_FIELDS, WANTED_FIELDS
from digo.fields.masked import masked_number
from digo.fields.types import TEXT
from digo.plan.agent_gaps import changes_of, gaps, is_renumbered
from digo.plan.guard_input import vanished_refusal
from digo.plan.guards import shrank
from digo.plan.match import Ambiguous, match_agent
from digo.settings.profiles import Ability, Profile, Subject
from digo.settings.secrets import variable_of
from digo.state.uncertain_agents import WRITE, known_outputs, last_write
from protocol.urn import name_of
from providers.host.agent_properties import compared, desired_of, found_state, number_of
from providers.host.errors import HandlerError
from providers.host.handler import Diff, Failures, PartialFailure, Properties, Report, ResourceState
from providers.host.judgement import Change
from providers.host.properties import UNKNOWN
from providers.host.session import Session

_KEYS = ("follow_me_number", "intercom")

# A refresh reads many agents at once, up to its parallelism. They are complete when this many turns of the event loop
# bring no further one. Turns are counted, not seconds: a process that was suspended finds the next reads waiting.
_QUIET_TURNS = 20
_TURN_SECONDS = 0.01


class AgentHandler:
    """See `providers.host.handler.ResourceHandler`."""

    secret = NUMBER_FIELDS
    reads_back = True
    writes = True

    def __init__(self, session: Session) -> None:
        self._session = session
        self._verdicts: dict[str, Diff] = {}

    async def check(self, previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """Writes each value in its canonical form, such as the number in E.164."""
        if not previous and self._can_change:
            # What an up does with a new resource depends on the account; see `change`.
            await self._session.account.current()
        checked = dict(inputs)
        failures: Failures = []
        for field in WANTED_FIELDS:
            value = inputs.get(field.name)
            if value == UNKNOWN or (value is None and not field.required):
                continue
            if field.type is TEXT and not (isinstance(value, str) and value.strip()):
                failures.append((field.name, f"an agent has a {field.name}"))
                continue
            try:
                checked[field.name] = field.type.check(str("" if value is None else value))
            except ValueError as problem:
                failures.append((field.name, str(problem)))
        return checked, failures

    async def create_note(self, inputs: Properties) -> str:
        """That the account has the agent, and what an up changes of it; "" where the preview's sign is enough."""
        if any(inputs.get(name) == UNKNOWN for name in _KEYS) or not self._can_change:
            return ""
        wanted = desired_of(inputs)
        snapshot = await self._session.account.current()
        live = match_agent(wanted.number, wanted.intercom, snapshot)
        if live is None or isinstance(live, Ambiguous):
            return ""
        changes = changes_of(gaps(wanted, live, self._profile, {}))
        what = f"the account has it already (eid {live.eid}): an up takes it over"
        return f"{what}, and changes its {', '.join(changes)}" if changes else ""

    async def diff(self, old: ResourceState, inputs: Properties) -> Diff:
        """Compares by number and intercom, and then field by field if a call of the profile changes fields.

        The agent is replaced where its number changed and no call changes it, or where the account no longer has it.

        Raises:
            HandlerError: several agents match, or too many agents of the state are not in the account's list.
        """
        unknown = tuple(name for name, value in inputs.items() if value == UNKNOWN)
        if unknown and (self._can_change or any(name in _KEYS for name in unknown)):
            return Diff(changed=unknown)
        wanted = desired_of(inputs)
        snapshot = await self._session.account.current()
        live = match_agent(wanted.number, wanted.intercom, snapshot)
        if isinstance(live, Ambiguous):
            raise HandlerError(
                f"the account has several agents with this {live.by}; remove the wrong ones in the panel"
            )
        there = snapshot.with_eid(old.id)
        if live is None and there is not None and is_renumbered(self._profile, old.id, self._elsewhere):
            live = there
        if live is not None and live.eid == old.id:
            return self._verdict(wanted, compared(wanted, live, self._profile, self._last(old)))
        if live is None and there is None:
            self._count_missing(old.id, len(snapshot.agents))
        return self._verdict(wanted, self._replacement(old, wanted, there=there is not None))

    def _last(self, old: ResourceState) -> Properties:
        """The outputs of the last up, as far as no run that was cut off has sent other values."""
        return dict(known_outputs(old.outputs, old.id, self._session.superseded_writes))

    def _replacement(self, old: ResourceState, wanted: DesiredAgent, *, there: bool) -> Diff:
        """The replacement of the state's agent by another one. `there`: the account still has the old one."""
        fate = f"the account keeps the old one (eid {old.id})"
        if old.id in self._elsewhere - self._claimed:
            fate = f"it deletes the old one (eid {old.id}), which an entry wants absent"
        elif there and self._profile.removes(Subject.AGENT) and old.id not in self._claimed:
            fate = f"it deletes the old one (eid {old.id}), unless the state has that as retained"
        if _digits(old.inputs) != wanted.number.digits:
            before, after = (
                masked_number(str(old.inputs.get("follow_me_number", ""))),
                masked_number(wanted.number.e164),
            )
            reason = f"follow_me_number {before} → {after}: an up makes a new agent, and {fate}"
            return Diff(replaces=("follow_me_number",), reason=reason)
        if there:
            kept = "the account keeps it" if fate.startswith("the account") else fate
            reason = f"the agent eid {old.id} has another number now: an up makes a new one, and {kept}"
        else:
            reason = f"the agent eid {old.id} is no longer on the account: an up makes a new one and forgets the old id"
        return Diff(replaces=("eid",), reason=reason)

    def _verdict(self, wanted: DesiredAgent, found: Diff) -> Diff:
        """Remembers what was found for an entry: what the guards count depends on it."""
        self._verdicts[wanted.number.digits] = found
        return found

    @property
    def _profile(self) -> Profile:
        """The profile, for the list that the account answers."""
        return self._session.settings.profile.on(self._session.account.listed_by)

    @property
    def _can_change(self) -> bool:
        return self._profile.can(Ability.UPDATE, Subject.AGENT)

    @property
    def _planned(self) -> Mapping[str, str]:
        """The EID of each wanted agent that the account has, by key, as the program saw it; "" for a new one."""
        return (self._session.guard_input.get("census") or {}).get("agents") or {}

    @property
    def _claimed(self) -> frozenset[str]:
        """The EIDs of the agents that entries of this run have."""
        return frozenset(eid for eid in self._planned.values() if eid)

    @property
    def _elsewhere(self) -> frozenset[str]:
        """The EIDs of agents that another resource has now, or that one deletes because an entry wants it absent."""
        absent = (self._session.guard_input.get("census") or {}).get("absent") or {}
        return self._claimed.union(*absent.values())

    def change(self, urn: str, previous: Properties, inputs: Properties) -> Change:
        """A create, also in place of an agent that the account lacks; or a change of one, which may be new here.

        Raises:
            HandlerError: it must be created, and the entry lacks a field that the call needs.
        """
        found = self._verdicts.get(_digits(inputs) or "") if previous else None
        if found is not None and not found.replaces:
            return Change(urn, updates=True)
        if self._can_change and self._planned.get(name_of(urn)):
            # An agent that needs no change is registered for an import, and the caller knows that.
            return Change(urn, updates=True, adopts=True)
        if found is not None or not previous:
            # Before Diff nobody knows whether a call changes the number of the state's agent.
            self._refuse_incomplete(inputs)
        return Change(urn, creates=True)

    def _refuse_incomplete(self, inputs: Properties) -> None:
        route = self._profile.route(Ability.CREATE, Subject.AGENT)
        if not self._session.account.listed_by:
            return
        missing = sorted(name for name in (route.demands if route else ()) if inputs.get(name) is None)
        if route is not None and missing:
            raise HandlerError(
                f"the account lacks this agent, and {route.call}, which creates it, needs {', '.join(missing)} too. "
                "Next: add it to the entry; nothing was written"
            )

    def _count_missing(self, eid: str, seen: int) -> None:
        """Counts an agent of the state that the account's list lacks. Many of them mean that the list is incomplete.

        Raises:
            HandlerError: a guard refuses so many.
        """
        vanished = self._session.vanished_agents
        vanished.add(eid)
        if self._session.vanished_refusal:
            # The same text for each further agent: an engine then prints it once, and names the agents.
            raise HandlerError(self._session.vanished_refusal)
        if guard_input := self._session.guard_input:
            text = vanished_refusal(len(vanished), guard_input, datetime.now(timezone.utc).date())
        elif shrank(self._session.settings.guards, seen + len(vanished), seen):
            text = (
                f"agents in the account's list: {seen:,}, and {len(vanished):,} that the state has are not in it, so "
                "it may have been cut short; nothing was written for this one\n"
                "  Next: look whether the list is whole; if it is, an up of all says how to approve it"
            )
        else:
            text = None
        if text is not None:
            self._session.vanished_refusal = text
            raise HandlerError(text)

    async def create(self, key: str, inputs: Properties, report: Report) -> ResourceState:
        """Creates the agent exactly once, or takes over the account's; then changes what the create does not set.

        See `digo.apply.agent_creator` and `digo.apply.agent_writer`.

        Raises:
            PartialFailure: it is there, and something of it could not be changed.
        """
        wanted = desired_of(inputs)
        new = NewAgent(wanted.name, wanted.number.e164, wanted.intercom, wanted.other_fields)
        password = self._password(inputs)
        made = await self._session.creator.create(key, new, wanted.number, report, password)
        route = self._profile.route(Ability.CREATE, Subject.AGENT)
        created = made.origin is not CreateOrigin.FOUND and route is not None
        sent = {name: value for name, value in new.fields.items() if created and route and route.sets(name)}
        changes = changes_of(gaps(wanted, made.record, self._profile, sent))
        due = {name: value for name, value in changes.items() if name not in sent}
        if not due:
            return found_state(made.record, inputs, sent)
        try:
            record = await self._session.agent_writer.update(key, made.record, due, report)
        except ApiError as problem:
            raise PartialFailure(str(problem), found_state(made.record, inputs, sent)) from None
        return found_state(record, inputs, {**sent, **due, WRITE: self._session.agent_writer.last_write(key)})

    def _password(self, inputs: Properties) -> str:
        """The password of a new user from the secret that the entry names; "" for a random one.

        Raises:
            HandlerError: the secret is not set.
            SettingsError: it cannot be read.
        """
        name = str(inputs.get("password_secret") or "")
        if not name:
            return ""
        found = self._session.stack.secret(name)
        if found is None:
            variable = variable_of(name)
            raise HandlerError(
                f"the entry's password is in the secret `{name}`, which is not set; nothing was written for this one. "
                f"Next: set {variable}, or {variable}_FILE to a file that has it"
            )
        return found

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """Finds the agent in the list that the run has read once.

        Raises:
            HandlerError: an import names an unknown EID, or too many agents are missing from the list.
        """
        snapshot = await self._session.account.current()
        record = snapshot.with_eid(id_)
        if record is None and not inputs and not outputs:
            raise HandlerError(
                f"the account has no agent with the eid {id_}. An agent is imported by its EID, as GET /v1/agents "
                "shows it (field `eid`, not `id`). Nothing was imported"
            )
        if record is None:
            # A refresh reads many at once. They are counted together before any of them is dropped from the state.
            self._session.vanished_agents.add(id_)
            await self._all_reads_in()
            self._count_missing(id_, len(snapshot.agents))
        return found_state(record, inputs, outputs) if record else None

    async def _all_reads_in(self) -> None:
        """Waits until the parallel reads of a refresh have found all missing agents."""
        known, quiet = 0, 0
        while quiet < _QUIET_TURNS:
            await asyncio.sleep(_TURN_SECONDS)
            quiet = quiet + 1 if len(self._session.vanished_agents) == known else 0
            known = len(self._session.vanished_agents)

    async def update(self, key: str, old: ResourceState, inputs: Properties, report: Report) -> ResourceState:
        """Changes the fields that differ.

        Raises:
            HandlerError: the profile has no call for it, or the account no longer has the agent.
        """
        if self._can_change:
            await self._session.account.current()
        if not self._can_change:
            lacks = self._profile.lacks(Ability.UPDATE, Subject.AGENT)
            raise HandlerError(f"{lacks}: change it in the panel (agent eid {old.id}); nothing was changed")
        live = (await self._session.account.current()).with_eid(old.id)
        if live is None:
            raise HandlerError(f"the agent eid {old.id} is no longer on the account; nothing was changed. Run again")
        due = changes_of(gaps(desired_of(inputs), live, self._profile, self._last(old)))
        if not due:
            return found_state(live, inputs, old.outputs)
        writer = self._session.agent_writer
        record = await writer.update(key, live, due, report, last_write(old.outputs, old.id))
        return found_state(record, inputs, {**old.outputs, **due, WRITE: writer.last_write(key) or None})

    def removal(self, urn: str, old: ResourceState) -> Change | None:
        """A delete; None where nothing is deleted here: another entry has the agent, or no call deletes it."""
        if old.id in self._elsewhere or not self._session.settings.profile.removes(Subject.AGENT):
            return None
        return Change(urn, deletes=True)

    async def delete(self, key: str, old: ResourceState, report: Report) -> None:
        """Deletes the agent, where the stack has that done. One that is another resource's now is left alone.

        Raises:
            HandlerError: the profile has no call for it, or the stack keeps what is gone from config.
        """
        if old.id in self._elsewhere:
            return
        if self._session.settings.profile.removes(Subject.AGENT):
            # Which calls there are depends on the list that the account answers.
            await self._session.account.current()
        if not self._profile.removes(Subject.AGENT):
            raise HandlerError(
                f"{self._profile.why_kept(Subject.AGENT)}: it stays on the account (agent eid {old.id}). To forget it, "
                "run an up with its entry in the config once (that marks it as retained), or `state delete` its URN"
            )
        live = (await self._session.account.current()).with_eid(old.id)
        if live is not None and not self._session.writes.is_new(live.eid):
            await self._session.agent_writer.delete(key, live, report)


def _digits(inputs: Properties) -> str | None:
    number = number_of(inputs.get("follow_me_number"))
    return number.digits if number else None
