"""Stacks at one endpoint: some name their account, and some do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from digo.fleet.stacks import FleetStack
from digo.source.positions import Position
from digo.source.problems import Problem
from digo.text.counts import some


def account_warnings(stacks: Sequence[FleetStack]) -> Iterator[Problem]:
    """A warning for each endpoint where only some stacks have `digo:account`.

    A stack without it locks the whole host, and one with it the host and that name. So the two do not wait for each
    other unless they have one token.
    """
    usable = [one for one in stacks if not one.problems]  # of others, nobody knows whether they name it
    if len({bool(one.account) for one in usable}) < 2:
        return
    hosts: dict[tuple[str, int], list[FleetStack]] = defaultdict(list)
    for one in usable:
        if (host := _host(one.endpoint)) is not None:
            hosts[host].append(one)
    for host, members in hosts.items():
        without = [one for one in members if not one.account]
        named = [one.name for one in members if one.account]
        if without and named:
            yield Problem(
                Position(without[0].file, 1, 1),
                "",
                f"at {host[0]} these stacks name no `digo:account`: {some([one.name for one in without])}; these do: "
                f"{some(named)}. Ups of the two kinds do not wait for each other, also on one account: give each its "
                "`digo:account`",
            )


def _host(endpoint: str) -> tuple[str, int] | None:
    from digo.apply.account_identity import spelt  # imports a client, which a list of stacks does not need

    try:
        return spelt(endpoint) if endpoint else None
    except (ValueError, TypeError):  # a wrong endpoint is a problem of the stack's own settings
        return None
