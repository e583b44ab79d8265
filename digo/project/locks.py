"""Who holds a stack's lock in a state folder.

Source: pulumi/pulumi, `pkg/backend/diy/lock.go`.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

ORGANIZATION = "organization"
"""The only organization in a state folder."""


@dataclass(frozen=True)
class LockHolder:
    """Who wrote a lock file. `host` and `process` are the machine's name and the process id on it."""

    path: Path
    process: int
    user: str
    host: str
    since: str

    def is_gone(self) -> bool:
        """Whether the holder has certainly ended: it ran on this host, and its process does not exist."""
        return is_gone(self.host, self.process)

    def __str__(self) -> str:
        return f"{self.path}: created by {self.user}@{self.host} (pid {self.process}) at {self.since}"


def is_gone(host: str, process: int) -> bool:
    """Whether a process has certainly ended: it ran on this host, and does not exist."""
    return host == socket.gethostname() and not _is_running(process)


def locks_folder(state: Path, project: str, stack: str) -> Path:
    """The folder of a stack's lock files. `state` is the folder of a `file://` backend."""
    return state / ".pulumi" / "locks" / ORGANIZATION / project / stack


def lock_holders(folder: Path) -> list[LockHolder]:
    """The holders of all lock files in a stack's folder of locks.

    Raises:
        OSError: the folder or a file in it cannot be read.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except FileNotFoundError:
        return []
    found = (_read(path) for path in paths)
    return [holder for holder in found if holder is not None]


def _read(path: Path) -> LockHolder | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return LockHolder(path, int(data["pid"]), str(data["username"]), str(data["hostname"]), str(data["timestamp"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return LockHolder(path, 0, "unknown", "unknown", "unknown")


def _is_running(process: int) -> bool:
    if os.name == "nt":
        # On Windows, `os.kill` would end the process.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether a process has ended, and its parent has not asked how: in a container, often nobody ever does.

    Source: proc_pid_stat(5); its second field, the name in parentheses, may have spaces and parentheses itself.
    """
    try:
        status = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return False
    return status.rpartition(b")")[2].split()[:1] == [b"Z"]
