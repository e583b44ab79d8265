"""Which folder under `config/` a stack reads."""

from __future__ import annotations

from collections.abc import Callable

from digo.settings.failure import SettingsError
from digo.source.file_names import is_environment_name
from digo.text.unicode import visible


def environment_of(stack: str, config: Callable[[str], str | None]) -> str:
    """The name of the folder under `config/` that a stack reads.

    Raises:
        SettingsError: `digo:environment` leads out of `config/`.
    """
    name = config("environment") or stack
    if not is_environment_name(name):
        raise SettingsError([not_an_environment(name)])
    return name


def not_an_environment(name: str) -> str:
    """The problem of a name that no folder in `config/` can have."""
    return f"digo:environment is the name of a folder in config/, which `{visible(name)}` is not"
