"""What a JSON Web Token (RFC 7519) says of itself, without asking anybody."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

_BEARER = "bearer "


def claims_of(token: str) -> Mapping[str, Any] | None:
    """The claims of a JWT; None if the token is none. Its signature is not checked."""
    parts = without_bearer(token).split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, binascii.Error, RecursionError):
        return None
    return claims if isinstance(header, dict) and "alg" in header and isinstance(claims, dict) else None


def seconds_of(claim: Any) -> float | None:
    """A claim that is a moment, in seconds since 1970; None if it is none."""
    try:
        return float(claim) if isinstance(claim, (int, float)) and not isinstance(claim, bool) else None
    except OverflowError:
        return None


def begins_with_bearer(token: str) -> bool:
    """Whether the word `Bearer` is before the token."""
    return token.lower().startswith(_BEARER)


def without_bearer(token: str) -> str:
    """The token without the word `Bearer` before it."""
    return token[len(_BEARER) :].strip() if begins_with_bearer(token) else token
