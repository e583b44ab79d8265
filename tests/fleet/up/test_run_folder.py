"""The folders of runs on one machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

from digo.fleet.up.run_folder import KEPT_RUNS, RunFolder


def test_a_clock_that_was_set_back_takes_away_no_new_report(tmp_path: Path) -> None:
    for number in range(KEPT_RUNS):
        old = RunFolder(tmp_path, f"old-{number}")
        old.write_report("{}")
        in_an_hour = time.time() + 3600 + number
        os.utime(old.path, (in_an_hour, in_an_hour))
    new = RunFolder(tmp_path, "new")
    assert new.write_report("{}").exists()
    assert not RunFolder(tmp_path, "old-0").path.exists()
    assert len(list(new.path.parent.iterdir())) == KEPT_RUNS
