"""What DBOS logs goes to a file. A full disk cuts it off."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from digo.fleet.runs.database import FOLDER
from digo.fleet.runs.dbos_log import LOG, log_to_file


class _FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_full_disk_cuts_off_the_log_and_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tmp_path.joinpath(*FOLDER).mkdir(parents=True)
    logger = logging.getLogger("dbos")
    before, propagates = logger.handlers[:], logger.propagate
    try:
        log_to_file(tmp_path)
        logger.warning("kept")
        (handler,) = logger.handlers
        assert isinstance(handler, logging.StreamHandler)
        file = handler.setStream(_FullDisk())
        assert file is not None
        logger.warning("lost")
        handler.flush()  # as DBOS does when it begins
        handler.setStream(file)
        file.close()
    finally:
        logger.handlers[:], logger.propagate = before, propagates
    text = tmp_path.joinpath(*FOLDER, LOG).read_text()
    assert text.endswith("WARNING kept\n")
    assert capfd.readouterr().err == ""
