"""The database of the runs: a SQLite file of the project, or Postgres by a URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digo.fleet.file.addresses import DATABASE_VARIABLE, SQLITE
from digo.fleet.runs.failure import RunsError
from digo.system.private_folder import private_folder

if TYPE_CHECKING:
    from sqlalchemy import URL

FOLDER = (".digo", "fleet")
_FILE = "fleet.db"
_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
# A connection that a network has swallowed is given up after half a minute, not after the hours of most systems.
_NETWORK = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
_NEXT_STEPS = (
    ("28P01", "give the right password by PGPASSWORD, PGPASSFILE, or the URL in DIGO_FLEET_DATABASE"),
    ("28000", "let this role and this machine in (pg_hba.conf)"),
    ("3D000", "create it (`createdb`), or name another one"),
    ("42501", "let the role create a schema and tables in it, or run once as a role that may"),
    ("53300", "raise max_connections, or run fewer workers: each takes up to 30 connections"),
)
_NEXT_STEPS_BY_TEXT = (
    ("ssl", "check sslmode and sslrootcert in the URL (or PGSSLMODE, PGSSLROOTCERT), and the server's certificate"),
    ("no password", "give the password by PGPASSWORD, PGPASSFILE, or the URL in DIGO_FLEET_DATABASE"),
    ("resolve", "check the host's name in the URL"),
    ("getaddrinfo", "check the host's name in the URL"),
    ("definition of service", "check the service in the URL and the file in PGSERVICEFILE"),
)


@dataclass(frozen=True)
class Database:
    """Where runs are kept.

    Attributes:
        url: SQLAlchemy's URL, which may have a password: not for messages.
        place: the database for messages.
        file: SQLite's file; None for Postgres.
    """

    url: str
    place: str
    file: Path | None

    @property
    def libpq_url(self) -> str:
        """The URL for psycopg alone."""
        return self.url.replace("postgresql+psycopg:", "postgresql:", 1)


def database_of(root: Path, setting: str, environ: Mapping[str, str]) -> Database:
    """The database of a fleet. Its folder is made, its file or schema is not.

    Args:
        root: the project's folder.
        setting: `database` in fleet.yaml. `DIGO_FLEET_DATABASE` wins.
        environ: the environment variables.

    Raises:
        RunsError: it is neither `sqlite` nor the URL of a Postgres database, or the folder cannot be made.
    """
    chosen = environ.get(DATABASE_VARIABLE, "").strip()
    text = chosen or setting
    folder = root.joinpath(*FOLDER)
    try:
        root.joinpath(FOLDER[0]).mkdir(exist_ok=True)
        with private_folder(root / FOLDER[0], *FOLDER[1:]):
            pass
    except OSError as problem:
        raise RunsError(
            f"the folder of the fleet's runs cannot be used ({problem.filename or folder}): {problem.strerror}",
            "make it writable for this user; nothing was begun",
        ) from None
    if text == SQLITE:
        return Database(f"sqlite:///{folder / _FILE}", str(Path(*FOLDER) / _FILE), folder / _FILE)
    return _postgres(text, DATABASE_VARIABLE if chosen else "`database` in fleet.yaml")


def _postgres(text: str, source: str) -> Database:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise _no_database(source) from None
    if url.drivername not in _SCHEMES or not url.database:
        raise _no_database(source)
    known = {name: value for name, value in _NETWORK.items() if name not in url.query}
    whole = url.set(drivername="postgresql+psycopg").update_query_dict(known)
    return Database(whole.render_as_string(hide_password=False), _place(url), None)


def _no_database(source: str) -> RunsError:
    return RunsError(
        f"{source} names no database of runs",
        "it is `sqlite`, or a URL such as postgresql://user@host/database; nothing was begun",
    )


def _place(url: URL) -> str:
    host = f"{url.host or ''}{f':{url.port}' if url.port else ''}"
    return f"postgresql://{host}/{url.database or ''}"


def unusable(database: Database, problem: Exception) -> RunsError:
    """The error of a database that cannot be used, in plain words and without a password.

    Args:
        database: the database.
        problem: what psycopg, sqlite3 or SQLAlchemy raised.
    """
    cause = getattr(problem, "orig", None) or problem
    reason = _reason(cause)
    state = getattr(cause, "sqlstate", None) or _state_in(reason)
    step = next((step for code, step in _NEXT_STEPS if code == state), None)
    step = step or next((step for part, step in _NEXT_STEPS_BY_TEXT if part in reason.lower()), None)
    if database.file is not None:
        step = "make the file and its folder writable for this user, make room, and run again"
    return RunsError(
        f"the database of the fleet's runs cannot be used ({database.place}): {reason}",
        step or f"check that it runs, and its URL ({DATABASE_VARIABLE}, or `database` in fleet.yaml)",
    )


def _state_in(reason: str) -> str | None:
    """The code of an error of a login, which libpq reports as a text alone."""
    texts = {"password authentication failed": "28P01", "does not exist": "3D000", "pg_hba.conf": "28000"}
    return next((code for part, code in texts.items() if part in reason), None)


def _reason(cause: BaseException) -> str:
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    text = next((line for line in lines if "FATAL" in line or "failed:" in line), lines[0] if lines else "")
    text = re.sub(r"^.*(FATAL|ERROR):\s*", "", text)
    return re.sub(r"^connection (failed|is bad): ", "", text) or type(cause).__name__
