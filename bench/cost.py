"""What a command costs: it is run to its end, as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.project import BenchError

_LAST_LETTERS = 3_000


@dataclass(frozen=True)
class Cost:
    """What a command cost: seconds on the clock and of CPU, and the most resident memory of its process, in MiB."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def cost_of(arguments: tuple[str, ...], folder: Path, environ: Mapping[str, str], log: Path) -> Cost:
    """Runs a Python module to its end, and says what it cost.

    Args:
        arguments: the module and its arguments, such as `digo plan`.
        folder: where it runs.
        environ: its environment variables.
        log: takes what it prints.

    Raises:
        BenchError: it failed.
    """
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = log.read_text(encoding="utf-8", errors="replace")[-_LAST_LETTERS:]
        raise BenchError(f"`{' '.join(arguments)}` ended with {process.returncode}:\n{said}")
    seconds = time.perf_counter() - started
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
