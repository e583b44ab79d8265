"""The waves of an up: which stacks are in which. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from digo.fleet.file.models import FleetSettings
from digo.fleet.stacks import FleetStack

ONLY_WAVE = "all"


@dataclass(frozen=True)
class Wave:
    """A part of an up that ends before the next one begins.

    Attributes:
        name: its name in fleet.yaml; `all` if fleet.yaml has no waves.
        stacks: its stacks, by name; never none.
        wait: the time after it, before the next one.
    """

    name: str
    stacks: tuple[str, ...]
    wait: timedelta = timedelta()


def waves_of(settings: FleetSettings, stacks: Sequence[FleetStack]) -> tuple[Wave, ...]:
    """The waves of these stacks, in the file's order, without empty ones.

    A stack is in the first wave that names one of its groups. A share counts all of these stacks that are in the wave's
    groups, is rounded up, and is taken by name from those that no earlier wave has. So the same stacks always have the
    same waves. A stack that no wave names is in none.
    """
    if not settings.waves:
        return (Wave(ONLY_WAVE, tuple(sorted(one.name for one in stacks))),) if stacks else ()
    left = {one.name: one for one in sorted(stacks, key=lambda one: one.name)}
    found = []
    for wave in settings.waves:
        members = [name for name, one in left.items() if not set(wave.groups).isdisjoint(one.groups)]
        if wave.percent is not None:
            whole = sum(1 for one in stacks if not set(wave.groups).isdisjoint(one.groups))
            members = members[: -(-whole * wave.percent // 100)]
        for name in members:
            del left[name]
        if members:
            found.append(Wave(wave.name, tuple(members), wave.wait))
    return tuple(found)
