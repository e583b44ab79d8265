"""The SQLite file that holds the simulated account."""

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError

_APPLICATION_ID = 0x5D160
_CALLS = """
CREATE TABLE NAME (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id TEXT NOT NULL UNIQUE,
    uuid TEXT NOT NULL,
    direction TEXT NOT NULL,
    service TEXT NOT NULL,
    client TEXT NOT NULL,
    did TEXT,
    agent TEXT,
    placed INTEGER NOT NULL,
    ringing INTEGER NOT NULL,
    answered INTEGER,
    ended INTEGER NOT NULL,
    cause TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX NAME_placed ON NAME (placed);
"""
# One step for each version of the format: an account that an older sandbox made gets the steps that it lacks.
_STEPS = (
    """
CREATE TABLE agent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    eid TEXT NOT NULL UNIQUE,
    name TEXT,
    digits TEXT,
    intercom TEXT,
    details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX agent_digits ON agent (digits);
CREATE INDEX agent_intercom ON agent (intercom);
CREATE TABLE lead (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    list_id TEXT NOT NULL,
    digits TEXT NOT NULL,
    fields TEXT NOT NULL
);
CREATE INDEX lead_phone ON lead (list_id, digits);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO counter VALUES ('list_reads', 0);
""",
    _CALLS.replace("NAME", "call"),
    """
CREATE TABLE smartflo_user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    eid TEXT UNIQUE,
    name TEXT,
    agent_name TEXT,
    digits TEXT,
    intercom TEXT,
    email TEXT,
    login_id TEXT,
    details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX smartflo_user_digits ON smartflo_user (digits);
CREATE INDEX smartflo_user_login ON smartflo_user (login_id);
CREATE INDEX smartflo_user_email ON smartflo_user (email);
CREATE INDEX smartflo_user_intercom ON smartflo_user (intercom);
CREATE TABLE smartflo_list (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    description TEXT,
    columns TEXT
);
CREATE TABLE smartflo_lead (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    list_id INTEGER NOT NULL,
    digits TEXT NOT NULL,
    created INTEGER NOT NULL,
    width INTEGER NOT NULL,
    fields TEXT NOT NULL,
    details TEXT
);
CREATE INDEX smartflo_lead_number ON smartflo_lead (list_id, digits);
CREATE INDEX smartflo_lead_list ON smartflo_lead (list_id);
CREATE TABLE smartflo_batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    list_id INTEGER NOT NULL,
    act TEXT NOT NULL,
    work TEXT NOT NULL,
    rows INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    stop INTEGER NOT NULL,
    ending TEXT NOT NULL,
    placed INTEGER NOT NULL,
    takes INTEGER NOT NULL,
    slices INTEGER NOT NULL,
    refused TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX smartflo_batch_at_work ON smartflo_batch (list_id) WHERE done < stop;
"""
    + _CALLS.replace("NAME", "smartflo_call")
    + """CREATE TABLE smartflo_session (token TEXT PRIMARY KEY, ends INTEGER NOT NULL);
INSERT INTO counter VALUES ('smartflo_reads', 0);
INSERT INTO counter VALUES ('smartflo_refused_logins', 0);
INSERT INTO counter VALUES ('smartflo_locked_until', 0);
""",
)


class _Connection(sqlite3.Connection):
    """Keeps any text, half of a surrogate pair as well, which a panel's names may have and UTF-8 cannot hold."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.row_factory = _read

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return super().execute(sql, _kept(parameters))

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        return super().executemany(sql, (_kept(row) for row in parameters))


def _kept(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(
        value.encode("utf-8", "surrogatepass") if isinstance(value, str) and not _is_storable(value) else value
        for value in row
    )


def _is_storable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _read(_cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value for value in row)


def open_database(path: Path) -> sqlite3.Connection:
    """Open or create the account in `path`.

    Each statement commits by itself and survives a kill of the process; it need not survive a power cut.

    Raises:
        SandboxError: the file is not a sandbox account, was made by another version, or is in use.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=0.2, cached_statements=256, factory=_Connection
        )
    except (OSError, sqlite3.OperationalError) as error:
        raise SandboxError(f"Cannot open {path}: {error}. Choose another file with --db.") from error
    try:
        # An exclusive lock, so that two sandboxes never share one account without knowing of each other.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        _check_or_create(connection, path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
    except sqlite3.OperationalError as error:
        connection.close()
        raise SandboxError(
            f"{path} cannot be used ({error}): probably another sandbox has it open."
            " Stop that one (digo sandbox stop --db FILE), or choose another file with --db."
        ) from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _not_ours(path) from error
    except SandboxError:
        connection.close()
        raise
    return connection


def save_database(connection: sqlite3.Connection, path: Path) -> None:
    """Copy the accounts as they are into a file of their own, which replaces one that is there.

    Raises:
        SandboxError: the file cannot be written.
    """
    path.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(path)) as copy:
            connection.backup(copy)
    except (OSError, sqlite3.DatabaseError) as error:
        raise SandboxError(f"Cannot save the accounts into {path}: {error}.") from error


def load_database(connection: sqlite3.Connection, path: Path) -> None:
    """Make the accounts what they were when they were saved.

    Raises:
        SandboxError: the file is none that this version of the sandbox has saved.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            marks = [copy.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
            if marks != [_APPLICATION_ID, len(_STEPS)]:
                raise _not_ours(path)
            copy.backup(connection)
    except sqlite3.DatabaseError as error:
        raise SandboxError(f"Cannot load the accounts from {path}: {error}.") from error


def _check_or_create(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != _APPLICATION_ID and not (application == 0 and tables == 0):
        raise _not_ours(path)
    if version > len(_STEPS):
        raise SandboxError(
            f"{path} was made by a newer version of the sandbox (format {version}, this one reads {len(_STEPS)})."
            " Delete it or choose another file with --db."
        )
    for step in _STEPS[version:]:
        for statement in step.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={len(_STEPS)}")
    connection.execute("COMMIT")


def _not_ours(path: Path) -> SandboxError:
    return SandboxError(
        f"{path} is not the database of a sandbox, and is left untouched. Choose another file with --db."
    )
