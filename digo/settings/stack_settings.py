"""A stack's settings: the account's address, its token, and the pace.

They come from stack config (`digo:…` in `Pulumi.<stack>.yaml`) and the environment; the environment wins. The program,
the provider host and the command line read them by the same function.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

import httpx
from pydantic import ValidationError

from digo.api.calls import NumberForm
from digo.api.client import DEFAULT_REPLY_MEGABYTES, Access, Limits
from digo.api.pace import STORE_SCHEMES, Pace, pace_of
from digo.api.reply_body import MEGABYTE
from digo.settings.failure import SettingsError
from digo.settings.limits import GuardLimits as GuardLimits
from digo.settings.limits import wrong_limit
from digo.settings.profiles import DIGO, PROFILES, Profile
from digo.text.did_you_mean import hint
from digo.text.redact import Redactor

_E = TypeVar("_E", bound=Enum)

DEFAULT_CPS = 3  # the smallest calls-per-second limit that the sibling product documents
DEFAULT_LATE_SECONDS = 5
ACCOUNT_DIGITS = 16
PORT_VARIABLE = "DIGO_SANDBOX_PORT"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

KEYS = {
    "endpoint": "the API's address, without /v1",
    "environment": "the folder under config/ to read, if not the stack's name",
    "authorization": "the token, as a stack secret (prefer DIGO_AUTHORIZATION or a file: those never reach state)",
    "authorizationFile": "a file with the token, relative to the project",
    "scheme": "verbatim (the token is the whole Authorization header) or bearer",
    "cps": "the account's calls per second, for all calls together; 0 means no limit",
    "paceStore": "redis://… or postgresql://…, if machines share the account's pace; otherwise each has its own",
    "timeout": "seconds that one request may take in all: connection, request, and the reply to its last byte",
    "replyMegabytes": "the longest reply that is read, in megabytes after unpacking",
    "lateSeconds": "seconds that a request with a lost reply may still take effect",
    "numberForm": "how numbers are written to the API: plus, digits or integer",
    "ledgerKey": "the key of the digests of lead lists, as a stack secret (prefer DIGO_LEDGER_KEY or a file)",
    "ledgerKeyFile": "a file with that key, relative to the project",
    "profile": "which product's API it is: digo",
    "guards": "limits of what a run may do without approval, as a mapping: see docs/guards.md",
    "cannotConverge": "warn, or error to refuse a plan that leaves a difference",
    "unmanaged": "report, or drift to have `digo drift` count agents that are in no config as drift",
}

# Only some commands read these, no run does: see `digo.cli`.
COMMAND_KEYS = {
    "zone": "the time zone of the account's call records, such as Asia/Kolkata",
    "apiKey": "the key of POST /v1/c2c_api, as a stack secret (prefer DIGO_API_KEY or a file)",
    "apiKeyFile": "a file with that key, relative to the project",
    "maskingSecret": "the secret that DIGO sends to the number-masking service, as a stack secret",
    "maskingSecretFile": "a file with that secret, relative to the project",
}


class CannotConverge(str, Enum):
    """What a plan does about a difference that the API has no call for."""

    WARN = "warn"
    ERROR = "error"


class Unmanaged(str, Enum):
    """What `digo drift` does about agents that the account has and config does not."""

    REPORT = "report"
    DRIFT = "drift"


class Scheme(str, Enum):
    """How the token becomes the `Authorization` header: as it is (page), or after `Bearer` (some siblings)."""

    VERBATIM = "verbatim"
    BEARER = "bearer"

    def header(self, token: str) -> str:
        """The header's value."""
        return f"Bearer {token}" if self is Scheme.BEARER else token


@dataclass(frozen=True)
class Settings:
    """Valid settings.

    `cps` 0 means no limit; times are in seconds. With `pace_store` None, the pace is this process's own.
    """

    access: Access
    cps: int = DEFAULT_CPS
    limits: Limits = field(default_factory=Limits)
    late_seconds: float = DEFAULT_LATE_SECONDS
    number_form: NumberForm = NumberForm.PLUS
    cannot_converge: CannotConverge = CannotConverge.WARN
    unmanaged: Unmanaged = Unmanaged.REPORT
    profile: Profile = DIGO
    scheme: Scheme = Scheme.VERBATIM
    guards: GuardLimits = field(default_factory=GuardLimits)
    pace_store: str | None = field(default=None, repr=False)

    def pace(self) -> Pace:
        """The account's pace. Stacks of one account share it if they name the same store."""
        # httpx leaves out a default port only where the scheme is in lower case.
        endpoint = str(httpx.URL(urlsplit(self.access.endpoint).geturl())).rstrip("/")
        account = hashlib.sha256(f"{endpoint}\n{self.access.authorization}".encode()).hexdigest()
        return pace_of(self.cps, self.pace_store, account[:ACCOUNT_DIGITS])

    @property
    def strict(self) -> bool:
        """Whether a plan that leaves a difference is refused."""
        return self.cannot_converge is CannotConverge.ERROR

    @property
    def redactor(self) -> Redactor:
        """Hides the token and phone numbers."""
        return self.access.redactor


def read_settings(
    config: Callable[[str], str | None], environ: Mapping[str, str], root: Path, *, plain_token: bool = False
) -> Settings:
    """The settings of a stack.

    Args:
        config: gives a stack config value by its key without `digo:`, or None.
        environ: the process's environment.
        root: the project's folder; `authorizationFile` is relative to it.
        plain_token: whether the config has the token in clear text.

    Raises:
        SettingsError: every problem at once.
    """
    reading = _Reading(config, environ, root)
    if plain_token:
        reading.problems.append(in_clear_text("authorization"))
    settings = Settings(
        access=Access(reading.endpoint(), reading.authorization(), reading.port()),
        cps=reading.number("cps", DEFAULT_CPS, 0, 10_000),
        limits=Limits(
            reply_timeout=float(reading.number("timeout", 30, 1, 600)),
            reply_bytes=reading.number("replyMegabytes", DEFAULT_REPLY_MEGABYTES, 1, 1024) * MEGABYTE,
        ),
        late_seconds=float(reading.number("lateSeconds", DEFAULT_LATE_SECONDS, 0, 3600)),
        number_form=reading.choice("numberForm", NumberForm, NumberForm.PLUS),
        cannot_converge=reading.choice("cannotConverge", CannotConverge, CannotConverge.WARN),
        unmanaged=reading.choice("unmanaged", Unmanaged, Unmanaged.REPORT),
        profile=reading.profile(),
        scheme=reading.scheme,
        guards=reading.guards(),
        pace_store=reading.pace_store(),
    )
    if reading.problems:
        raise SettingsError(reading.problems)
    return settings


def unknown_keys(names: Iterable[str]) -> list[str]:
    """The problems of unknown setting names, without `digo:`. A misspelt setting would silently have its default."""
    problems = []
    known = {**KEYS, **COMMAND_KEYS}
    for name in names:
        if name not in known:
            near = hint(name, known, f"known: {', '.join(KEYS)}", "digo:{}")
            problems.append(f"digo:{name} is no setting; {near}")
    return problems


def in_clear_text(name: str) -> str:
    """The problem of a secret that the stack's config has in clear text."""
    return f"digo:{name} is in clear text in the stack's config: renew it, and `pulumi config set --secret digo:{name}`"


def _address(text: str) -> SplitResult | None:
    """The parts of an address; None if the client cannot use it."""
    try:
        parts = urlsplit(text)
        httpx.URL(text).host.encode("idna")
        return parts if text.isprintable() and " " not in text and parts.port != 0 else None
    except (ValueError, httpx.InvalidURL):
        return None


def _is_store(text: str) -> bool:
    """Whether the text is an address of a pace store.

    A driver would repeat an invalid address, with its password, in an error. A character that is not written as %XX
    makes a part of the password another part of the address.
    """
    try:
        parts = urlsplit(text)
        named = text.lower().startswith(f"{parts.scheme}://") and (parts.hostname or parts.path) and parts.port != 0
    except ValueError:
        return False
    encoded = parts.netloc.count("@") <= 1 and not re.search(r"%(?![0-9A-Fa-f]{2})", text)
    return parts.scheme in STORE_SCHEMES and bool(named) and encoded


def unreadable_secret(problem: OSError | ValueError) -> str:
    """Why the file that a setting names cannot be read."""
    if isinstance(problem, OSError):
        return problem.strerror or type(problem).__name__
    return "it is not UTF-8 text" if isinstance(problem, UnicodeDecodeError) else "no file has such a name"


class _Reading:
    def __init__(self, config: Callable[[str], str | None], environ: Mapping[str, str], root: Path) -> None:
        self._config = config
        self._environ = environ
        self._root = root
        self.problems: list[str] = []

    @cached_property
    def scheme(self) -> Scheme:
        return self.choice("scheme", Scheme, Scheme.VERBATIM)

    def endpoint(self) -> str:
        given = self._environ.get("DIGO_ENDPOINT")
        source = "DIGO_ENDPOINT" if given else "digo:endpoint"
        text = (given or self._config("endpoint") or "").strip()
        if not text:
            self.problems.append("no endpoint: `pulumi config set digo:endpoint https://…`, or set DIGO_ENDPOINT")
            return ""
        parts = _address(text)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            self.problems.append(f"{source} is no http(s) address")
        elif parts.username or parts.password or "?" in text or "#" in text:
            self.problems.append(f"{source} is an address only: no user, password, query or fragment in it")
        elif parts.path.rstrip("/").endswith("/v1"):
            self.problems.append(f"{source} is given without /v1: the calls add it")
        elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
            self.problems.append(f"{source} must be https: the token would travel in clear text")
        return text

    def port(self) -> int | None:
        """The sandbox's port on this machine, if it is not the endpoint's. Other hosts keep their port."""
        text = self._environ.get(PORT_VARIABLE, "").strip()
        parts = _address((self._environ.get("DIGO_ENDPOINT") or self._config("endpoint") or "").strip())
        if not text or parts is None or parts.hostname not in LOOPBACK:
            return None
        if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
            self.problems.append(f"{PORT_VARIABLE} is a whole number from 1 to 65535")
            return None
        return int(text)

    def authorization(self) -> str:
        scheme, found = self.scheme, self._token()
        if found is None:
            return ""
        token, source = found
        if not token or not token.isascii() or not token.isprintable():
            self.problems.append(f"the token of {source} is empty or has characters that no HTTP header can carry")
            return ""
        return scheme.header(token)

    def _token(self) -> tuple[str, str] | None:
        """The token and its source."""
        if (token := self._environ.get("DIGO_AUTHORIZATION")) is not None:
            return token.strip(), "DIGO_AUTHORIZATION"
        named = self._environ.get("DIGO_AUTHORIZATION_FILE")
        if path := named or self._config("authorizationFile"):
            source = "DIGO_AUTHORIZATION_FILE" if named else "digo:authorizationFile"
            try:
                return (self._root / path).read_text(encoding="utf-8-sig").strip(), source
            except (OSError, ValueError) as problem:
                self.problems.append(f"{source} names a file that cannot be read: {unreadable_secret(problem)}")
                return None
        if (token := self._config("authorization")) is not None:
            return token.strip(), "digo:authorization"
        self.problems.append(
            "no token: set DIGO_AUTHORIZATION, or DIGO_AUTHORIZATION_FILE to a file that has it, or "
            "`pulumi config set --secret digo:authorization`"
        )
        return None

    def pace_store(self) -> str | None:
        named = self._environ.get("DIGO_PACE_STORE")
        text = (named or self._config("paceStore") or "").strip()
        if not text:
            return None
        source = "DIGO_PACE_STORE" if named else "digo:paceStore"
        if not _is_store(text):
            self.problems.append(
                f"{source} is an address of Redis or Postgres: {', '.join(STORE_SCHEMES)}://…; "
                "other signs than letters and digits in its user and password are written as %XX"
            )
        return text

    def profile(self) -> Profile:
        name = (self._config("profile") or DIGO.name).strip()
        if name not in PROFILES:
            self.problems.append(f"digo:profile is one of: {', '.join(PROFILES)} ({KEYS['profile']})")
        return PROFILES.get(name, DIGO)

    def guards(self) -> GuardLimits:
        text = self._config("guards")
        if text is None:
            return GuardLimits()
        try:
            return GuardLimits.model_validate_json(text)
        except ValidationError as invalid:
            self.problems.extend(wrong_limit(error) for error in invalid.errors())
            return GuardLimits()

    def number(self, key: str, default: int, least: int, most: int) -> int:
        text = self._config(key)
        if text is None:
            return default
        if not re.fullmatch(r"\s*\d{1,9}\s*", text) or not least <= int(text) <= most:
            self.problems.append(f"digo:{key} is a whole number from {least:,} to {most:,} ({KEYS[key]})")
            return default
        return int(text)

    def choice(self, key: str, kind: type[_E], default: _E) -> _E:
        text = self._config(key)
        if text is None:
            return default
        try:
            return kind(text.strip().lower())
        except ValueError:
            known = ", ".join(member.value for member in kind)
            self.problems.append(f"digo:{key} is one of: {known} ({KEYS[key]})")
            return default
