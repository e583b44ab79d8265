"""Which stack of a state folder a name means."""

from __future__ import annotations

from digo.project.state_layout import ORGANIZATION as ORGANIZATION
from digo.project.state_layout import STACK_NAME
from digo.project.state_layout import Layout as Layout
from digo.project.state_layout import StackReference as StackReference
from engine.failure import ConfigurationFailure


def parse_reference(text: str, project: str) -> StackReference:
    """`name`, `organization/name` or `organization/project/name`; raises `ConfigurationFailure`."""
    parts = text.split("/")
    if len(parts) > 3:
        raise ConfigurationFailure(f"could not parse stack name '{text}'")
    if len(parts) > 1 and parts[0] != ORGANIZATION:
        raise ConfigurationFailure(f"organization name must be '{ORGANIZATION}'")
    name = parts[-1]
    if not name:
        raise ConfigurationFailure("stack name must not be empty")
    if not STACK_NAME.match(name):
        raise ConfigurationFailure(
            f"invalid stack name '{name}': a stack name may only contain alphanumeric, hyphens, underscores, or "
            "periods, and be at most 100 characters long"
        )
    return StackReference(parts[1] if len(parts) == 3 else project, name)
