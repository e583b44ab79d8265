"""Which stacks of a fleet are on one account. No two ups of one account run at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from digo.api.access import Access
from digo.apply.account_identity import Resolve, account_keys, addresses_of


def account_groups(accesses: Mapping[str, Access], resolve: Resolve = addresses_of) -> dict[str, str]:
    """The first stack, by name, of the account of each stack.

    Two stacks are on one account if both have one of the keys of `account_keys`, or if a third stack links them.

    Args:
        accesses: how each stack reaches its account, by the name of the stack.
        resolve: the addresses of a host's name. Each name is asked for once.
    """
    keys = asyncio.run(_all_keys(accesses, _Asked(resolve)))
    first: dict[str, str] = {stack: stack for stack in keys}

    def root(stack: str) -> str:
        while first[stack] != stack:
            first[stack] = first[first[stack]]
            stack = first[stack]
        return stack

    owners: dict[str, str] = {}
    for stack in sorted(keys):
        for key in keys[stack]:
            one, other = root(stack), root(owners.setdefault(key, stack))
            first[max(one, other)] = min(one, other)
    return {stack: root(stack) for stack in keys}


async def _all_keys(accesses: Mapping[str, Access], resolve: Resolve) -> dict[str, Sequence[str]]:
    return {stack: await account_keys(access, resolve) for stack, access in accesses.items()}


class _Asked:
    """Asks for each name once: one that is not answered is not waited for again."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._known: dict[str, Sequence[str]] = {}

    def __call__(self, host: str) -> Sequence[str]:
        if host not in self._known:
            self._known[host] = ()
            self._known[host] = self._resolve(host)
        return self._known[host]
