"""The differences of two property maps, from the maps or from a provider's detailed diff.

Source: pulumi/pulumi, `sdk/go/common/resource/property_diff.go` and `pkg/engine/detailedDiff.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.events import Step
from protocol.values import UNKNOWN, PropertyMap, PropertyValue, Secret


@dataclass
class ValueChange:
    """A changed value. `inner` has the parts if both values are maps, or both lists."""

    old: PropertyValue
    new: PropertyValue
    inner: Difference | None = None


@dataclass
class Difference:
    """The parts of a map: added, deleted, updated, unchanged. A list has its indices as keys."""

    is_list: bool = False
    adds: dict[Any, PropertyValue] = field(default_factory=dict)
    deletes: dict[Any, PropertyValue] = field(default_factory=dict)
    updates: dict[Any, ValueChange] = field(default_factory=dict)
    sames: dict[Any, PropertyValue] = field(default_factory=dict)

    def sorted_keys(self) -> list[Any]:
        """All keys, sorted."""
        return sorted({*self.adds, *self.deletes, *self.updates, *self.sames})

    def is_changed(self, key: Any) -> bool:
        """Whether the key is added, deleted or updated."""
        return key in self.adds or key in self.deletes or key in self.updates


def is_internal(key: str) -> bool:
    """Whether a property belongs to the SDK, not to the user."""
    return key.startswith("__")


def map_difference(old: Mapping[str, PropertyValue], new: Mapping[str, PropertyValue]) -> Difference | None:
    """The difference of the maps without internal properties; None if they are equal."""
    difference = Difference()
    for key, before in old.items():
        if is_internal(key):
            continue
        if key not in new:
            if before is not None:
                difference.deletes[key] = before
            continue
        after = new[key]
        change = value_change(before, after)
        if change is None:
            difference.sames[key] = before
        elif before is None:
            difference.adds[key] = after
        elif after is None:
            difference.deletes[key] = before
        else:
            difference.updates[key] = change
    for key, after in new.items():
        if key not in old and after is not None and not is_internal(key):
            difference.adds[key] = after
    return difference if difference.adds or difference.deletes or difference.updates else None


def value_change(old: PropertyValue, new: PropertyValue) -> ValueChange | None:
    """The difference of the values; None if they are equal."""
    if isinstance(old, list) and isinstance(new, list):
        inner = _list_difference(old, new)
        return ValueChange(old, new, inner) if inner else None
    if isinstance(old, dict) and isinstance(new, dict):
        inner = map_difference(old, new)
        return ValueChange(old, new, inner) if inner else None
    return None if _is_equal(old, new) else ValueChange(old, new)


def step_difference(step: Step) -> Difference | None:
    """The changes of the step: from the provider's detailed diff if there is one, else from the inputs."""
    if step.old is None or step.new is None:
        return None
    if step.detailed_diff is not None:
        return _translated(step.detailed_diff, step.old.inputs, step.new.inputs)
    return map_difference(step.old.inputs, step.new.inputs)


def _list_difference(old: list[PropertyValue], new: list[PropertyValue]) -> Difference | None:
    difference = Difference(is_list=True)
    for index, (before, after) in enumerate(zip(old, new, strict=False)):
        change = value_change(before, after)
        if change is None:
            difference.sames[index] = before
        else:
            difference.updates[index] = change
    difference.deletes.update({index: old[index] for index in range(len(new), len(old))})
    difference.adds.update({index: new[index] for index in range(len(old), len(new))})
    return difference if difference.adds or difference.deletes or difference.updates else None


def _is_equal(old: PropertyValue, new: PropertyValue) -> bool:
    if isinstance(old, Secret) and isinstance(new, Secret):
        return value_change(old.value, new.value) is None
    # 1 == True in Python, but they are different property values.
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def _translated(kinds: Mapping[str, str], before: PropertyMap, after: PropertyMap) -> Difference | None:
    """The difference by the provider's report on whole inputs, which is all that this project's host reports."""
    found = Difference()
    for key, kind in kinds.items():
        if kind.startswith("add"):
            found.adds[key] = after.get(key, UNKNOWN)
        elif kind.startswith("delete"):
            found.deletes[key] = before.get(key, UNKNOWN)
        else:
            values = before.get(key), after.get(key)
            found.updates[key] = value_change(*values) or ValueChange(*values)
    return found if kinds else None
