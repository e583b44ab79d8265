"""Where a stack's API is, and with what authorization: a token, or a login."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import httpx

from digo.api.access import Access
from digo.settings.failure import SettingsError, unreadable_secret
from digo.settings.keys import KEYS, Scheme
from digo.settings.login import HOW_TO_LOG_IN, find_credentials, no_login
from digo.settings.profiles import Ability, Profile, Subject
from digo.system.loopback import LOOPBACK

if TYPE_CHECKING:
    from digo.api.login import Credentials

PORT_VARIABLE = "DIGO_SANDBOX_PORT"
MOST_OF_A_NAME = 100


class AccessReading:
    """Reads the settings of the access, and appends each problem to `problems`."""

    def __init__(
        self, config: Callable[[str], str | None], environ: Mapping[str, str], root: Path, problems: list[str]
    ) -> None:
        self._config = config
        self._environ = environ
        self._root = root
        self._problems = problems

    def endpoint(self) -> str:
        """The endpoint, as it is written."""
        given = self._environ.get("DIGO_ENDPOINT")
        source = "DIGO_ENDPOINT" if given else "digo:endpoint"
        text = (given or self._config("endpoint") or "").strip()
        if not text:
            self._problems.append("no endpoint: `pulumi config set digo:endpoint https://…`, or set DIGO_ENDPOINT")
            return ""
        parts = _address(text)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            self._problems.append(f"{source} is not an http(s) address")
        elif parts.username or parts.password or "?" in text or "#" in text:
            self._problems.append(f"{source} is an address only: no user, password, query or fragment in it")
        elif parts.path.rstrip("/").endswith("/v1"):
            self._problems.append(f"{source} is given without /v1: the calls add it")
        elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
            self._problems.append(f"{source} must be https: the token would travel in clear text")
        return text

    def port(self) -> int | None:
        """The sandbox's port on this machine, if it is not the endpoint's. Other hosts keep their port."""
        text = self._environ.get(PORT_VARIABLE, "").strip()
        parts = _address((self._environ.get("DIGO_ENDPOINT") or self._config("endpoint") or "").strip())
        if not text or parts is None or parts.hostname not in LOOPBACK:
            return None
        if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
            self._problems.append(f"{PORT_VARIABLE} is a whole number from 1 to 65535")
            return None
        return int(text)

    def account(self) -> str:
        """The name that the stack gives its account; "" if it gives none. Two spellings of one sign are one name."""
        text = self._config("account")
        if text is None:
            return ""
        name = unicodedata.normalize("NFC", text.strip())
        if not name or len(name) > MOST_OF_A_NAME or not name.isprintable():
            self._problems.append(
                f"digo:account is a name of 1 to {MOST_OF_A_NAME} characters on one line ({KEYS['account']})"
            )
        return name

    def access(self, endpoint: str, scheme: Scheme, profile: Profile) -> Access:
        """Where the API is, with a token or a login. A token wins."""
        login, logs_in, account = None, profile.can(Ability.CREATE, Subject.TOKEN), self.account()
        try:
            found = self._token()
            if not logs_in:
                self._problems += no_login(self._config, self._environ, profile, token=found is not None)
            elif found is None:
                login = self._credentials()
            if login is None:
                authorization = scheme.header(_checked(found, logs_in=logs_in))
                return Access(endpoint, authorization, self.port(), account=account)
        except SettingsError as problem:
            self._problems += problem.problems
        access = Access(endpoint, "", self.port(), account=account)
        return access if login is None else self._with_login(access, login, scheme)

    def _with_login(self, access: Access, credentials: Credentials, scheme: Scheme) -> Access:
        from digo.api.login import Login  # most stacks have a token
        from digo.system.lock_file import lock_folders

        asked = access.endpoint if self._problems else access.address
        return replace(access, login=Login(credentials, asked, scheme.header, lock_folders(self._environ)))

    def _credentials(self) -> Credentials | None:
        # That the config has the password in clear text is another problem already.
        return find_credentials(self._config, self._environ, self._root, plain=False)

    def _token(self) -> tuple[str, str] | None:
        """The token and its source; None if there is none."""
        if (token := self._environ.get("DIGO_AUTHORIZATION")) is not None:
            return token.strip(), "DIGO_AUTHORIZATION"
        named = self._environ.get("DIGO_AUTHORIZATION_FILE")
        if path := named or self._config("authorizationFile"):
            source = "DIGO_AUTHORIZATION_FILE" if named else "digo:authorizationFile"
            try:
                return (self._root / path).read_text(encoding="utf-8-sig").strip(), source
            except (OSError, ValueError) as problem:
                lack = f"{source} names a file that cannot be read: {unreadable_secret(problem)}"
                raise SettingsError([lack]) from None
        token = self._config("authorization")
        return None if token is None else (token.strip(), "digo:authorization")


def _checked(found: tuple[str, str] | None, *, logs_in: bool) -> str:
    """The token. `logs_in` says whether a login could take its place.

    Raises:
        SettingsError: there is none, or no header can carry it.
    """
    if found is None:
        more = f"; or a login: {HOW_TO_LOG_IN}" if logs_in else ""
        lack = (
            "no token: set DIGO_AUTHORIZATION, or DIGO_AUTHORIZATION_FILE to a file that has it, or "
            f"`pulumi config set --secret digo:authorization`{more}"
        )
        raise SettingsError([lack])
    token, source = found
    if not token or not token.isascii() or not token.isprintable():
        raise SettingsError([f"the token of {source} is empty or has characters that no HTTP header can carry"])
    return token


def _address(text: str) -> SplitResult | None:
    """The parts of an address; None if the client cannot use it."""
    try:
        parts = urlsplit(text)
        httpx.URL(text).host.encode("idna")
        return parts if text.isprintable() and " " not in text and parts.port != 0 else None
    except (ValueError, httpx.InvalidURL):
        return None
