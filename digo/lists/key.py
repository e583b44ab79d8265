"""The ledger key. The digests of a list need it, so that nobody without it can search them for numbers.

`digo lists key FILE` makes a key if the file does not exist yet.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digo.settings.failure import SettingsError
from digo.settings.secrets import find_secret
from digo.text.counts import counted
from digo.text.formatting import as_letters

NAME = "ledgerKey"
SHORTEST = 32
_CHECK_BYTES = 8


@dataclass(frozen=True)
class LedgerKey:
    """The key. It is never shown.

    `check` distinguishes keys without revealing them. `source` says for people where the key came from.
    """

    text: str = field(repr=False)
    source: str = field(default="", compare=False)

    @property
    def check(self) -> str:
        """A digest of the key for the state. With it, a plan notices another key before all rows are sent again."""
        return as_letters(self.derive("check", _CHECK_BYTES).hex())

    def derive(self, purpose: str, size: int = 32) -> bytes:
        """Derives a key for one purpose. `size` is in bytes, at most 64."""
        return hashlib.blake2b(
            purpose.encode(), key=hashlib.sha256(self.text.encode()).digest(), digest_size=size
        ).digest()


def read_ledger_key(
    config: Callable[[str], str | None], environ: Mapping[str, str], root: Path, *, plain: bool = False
) -> LedgerKey | None:
    """Reads the stack's key; None if there is none.

    It comes from DIGO_LEDGER_KEY, a file (DIGO_LEDGER_KEY_FILE or `digo:ledgerKeyFile`), or the stack secret
    `digo:ledgerKey`.

    Args:
        config: returns a decrypted stack config value by its key without `digo:`, or None.
        environ: the process's environment.
        root: the project's folder; a file's name is relative to it.
        plain: whether the config has the key in clear text, which is an error.

    Raises:
        SettingsError: the key is too short or in clear text in the config, or its file cannot be read.
    """
    found = find_secret(NAME, config, environ, root, plain=plain)
    if found is None:
        return None
    if len(found.text) < SHORTEST:
        short = (
            f"{found.source}: the ledger key has {counted(len(found.text), 'character')} and needs {SHORTEST}; bring"
        )
        raise SettingsError(
            [f"{short} the key that the last up had, or for a first up `digo lists key FILE` makes one"]
        )
    return LedgerKey(found.text, found.source)


def new_key() -> str:
    """Makes a random key."""
    return secrets.token_urlsafe(32)


def ensure_key(path: Path) -> bool:
    """Writes a new key to the file, unless the file exists. True if it did. Only the owner can read the file.

    An empty file counts as none: a full disk left it. A key that cannot be written leaves no file.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and not path.is_symlink() and path.stat().st_size == 0:
        path.unlink(missing_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(new_key() + "\n")
    except OSError as problem:
        path.unlink(missing_ok=True)
        raise OSError(problem.errno, problem.strerror, str(path)) from None
    return True
