"""Secrets besides the token: from the environment, a file, or encrypted stack config."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digo.settings.failure import SettingsError, unreadable_secret
from digo.settings.keys import in_clear_text
from digo.source.problems import printable


def variable_of(name: str) -> str:
    """The environment variable of a secret: `DIGO_API_KEY` for `apiKey`."""
    return "DIGO_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


@dataclass(frozen=True)
class Secret:
    """A secret and its source, which messages name. The secret itself is never shown."""

    text: str = field(repr=False)
    source: str


def read_secret(
    name: str, config: Callable[[str], str | None], environ: Mapping[str, str], root: Path, *, plain: bool
) -> str | None:
    """The secret's text; see `find_secret`."""
    found = find_secret(name, config, environ, root, plain=plain)
    return None if found is None else found.text


def find_secret(
    name: str,
    config: Callable[[str], str | None],
    environ: Mapping[str, str],
    root: Path,
    *,
    plain: bool,
    usable: Callable[[str, str], Secret] | None = None,
) -> Secret | None:
    """The secret; None if it is not set. The environment wins over a file, a file over the config.

    Args:
        name: the setting, without `digo:`.
        config: gives a stack config value by its key without `digo:`, decrypted, or None.
        environ: the process's environment.
        root: the folder that a file's name is relative to.
        plain: whether the config has the secret in clear text.
        usable: makes the secret of its text and source, or raises SettingsError. Without it, the text is stripped, and
            only what a header can carry is usable.

    Raises:
        SettingsError: it is in clear text in the config, its file cannot be read, or it is empty.
    """
    variable, usable = variable_of(name), usable or _usable
    if plain:
        raise SettingsError([in_clear_text(name)])
    if (value := environ.get(variable)) is not None:
        return usable(value, variable)
    if named := environ.get(f"{variable}_FILE") or config(f"{name}File"):
        setting = f"{variable}_FILE" if environ.get(f"{variable}_FILE") else f"digo:{name}File"
        source = f"{setting} ({printable(named)})"
        try:
            return usable((root / named).read_text(encoding="utf-8-sig"), source)
        except (OSError, ValueError) as problem:
            lack = f"{source} names a file that cannot be read: {unreadable_secret(problem)}"
            raise SettingsError([f"{lack}; bring it to this machine, or set {variable}"]) from None
    value = config(name)
    return None if value is None else usable(value, f"digo:{name}")


def _usable(text: str, source: str) -> Secret:
    value = text.strip()
    if not value or not value.isascii() or not value.isprintable():
        raise SettingsError([f"{source} is empty, or has characters that no request can carry"])
    return Secret(value, source)
