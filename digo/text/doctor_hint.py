"""The sentence that sends a user from an error to `digo doctor`. All programs have it from here."""

from __future__ import annotations

DOCTOR_HINT = "`digo doctor` checks settings, state, token and endpoint, and says the next step for each"


def with_doctor_hint(message: str) -> str:
    """The message of an error about the installation, the project, the state or the account, with the hint."""
    return f"{message}\n  {DOCTOR_HINT}"
