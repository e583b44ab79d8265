"""Applies the rules of `digo/desired` to the inputs of a Pulumi resource. It needs no Pulumi."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from digo.desired.policy import PolicyEntry
from digo.desired.rules import Objection, object_to_agent, object_to_fields, object_to_number
from digo.phone import NumberProblem, parse_number
from protocol.tokens import AGENT_TYPE, LEAD_SHARD_TYPE, LEAD_TYPE


def objections(policy: PolicyEntry, kind: str, props: Mapping[str, Any]) -> Iterator[Objection]:
    """The objections of the rules to a resource of type `kind`; none to a type that they do not know.

    The rows of a list from files are in no input. The loader checks them before the list is registered.
    """
    ask = _ASK.get(kind)
    if ask is not None:
        yield from ask(policy, props)


def _agent(policy: PolicyEntry, props: Mapping[str, Any]) -> Iterator[Objection]:
    intercom = props.get("intercom")
    try:
        number = parse_number(str(props["follow_me_number"]))
    except NumberProblem as problem:
        yield Objection("number", "follow_me_number", str(problem))
        return
    yield from object_to_agent(policy, str(props["name"]), number, None if intercom is None else str(intercom))


def _lead(policy: PolicyEntry, props: Mapping[str, Any]) -> Iterator[Objection]:
    yield from object_to_fields(policy, props.get("fields") or ())
    try:
        yield from object_to_number(policy, parse_number(str(props["phone"])), "phone")
    except NumberProblem as problem:
        yield Objection("number", "phone", str(problem))


def _shard(policy: PolicyEntry, props: Mapping[str, Any]) -> Iterator[Objection]:
    yield from object_to_fields(policy, props["source"]["columns"].values())


_ASK: Mapping[str, Callable[[PolicyEntry, Mapping[str, Any]], Iterator[Objection]]] = {
    AGENT_TYPE: _agent,
    LEAD_TYPE: _lead,
    LEAD_SHARD_TYPE: _shard,
}
