"""The default of DBOS's columns on Python 3.12 and later, with whatever SQLite this Python has."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import create_engine, text

from digo.fleet.runs.sqlite_clock import provide_sqlite_clock


def test_a_row_has_the_time_in_milliseconds(tmp_path: Path) -> None:
    provide_sqlite_clock()
    provide_sqlite_clock()
    engine = create_engine(f"sqlite:///{tmp_path / 'runs.db'}")
    before = int(time.time() * 1000)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE t (id INTEGER, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
        )
        connection.execute(text("INSERT INTO t (id) VALUES (1)"))
        at = connection.execute(text("SELECT at FROM t")).scalar_one()
    engine.dispose()
    assert before - 1 <= at <= int(time.time() * 1000) + 1
