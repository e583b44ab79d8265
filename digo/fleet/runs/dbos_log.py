"""What DBOS logs."""

from __future__ import annotations

import logging
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from digo.fleet.runs.database import FOLDER
from digo.fleet.runs.failure import RunsError

LOG = "dbos.log"
_LOG_BYTES = 1_000_000


class _LogFile(RotatingFileHandler):
    """A log that a full disk cuts off: it is no reason to end a run, and the terminal belongs to the run."""

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Says nothing."""


def log_to_file(root: Path) -> None:
    """Sends what DBOS logs to `.digo/fleet/dbos.log`, and not to the terminal.

    Raises:
        RunsError: the file cannot be written.
    """
    file = root.joinpath(*FOLDER, LOG)
    logger = logging.getLogger("dbos")
    if any(isinstance(one, RotatingFileHandler) and one.baseFilename == str(file) for one in logger.handlers):
        return
    try:
        handler = _LogFile(file, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    except OSError as problem:
        raise RunsError(
            f"{file} cannot be written: {problem.strerror}", "make its folder writable; nothing was begun"
        ) from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    logger.handlers[:] = [handler]
    logger.propagate = False
