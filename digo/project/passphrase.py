"""Pulumi's passphrase secrets, in the format of the pulumi CLI.

Source of the format: pulumi/pulumi, `pkg/secrets/passphrase/manager.go` and
`sdk/go/common/resource/config/crypt.go`. PBKDF2-HMAC-SHA256 with 1,000,000 rounds makes a key of 32 bytes for AES-GCM
from a salt of 8 bytes and the passphrase. `encryptionsalt` is `v1:<salt>:<"pulumi", encrypted>`. Each encrypted value
is `v1:<nonce>:<ciphertext and tag>`. All parts are in base64.
"""

from __future__ import annotations

import base64
import functools
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from digo.project.failure import PassphraseMissing as PassphraseMissing
from digo.project.failure import ProjectFailure
from digo.project.failure import WrongPassphrase as WrongPassphrase

PASSPHRASE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE"
PASSPHRASE_FILE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE_FILE"
CHECK_WORD = "pulumi"
SALT_BYTES = 8

_ROUNDS = 1_000_000
_KEY_BYTES = 32
_NONCE_BYTES = 12


class MalformedSecret(ProjectFailure):
    """A ciphertext or salt is not in Pulumi's format, or has another key."""


class AesGcmCrypter:
    """Encrypts and decrypts single values. Each has a new nonce, so equal values have different ciphertexts."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def encrypt(self, plaintext: str) -> str:
        """The ciphertext, `v1:<nonce>:<data>`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        data = self._cipher.encrypt(nonce, plaintext.encode(), None)
        return f"v1:{to_base64(nonce)}:{to_base64(data)}"

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext; raises `MalformedSecret`."""
        parts = ciphertext.split(":")
        if len(parts) != 3 or parts[0] != "v1":
            raise MalformedSecret("a secret is not in the format 'v1:nonce:ciphertext'; was it edited by hand?")
        try:
            nonce, data = _from_base64(parts[1]), _from_base64(parts[2])
            return self._cipher.decrypt(nonce, data, None).decode()
        except (InvalidTag, ValueError) as error:
            raise MalformedSecret(
                "a secret cannot be decrypted: it was encrypted with another passphrase or salt, or is damaged"
            ) from error


def crypter_of(passphrase: str, salt_state: str) -> AesGcmCrypter:
    """The crypter of an `encryptionsalt`; raises `WrongPassphrase` or `MalformedSecret`."""
    parts = salt_state.split(":", 2)
    if len(parts) != 3 or parts[0] != "v1":
        raise MalformedSecret("the stack's encryptionsalt is not in the format 'v1:salt:v1:nonce:ciphertext'")
    try:
        salt = _from_base64(parts[1])
    except ValueError as error:
        raise MalformedSecret("the stack's encryptionsalt is not in base64") from error
    crypter = AesGcmCrypter(derive_key(passphrase, salt))
    try:
        opened = crypter.decrypt(parts[2]) == CHECK_WORD
    except MalformedSecret:
        opened = False
    if not opened:
        raise WrongPassphrase(
            f"incorrect passphrase: {PASSPHRASE_VARIABLE} or {PASSPHRASE_FILE_VARIABLE} does not hold the "
            "passphrase that this stack was created with"
        )
    return crypter


def passphrase_from_environment(environment: Mapping[str, str]) -> str | None:
    """The passphrase in the environment, or None. An empty PULUMI_CONFIG_PASSPHRASE counts as one.

    Raises `PassphraseMissing` if the file named in the environment cannot be read.
    """
    if PASSPHRASE_VARIABLE in environment:
        return environment[PASSPHRASE_VARIABLE]
    path = environment.get(PASSPHRASE_FILE_VARIABLE)
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise PassphraseMissing(f"unable to read {PASSPHRASE_FILE_VARIABLE}: {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise PassphraseMissing(f"unable to read {PASSPHRASE_FILE_VARIABLE}: {path}: it is not UTF-8 text") from None


def passphrase_missing() -> PassphraseMissing:
    """The error if there is no passphrase and no terminal to ask for it."""
    return PassphraseMissing(
        f"passphrase must be set with {PASSPHRASE_VARIABLE} or {PASSPHRASE_FILE_VARIABLE} environment variables"
    )


@functools.lru_cache(maxsize=4096)  # the stacks of a fleet: plan and up of each one need its key
def derive_key(passphrase: str, salt: bytes) -> bytes:
    """The key of a passphrase and a salt. It takes about half a second, so a process derives each one once."""
    # hashlib takes twice the time, in every command.
    return PBKDF2HMAC(hashes.SHA256(), _KEY_BYTES, salt, _ROUNDS).derive(passphrase.encode())


def to_base64(data: bytes) -> str:
    """The base64 text of bytes."""
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
