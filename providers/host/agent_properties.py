"""An agent's properties in the state, beside config and the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from digo.api.models import AgentRecord
from digo.desired.state import DesiredAgent
from digo.fields.agents import OTHER_FIELDS, WANTED_FIELDS, AgentField
from digo.fields.types import NUMBER, writes_number
from digo.phone.number import NumberProblem, PhoneNumber, parse_number
from digo.plan.agent_gaps import changes_of, gaps
from digo.settings.profiles import Ability, Profile, Subject
from digo.source.positions import Position
from digo.state.uncertain_agents import WRITE
from providers.host.handler import Diff, Properties, ResourceState

_NOWHERE = Position("", 0, 0)


def desired_of(inputs: Properties) -> DesiredAgent:
    """The wanted agent of a resource's checked inputs."""
    number, intercom = parse_number(inputs["follow_me_number"]), inputs.get("intercom")
    others = {field.name: str(inputs[field.name]) for field in OTHER_FIELDS if inputs.get(field.name) is not None}
    return DesiredAgent("", str(inputs["name"]), number, intercom, _NOWHERE, other_fields=others)


def compared(wanted: DesiredAgent, live: AgentRecord, profile: Profile, last: Properties) -> Diff:
    """What an up changes of the state's agent, and in words what it cannot change though no list shows it.

    `last` are the outputs of the last up, as far as they still hold.
    """
    found = gaps(wanted, live, profile, last)
    stuck = [
        gap.field.name
        for gap in found
        if gap.hidden and not gap.changes and profile.can(Ability.CREATE, Subject.AGENT, gap.field.name)
    ]
    reason = ""
    if stuck:
        lacks = profile.lacks(Ability.UPDATE, Subject.AGENT, ", ".join(stuck))
        reason = (
            f"{', '.join(stuck)} cannot converge: config has another value than the last up sent, and the account's "
            f"list does not show it. {lacks}: change it in the panel (agent eid {live.eid}), or change the config"
        )
    return Diff(changed=tuple(changes_of(found)), reason=reason)


def found_state(record: AgentRecord, inputs: Properties, sent: Mapping[str, Any]) -> ResourceState:
    """The agent as the account has it; `inputs` keep their own spelling where they say the same.

    `sent` has the values of fields that the account's list does not show, as they were sent last, and the journal's id
    of that write.
    """
    live = {
        field.name: sent.get(field.name)
        if field.name in record.unseen and record.value(field.name) is None
        else _live(field, record.value(field.name), inputs.get(field.name))
        for field in WANTED_FIELDS
    }
    shown = {name: inputs[name] if name in record.unseen and name in inputs else value for name, value in live.items()}
    managed = {name: value for name, value in shown.items() if not inputs or name in inputs}
    if inputs.get("password_secret"):
        managed["password_secret"] = inputs["password_secret"]
    outputs = {**record.configuration, **live, "eid": record.eid, "numeric_id": record.id}
    if record.unseen and sent.get(WRITE):
        outputs[WRITE] = sent[WRITE]
    return ResourceState(record.eid, managed, outputs)


def number_of(text: object) -> PhoneNumber | None:
    """The text as a phone number; None if it is none."""
    try:
        return parse_number(str(text))
    except NumberProblem:
        return None


def _live(field: AgentField, value: str | None, wanted: Any) -> Any:
    """The account's value of a field; the wanted one where both say the same."""
    if field.type is NUMBER:
        number = number_of(wanted)
        return number.e164 if number and writes_number(value, number) else _as_e164(value)
    return wanted if wanted is not None and field.type.same(value or "", str(wanted)) else value


def _as_e164(number: str | None) -> str | None:
    """The list's spelling as E.164 where it has the country code; as it stands where that cannot be known."""
    parsed = number_of(number if number is None or number.startswith("+") else f"+{number}")
    return parsed.e164 if parsed and parsed.assigned else number
