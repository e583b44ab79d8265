"""Engine processes: their environment, their signals, and that none outlives the process that runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from digo.fleet.up.engine_process import Engines, EnginesStopped, was_killed

PATIENCE = 60
# Each says who it is when it is ready, and what it gets.
ENDS_IN_ORDER = """
import os, signal, sys
signal.signal(signal.SIGINT, lambda *_: (print("in order", flush=True), sys.exit(7)))
open(sys.argv[1], "w").write(f"{os.getpid()}\\n")
signal.pause()
"""
NEVER_ENDS = """
import os, signal, sys, time
signal.signal(signal.SIGINT, lambda *_: print("not yet", flush=True))
open(sys.argv[1], "w").write(f"{os.getpid()}\\n")
while True: time.sleep(60)
"""
WORKER = """
import sys
from pathlib import Path
from digo.fleet.up.engine_process import Engines
with open(sys.argv[2], "wb") as log:
    Engines(float(sys.argv[1])).run(sys.argv[3:], Path(), {"PATH": "/usr/bin:/bin"}, log.fileno())
"""


def engine(script: str, ready: Path) -> list[str]:
    if not ready.exists():
        os.mkfifo(ready)
    return [sys.executable, "-S", "-c", script, str(ready)]


class Running:
    """An engine in a thread, once it is ready."""

    def __init__(self, engines: Engines, script: str, folder: Path) -> None:
        self.log = folder / "log"
        self.code: int | None = None
        command = engine(script, folder / "ready")

        def run() -> None:
            with self.log.open("ab") as output:
                self.code = engines.run(command, folder, {"PATH": os.environ["PATH"]}, output.fileno())

        self.thread = threading.Thread(target=run)
        self.thread.start()
        self.process = psutil.Process(int((folder / "ready").read_text()))

    def ended(self) -> int:
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        assert self.code is not None
        return self.code


def test_an_engine_has_its_own_environment_and_folder_and_its_output_is_appended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    show = "import os, sys; print(os.getcwd(), dict(os.environ).get('DIGO_AUTHORIZATION')); sys.stderr.write('err\\n')"
    with log.open("ab") as output:
        code = Engines().run(
            [sys.executable, "-S", "-c", f"{show}; sys.stdout.flush(); sys.exit(5)"],
            tmp_path,
            {"DIGO_AUTHORIZATION": "one"},
            output.fileno(),
        )
        missing = Engines().run(["/no/such/engine"], tmp_path, {}, output.fileno())
    assert code == 5
    assert missing == 127
    lines = log.read_text().splitlines()
    assert lines[0] == "before"
    assert f"{tmp_path} one" in lines
    assert "err" in lines
    assert "error: /no/such/engine cannot be started: No such file or directory" in lines


def test_the_first_interrupt_lets_an_engine_end_and_the_second_kills(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    engines = Engines()
    orderly = Running(engines, ENDS_IN_ORDER, tmp_path / "a")
    stubborn = Running(engines, NEVER_ENDS, tmp_path / "b")
    assert engines.running == 2
    engines.stop()
    with pytest.raises(EnginesStopped):
        engines.run(["true"], tmp_path, {}, 1)
    assert engines.running == 2, "what runs goes on"
    assert not engines.interrupted
    engines.interrupt()
    assert orderly.ended() == 7
    assert orderly.log.read_text() == "in order\n"
    assert engines.running == 1
    engines.interrupt()
    code = stubborn.ended()
    assert code == 128 + signal.SIGKILL
    assert was_killed(code)
    assert not was_killed(7)
    assert not was_killed(255)
    assert engines.running == 0


def test_an_engine_whose_launcher_is_killed_is_killed_as_well(tmp_path: Path) -> None:
    running = Running(Engines(), NEVER_ENDS, tmp_path)
    launcher = running.process.parent()
    assert launcher is not None
    launcher.kill()
    assert running.ended() == 128 + signal.SIGKILL
    assert psutil.wait_procs([running.process], PATIENCE)[1] == []


@contextmanager
def worker(script: str, folder: Path, grace: float) -> Iterator[tuple[subprocess.Popen[bytes], psutil.Process]]:
    command = [sys.executable, "-c", WORKER, str(grace), str(folder / "log"), *engine(script, folder / "ready")]
    process = subprocess.Popen(command)
    try:
        yield process, psutil.Process(int((folder / "ready").read_text()))
    finally:
        process.kill()
        process.wait()


def test_an_engine_does_not_outlive_its_worker(tmp_path: Path) -> None:
    for name, script, said in (("a", ENDS_IN_ORDER, "in order\n"), ("b", NEVER_ENDS, "not yet\n")):
        (tmp_path / name).mkdir()
        with worker(script, tmp_path / name, 0.2) as (process, child):
            launcher = child.parent()
            assert launcher is not None
            process.kill()
            assert psutil.wait_procs([child, launcher], PATIENCE)[1] == []
            assert (tmp_path / name / "log").read_text() == said, "it was asked to end in order first"


def test_a_signal_to_the_worker_s_terminal_does_not_reach_an_engine(tmp_path: Path) -> None:
    with worker(ENDS_IN_ORDER, tmp_path, 30) as (process, child):
        assert os.getsid(child.pid) != os.getsid(process.pid)
        launcher = child.parent()
        assert launcher is not None
        launcher.send_signal(signal.SIGINT)
        launcher.send_signal(signal.SIGTERM)
        assert child.is_running()
        assert (tmp_path / "log").read_text() == ""
