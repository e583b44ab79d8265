"""Property values in the JSON of a state: secrets encrypted, in the clear, or sealed as they came.

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

from digo.text import may_escape_halves, visible_content
from protocol.values import BLINDED, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, UNKNOWN_SENTINEL, PropertyValue, Secret

FLOAT_SIGNATURE = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"

SecretWriter = Callable[[str], dict[str, str]]
"""Takes a secret's plaintext (JSON) and answers the fields that stand for it beside the signature."""

SecretReader = Callable[[str], PropertyValue]
"""Takes a ciphertext and answers the value it stands for."""


class MalformedValue(ValueError):
    """A value is not as Pulumi writes it; the text says what is wrong with it."""


class Decrypter(Protocol):
    """What reading a state with secrets needs."""

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext of one value; raises `Failure` where the key does not fit."""


class Crypter(Decrypter, Protocol):
    """What writing a state with secrets needs."""

    def encrypt(self, plaintext: str) -> str:
        """The ciphertext of one value."""


@dataclass(frozen=True)
class Sealed:
    """A ciphertext inside a `Secret`: nobody opened it, and it goes back to the file as it came."""

    ciphertext: str


def encrypted_with(crypter: Crypter) -> SecretWriter:
    """Secrets as state files hold them."""
    return lambda plaintext: {"ciphertext": crypter.encrypt(plaintext)}


def in_the_clear(plaintext: str) -> dict[str, str]:
    """Secrets readable, as `stack export --show-secrets` writes them."""
    return {"plaintext": plaintext}


def never_encrypted(_plaintext: str) -> dict[str, str]:
    """For states whose secrets are all sealed: meeting an open one is a mistake in this program."""
    raise AssertionError("an open secret where only sealed ones can be")


def decrypted_with(decrypter: Decrypter) -> SecretReader:
    """Secrets as the engine works with them."""
    return lambda ciphertext: decode_plaintext(decrypter.decrypt(ciphertext))


def kept_sealed(ciphertext: str) -> Sealed:
    """Secrets that stay closed, for changes to a state that need no passphrase."""
    return Sealed(ciphertext)


def shown_blinded(_ciphertext: str) -> str:
    """Secrets that are only to be shown."""
    return BLINDED


def decode_plaintext(plaintext: str) -> PropertyValue:
    """The value inside a secret; raises `MalformedValue`."""
    try:
        return decode_value(_loads(plaintext), decode_plaintext)
    except ValueError as error:
        raise MalformedValue("malformed secret in the state: its plaintext is not JSON") from error


def _loads(text: str) -> Any:
    """JSON, with what UTF-8 cannot hold made visible: a person may have written it."""
    content = json.loads(text)
    return visible_content(content) if may_escape_halves(text) else content


def encode_value(value: PropertyValue, write_secret: SecretWriter) -> Any:
    """A property value as plain JSON data, map keys sorted as Go writes them."""
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
        if isinstance(value.value, Sealed):
            return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": value.value.ciphertext}
        # Nothing inside a secret needs encrypting a second time; inner secrets keep their mark alone.
        inner = encode_value(value.value, lambda plaintext: {"ciphertext": plaintext})
        plaintext = json.dumps(inner, separators=(",", ":"), ensure_ascii=False)
        return {SIGNATURE_KEY: SECRET_SIGNATURE, **write_secret(plaintext)}
    if value is UNKNOWN:
        return UNKNOWN_SENTINEL
    raise TypeError(f"not a property value: {type(value).__name__}")


def decode_value(data: Any, read_secret: SecretReader) -> PropertyValue:
    """The inverse of `encode_value`; raises `MalformedValue` on a malformed secret."""
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
