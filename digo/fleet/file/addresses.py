"""Addresses in fleet.yaml, which everybody reads who can read the repository: none has a secret in it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import AfterValidator, WithJsonSchema

from digo.desired.models import Written

SQLITE = "sqlite"
DATABASE_VARIABLE = "DIGO_FLEET_DATABASE"
_DATABASES = ("postgresql", "postgres")
_SECRET_WORDS = ("token", "key", "secret", "sig", "signature", "password", "passwd", "pwd", "auth", "code")
# The path of an incoming webhook of these services is all that it takes to write there.
_CHAT_HOSTS = (
    "hooks.slack.com",
    "chat.googleapis.com",
    "discord.com",
    "discordapp.com",
    "webhook.office.com",
    "logic.azure.com",
    "api.powerplatform.com",
)


def _address(text: str) -> str:
    parts = _parts(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address is due here that begins with https:// or http://")
    host = parts.hostname.lower()
    if _has_secret(parts) or any(host == one or host.endswith(f".{one}") for one in _CHAT_HOSTS):
        raise ValueError("the address has a secret in it: renew that, and name a variable with `urlVariable` instead")
    return text


def _database(text: str) -> str:
    if text == SQLITE:
        return text
    parts = _parts(text)
    if parts is None or parts.scheme not in _DATABASES or not (parts.hostname or parts.query):
        raise ValueError(f"`{SQLITE}` is due here, or an address of Postgres: postgresql://USER@HOST/NAME")
    if _has_secret(parts):
        raise ValueError(
            f"the address has a password in it: renew that, and set {DATABASE_VARIABLE} to the whole address"
        )
    return text


def _parts(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts if text.isprintable() and not {" ", "\\"} & set(text) else None


def has_password(address: str) -> bool:
    """Whether a password is before the host of an address."""
    parts = _parts(address)
    return parts is not None and _password(parts)


def _password(parts: SplitResult) -> bool:
    """Two `@` hide a part of a password."""
    return parts.password is not None or parts.netloc.count("@") > 1


def _has_secret(parts: SplitResult) -> bool:
    """Whether a password, or a parameter by such a name, is in the address."""
    words = (name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    named = any(name.replace("-", "_").split("_")[-1].endswith(_SECRET_WORDS) for name in words)
    return _password(parts) or named


Address = Annotated[Written, AfterValidator(_address), WithJsonSchema({"type": "string", "pattern": "^https?://"})]
Database = Annotated[
    Written,
    AfterValidator(_database),
    WithJsonSchema({"type": "string", "pattern": f"^({SQLITE}|postgres(ql)?://.*)$"}),
]
