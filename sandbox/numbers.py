"""Phone numbers as the service takes and returns them: digits inside, one of three forms outside."""

import re

from sandbox.settings import NumberForm

_ACCEPTED = re.compile(r"\+?(\d{10,15})")


def digits_of(value: object) -> str | None:
    """The digits of a number sent as `"+12025550100"`, `"12025550100"` or an integer; None if it is neither.

    Ten to fifteen digits are accepted, as the sibling product documents.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    match = _ACCEPTED.fullmatch(str(value))
    return match.group(1) if match else None


def written(digits: str | None, form: NumberForm) -> str | None:
    """A stored number in the form in which the account returns numbers."""
    if digits is None or not digits.isdigit():
        return digits
    if form == "plus":
        return f"+{digits}"
    return digits if form == "digits" else digits[-10:]
