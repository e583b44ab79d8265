"""How the old and the new of a resource differ, options taken into account."""

from __future__ import annotations

from dataclasses import replace

from engine.deployment.answers import Difference
from engine.deployment.errors import StepError
from engine.events import PropertyChange
from engine.property_path import Path, covers, parse_path, reset
from protocol.values import PropertyMap, revealed

INIT_ERROR_KEY = "#initerror"


def with_ignored(news: PropertyMap, olds: PropertyMap, ignore_changes: list[str]) -> tuple[PropertyMap, list[str]]:
    """The new inputs with the old values at the ignored paths, and the paths where that could not be done."""
    invalid: list[str] = []
    for text in ignore_changes:
        path = _path_of(text)
        if path is not None:
            news, done = reset(path, olds, news)
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


def with_replace_on_changes(difference: Difference, replace_on_changes: list[str], has_init_errors: bool) -> Difference:
    """The difference, replacing where a changed property is one of those that the program says must replace."""
    if not difference.changed and not has_init_errors:
        return difference
    paths = [_required_path(text) for text in replace_on_changes]
    if not paths:
        return difference

    def forces(key: str) -> bool:
        changed = _path_of(key)
        return changed is not None and any(covers(path, changed) for path in paths)

    detailed = difference.detailed
    if detailed is not None:
        detailed = {key: _as_replace(change) if forces(key) else change for key, change in detailed.items()}
    keys = [*difference.replace_keys, *filter(forces, difference.changed_keys)]
    changed = difference.changed
    if has_init_errors and any(covers(path, (INIT_ERROR_KEY,)) for path in paths):
        keys.append(INIT_ERROR_KEY)
        changed = True
        if detailed is not None:
            detailed[INIT_ERROR_KEY] = PropertyChange("update-replace", input_diff=False)
    return replace(difference, changed=changed, replace_keys=tuple(dict.fromkeys(keys)), detailed=detailed)


def _as_replace(change: PropertyChange) -> PropertyChange:
    if change.kind.endswith("-replace"):
        return change
    return replace(change, kind=f"{change.kind}-replace")


def _path_of(text: str) -> Path | None:
    try:
        return parse_path(text) or None
    except ValueError:
        return None


def _required_path(text: str) -> Path:
    path = _path_of(text)
    if path is None:
        raise StepError(f"replace_on_changes: {text!r} is no property path")
    return path
