"""Setting config values in a stack's file."""

from __future__ import annotations

from typing import Any

from engine.backend.layout import StackReference
from engine.cli.session import Session
from engine.failure import ConfigurationFailure
from engine.stack_file import full_key, with_config


def save_assignments(session: Session, stack_name: str, assignments: tuple[str, ...]) -> None:
    """Saves `key=value` texts to the stack's config; raises `ConfigurationFailure` for one without `=`."""
    if not assignments:
        return
    stack = session.require_stack(stack_name)
    for assignment in assignments:
        key, separator, value = assignment.partition("=")
        if not separator:
            raise ConfigurationFailure(f"could not parse config '{assignment}'; write it as key=value")
        save_value(session, stack, key, value)


def save_secret(session: Session, stack: StackReference, key: str, value: str) -> None:
    """Saves an encrypted value."""
    opened = session.open_secrets(stack)
    save_value(session, stack, key, {"secure": opened.config.crypter.encrypt(value)})


def save_value(session: Session, stack: StackReference, key: str, value: Any) -> None:
    """Saves a value; the other lines of the file stay as they are."""
    file = session.stack_file(stack)
    project = session.project.name
    session.save_stack_file(file, with_config(file, project, full_key(key, project), value))
