"""Keyed pseudonyms for values that a snapshot file must not show, and their reversal for known values.

A pseudonym is one-way. A plan from a snapshot file has the config: it computes the pseudonyms of the config's values
and so recognises those that the account has too. All others stay pseudonyms. Without the key nobody can test a guess.
With it, numbers can be tried one by one, as with any digest of a phone number: only people who may know the account's
numbers should have the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict

from digo.fields.masked import masked_number
from digo.lists.key import LedgerKey
from digo.phone.number import bare_digits, has_country_code
from digo.text.formatting import as_letters
from digo.text.names import normal_name
from digo.text.redact import MASK, mask_numbers

TOKEN_BYTES = 16
_STAND_IN_DIGITS = 20  # longer than any phone number, so that it cannot be a real one
_NO_CODE = "999"  # no country has it: a masked stand-in shows no country code then


class Pseudonym(BaseModel):
    """A value behind a pseudonym.

    `shown` is its visible part, of a number its last digits. `plus` says that a number had its country code, and `code`
    is that code. A snapshot file before version 3 has no `code`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str
    shown: str = ""
    plus: bool = False
    code: str = ""


@dataclass(frozen=True)
class Pseudonyms:
    """Makes pseudonyms of `size` bytes, and restores the values in `known`."""

    key: LedgerKey = field(repr=False)
    known: Mapping[str, str] = field(default_factory=dict, repr=False)
    size: int = TOKEN_BYTES

    def token(self, text: str) -> str:
        """The text's pseudonym: the same for the same text and key."""
        secret = self.key.derive("snapshot")
        return as_letters(hashlib.blake2b(text.encode(), key=secret, digest_size=self.size).hexdigest())

    def with_known(self, values: Iterable[str]) -> Pseudonyms:
        """A copy that can restore these values."""
        return replace(self, known={self.token(value): value for value in values})

    def number(self, text: str | None) -> Pseudonym | None:
        """The pseudonym of a phone number in any spelling, by its digits."""
        if not text:
            return None
        code, shown = masked_number(text).split(MASK)
        return Pseudonym(
            token=self.token(bare_digits(text)), shown=shown, plus=has_country_code(text), code=code.strip("+ ")
        )

    def text(self, text: str | None) -> str | Pseudonym | None:
        """A name or an intercom, with a pseudonym only if it contains a phone number."""
        if text is None or (shown := mask_numbers(text)) == text:
            return text
        return Pseudonym(token=self.token(normal_name(text)), shown=shown)

    def reveal_number(self, pseudonym: Pseudonym | None) -> str | None:
        """The number, or an impossible number with the same country code and last digits."""
        if pseudonym is None:
            return None
        digits = self.known.get(pseudonym.token)
        if digits is None:
            spread = int.from_bytes(hashlib.sha256(pseudonym.token.encode()).digest(), "big") % 10**_STAND_IN_DIGITS
            digits = f"{pseudonym.code or _NO_CODE}{spread:0{_STAND_IN_DIGITS}d}{pseudonym.shown}"
        return f"+{digits}" if pseudonym.plus else digits

    def reveal_text(self, value: str | Pseudonym | None) -> str | None:
        """The text, or its visible part."""
        return self.known.get(value.token, value.shown) if isinstance(value, Pseudonym) else value

    def reveal(self, token: str) -> str:
        """The value of a pseudonym, or the pseudonym itself."""
        return self.known.get(token, token)

    def hidden(self, digest: str, once: str) -> str:
        """The digest, XORed with a pad for this one use (`once`).

        Applying it again restores the digest. Both are hex.
        """
        pad = self.key.derive(f"snapshot fingerprint {once}", len(digest) // 2)
        return bytes(a ^ b for a, b in zip(bytes.fromhex(digest), pad, strict=True)).hex()
