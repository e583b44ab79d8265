"""Applies the rules of `policy.yaml`. Pure; no other module knows the rules.

`load_environment` applies them to the whole config, and so do `digo validate`, every plan, preview and up. The policy
pack in `policy/` applies them to a resource's inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from digo.desired.name_pattern import NamePattern, PatternTooSlow
from digo.desired.policy import PolicyEntry
from digo.desired.state import Desired, DesiredAgent, DesiredLead, DesiredList
from digo.phone.number import PhoneNumber
from digo.source.positions import Document, Position
from digo.source.problems import Problem
from digo.text.counts import at_most, counted

SHOWN_ROWS = 20


class Violation(NamedTuple):
    """A violation: the rule's name, the field, and the reason without the value."""

    rule: str
    field: str
    reason: str


def agent_violations(policy: PolicyEntry, name: str, number: PhoneNumber, intercom: str | None) -> Iterator[Violation]:
    """The violations of one agent."""
    if policy.name_pattern is not None:
        yield from _name_violation(policy.name_pattern, name)
    yield from number_violation(policy, number, "follow_me_number")
    if intercom is not None and policy.intercoms is not None and not _within(policy.intercoms, intercom):
        spans = ", ".join(first if first == last else f"{first}-{last}" for first, last in policy.intercoms)
        yield Violation("intercoms", "intercom", f"the intercom is not in {spans or 'any range: none is allowed'}")


def _name_violation(pattern: NamePattern, name: str) -> Iterator[Violation]:
    try:
        if not pattern.matches(name):
            yield Violation("name_pattern", "name", f"the name does not match `{pattern.pattern}`")
    except PatternTooSlow as problem:
        yield Violation("name_pattern", "name", str(problem))


def number_violation(policy: PolicyEntry, number: PhoneNumber, field: str) -> Iterator[Violation]:
    """The violations of a number in a field."""
    # No country code is a prefix of another (ITU-T E.164), so comparing digits is enough.
    if policy.country_codes is not None and not number.digits.startswith(policy.country_codes):
        codes = ", ".join(f"+{code}" for code in policy.country_codes)
        yield Violation("country_codes", field, f"the number's country code is not one of {codes}")
    if any(number.digits == forbidden.digits for forbidden in policy.forbidden_numbers):
        yield Violation("forbidden_numbers", field, "this number is forbidden")


def field_violations(policy: PolicyEntry, fields: Iterable[str]) -> Iterator[Violation]:
    """The violations of leads that have these API fields, besides the phone."""
    lacking = [name for name in policy.required_fields if name not in {"field_0", *fields}]
    if lacking:
        yield Violation("required_fields", "", f"{', '.join(lacking)} must be there")


def count_violation(policy: PolicyEntry, agents: int) -> Iterator[Violation]:
    """The violations of that many agents."""
    if policy.max_agents is not None and agents > policy.max_agents:
        wanted = f"{counted(agents, 'agent is', 'agents are')} wanted"
        yield Violation("max_agents", "", f"{wanted}; {at_most(policy.max_agents)}")


def check(desired: Desired, policies: Sequence[tuple[Document, PolicyEntry]]) -> list[Problem]:
    """All violations in the config, each with its position and the rule's."""
    found: list[Problem] = []
    for document, policy in policies:
        maker = _ProblemMaker(document)
        try:
            if policy.name_pattern is not None:
                policy.name_pattern.prepare(agent.name for agent in desired.agents)
        except PatternTooSlow as problem:
            found.append(Problem(document.at(("policy", "name_pattern")), "policy.name_pattern", str(problem)))
            policy = policy.model_copy(update={"name_pattern": None})
        for agent in desired.agents:
            for one in agent_violations(policy, agent.name, agent.number, agent.intercom):
                found.append(maker.problem(_place(agent, one.field), f"agents.{agent.key}.{one.field}", one))
        for one in count_violation(policy, len(desired.agents)):
            found.append(maker.problem(maker.place(one.rule), "agents", one))
        for lead in desired.leads:
            found.extend(maker.problem(lead.position, f"lists.{lead.list_key}", one) for one in _lead(policy, lead))
        for wanted in desired.lists:
            found.extend(_list(policy, wanted, maker))
    return found


def _place(agent: DesiredAgent, field: str) -> Position:
    return agent.positions.get(field, agent.position)


def _lead(policy: PolicyEntry, lead: DesiredLead) -> Iterator[Violation]:
    yield from number_violation(policy, lead.number, "phone")
    yield from field_violations(policy, lead.fields)


def _list(policy: PolicyEntry, wanted: DesiredList, maker: _ProblemMaker) -> Iterator[Problem]:
    where = f"lists.{wanted.key}"
    yield from (maker.problem(wanted.position, where, one) for one in field_violations(policy, wanted.source.fields))
    if wanted.rows is None or (policy.country_codes is None and not policy.forbidden_numbers):
        return
    from digo.desired.row_rules import violations  # imports pyarrow, which most environments do not need

    rows = violations(wanted.rows, policy)
    for row in rows[:SHOWN_ROWS]:
        number = PhoneNumber(f"+{wanted.rows.phones[row].as_py()}", "", assigned=True)
        for one in number_violation(policy, number, "phone"):
            yield maker.problem(wanted.rows.place(row), f"{where}.{wanted.source.phone_column}", one)
    if len(rows) > SHOWN_ROWS:
        more = counted(len(rows) - SHOWN_ROWS, "more row has a number", "more rows have numbers")
        message = f"{more} that the policy does not allow"
        yield Problem(wanted.position, where, message)


def _within(spans: Iterable[tuple[str, str]], intercom: str) -> bool:
    return any(first <= intercom <= last for first, last in spans)


class _ProblemMaker:
    """Turns a violation into a problem that names the rule's position."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def place(self, rule: str) -> Position:
        return self._document.key_at(("policy", rule))

    def problem(self, at: Position, where: str, one: Violation) -> Problem:
        return Problem(at, where, f"{one.reason} (rule {one.rule}, {self.place(one.rule)})")
