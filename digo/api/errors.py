"""What can go wrong with one call, by what it means for the account.

Each error says in one line what failed, and carries what the next step is. Its text is safe to show:
whoever builds it passes text from outside through the redactor first.
"""

from __future__ import annotations

import json


class ApiError(Exception):
    """A call to the API did not do what was asked.

    `what` is a sentence, `next_step` what the user can do; `method`, `path` and `status` name the call
    (`status` is None where no reply came). `retry_after` is how many seconds the reply asks to wait, where it does.
    """

    def __init__(
        self,
        what: str,
        *,
        next_step: str,
        method: str,
        path: str,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step
        self.method = method
        self.path = path
        self.status = status
        self.retry_after = retry_after

    def __str__(self) -> str:
        facts = {"method": self.method, "path": self.path, "status": self.status}
        return f"{self.what}\n  Next: {self.next_step}\n  {json.dumps(facts)}"


class NotSent(ApiError):
    """Nothing reached the API: no connection was made. A write was not applied."""


class Refused(ApiError):
    """The API answered that it did not do it. A write was not applied, as far as a reply can be believed.

    `reasons` are the API's own texts, redacted, by field where it named one ("" where not).
    """

    def __init__(self, what: str, *, reasons: tuple[tuple[str, str], ...] = (), **call: object) -> None:
        super().__init__(what, **call)  # type: ignore[arg-type]
        self.reasons = reasons


class TokenRefused(Refused):
    """401 or 403: the token was not accepted. Nothing was done."""


class RateLimited(ApiError):
    """429: the account's calls per second were used up. Nothing was done."""


class ReadUnknown(ApiError):
    """A read brought nothing that can be believed. It never stands for an empty account."""


class OutcomeUnknown(ApiError):
    """A write may or may not have been applied.

    `answered` is True where the API's own reply came, so that it is done with the request and a list read now
    settles it; False where the reply was lost, late, or a gateway's, so that the API may still be at work.
    """

    def __init__(self, what: str, *, answered: bool, **call: object) -> None:
        super().__init__(what, **call)  # type: ignore[arg-type]
        self.answered = answered


class WriteForbidden(ApiError):
    """A write was tried on a read-only transport. A bug in the caller; nothing left this machine."""
