"""The keys of a stack's secrets, from the passphrase. Each is derived once, whoever asks first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the library of ciphers is imported when something is decrypted
    from digo.project.passphrase import AesGcmCrypter


class StackKeys:
    """The keys of one stack, by salt. To derive one takes a sixth of a second."""

    def __init__(self, environ: Mapping[str, str], root: Path) -> None:
        """`root` is the folder that a relative PULUMI_CONFIG_PASSPHRASE_FILE counts from, as of the engine's own."""
        self._environ = environ
        self._root = root
        self._lock = Lock()
        self._crypters: dict[str, AesGcmCrypter] = {}

    def crypter(self, salt: str) -> AesGcmCrypter:
        """The crypter of an `encryptionsalt`.

        Raises:
            ProjectFailure: there is no passphrase, it cannot be read, or it is another one; or the salt is damaged.
        """
        from digo.project.passphrase import crypter_of, passphrase_missing

        with self._lock:
            if salt not in self._crypters:
                passphrase = self._passphrase()
                if passphrase is None:
                    raise passphrase_missing()
                self._crypters[salt] = crypter_of(passphrase, salt)
            return self._crypters[salt]

    def _passphrase(self) -> str | None:
        from digo.project.passphrase import PASSPHRASE_FILE_VARIABLE, passphrase_from_environment

        environ = dict(self._environ)
        if named := environ.get(PASSPHRASE_FILE_VARIABLE):
            environ[PASSPHRASE_FILE_VARIABLE] = str(self._root / named)
        return passphrase_from_environment(environ)
