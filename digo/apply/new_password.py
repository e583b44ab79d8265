"""Passwords of new users. A user gets one, sent once; nothing keeps it."""

from __future__ import annotations

import secrets
import string

LENGTH = 24
_KINDS = (string.ascii_uppercase, string.ascii_lowercase, string.digits, "-_.!")


def new_password() -> str:
    """A random password with a letter of each case, a digit and a sign: no page says which the service wants."""
    alphabet = "".join(_KINDS)
    while True:
        password = "".join(secrets.choice(alphabet) for _ in range(LENGTH))
        if all(any(sign in kind for sign in password) for kind in _KINDS):
            return password
