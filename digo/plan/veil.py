"""Keyed tokens for what a recording must not show, and the way back for what one has in hand already.

A token is one-way. Who plans from a recording has the config, makes the tokens of its values, and so finds again those
that the account has too; all others stay tokens. Without the key no guess can be tried. With it, numbers can be tried
one by one, as with any digest of a phone number: the key is for those who may know the account's numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from digo.lists.key import LedgerKey
from digo.names import seen_name
from digo.phone import bare_digits, has_country_code
from digo.redact import MASK, mask_number, mask_numbers
from digo.words import as_letters

_TOKEN_BYTES = 12
_STAND_IN_DIGITS = 20  # more than any phone number has, so that none is taken for one


class Veiled(BaseModel):
    """A value that is not shown. `shown` is what displays have of it; `plus`: a number had its country code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str
    shown: str = ""
    plus: bool = False


@dataclass(frozen=True)
class Veil:
    """Makes tokens, and lifts those of `known` values."""

    key: LedgerKey = field(repr=False)
    known: Mapping[str, str] = field(default_factory=dict, repr=False)

    def token(self, text: str) -> str:
        """The text's token: the same for the same text and key."""
        secret = self.key.derive("snapshot")
        return as_letters(hashlib.blake2b(text.encode(), key=secret, digest_size=_TOKEN_BYTES).hexdigest())

    def knowing(self, values: Iterable[str]) -> Veil:
        """A veil that lifts the tokens of these values."""
        return Veil(self.key, {self.token(value): value for value in values})

    def number(self, text: str | None) -> Veiled | None:
        """A phone number in any spelling, veiled by its digits."""
        if not text:
            return None
        shown = mask_number(text).removeprefix(MASK)
        return Veiled(token=self.token(bare_digits(text)), shown=shown, plus=has_country_code(text))

    def text(self, text: str | None) -> str | Veiled | None:
        """A name or an intercom, veiled only where there is a phone number in it."""
        if text is None or (shown := mask_numbers(text)) == text:
            return text
        return Veiled(token=self.token(seen_name(text)), shown=shown)

    def lift_number(self, veiled: Veiled | None) -> str | None:
        """The number, or one that nobody has and that ends as it does."""
        if veiled is None:
            return None
        digits = self.known.get(veiled.token)
        if digits is None:
            spread = int.from_bytes(hashlib.sha256(veiled.token.encode()).digest(), "big") % 10**_STAND_IN_DIGITS
            digits = f"9{spread:0{_STAND_IN_DIGITS}d}{veiled.shown}"
        return f"+{digits}" if veiled.plus else digits

    def lift_text(self, value: str | Veiled | None) -> str | None:
        """The text, or what displays show of it."""
        return self.known.get(value.token, value.shown) if isinstance(value, Veiled) else value

    def lift(self, token: str) -> str:
        """The value of a bare token, or the token itself."""
        return self.known.get(token, token)

    def hidden(self, digest: str, once: str) -> str:
        """A digest under a pad that is for this use `once`; the same again uncovers it. Both are hex."""
        pad = self.key.derive(f"snapshot fingerprint {once}", len(digest) // 2)
        return bytes(a ^ b for a, b in zip(bytes.fromhex(digest), pad, strict=True)).hex()
