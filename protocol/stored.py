"""Property values in the JSON of a state: secrets are encrypted, in clear text, or unopened ciphertext.

Source of the format: pulumi/pulumi, `sdk/go/common/apitype/core.go` (`SecretV1`) and
`pkg/resource/stack/deployment.go` (how values, secrets and unknowns are written).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from digo.text.json_text import loads
from protocol.values import BLINDED, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, UNKNOWN_SENTINEL, PropertyValue, Secret

FLOAT_SIGNATURE = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"

SecretWriter = Callable[[str], dict[str, str]]
"""Takes a secret's plaintext (JSON) and returns the fields that the state has beside the signature."""

SecretReader = Callable[[str], PropertyValue]
"""Takes a ciphertext and returns the value of the secret."""


class MalformedValue(ValueError):
    """A value is not in Pulumi's format; the text says why."""


class Decrypter(Protocol):
    """Decrypts the secrets of a state."""

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext of one value.

        Raises:
            Failure: the key does not fit.
        """


class Crypter(Decrypter, Protocol):
    """Decrypts and encrypts the secrets of a state."""

    def encrypt(self, plaintext: str) -> str:
        """The ciphertext of one value."""


@dataclass(frozen=True)
class EncryptedValue:
    """A ciphertext inside a `Secret`: it was not decrypted, and is written back unchanged."""

    ciphertext: str


def encrypt_with(crypter: Crypter) -> SecretWriter:
    """Writes secrets as state files have them."""
    return lambda plaintext: {"ciphertext": crypter.encrypt(plaintext)}


def write_plaintext(plaintext: str) -> dict[str, str]:
    """Writes secrets in clear text, as `stack export --show-secrets` does."""
    return {"plaintext": plaintext}


def refuse_secret(_plaintext: str) -> dict[str, str]:
    """For states whose secrets are all unopened (`EncryptedValue`): a decrypted one is a bug of this program.

    Raises:
        AssertionError: always.
    """
    raise AssertionError("an open secret where only encrypted ones can be")


def decrypt_with(decrypter: Decrypter) -> SecretReader:
    """Reads secrets decrypted."""
    return lambda ciphertext: decode_plaintext(decrypter.decrypt(ciphertext))


def keep_encrypted(ciphertext: str) -> EncryptedValue:
    """Reads secrets unopened, for changes to a state that need no passphrase."""
    return EncryptedValue(ciphertext)


def show_masked(_ciphertext: str) -> str:
    """Reads secrets as `[secret]`, for displays."""
    return BLINDED


def decode_plaintext(plaintext: str) -> PropertyValue:
    """The value inside a secret.

    Raises:
        MalformedValue: the plaintext is not JSON.
    """
    try:
        return decode_value(loads(plaintext), decode_plaintext)
    except ValueError as error:
        raise MalformedValue("malformed secret in the state: its plaintext is not JSON") from error


def encode_value(value: PropertyValue, write_secret: SecretWriter) -> Any:
    """A property value as plain JSON data. Keys are sorted, as Go writes them."""
    if isinstance(value, str) or value is None or value is True or value is False:
        return value
    if isinstance(value, float):
        return _encode_float(value)
    if isinstance(value, int):
        return value
    if isinstance(value, dict):
        return {key: encode_value(value[key], write_secret) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [encode_value(item, write_secret) for item in value]
    if isinstance(value, Secret):
        if isinstance(value.value, EncryptedValue):
            return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": value.value.ciphertext}
        # A secret inside a secret is not encrypted a second time; it only keeps its signature.
        inner = encode_value(value.value, lambda plaintext: {"ciphertext": plaintext})
        plaintext = json.dumps(inner, separators=(",", ":"), ensure_ascii=False)
        return {SIGNATURE_KEY: SECRET_SIGNATURE, **write_secret(plaintext)}
    if value is UNKNOWN:
        return UNKNOWN_SENTINEL
    raise TypeError(f"not a property value: {type(value).__name__}")


def decode_value(data: Any, read_secret: SecretReader) -> PropertyValue:
    """The inverse of `encode_value`.

    Raises:
        MalformedValue: a secret is malformed.
    """
    if isinstance(data, dict):
        signature = data.get(SIGNATURE_KEY)
        if signature == SECRET_SIGNATURE:
            return _decode_secret(data, read_secret)
        if signature == FLOAT_SIGNATURE:
            return struct.unpack(">d", bytes.fromhex(data["value"]))[0]
        return {key: decode_value(item, read_secret) for key, item in data.items()}
    if isinstance(data, list):
        return [decode_value(item, read_secret) for item in data]
    if data == UNKNOWN_SENTINEL:
        return UNKNOWN
    return data


def _encode_float(value: float) -> Any:
    if math.isnan(value) or math.isinf(value):
        return {SIGNATURE_KEY: FLOAT_SIGNATURE, "value": struct.pack(">d", value).hex()}
    # Go writes a whole number below 1e21 without a fraction.
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _decode_secret(data: Mapping[str, Any], read_secret: SecretReader) -> Secret:
    ciphertext, plaintext = data.get("ciphertext", ""), data.get("plaintext", "")
    if bool(ciphertext) == bool(plaintext):
        raise MalformedValue("malformed secret in the state: one of 'ciphertext' and 'plaintext' must be set")
    return Secret(decode_plaintext(plaintext) if plaintext else read_secret(ciphertext))
