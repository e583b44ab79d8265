"""Logins: tokens that end, refused logins that are counted, and the lock after too many of them."""

import base64
import hashlib
import json
import secrets
import sqlite3
import time
from typing import Any

from sandbox.settings import Settings


class Sessions:
    """The tokens of logins that the account accepts, beside those of the settings. Only their hashes are stored."""

    def __init__(self, connection: sqlite3.Connection, settings: Settings) -> None:
        self._db = connection
        self._settings = settings

    def authorizes(self, token: str) -> bool:
        """Whether a token is a permanent one, or one of a login that has not ended."""
        return token in self._settings.smartflo_token or self.is_of_login(token)

    def is_of_login(self, token: str) -> bool:
        """Whether a token is one of a login that has not ended."""
        query = "SELECT 1 FROM smartflo_session WHERE token = ? AND ends > ?"
        return self._db.execute(query, (_hash(token), time.time())).fetchone() is not None

    def open(self) -> str:
        """A new token, in the form of a JWT whose `exp` says when it ends."""
        ends = time.time() + self._settings.smartflo_token_seconds
        claims = {"sub": self._settings.smartflo_login_id, "iat": int(time.time()), "exp": int(ends)}
        head, body = _encoded({"typ": "JWT", "alg": "HS256"}), _encoded({**claims, "jti": secrets.token_hex(8)})
        token = f"{head}.{body}.{secrets.token_urlsafe(32)}"
        self._db.execute("INSERT INTO smartflo_session VALUES (?, ?)", (_hash(token), ends))
        return token

    def close(self, token: str) -> None:
        """End a token of a login."""
        self._db.execute("DELETE FROM smartflo_session WHERE token = ?", (_hash(token),))

    def close_all(self) -> None:
        """End all tokens of logins."""
        self._db.execute("DELETE FROM smartflo_session")

    def locked_until(self) -> float | None:
        """When logins are heard again, in seconds since 1970; None if they are heard now."""
        until = self._counter("smartflo_locked_until") / 1000
        return until if until > time.time() else None

    def refuse(self) -> int:
        """Count a refused login, lock the account if it was one too many, and return the count."""
        count = self._counter("smartflo_refused_logins") + 1
        locks = count >= self._settings.smartflo_lock_after
        self._set("smartflo_refused_logins", 0 if locks else count)
        if locks:
            self._set("smartflo_locked_until", int((time.time() + self._settings.smartflo_lock_seconds) * 1000))
        return count

    def forget_refusals(self) -> None:
        """Count refused logins anew, and lift the lock."""
        self._set("smartflo_refused_logins", 0)
        self._set("smartflo_locked_until", 0)

    def _counter(self, name: str) -> int:
        return int(self._db.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()[0])

    def _set(self, name: str, value: int) -> None:
        self._db.execute("UPDATE counter SET value = ? WHERE name = ?", (value, name))

    def clear(self) -> None:
        """End all tokens of logins and forget refusals."""
        self.close_all()
        self.forget_refusals()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def subject_of(token: str) -> str | None:
    """The login id in a token of a login; None if it is none. Whether it is a true one is not looked at."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return subject if isinstance(subject, str) else None


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
