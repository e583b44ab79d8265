"""Which engine runs with which provider host; only pairs that this machine has."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

HOST_NAME = "pulumi-resource-pulumi-python"


class Engine(str, Enum):
    """What plans and keeps state."""

    EMBEDDED = "embedded"
    PULUMI = "pulumi"


class Host(str, Enum):
    """What the engine starts to reach the account: the project's own process, or the one that Pulumi bundles."""

    OWN = "own"
    STOCK = "stock"


@dataclass(frozen=True)
class Contestant:
    """One pair that is measured. The issue's limits are about the project's own host alone."""

    engine: Engine
    host: Host

    @property
    def name(self) -> str:
        """A word for the report: `embedded`, `embedded-stock`, `pulumi`, `pulumi-stock`."""
        return self.engine.value if self.host is Host.OWN else f"{self.engine.value}-{self.host.value}"


@dataclass(frozen=True)
class Absent:
    """A pair that this machine cannot run, and what it lacks."""

    contestant: Contestant
    reason: str


def contestants(engines: Sequence[Engine], hosts: Sequence[Host]) -> tuple[list[Contestant], list[Absent]]:
    """The pairs of `engines` and `hosts` that can run here, and those that cannot."""
    present: list[Contestant] = []
    absent: list[Absent] = []
    for engine in engines:
        for host in hosts:
            contestant = Contestant(engine, host)
            reason = _lack(contestant)
            if reason is None:
                present.append(contestant)
            else:
                absent.append(Absent(contestant, reason))
    return present, absent


def pulumi() -> str | None:
    """The CLI's executable on PATH."""
    return shutil.which("pulumi")


def _lack(contestant: Contestant) -> str | None:
    if contestant.engine is Engine.EMBEDDED:
        return None  # its stock host is a launcher of the SDK's module: see bench.project
    cli = pulumi()
    if cli is None:
        return "no pulumi on PATH"
    if contestant.host is Host.STOCK and not _bundled_host(Path(cli)):
        return f"no {HOST_NAME} on PATH or beside pulumi"
    return None


def _bundled_host(cli: Path) -> bool:
    """Pulumi looks for the host on PATH, then beside its own executable."""
    return bool(shutil.which(HOST_NAME)) or (cli.resolve().parent / HOST_NAME).is_file()
