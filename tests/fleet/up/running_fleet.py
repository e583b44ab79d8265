"""Real processes of `digo fleet` that a test can watch, stop and kill."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.fleet.up.up_workspace import UpWorkspace

SECONDS = 120.0


class FleetProcess:
    """A command of `digo fleet` that runs. What it prints is read while it does."""

    def __init__(self, fleet: UpWorkspace, *arguments: str, **environ: str) -> None:
        self._process = subprocess.Popen(
            fleet.command(*arguments),
            cwd=fleet.folder,
            env={**fleet.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._more = threading.Condition()
        self._texts = {"out": "", "err": ""}
        self._readers = [
            threading.Thread(target=self._read, args=(name, stream), daemon=True)
            for name, stream in (("out", self._process.stdout), ("err", self._process.stderr))
        ]
        for one in self._readers:
            one.start()

    @property
    def out(self) -> str:
        """What it has printed."""
        return self._texts["out"]

    @property
    def err(self) -> str:
        """What it has said on standard error."""
        return self._texts["err"]

    def wait_for(self, text: str) -> None:
        """Waits until it has said this on standard error."""
        with self._more:
            assert self._more.wait_for(lambda: text in self.err or self._process.poll() is not None, SECONDS), self.err
        assert text in self.err, self.err

    def kill(self) -> None:
        """Kills it, as a machine that fails does."""
        self._process.kill()
        self.ended()

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    def ended(self) -> int:
        """Waits for its end; the exit code."""
        code = self._process.wait(SECONDS)
        for one in self._readers:
            one.join(SECONDS)
        return code

    def close(self) -> None:
        """Kills it if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self.ended()

    def _read(self, name: str, stream: object) -> None:
        for line in stream:  # type: ignore[attr-defined]
            with self._more:
                self._texts[name] += line
                self._more.notify_all()
        with self._more:
            self._more.notify_all()


@contextmanager
def running(fleet: UpWorkspace, *arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[FleetProcess]:
    """A command of `digo fleet`, until the end of the block."""
    process = FleetProcess(fleet, *arguments, **(environ or {}))
    try:
        yield process
    finally:
        process.close()
