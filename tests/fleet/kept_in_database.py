"""What the database of a fleet's runs has, as text: for tests that look for what must not be there."""

from __future__ import annotations

import psycopg


def everything_in(url: str) -> bytes:
    """Each row of each of DBOS's tables in a Postgres."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'dbos'").fetchall()
        rows = [connection.execute(f'SELECT t::text FROM dbos."{name}" t'.encode()).fetchall() for (name,) in tables]
    return "\n".join(row for table in rows for (row,) in table).encode()
