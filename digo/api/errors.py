"""The errors of one call, by what they mean for the account.

Each error says in one line what failed, and has the next step. Its text is safe to show: callers redact text from
outside before they raise an error with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digo.api.login_calls import FailedLogin


class ApiError(Exception):
    """A call to the API failed.

    Attributes:
        what: what failed, one sentence.
        next_step: what the user can do.
        method: the call's HTTP method.
        path: the call's path.
        status: the reply's status; None if no reply came.
        retry_after: how many seconds the reply asks to wait; None if it does not ask.
        late: whether the call used up its whole time.
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
        late: bool = False,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step
        self.method = method
        self.path = path
        self.status = status
        self.retry_after = retry_after
        self.late = late

    def __str__(self) -> str:
        if not self.method:
            return f"{self.what}\n  Next: {self.next_step}"
        reply = "no reply" if self.status is None else f"status {self.status}"
        return f"{self.what}\n  Next: {self.next_step}\n  Call: {self.method} {self.path}, {reply}"


class NotSent(ApiError):
    """Nothing reached the API: no connection was made. A write was not applied."""


class Refused(ApiError):
    """The API refused the call. A write was not applied, as far as the reply can be believed.

    `reasons` are pairs of a field ("" if the API named none) and the API's redacted text.
    """

    def __init__(self, what: str, *, reasons: tuple[tuple[str, str], ...] = (), **call: object) -> None:
        super().__init__(what, **call)  # type: ignore[arg-type]  # `call` has ApiError's keywords
        self.reasons = reasons


class TokenRefused(Refused):
    """401 or 403: the token was not accepted. Nothing was done."""


class LoginRefused(TokenRefused):
    """The API refused a login. Nothing was done.

    `failure` is what the API said (`digo.api.login_calls.FailedLogin`).
    """

    def __init__(self, what: str, *, failure: FailedLogin, **call: object) -> None:
        super().__init__(what, **call)  # type: ignore[arg-type]  # `call` has ApiError's keywords
        self.failure = failure


class LoginFailed(NotSent):
    """There is no token, for another reason than a refusal. The call that needs one was not sent, and is not retried.

    A login whose reply was lost may have counted as a failure.
    """


class RateLimited(ApiError):
    """429: the account's calls per second were used up. Nothing was done."""


class ReadUnknown(ApiError):
    """The reply to a read cannot be believed. It never counts as an empty account."""


class OutcomeUnknown(ApiError):
    """A write may or may not have been applied.

    `answered` is True if the API itself replied: it has finished the request, and a list read settles the outcome. It
    is False if the reply was lost, late, or a gateway's: the API may still be working on the request.
    """

    def __init__(self, what: str, *, answered: bool, **call: object) -> None:
        super().__init__(what, **call)  # type: ignore[arg-type]  # `call` has ApiError's keywords
        self.answered = answered


class WriteForbidden(ApiError):
    """A write was tried on a read-only transport. This is a bug of the caller; nothing was sent."""
