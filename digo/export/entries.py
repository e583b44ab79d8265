"""Compares config with the account, and computes the config that wants exactly what is there. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired.models import check_name
from digo.desired.state import Desired
from digo.export.keys import keys_for
from digo.export.model import Export, ExportedAgent, FieldChange, Refused, SkippedItem
from digo.fields.agents import AGENT_FIELDS, OTHER_FIELDS, AgentField
from digo.fields.types import INTERCOM, NUMBER, canonical_intercom, check_intercom
from digo.phone.number import NumberProblem, PhoneNumber, bare_digits, has_country_code, parse_number
from digo.plan.compare import AgentPlan, compare
from digo.plan.match import has_number, match_agent
from digo.settings.profiles import DIGO, Profile
from digo.text.unicode import is_unicode

NOTHING_REFUSED = Refused()
Natural = tuple[str, "str | None"]


def plan_export(
    desired: Desired,
    snapshot: Snapshot,
    country: str | None = None,
    refused: Refused = NOTHING_REFUSED,
    kept: Set[tuple[str, str]] = frozenset(),
    profile: Profile = DIGO,
) -> Export:
    """What to write so that config wants exactly what the account has.

    Args:
        desired: the current config.
        snapshot: the account.
        country: two letters; numbers that the account writes without a country code are of this country.
        refused: what is left out for reasons that the caller knows.
        kept: keys and fields that keep their value and are no changes.
        profile: the stack's profile.
    """
    plan = compare(desired.agents_alone, snapshot, profile)
    changes: list[FieldChange] = []
    left_out = [SkippedItem("", str(problem)) for problem in plan.conflicts]
    for one in _owners(plan.agents):
        for change in _changes(one, snapshot, country):
            if isinstance(change, FieldChange):
                changes.append(change)
            else:
                left_out.append(change)
    changes, staying = _allowed(desired, [one for one in changes if (one.wanted.key, one.field) not in kept], refused)
    finals = _finals(desired, changes)
    account = _Account(snapshot, country, finals, refused)
    entries: list[ExportedAgent] = []
    intercoms: list[SkippedItem] = []
    for live in plan.unmanaged:
        entry = account.entry(live)
        if isinstance(entry, SkippedItem):
            left_out.append(entry)
            continue
        entries.append(entry)
        if reason := account.reason_to_leave_out(entry):
            intercoms.append(SkippedItem(live.eid, reason, live.name))
    taken = {key for agent in (*desired.agents, *desired.absent) for key in (agent.key, *agent.formerly)}
    return Export(
        new=keys_for(entries, taken),
        changes=tuple(changes),
        left_out=(*left_out, *staying),
        missing=tuple(one.wanted for one in plan.agents if one.live is None),
        intercoms=tuple(intercoms),
    )


def _owners(plans: Sequence[AgentPlan]) -> Iterator[AgentPlan]:
    """The entries that the account has. If several match one agent, only the one with its number is returned."""
    claims = Counter(one.live.eid for one in plans if one.live is not None)
    for one in plans:
        if one.live is not None and (claims[one.live.eid] == 1 or has_number(one.live, one.wanted.number)):
            yield one


def _finals(desired: Desired, changes: Iterable[FieldChange]) -> Mapping[str, Natural]:
    """Digits and intercom of each config entry after the changes."""
    finals = {agent.key: (agent.number.digits, agent.intercom) for agent in (*desired.agents, *desired.absent)}
    for change in changes:
        digits, intercom = finals[change.wanted.key]
        if change.field == "follow_me_number" and change.value is not None:
            finals[change.wanted.key] = (bare_digits(change.value), intercom)
        elif change.field == "intercom":
            finals[change.wanted.key] = (digits, change.value)
    return finals


def _allowed(
    desired: Desired, changes: list[FieldChange], refused: Refused
) -> tuple[list[FieldChange], list[SkippedItem]]:
    """The changes, without refused ones and without those that would give two entries one number or intercom.

    Leaving out one change can make another one impossible, so this repeats until nothing changes.
    """
    staying = []
    reasons = dict(refused.changes)
    while True:
        stay = [one for one in changes if (one.wanted.key, one.field) in reasons]
        staying += [_stays(one, reasons[one.wanted.key, one.field]) for one in stay]
        changes = [one for one in changes if (one.wanted.key, one.field) not in reasons]
        held: Counter[tuple[str, str | None]] = Counter()
        for digits, intercom in _finals(desired, changes).values():
            held.update([("follow_me_number", digits), ("intercom", intercom)])
        reasons = {
            (one.wanted.key, one.field): f"another entry of the config has that {one.field}"
            for one in changes
            if one.value is not None and held[one.field, _compared(one)] > 1
        }
        if not reasons:
            return changes, staying


def _compared(change: FieldChange) -> str:
    assert change.value is not None
    return bare_digits(change.value) if change.field == "follow_me_number" else change.value


def _stays(change: FieldChange, reason: str) -> SkippedItem:
    return SkippedItem(
        change.live.eid, f"agents.{change.wanted.key}.{change.field} stays as it is: {reason}", change.live.name
    )


class _Account:
    """The account's agents that config does not have."""

    def __init__(
        self, snapshot: Snapshot, country: str | None, finals: Mapping[str, Natural], refused: Refused
    ) -> None:
        self._snapshot = snapshot
        self._country = country
        self._refused = refused
        self._numbers = {digits for digits, _ in finals.values()}
        self._intercoms = {intercom: key for key, (_, intercom) in finals.items() if intercom is not None}

    def entry(self, live: AgentRecord) -> ExportedAgent | SkippedItem:
        """The config entry of an agent, or why it cannot have one."""
        if live.eid in self._refused.agents:
            return SkippedItem(live.eid, self._refused.agents[live.eid], live.name)
        try:
            name = check_name(live.name or "")
            if not is_unicode(name):
                raise ValueError("its name has characters that no file can hold")
            number = spell_number(live.follow_me_number or "", self._country)
        except ValueError as problem:
            return SkippedItem(live.eid, str(problem), live.name)
        if number.digits in self._numbers:
            return SkippedItem(live.eid, "config has an agent with its number already", live.name)
        intercom = _intercom(live, self._snapshot)
        intercom = None if intercom in self._intercoms else intercom
        if match_agent(number, intercom, self._snapshot) is not live or len(self._snapshot.with_number(number)) != 1:
            reason = "another agent of the account has its number, and config has a number once"
            return SkippedItem(live.eid, reason, live.name)
        return ExportedAgent(name, number, intercom, live, _other_fields(live, self._country))

    def reason_to_leave_out(self, entry: ExportedAgent) -> str:
        """How and why config's intercom of the agent differs from the account's; "" if it does not."""
        held = (entry.live.intercom or "").strip()
        if not held or entry.intercom == held:
            return ""
        if entry.intercom is not None:
            return f"its intercom {held} is written as {entry.intercom}: an intercom has four digits"
        written = canonical_intercom(held)
        if written in self._intercoms:
            reason = f"agents.{self._intercoms[written]} has it in config"
        elif len(self._snapshot.with_intercom(written)) > 1:
            reason = "other agents of the account have it too"
        else:
            reason = "an intercom is exactly four digits"
        return f"its intercom {held} is left alone: {reason}"


def spell_number(text: str, country: str | None) -> PhoneNumber:
    """Reads a number as the account writes it.

    Raises:
        ValueError: there is none, it is not a number, or its country is unknown.
    """
    if not text.strip():
        raise ValueError("it has no number")
    full = "+" + bare_digits(text)
    if has_country_code(text):
        return parse_number(full)
    if country is None:
        raise ValueError("the account writes its number without + and country code; --country says which it is")
    # Bare digits may or may not include the country code; the reading that is a number in use is right.
    readings = []
    for written in (text, full):
        try:
            readings.append(parse_number(written, country))
        except NumberProblem as problem:
            wrong = problem
    if not readings:
        raise wrong
    return next((one for one in readings if one.assigned), readings[0])


def _intercom(live: AgentRecord, snapshot: Snapshot) -> str | None:
    """The agent's intercom if config can have it and no other agent has it."""
    if live.intercom is None or not live.intercom.strip():
        return None
    try:
        intercom = check_intercom(canonical_intercom(live.intercom))
    except ValueError:
        return None
    return intercom if len(snapshot.with_intercom(intercom)) == 1 else None


def _other_value(field: AgentField, live: AgentRecord, country: str | None) -> str | None:
    """The agent's value of one of OTHER_FIELDS as config writes it; None if it has none.

    Raises:
        ValueError: config cannot have it.
    """
    value = live.value(field.name)
    if value is None or not value.strip():
        return None
    if field.type is NUMBER:
        return spell_number(value, country).e164
    if not is_unicode(value):
        raise ValueError(f"its {field.name} has characters that no file can hold")
    return field.type.check(field.type.canonical(value) if field.type is INTERCOM else value)


def _other_fields(live: AgentRecord, country: str | None) -> dict[str, str]:
    """The values of OTHER_FIELDS that config can have; the others are left alone."""
    found = {}
    for field in OTHER_FIELDS:
        with suppress(ValueError):
            if (value := _other_value(field, live, country)) is not None:
                found[field.name] = value
    return found


def _changes(plan: AgentPlan, snapshot: Snapshot, country: str | None) -> Iterable[FieldChange | SkippedItem]:
    wanted, live = plan.wanted, plan.live
    assert live is not None
    for difference in plan.differences:
        if difference.hidden:
            # The account's list does not show the field, so there is nothing to export.
            continue
        try:
            yield FieldChange(wanted, live, difference.field, _value(difference.field, live, snapshot, country))
        except ValueError as problem:
            yield _stays(FieldChange(wanted, live, difference.field, None), str(problem))


def _value(field: str, live: AgentRecord, snapshot: Snapshot, country: str | None) -> str | None:
    if field == "name":
        if not is_unicode(name := check_name(live.name or "")):
            raise ValueError("its name has characters that no file can hold")
        return name
    if field == "intercom":
        return _intercom(live, snapshot)
    if field != "follow_me_number":
        return _other_value(AGENT_FIELDS[field], live, country)
    number = spell_number(live.follow_me_number or "", country)
    if not has_number(live, number) or len(snapshot.with_number(number)) != 1:
        raise ValueError("another agent of the account has its number")
    return number.e164
