"""What the service does at signals, of which a terminal sends each to all of its processes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digo.masking.reload import Reloader
from digo.masking.routes_link import RoutesFeed
from tests.masking.masking_project import ROOT, Project, Service

MASKING, CALLER, CALLEE, OTHER = "+12025550100", "+12025550101", "+12025550142", "+12025550143"
Start = Callable[..., Service]


def routes(callee: str = CALLEE) -> dict[str, Any]:
    rides = {"numbers": [MASKING], "pairs": [[CALLER, callee]], "default": {"callee": "+12025550198"}}
    return {"masking": {"rides": rides}}


def test_a_signal_before_it_listens_ends_it_as_well(project: Project, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    # A config that is never written to its end holds it up where the signal shall meet it.
    os.mkfifo(project.config / "masking.yaml")
    process = subprocess.Popen(
        project.command("masking", "serve", "--port", "0"),
        cwd=ROOT,
        env=project.environ(TMPDIR=str(tmp_path / "tmp")),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    writer = os.open(project.config / "masking.yaml", os.O_WRONLY)  # returns once it is read
    try:
        for _ in range(3):
            os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=60)
    finally:
        os.close(writer)
    assert process.returncode == 0
    (line,) = told.splitlines()
    assert line.endswith("masking: stopped before it was ready")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_hang_up_reads_the_config_again_and_many_signals_to_stop_end_it_once_and_quietly(
    project: Project, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "tmp").mkdir()
    project.write("masking.yaml", routes())
    service = start("--workers", "2", warm=False, TMPDIR=str(tmp_path / "tmp"))
    service.wait(lambda: len(service.workers()) == 2)
    before = service.main.children()
    project.write("masking.yaml", routes(OTHER))
    os.killpg(service.process.pid, signal.SIGHUP)
    service.wait(lambda: "new routes are in force" in service.log)
    service.wait(lambda: service.rings(MASKING, OTHER) == CALLER)
    assert service.main.children() == before
    project.write("masking.yaml", {"masking": []})
    service.process.send_signal(signal.SIGHUP)
    service.wait(lambda: "the config is broken, the routes before it stay in force" in service.log)
    assert service.rings(MASKING, OTHER) == CALLER
    told = service.log
    assert "Traceback" not in told and "Warning" not in told
    service.stop_with_many(signal.SIGINT)
    assert service.log == told
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.usefixtures("warm_tables")
def test_who_asks_is_told_though_nothing_has_changed(project: Project) -> None:
    project.write("masking.yaml", routes())
    told: list[str] = []
    feed = RoutesFeed()
    reloader = Reloader(project.config, project.folder, feed, told.append)
    assert reloader.first().problem is None
    reloader.look()
    assert told == []
    reloader.ask()
    reloader.look()
    reloader.look()
    assert told == ["masking: new routes are in force: 3"]
    feed.close()


def test_a_look_that_fails_is_told_once_and_is_not_the_last(project: Project) -> None:
    told: list[str] = []
    looks = iter([ValueError("odd"), ValueError("odd"), OSError(13, "Permission denied"), None])

    class Failing(Reloader):
        def look(self) -> None:
            if (problem := next(looks)) is not None:
                raise problem

    class Ended:
        def __init__(self) -> None:
            self.left = 5

        def wait(self, seconds: float) -> bool:
            self.left -= 1
            return self.left == 0

    Failing(project.config, project.folder, RoutesFeed(), told.append).watch(Ended())  # type: ignore[arg-type]
    assert [line.rpartition("in force: ")[2] for line in told] == ["ValueError", "[Errno 13] Permission denied"]
