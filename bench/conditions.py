"""What a benchmark is run with, and the machine it runs on."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version

import psutil

CONCURRENCY = 64  # requests at once: what the provider host opens without a CPS limit, and what `make up` asks for


@dataclass(frozen=True)
class Conditions:
    """The load: how many agents are new, and how long the sandbox keeps each request waiting."""

    agents: int
    latency_ms: int
    concurrency: int = CONCURRENCY


@dataclass(frozen=True)
class Machine:
    """Facts without which a number means little. `pulumi` is None where no CLI is on PATH."""

    cores: int
    memory_gib: float
    system: str
    python: str
    sdk: str
    pulumi: str | None

    @classmethod
    def here(cls, pulumi: str | None) -> Machine:
        """This machine. `pulumi` is the CLI's executable."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return cls(
            cores=cores,
            memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
            system=f"{platform.system()} {platform.machine()}",
            python=platform.python_version(),
            sdk=version("pulumi"),
            # A CLI built from source says nothing.
            pulumi=(_output(pulumi, "version") or "of unknown version") if pulumi else None,
        )

    def __str__(self) -> str:
        cli = f", pulumi {self.pulumi}" if self.pulumi else ", no pulumi on PATH"
        return f"{self.cores} cores, {self.memory_gib} GiB, {self.system}, Python {self.python}, SDK {self.sdk}{cli}"


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
