"""Pulumi's passphrase secrets, in the format of the pulumi CLI, so that both can use a stack.

`digo.project.passphrase` has the format; this module adds what a state needs of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from digo.project.passphrase import CHECK_WORD, SALT_BYTES, AesGcmCrypter, crypter_of, derive_key, to_base64


@dataclass(frozen=True)
class PassphraseSecrets:
    """A stack's unlocked secrets manager: the crypter, and the salt state for files (without the passphrase)."""

    salt_state: str
    crypter: AesGcmCrypter

    def provider_state(self) -> dict[str, object]:
        """The `secrets_providers` entry of a deployment."""
        return {"type": "passphrase", "state": {"salt": self.salt_state}}


def create(passphrase: str) -> PassphraseSecrets:
    """A secrets manager with a new salt."""
    salt = secrets.token_bytes(SALT_BYTES)
    crypter = AesGcmCrypter(derive_key(passphrase, salt))
    return PassphraseSecrets(f"v1:{to_base64(salt)}:{crypter.encrypt(CHECK_WORD)}", crypter)


def unlock(passphrase: str, salt_state: str) -> PassphraseSecrets:
    """The secrets manager of an existing salt; raises `WrongPassphrase` or `MalformedSecret`."""
    return PassphraseSecrets(salt_state, crypter_of(passphrase, salt_state))
