"""The end of a process whose database is lost."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def end_now(code: int) -> NoReturn:
    """Ends this process without waiting for its threads: DBOS's wait for the database, and Python would for them.

    Args:
        code: the exit code.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
