"""Numbers as the sibling's account takes them: a national one is completed."""

from sandbox.numbers import digits_of
from sandbox.settings import Settings

_NATIONAL_DIGITS = 10


def own_digits_of(value: object, settings: Settings) -> str | None:
    """The digits of a number that was sent; None if it is none.

    A number of ten digits is national. It comes back with the account's country code, where the account has one.
    """
    digits = digits_of(value)
    if digits is None or len(digits) != _NATIONAL_DIGITS or str(value).startswith("+"):
        return digits
    return f"{settings.smartflo_country}{digits}"


def completed(body: dict[str, object], name: str, settings: Settings) -> dict[str, object]:
    """A body whose number under `name` is completed, for the calls that both accounts have."""
    digits = own_digits_of(body.get(name), settings)
    return body if digits is None else {**body, name: digits}
