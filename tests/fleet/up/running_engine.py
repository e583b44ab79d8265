"""An engine under way, started by a launcher of its own or by the fork server."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import psutil

from digo.fleet.up.engine_process import Engines
from tests.fleet.up.scripted_engine import FORK_SERVER, command, environment, write_engine

PATIENCE = 60
LAUNCHED, FORKED = "launched", "forked"
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


def command_of(kind: str, script: str, folder: Path, *arguments: str) -> list[str]:
    """The command line of an engine that is started so."""
    if kind == LAUNCHED:
        return [sys.executable, "-S", "-c", script, *arguments]
    if not (folder / "engine").exists():
        write_engine(folder)
    return command(script, *arguments)


class Running:
    """An engine in a thread, once it is ready."""

    def __init__(self, engines: Engines, kind: str, script: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.log = folder / "log"
        self.code: int | None = None
        ready = folder / "ready"
        os.mkfifo(ready)
        arguments = command_of(kind, script, folder.parent, str(ready))

        def run() -> None:
            with self.log.open("ab") as output:
                self.code = engines.run(arguments, folder.parent, environment(), output.fileno())

        self.thread = threading.Thread(target=run)
        self.thread.start()
        self.process = psutil.Process(int(ready.read_text()))

    @property
    def launcher(self) -> psutil.Process:
        """The process that started the engine."""
        found = self.process.parent()
        assert found is not None
        return found

    def says(self, text: str) -> bool:
        """Whether its log has the text, or does so soon."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.log.read_text():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def ended(self) -> int:
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        assert self.code is not None
        return self.code


def gone(*processes: psutil.Process) -> bool:
    """Whether they have ended, or do so soon."""
    return psutil.wait_procs(processes, PATIENCE)[1] == []


def fork_server_of(launcher: psutil.Process) -> psutil.Process:
    """The server that forked a launcher."""
    server = launcher.parent()
    assert server is not None
    assert FORK_SERVER in " ".join(server.cmdline())
    return server
