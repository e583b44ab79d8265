"""How the old and the new of a resource differ, options taken into account."""

from __future__ import annotations

from engine.deployment.answers import Difference
from engine.events import PropertyChange
from engine.property_path import parse_path, reset
from protocol.values import PropertyMap, revealed


def with_ignored(news: PropertyMap, olds: PropertyMap, ignore_changes: list[str]) -> tuple[PropertyMap, list[str]]:
    """The new inputs with the old values at the ignored paths, and the paths where that could not be done."""
    invalid: list[str] = []
    for text in ignore_changes:
        try:
            path = parse_path(text)
        except ValueError:
            continue
        news, done = reset(path, olds, news) if path else (news, True)
        if not done:
            invalid.append(text)
    return news, invalid


def of_inputs(olds: PropertyMap, news: PropertyMap) -> Difference:
    """The difference of the inputs themselves, secrets opened: for providers that cannot say."""
    before, after = revealed(olds), revealed(news)
    detailed: dict[str, PropertyChange] = {}
    for key in {**before, **after}:
        if key not in before:
            detailed[key] = PropertyChange("add")
        elif key not in after:
            detailed[key] = PropertyChange("delete")
        elif before[key] != after[key]:
            detailed[key] = PropertyChange("update")
    if not detailed:
        return Difference(changed=False)
    return Difference(changed=True, changed_keys=tuple(detailed), detailed=detailed)
