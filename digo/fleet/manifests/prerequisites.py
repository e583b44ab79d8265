"""Which stacks the operator waits for before it begins one: the wave before, and another one of its account. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from digo.fleet.file.waves import Wave
from digo.fleet.stacks import FleetStack


def prerequisites(waves: Sequence[Wave], stacks: Sequence[FleetStack]) -> Mapping[str, tuple[str, ...]]:
    """By stack, the stacks that must have succeeded before it, in order of their names.

    A stack of the first wave has none, unless a stack before it in the wave names the same account.
    """
    accounts = {one.name: (one.endpoint.rstrip("/"), one.account) for one in stacks if one.account}
    found: dict[str, tuple[str, ...]] = {}
    before: tuple[str, ...] = ()
    for wave in waves:
        last: dict[tuple[str, str], str] = {}
        for name in wave.stacks:
            account = accounts.get(name)
            same = (last[account],) if account is not None and account in last else ()
            found[name] = (*before, *same)
            if account is not None:
                last[account] = name
        before = tuple(sorted(wave.stacks))
    return found
