"""Applies the rules of `digo.desired` to a resource's inputs. It imports no Pulumi."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from digo.desired.policy import PolicyEntry
from digo.desired.rules import Violation, agent_violations, field_violations, number_violation
from digo.phone.number import NumberProblem, parse_number
from protocol.tokens import AGENT_TYPE, LEAD_SHARD_TYPE, LEAD_TYPE


def violations(policy: PolicyEntry, kind: str, props: Mapping[str, Any]) -> Iterator[Violation]:
    """The rules that a resource breaks; none for a type without rules.

    Rows of a list from files are in no input: the loader checks them before the list is registered.
    """
    check = _CHECKS.get(kind)
    if check is not None:
        yield from check(policy, props)


def _agent(policy: PolicyEntry, props: Mapping[str, Any]) -> Iterator[Violation]:
    intercom = props.get("intercom")
    try:
        number = parse_number(str(props["follow_me_number"]))
    except NumberProblem as problem:
        yield Violation("number", "follow_me_number", str(problem))
        return
    yield from agent_violations(policy, str(props["name"]), number, None if intercom is None else str(intercom))


def _lead(policy: PolicyEntry, props: Mapping[str, Any]) -> Iterator[Violation]:
    yield from field_violations(policy, props.get("fields") or ())
    try:
        yield from number_violation(policy, parse_number(str(props["phone"])), "phone")
    except NumberProblem as problem:
        yield Violation("number", "phone", str(problem))


def _shard(policy: PolicyEntry, props: Mapping[str, Any]) -> Iterator[Violation]:
    yield from field_violations(policy, props["source"]["columns"].values())


_CHECKS: Mapping[str, Callable[[PolicyEntry, Mapping[str, Any]], Iterator[Violation]]] = {
    AGENT_TYPE: _agent,
    LEAD_TYPE: _lead,
    LEAD_SHARD_TYPE: _shard,
}
