"""Compares config with the account, and says what config must say to want just what is there. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot, written_intercom
from digo.desired.models import check_intercom, check_name
from digo.desired.state import Desired
from digo.export.keys import keys_for
from digo.export.model import Change, Entry, Export, LeftOut
from digo.phone import NumberProblem, PhoneNumber, bare_digits, has_country_code, parse_number
from digo.plan.compare import AgentPlan, compare
from digo.plan.match import match_agent, rings


def exported(desired: Desired, snapshot: Snapshot, country: str | None = None) -> Export:
    """What is to be written so that config wants just what the account has.

    Args:
        desired: what config says now.
        snapshot: the account.
        country: two letters; numbers that the account writes without a country code are of this country.
    """
    plan = compare(desired, snapshot)
    changes: list[Change] = []
    left_out = [LeftOut("", str(problem)) for problem in plan.conflicts]
    for one in plan.agents:
        if one.live is not None:
            for change in _changes(one, snapshot, country):
                (changes if isinstance(change, Change) else left_out).append(change)  # type: ignore[arg-type]
    numbers = {agent.number.digits for agent in (*desired.agents, *desired.absent)}
    intercoms = {agent.intercom for agent in (*desired.agents, *desired.absent)}
    entries: list[Entry] = []
    for live in plan.unmanaged:
        entry = _entry(live, snapshot, country, numbers, intercoms)
        (entries if isinstance(entry, Entry) else left_out).append(entry)  # type: ignore[arg-type]
    taken = {key for agent in (*desired.agents, *desired.absent) for key in (agent.key, *agent.formerly)}
    return Export(
        new=keys_for(entries, taken),
        changes=tuple(changes),
        left_out=tuple(left_out),
        missing=tuple(one.wanted for one in plan.agents if one.live is None),
    )


def _entry(
    live: AgentRecord, snapshot: Snapshot, country: str | None, numbers: set[str], intercoms: set[str | None]
) -> Entry | LeftOut:
    try:
        name = check_name(live.name or "")
        name.encode()
        number = expressed(live.follow_me_number or "", country)
    except UnicodeEncodeError:
        return LeftOut(live.eid, "its name has characters that no file can hold")
    except ValueError as problem:
        return LeftOut(live.eid, str(problem))
    if number.digits in numbers:
        return LeftOut(live.eid, "config has an agent with its number already")
    intercom = _intercom(live, snapshot)
    intercom = None if intercom in intercoms else intercom
    if match_agent(number, intercom, snapshot) is not live or len(snapshot.with_number(number)) != 1:
        return LeftOut(live.eid, "another agent of the account has its number, and config has a number once")
    return Entry(name, number, intercom, live)


def expressed(text: str, country: str | None) -> PhoneNumber:
    """A number as the account writes it, with its country code.

    Raises:
        ValueError: there is none, it is no number, or nothing says of which country it is.
    """
    if not text.strip():
        raise ValueError("it has no number")
    full = "+" + bare_digits(text)
    if has_country_code(text):
        return parse_number(full)
    if country is None:
        raise ValueError("the account writes its number without + and country code; --country says which it is")
    # Digits alone can be read both ways; the reading that is a number in use is the right one.
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
    """Its intercom, where config can have it and no other agent does."""
    if live.intercom is None or not live.intercom.strip():
        return None
    try:
        intercom = check_intercom(written_intercom(live.intercom))
    except ValueError:
        return None
    return intercom if len(snapshot.with_intercom(intercom)) == 1 else None


def _changes(plan: AgentPlan, snapshot: Snapshot, country: str | None) -> Iterable[Change | LeftOut]:
    wanted, live = plan.wanted, plan.live
    assert live is not None
    for difference in plan.differences:
        try:
            yield Change(wanted, difference.field, _value(difference.field, live, snapshot, country))
        except ValueError as problem:
            yield LeftOut(live.eid, f"agents.{wanted.key}.{difference.field} stays as it is: {problem}")


def _value(field: str, live: AgentRecord, snapshot: Snapshot, country: str | None) -> str | None:
    if field == "name":
        return check_name(live.name or "")
    if field == "intercom":
        return _intercom(live, snapshot)
    number = expressed(live.follow_me_number or "", country)
    if not rings(live, number) or len(snapshot.with_number(number)) != 1:
        raise ValueError("another agent of the account has its number")
    return number.e164
