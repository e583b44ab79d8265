"""Saves config values to a stack's file."""

from __future__ import annotations

from typing import Any

from digo.project.config_path import coerced, parse_key_path
from digo.project.stack_file import full_key
from engine.backend.layout import StackReference
from engine.cli.session import Session
from engine.failure import ConfigurationFailure
from protocol.property_path import Path

Place = tuple[str, Path]
"""The full key, and the path inside its value."""


def save_assignments(session: Session, stack_name: str, assignments: tuple[str, ...], *, as_path: bool) -> None:
    """Saves `key=value` texts to the stack's config; raises `ConfigurationFailure` if one has no `=`."""
    if not assignments:
        return
    stack = session.require_stack(stack_name)
    for assignment in assignments:
        key, separator, value = assignment.partition("=")
        if not separator:
            raise ConfigurationFailure(f"could not parse config '{assignment}'; write it as key=value")
        place = place_of(session, key, as_path=as_path)
        save_value(session, stack, place, value_at(place, value))


def place_of(session: Session, key: str, *, as_path: bool) -> Place:
    """The full key, and the path inside its value (empty without `as_path`); raises `ConfigurationFailure`."""
    first, path = parse_key_path(key) if as_path else (key, ())
    try:
        return full_key(first, session.project.name), path
    except ValueError as problem:
        raise ConfigurationFailure(str(problem)) from None


def value_at(place: Place, text: str) -> Any:
    """The value of a text. Inside a list or mapping, `true`, `false` and whole numbers become booleans and numbers."""
    return coerced(text) if place[1] else text


def save_value(session: Session, stack: StackReference, place: Place, value: Any) -> None:
    """Saves a value. The other lines of the file do not change."""
    from digo.project.stack_file_edits import with_config  # imported late: previews do not need its library

    key, path = place
    file = session.stack_file(stack)
    session.save_stack_file(file, with_config(file, session.project.name, key, value, path))
