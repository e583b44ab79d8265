"""The clock that DBOS expects in SQLite, for a SQLite that is too old to have it.

On Python 3.12 and later DBOS makes its tables with the default `unixepoch('subsec') * 1000`. SQLite knows `subsec`
from 3.42 on (https://www.sqlite.org/releaselog/3_42_0.html). Before, the value is NULL, and no run could be put into a
queue.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any

_FIRST_WITH_SUBSEC = (3, 42)


def provide_sqlite_clock() -> None:
    """Lets the SQLite connections of this process answer `unixepoch('subsec')`, where SQLite itself does not.

    The tables stay DBOS's own, so a later SQLite reads and writes them too. A second call changes nothing.
    """
    if sqlite3.sqlite_version_info < _FIRST_WITH_SUBSEC:
        from sqlalchemy import Engine, event

        if not event.contains(Engine, "connect", _add_clock):
            event.listen(Engine, "connect", _add_clock)


def _add_clock(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("unixepoch", 1, lambda _modifier: round(time.time(), 3))
