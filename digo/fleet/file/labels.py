"""Stacks with unknown labels, because their files are broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from digo.fleet.file.models import FleetSettings
from digo.fleet.stacks import FleetStack
from digo.source.problems import Problem
from digo.text.counts import some


def unlabelled(stacks: Iterable[FleetStack]) -> list[str]:
    """The stacks whose labels are unknown."""
    return [one.name for one in stacks if one.has_unknown_labels]


def label_warnings(settings: FleetSettings, stacks: Iterable[FleetStack]) -> Iterator[Problem]:
    """A warning for each stack that may be in a group by an unknown label. It counts as one of the group."""
    for one in stacks:
        if one.has_unknown_labels and (unsure := [name for name in one.groups if settings.groups[name].labels]):
            yield Problem(
                one.problems[0].position,
                "",
                f"the labels of the stack {one.name} are unknown until its file is corrected, so it counts as one of "
                f"{some(unsure)}",
            )
