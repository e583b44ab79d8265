"""A stack's settings: the account's address, its token, and the pace.

They come from stack config (`digo:…` in `Pulumi.<stack>.yaml`) and the environment; the environment wins. The program,
the provider host and the command line read them by the same function.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from digo.api.access import Access, Limits
from digo.api.calls import NumberForm
from digo.api.pace import STORE_SCHEMES, Pace, pace_of
from digo.api.reply_body import MEGABYTE
from digo.settings.access import PORT_VARIABLE as PORT_VARIABLE
from digo.settings.access import AccessReading
from digo.settings.environment import not_an_environment
from digo.settings.failure import SettingsError
from digo.settings.keys import CHOICES, DEFAULT_BULK_ROWS, DEFAULT_LATE_SECONDS, NUMBERS, SECRETS, in_clear_text
from digo.settings.keys import COMMAND_KEYS as COMMAND_KEYS
from digo.settings.keys import DEFAULT_CPS as DEFAULT_CPS
from digo.settings.keys import KEYS as KEYS
from digo.settings.keys import CannotConverge as CannotConverge
from digo.settings.keys import Deletes as Deletes
from digo.settings.keys import Scheme as Scheme
from digo.settings.keys import Unmanaged as Unmanaged
from digo.settings.keys import unknown_keys as unknown_keys
from digo.settings.labels import parse_labels
from digo.settings.limits import GuardLimits as GuardLimits
from digo.settings.limits import wrong_limit
from digo.settings.profiles import DIGO, PROFILES, Profile
from digo.source.file_names import is_environment_name
from digo.text.redact import Redactor

_E = TypeVar("_E", bound=Enum)

ACCOUNT_DIGITS = 16
ACCESS_SECRETS = ("authorization", "loginPassword")
"""The secrets that settings themselves have."""


@dataclass(frozen=True)
class Settings:
    """Valid settings.

    `cps` 0 means no limit; times are in seconds. With `pace_store` None, the pace is this process's own. `profile` has
    the undocumented calls that the stack turned on; which list call the account answers is not known yet. `bulk_rows`
    is how many rows one request has.
    """

    access: Access
    cps: int = DEFAULT_CPS
    limits: Limits = field(default_factory=Limits)
    late_seconds: float = DEFAULT_LATE_SECONDS
    number_form: NumberForm = NumberForm.PLUS
    cannot_converge: CannotConverge = CannotConverge.WARN
    unmanaged: Unmanaged = Unmanaged.REPORT
    profile: Profile = DIGO
    deletes: Deletes = Deletes.FORGET
    bulk_rows: int = DEFAULT_BULK_ROWS
    scheme: Scheme = Scheme.VERBATIM
    guards: GuardLimits = field(default_factory=GuardLimits)
    pace_store: str | None = field(default=None, repr=False)

    def pace(self) -> Pace:
        """The account's pace. Stacks of one account share it if they name the same store.

        What `digo:account` names is one account, whatever tokens its stacks have.
        """
        # httpx leaves out a default port only where the scheme is in lower case.
        endpoint = str(httpx.URL(urlsplit(self.access.endpoint).geturl())).rstrip("/")
        named = f"account {self.access.account}" if self.access.account else self.access.identity
        account = hashlib.sha256(f"{endpoint}\n{named}".encode()).hexdigest()
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
    config: Callable[[str], str | None], environ: Mapping[str, str], root: Path, *, plain: frozenset[str] = frozenset()
) -> Settings:
    """The settings of a stack.

    Args:
        config: gives a stack config value by its key without `digo:`, or None.
        environ: the process's environment.
        root: the project's folder; `authorizationFile` and `loginPasswordFile` are relative to it.
        plain: the secrets that the config has in clear text, by their keys.

    Raises:
        SettingsError: every problem at once.
    """
    reading = _Reading(config, environ, root)
    reading.problems += [in_clear_text(name) for name in ACCESS_SECRETS if name in plain]
    settings = Settings(
        access=reading.access(),
        cps=reading.number("cps"),
        limits=Limits(
            reply_timeout=float(reading.number("timeout")),
            reply_bytes=reading.number("replyMegabytes") * MEGABYTE,
        ),
        late_seconds=float(reading.number("lateSeconds")),
        number_form=reading.choice("numberForm", NumberForm),
        cannot_converge=reading.choice("cannotConverge", CannotConverge),
        unmanaged=reading.choice("unmanaged", Unmanaged),
        profile=reading.profile,
        deletes=reading.deletes,
        bulk_rows=reading.number("bulkRows"),
        scheme=reading.scheme,
        guards=reading.guards(),
        pace_store=reading.pace_store(),
    )
    if reading.problems:
        raise SettingsError(reading.problems)
    return settings


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


class _Reading:
    def __init__(self, config: Callable[[str], str | None], environ: Mapping[str, str], root: Path) -> None:
        self._config = config
        self._environ = environ
        self._root = root
        self.problems: list[str] = []
        self._access = AccessReading(config, environ, root, self.problems)

    @cached_property
    def scheme(self) -> Scheme:
        return self.choice("scheme", Scheme)

    @cached_property
    def deletes(self) -> Deletes:
        return self.choice("deletes", Deletes)

    def endpoint(self) -> str:
        return self._access.endpoint()

    def account(self) -> str:
        return self._access.account()

    def access(self) -> Access:
        endpoint, scheme = self.endpoint(), self.scheme
        return self._access.access(endpoint, scheme, self.profile)

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

    @cached_property
    def profile(self) -> Profile:
        named = self.named_profile()
        return (named or DIGO).for_stack(self.undocumented(named), deletes=self.deletes is Deletes.DELETE)

    def named_profile(self) -> Profile | None:
        """The profile of `digo:profile`; None if there is no such profile."""
        found = PROFILES.get(self._profile_name)
        if found is None:
            self.problems.append(f"digo:profile is one of: {', '.join(PROFILES)} ({KEYS['profile']})")
        return found

    @property
    def _profile_name(self) -> str:
        return (self._config("profile") or DIGO.name).strip()

    def undocumented_alone(self) -> frozenset[str]:
        """The words, where a wrong profile is told elsewhere."""
        return self.undocumented(PROFILES.get(self._profile_name))

    def undocumented(self, profile: Profile | None) -> frozenset[str]:
        """The words of `digo:undocumented`: a text with commas, or the JSON list that a YAML list becomes."""
        words = frozenset(re.findall(r'[^\s,"\[\]]+', self._config("undocumented") or ""))
        if profile is not None and (unknown := sorted(words.difference(profile.known_switches))):
            known = f"one of: {', '.join(profile.known_switches)}" if profile.known_switches else "none"
            self.problems.append(
                f"digo:undocumented has {', '.join(unknown)}; the profile {profile.name} knows {known} "
                f"({KEYS['undocumented']})"
            )
        return words

    def guards(self) -> GuardLimits:
        text = self._config("guards")
        if text is None:
            return GuardLimits()
        try:
            return GuardLimits.model_validate_json(text)
        except ValidationError as invalid:
            self.problems.extend(wrong_limit(error) for error in invalid.errors())
            return GuardLimits()

    def number(self, key: str) -> int:
        default, least, most = NUMBERS[key]
        text = self._config(key)
        if text is None:
            return default
        if not re.fullmatch(r"\s*\d{1,9}\s*", text) or not least <= int(text) <= most:
            self.problems.append(f"digo:{key} is a whole number from {least:,} to {most:,} ({KEYS[key]})")
            return default
        return int(text)

    def choice(self, key: str, kind: type[_E]) -> _E:
        """A setting of CHOICES, which has the same `kind`."""
        text = self._config(key)
        if text is None:
            return next(iter(kind))
        try:
            return kind(text.strip().lower())
        except ValueError:
            known = ", ".join(member.value for member in kind)
            self.problems.append(f"digo:{key} is one of: {known} ({KEYS[key]})")
            return next(iter(kind))


def wrong_settings(config: Callable[[str], str | None], plain: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """The settings in a stack's config whose values no run takes, each with the problem.

    It looks at nothing else: not at variables, files, or what is not set.

    Args:
        config: gives a value by its key without `digo:`; None where there is none, or it is encrypted.
        plain: whether the config has a key's value in clear text.
    """
    yield from ((name, in_clear_text(name)) for name in SECRETS if plain(name))
    for name in KEYS:
        if config(name) is not None:
            reading = _Reading(config, {}, Path())
            _read(reading, name)
            yield from ((name, problem) for problem in reading.problems)
    if (environment := config("environment")) and not is_environment_name(environment):
        yield "environment", not_an_environment(environment)
    if (zone := config("zone")) is not None and not _is_zone(zone.strip()):
        yield "zone", f"digo:zone is a time zone, such as Asia/Kolkata or UTC ({COMMAND_KEYS['zone']})"
    yield from (("labels", problem) for problem in parse_labels(config("labels"))[1])


def _read(reading: _Reading, name: str) -> None:
    others = {
        "endpoint": reading.endpoint,
        "account": reading.account,
        "paceStore": reading.pace_store,
        "profile": reading.named_profile,
        "undocumented": reading.undocumented_alone,
        "guards": reading.guards,
    }
    if name in NUMBERS:
        reading.number(name)
    elif name in CHOICES:
        reading.choice(name, CHOICES[name])
    elif name in others:
        others[name]()


def _is_zone(text: str) -> bool:
    from digo.text.zones import zone_named

    return zone_named(text) is not None
