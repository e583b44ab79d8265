"""Memory of a command and all that it starts, by the part that each process plays."""

from __future__ import annotations

import threading
from collections import Counter
from types import TracebackType

import psutil

_SECONDS_BETWEEN_SAMPLES = 0.25
_MIB = 2**20

# Words of the command lines, in both engines; what matches none belongs to the engine.
_PARTS = {
    "host": ("providers.host", "pulumi.dynamic", "pulumi-resource-pulumi-python"),
    "program": ("pulumi-language-python-exec", "engine/deployment/program.py"),
}


class PeakMemory:
    """Samples the process tree below `pid` while its `with` lasts; `mib` is then the peak of each part.

    Resident memory, in MiB: engine, program, host. Pages that processes share count in each of them.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.mib: dict[str, float] = {"engine": 0.0, "program": 0.0, "host": 0.0}

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SECONDS_BETWEEN_SAMPLES):
            for part, mib in _sample(self._root).items():
                self.mib[part] = max(self.mib[part], mib)


def _sample(root: psutil.Process) -> Counter[str]:
    found: Counter[str] = Counter()
    try:
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return found
    for process in processes:
        try:
            found[_part(" ".join(process.cmdline()))] += process.memory_info().rss / _MIB  # type: ignore[assignment]
        except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
            continue  # it ended between the listing and the look
    return found


def _part(command_line: str) -> str:
    for part, words in _PARTS.items():
        if any(word in command_line for word in words):
            return part
    return "engine"
