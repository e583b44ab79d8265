"""Compares two sets of agents by natural key: two environments, two accounts, or one of each. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired.state import Desired, DesiredAgent
from digo.fields.agents import AGENT_FIELDS, WANTED_FIELDS
from digo.fields.types import canonical_intercom
from digo.phone.number import NumberProblem, bare_digits, has_country_code, parse_number

FIELDS = ("key", *(field.name for field in WANTED_FIELDS))


@dataclass(frozen=True)
class SideAgent:
    """An agent of one side.

    `key` is None if the side has no keys; `place` is its position in config, or its EID. `other_fields` has the
    values of OTHER_FIELDS that it has.
    """

    key: str | None
    name: str | None
    number: str | None
    intercom: str | None
    place: str
    other_fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_config(cls, agent: DesiredAgent) -> SideAgent:
        """An agent that config wants."""
        return cls(agent.key, agent.name, agent.number.e164, agent.intercom, str(agent.position), agent.other_fields)

    @classmethod
    def of_account(cls, agent: AgentRecord) -> SideAgent:
        """An agent that an account has."""
        intercom = canonical_intercom(agent.intercom) if agent.intercom and agent.intercom.strip() else None
        return cls(None, agent.name, agent.follow_me_number, intercom, f"eid {agent.eid}", agent.other_fields)

    def value(self, name: str) -> str | None:
        """One of FIELDS."""
        named = {"key": self.key, "name": self.name, "follow_me_number": self.number, "intercom": self.intercom}
        return named[name] if name in named else self.other_fields.get(name)

    @property
    def digits(self) -> str:
        """The number's digits as written; "" without a number."""
        return bare_digits(self.number or "")

    @property
    def national(self) -> str:
        """The number's digits without country code, if it is written with one; "" otherwise."""
        if not self.number or not has_country_code(self.number):
            return ""
        try:
            return parse_number(f"+{self.digits}").national
        except NumberProblem:
            return ""


@dataclass(frozen=True)
class Pair:
    """One agent that both sides have. `fields` are those that differ."""

    left: SideAgent
    right: SideAgent
    fields: tuple[str, ...]

    @property
    def invisible(self) -> str:
        """Where texts for people differ, if that is not visible; "" otherwise."""
        found = (
            AGENT_FIELDS[name].invisible_difference(self.left.value(name) or "", self.right.value(name))
            for name in self.fields
            if name in AGENT_FIELDS
        )
        return "; ".join(filter(None, found))


@dataclass(frozen=True)
class SideBySide:
    """The comparison. Agents that match several of the other side are in no pair."""

    pairs: tuple[Pair, ...]
    left_only: tuple[SideAgent, ...]
    right_only: tuple[SideAgent, ...]

    @property
    def same(self) -> bool:
        """Whether the two sides have the same agents with the same fields."""
        return not self.left_only and not self.right_only and not any(pair.fields for pair in self.pairs)


def side_agents(side: Desired | Snapshot) -> list[SideAgent]:
    """All agents of a side."""
    if isinstance(side, Snapshot):
        return [SideAgent.of_account(agent) for agent in side.agents]
    return [SideAgent.of_config(agent) for agent in side.agents]


def compare_side_by_side(left: Sequence[SideAgent], right: Sequence[SideAgent]) -> SideBySide:
    """Pairs the agents by number, in any spelling, and the rest by intercom."""
    pairs: list[Pair] = []
    rest = _Unpaired(list(left), list(right))
    for key in (_by_digits, _by_national, _by_intercom):
        pairs += [Pair(one, other, _different_fields(one, other)) for one, other in rest.paired(key)]
    order = {id(member): place for place, member in enumerate(left)}
    pairs.sort(key=lambda pair: order[id(pair.left)])
    return SideBySide(tuple(pairs), tuple(rest.left), tuple(rest.right))


def _by_digits(member: SideAgent) -> str:
    return member.digits


def _by_national(member: SideAgent) -> str:
    """The digits without country code, so that a number written without the code matches."""
    return member.national or member.digits


def _by_intercom(member: SideAgent) -> str:
    return member.intercom or ""


@dataclass
class _Unpaired:
    left: list[SideAgent]
    right: list[SideAgent]

    def paired(self, key: Callable[[SideAgent], str]) -> list[tuple[SideAgent, SideAgent]]:
        """Takes out the agents of each side that a key pairs uniquely."""
        found = defaultdict(list)
        for member in self.right:
            found[key(member)].append(member)
        uses = Counter(key(member) for member in self.left)
        joined = [
            (one, found[key(one)][0])
            for one in self.left
            if key(one) and uses[key(one)] == 1 and len(found[key(one)]) == 1 and _can_be(one, found[key(one)][0], key)
        ]
        self.left = _without(self.left, (one for one, _ in joined))
        self.right = _without(self.right, (other for _, other in joined))
        return joined


def _can_be(one: SideAgent, other: SideAgent, key: Callable[[SideAgent], str]) -> bool:
    """Whether a pair is possible. Two numbers that both have a country code need more than the same national digits."""
    return key is not _by_national or not (one.national and other.national)


def _without(members: Iterable[SideAgent], gone: Iterable[SideAgent]) -> list[SideAgent]:
    taken = {id(member) for member in gone}
    return [member for member in members if id(member) not in taken]


def _different_fields(one: SideAgent, other: SideAgent) -> tuple[str, ...]:
    return tuple(name for name in FIELDS if _differs(name, one, other))


def _differs(name: str, one: SideAgent, other: SideAgent) -> bool:
    if name == "key":
        return one.key is not None and other.key is not None and one.key != other.key
    if name == "follow_me_number":
        return one.digits != other.digits and one.national != other.digits and one.digits != other.national
    return not AGENT_FIELDS[name].type.same(one.value(name) or "", other.value(name) or "")
