"""A login: the token of a login id and its password, shared by all processes of this user.

One process logs in, and all others take its token from the cache (`digo.api.token_cache`). The steps are data, so both
clients follow the same ones. A refused password is not tried again: repeated failures lock the account.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from digo.api.calls import Call
from digo.api.errors import ApiError, LoginFailed, LoginRefused
from digo.api.login_calls import FailedLogin, log_in, refresh
from digo.api.token_cache import GrantedToken, Refusal, TokenCache
from digo.system.lock_file import LockFile, LockFolder
from digo.text.counts import counted
from digo.text.redact import Redactor

MARGIN_SECONDS = 300.0
"""A token is renewed so long before its end: requests that wait for the pace have it already."""
NOTICE_DAYS = 10
"""From so many days on, a run says when the password ends."""

_MARGIN_SHARE = 0.1  # of a short life
_POLL_SECONDS = 0.1
_DAY = 86_400


@dataclass(frozen=True)
class LoginRequest:
    """A step: send this call of the login, with this `Authorization` header ("" sends none)."""

    call: Call[GrantedToken]
    authorization: str = field(default="", repr=False)


Steps = Generator[LoginRequest | float, Any, None]
"""What a client does to have a token: requests, and seconds to wait while another one logs in.

It sends in the `GrantedToken` of each `LoginRequest`, or throws in the `ApiError`.
"""


@dataclass(frozen=True)
class Credentials:
    """A login id and its password, with the sources that messages name."""

    login_id: str
    password: str = field(repr=False)
    id_source: str = "digo:loginId"
    password_source: str = "digo:loginPassword"

    @property
    def said(self) -> str:
        """The two sources, for messages."""
        return f"the login id of {self.id_source} with the password of {self.password_source}"


class Login:
    """The login of one endpoint. All clients of a process share it."""

    def __init__(
        self,
        credentials: Credentials,
        endpoint: str,
        header: Callable[[str], str],
        folders: Sequence[LockFolder],
    ) -> None:
        """Makes the login. It reads nothing and asks nobody.

        Args:
            credentials: the login id and its password.
            endpoint: the address that is asked.
            header: makes the `Authorization` header of a token.
            folders: the private folders of the locks; one of them has the cache.
        """
        self.credentials = credentials
        self.redactor = Redactor([credentials.password])
        self._header = header
        self._cache = TokenCache(folders, endpoint, credentials.login_id)
        self._held: GrantedToken | None = None
        self._accepted = False
        self._noticed = False

    def __repr__(self) -> str:
        return f"Login({self.credentials.id_source})"

    @property
    def authorization(self) -> str:
        """The header of the token that this process has; "" while it has none."""
        return "" if self._held is None else self._header(self._held.token)

    def answered(self, authorization: str, status: int) -> None:
        """Notes what the API answered to a request with this header."""
        if status != 401 and authorization == self.authorization:
            self._accepted = True

    def may_renew(self, authorization: str, status: int) -> bool:
        """Whether a new token may help after this answer.

        A token that this process has just logged in for, and that was never accepted, was not too old: another login
        would get the same answer.
        """
        return status == 401 and (self._accepted or authorization != self.authorization)

    def notice(self) -> str:
        """What the user should know of the password's end, once; "" if there is nothing."""
        grant = self._held
        if self._noticed or grant is None:
            return ""
        left = days_left(grant, time.time())
        if left is None or left > NOTICE_DAYS:
            return ""
        self._noticed = True
        ends = f"ends in {counted(left, 'day')}" if left > 0 else "ends today"
        return f"the password of {self.credentials.password_source} {ends}; set a new one in the panel, and here"

    def known(self) -> GrantedToken | Refusal | None:
        """What the cache has; None where there is nothing.

        Raises:
            LoginFailed: no folder of the cache can be used.
        """
        try:
            found = self._cache.read()
        except OSError as problem:
            raise self._no_folder(problem) from None
        if isinstance(found, GrantedToken):
            self.redactor.learn([found.token])
        return found

    def refusal(self) -> str:
        """Why this password is not tried again; "" if it is.

        Raises:
            LoginFailed: no folder of the cache can be used.
        """
        found = self.known()
        return self._remembered(found).what if isinstance(found, Refusal) and self._still_counts(found) else ""

    def steps(self, refused: str = "") -> Steps:
        """The steps after which `authorization` has a token that has not ended.

        Args:
            refused: the header that the API refused with 401; "" if it refused none.

        Raises:
            LoginRefused: the API refused the login, now or earlier with the same password.
            LoginFailed: there is no token for another reason. Nothing was read or written.
        """
        while not self._is_good(self._held, refused):
            found = self.known()
            if isinstance(found, GrantedToken) and self._is_good(found, refused):
                self._take(found, accepted=True)
                return
            lock = self._try_lock()
            if lock is None:
                yield _POLL_SECONDS
                continue
            try:
                yield from self._renewal(refused)
            finally:
                lock.release()
            return  # also with a token of a life so short that it has ended: the API judges it

    def _renewal(self, refused: str) -> Steps:
        """The steps of the one who has the lock."""
        found = self.known()  # another process may have logged in before the lock was free
        if isinstance(found, GrantedToken) and self._is_good(found, refused):
            self._take(found, accepted=True)
            return
        if isinstance(found, Refusal) and self._still_counts(found):
            raise self._remembered(found)
        if isinstance(found, GrantedToken) and found.ends > time.time() and self._header(found.token) != refused:
            try:
                renewed: GrantedToken = yield LoginRequest(refresh(), self._header(found.token))
            except ApiError:
                pass  # the login below says what is wrong
            else:
                known = renewed.days_left is not None
                self._keep(renewed if known else replace(renewed, days_left=days_left(found, renewed.begins)))
                return
        yield from self._anew()

    def _anew(self) -> Steps:
        try:
            grant: GrantedToken = yield LoginRequest(log_in(self.credentials.login_id, self.credentials.password))
        except LoginRefused as problem:
            failure = problem.failure
            password = self.credentials.password
            self._write(Refusal.of(password, failure.said, failure.failed, failure.until, failure.until_text))
            raise self._refused(failure, problem.status) from None
        except ApiError as problem:
            raise LoginFailed(
                f"no login: {problem.what}",
                next_step=problem.next_step,
                method=problem.method,
                path=problem.path,
                status=problem.status,
            ) from None
        self._keep(grant)

    def _keep(self, grant: GrantedToken) -> None:
        self._write(grant)
        self._take(grant, accepted=False)

    def _take(self, grant: GrantedToken, *, accepted: bool) -> None:
        self.redactor.learn([grant.token])
        self._held, self._accepted = grant, accepted

    def _is_good(self, grant: GrantedToken | None, refused: str) -> bool:
        if grant is None or (refused and self._header(grant.token) == refused):
            return False
        margin = min(MARGIN_SECONDS, (grant.ends - grant.begins) * _MARGIN_SHARE)
        return grant.begins - _DAY < time.time() < grant.ends - margin

    def _still_counts(self, refusal: Refusal) -> bool:
        over = refusal.until is not None and refusal.until <= time.time()
        return not over and refusal.is_of(self.credentials.password)

    def _try_lock(self) -> LockFile | None:
        try:
            return self._cache.try_lock()
        except OSError as problem:
            raise self._no_folder(problem) from None

    def _write(self, found: GrantedToken | Refusal) -> None:
        try:
            self._cache.write(found)
        except OSError as problem:
            raise self._no_folder(problem) from None

    def _remembered(self, found: Refusal) -> LoginRefused:
        return self._refused(FailedLogin(found.said, found.failed, found.until, found.until_text), None)

    def _refused(self, failure: FailedLogin, status: int | None) -> LoginRefused:
        """The error. `status` is that of the reply; None for an earlier run's."""
        name, password = self.credentials.id_source, self.credentials.password_source
        facts = [f"the API refused the login id of {name} with the password of {password}: {failure.said}"]
        if status is None:
            facts.append("an earlier run got this answer, and nothing was sent now")
        if failure.failed is not None:
            facts.append(f"{counted(failure.failed, 'login')} failed so far")
        if failure.until_text:
            facts.append(f"it is locked until {failure.until_text} (time of India)")
        again = "after that time" if failure.until is not None else f"once {self._cache.path} is removed"
        return LoginRefused(
            "; ".join(facts),
            failure=failure,
            next_step="correct the password; repeated failures lock the account, so this one is tried again only "
            f"{again}. Nothing was read or written",
            method="" if status is None else "POST",
            path="/v1/auth/login",
            status=status,
        )

    def _no_folder(self, problem: OSError) -> LoginFailed:
        return LoginFailed(
            f"the token of the login has no place: {problem.filename or 'a folder'}: {problem.strerror}",
            next_step="set DIGO_LOCK_DIR to a folder that this user can write to; nothing was sent",
            method="",
            path="",
        )


def days_left(grant: GrantedToken, now: float) -> int | None:
    """Whole days until the password ends; None if the API did not say. `now` is in seconds since 1970."""
    return None if grant.days_left is None else grant.days_left - int((now - grant.begins) // _DAY)
