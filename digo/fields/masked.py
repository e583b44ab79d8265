"""A masked number that people recognise: its country code and its last four digits."""

from __future__ import annotations

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from digo.phone.number import bare_digits, has_country_code
from digo.text.redact import MASK, mask_number

_LONGEST_CODE = 3  # E.164


def masked_number(text: str) -> str:
    """The number with its country code and its last four digits visible: `+1 ***0101`.

    A text that does not show its country code is `***0101`, because its first digits may be any. A short one is hidden
    completely.
    """
    masked = mask_number(text)
    if masked == MASK or not has_country_code(text):
        return masked
    code = _country_code(bare_digits(text))
    return f"+{code} {masked}" if code else masked


def _country_code(digits: str) -> str:
    """The country code at the beginning; "" if there is none. No code is the beginning of another one."""
    found = (digits[:length] for length in range(1, _LONGEST_CODE + 1))
    return next((one for one in found if int(one) in COUNTRY_CODE_TO_REGION_CODE), "")
