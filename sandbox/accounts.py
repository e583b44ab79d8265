"""All accounts of one sandbox: the one without a name, and the named ones. The token of a request chooses."""

import functools
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.accounts_file import NamedAccount
from sandbox.database import open_database
from sandbox.errors import SandboxError
from sandbox.faults import FaultRule
from sandbox.service import Operations, Service, all_operations
from sandbox.settings import Settings, bare
from sandbox.smartflo.login_operations import LOGIN
from sandbox.smartflo.sessions import subject_of

NAMELESS = ""


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose account a token and a login id open; the account without a name is left out."""

    tokens: Mapping[str, str]
    logins: Mapping[str, str]


def owners_of(settings: Mapping[str, Settings]) -> Owners:
    """The owners, from the settings of all accounts by name.

    Raises:
        SandboxError: two accounts have a token or a login id in common.
    """
    tokens: dict[str, str] = {}
    logins: dict[str, str] = {}
    for name, own in settings.items():
        for token in {bare(token) for token in (*own.token, *own.smartflo_token)}:
            _note(tokens, token, name, "a token")
        if own.smartflo_login_id:
            _note(logins, own.smartflo_login_id, name, "the login id")
    return Owners(_named(tokens), _named(logins))


def _note(owners: dict[str, str], key: str, name: str, what: str) -> None:
    other = owners.setdefault(key, name)
    if other != name:
        whose = f"the account {other!r}" if other else "the account without a name"
        raise SandboxError(f"The account {name!r} has {what} of {whose}: each needs its own, because it chooses.")


def _named(owners: Mapping[str, str]) -> dict[str, str]:
    return {key: name for key, name in owners.items() if name != NAMELESS}


class Accounts:
    """The accounts of a running sandbox. A named one is opened by the first request that is for it.

    Args:
        database: file of the account without a name. The others' files are in the folder `<file>.accounts` beside it.
        settings, faults: of the account without a name.
        named: the others.

    Raises:
        SandboxError: the database cannot be used, or two accounts have a token in common.
    """

    def __init__(
        self, database: Path, settings: Settings, faults: Iterable[FaultRule], named: Mapping[str, NamedAccount]
    ) -> None:
        self.database = database
        self._named = {NAMELESS: NamedAccount(NAMELESS, settings, tuple(faults)), **named}
        self._settings = {name: account.settings for name, account in self._named.items()}
        self._owners = owners_of(self._settings)
        self._operations: Operations = all_operations()
        self._open: dict[str, tuple[sqlite3.Connection, Service]] = {}
        self.account(NAMELESS)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order in which they were given."""
        return tuple(name for name in self._named if name != NAMELESS)

    def file_of(self, name: str) -> Path:
        """The file of an account; it may not be there yet."""
        if name == NAMELESS:
            return self.database
        return self.database.with_name(f"{self.database.name}.accounts") / f"{name}.db"

    def account(self, name: str) -> Service:
        """One account, opened if it is not.

        Raises:
            KeyError: no account has this name.
            SandboxError: its file cannot be used.
        """
        if name not in self._open:
            given = self._named[name]
            connection = open_database(self.file_of(name))
            change = functools.partial(self._change, name)
            service = Service(connection, given.settings, given.faults, self._operations, change)
            self._open[name] = connection, service
        return self._open[name][1]

    def _change(self, name: str, settings: Settings) -> None:
        changed = {**self._settings, name: settings}
        if settings != self._settings[name]:
            self._owners = owners_of(changed)
        self._settings = changed

    def asked(self, path: str, header: str | None, content: Any) -> Service:
        """The account that a request is for, by its `Authorization` or, as it logs in, by its body.

        A token that no account has is for the account without a name.
        """
        if path == LOGIN:
            login = content.get("email") if isinstance(content, dict) else None
            return self.account(self._owners.logins.get(login, NAMELESS) if isinstance(login, str) else NAMELESS)
        token = bare(header or "")
        name = self._owners.tokens.get(token)
        if name is None and self._owners.logins:
            name = self._owners.logins.get(subject_of(token) or NAMELESS)
        return self.account(name or NAMELESS)

    def let_go(self) -> None:
        """Lift all faults; the requests that hang by them are never answered."""
        for _connection, service in self._open.values():
            service.faults.close()

    def close(self) -> None:
        """Close all files."""
        for connection, _service in self._open.values():
            connection.close()
