"""The stack's lock: one run at a time, of this engine or of the pulumi CLI.

There are two locks. An operating system lock keeps out a second run of this engine; it ends with its process. Pulumi's
lock files keep out the pulumi CLI, which writes and reads them too (source: pulumi/pulumi, `pkg/backend/diy/lock.go`).
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import filelock

from digo.project.locks import LockHolder, lock_holders
from engine.backend.files import write_atomically
from engine.backend.layout import Layout, StackReference
from engine.failure import Failure

Tell = Callable[[str], None]
"""Prints a note for the user."""


class StackLocked(Failure):
    """Another run holds the stack's lock."""


@contextmanager
def locked(layout: Layout, stack: StackReference, tell: Tell) -> Iterator[None]:
    """Holds the stack's lock. Raises `StackLocked` immediately if another run holds it.

    A lock file of a process of this host that has died is removed, and `tell` reports it.
    """
    guard = layout.process_lock(stack)
    guard.parent.mkdir(parents=True, exist_ok=True)
    system_lock = filelock.FileLock(guard, blocking=False)
    try:
        system_lock.acquire()
    except filelock.Timeout as error:
        raise StackLocked(_describe(holders(layout, stack))) from error
    own = layout.locks(stack) / f"{uuid.uuid4()}.json"
    try:
        _break_stale(layout, stack, tell)
        _refuse_if_held(layout, stack, own)
        write_atomically(own, json.dumps(_own_content()).encode())
        # Two runs that checked at the same time see each other now, and both give up.
        _refuse_if_held(layout, stack, own)
        yield
    finally:
        own.unlink(missing_ok=True)
        system_lock.release()


def holders(layout: Layout, stack: StackReference) -> list[LockHolder]:
    """The holders of all lock files of the stack."""
    return lock_holders(layout.locks(stack))


def break_locks(layout: Layout, stack: StackReference) -> int:
    """Removes every lock file of the stack, as `pulumi cancel` does. Returns how many."""
    found = holders(layout, stack)
    for holder in found:
        holder.path.unlink(missing_ok=True)
    return len(found)


def _break_stale(layout: Layout, stack: StackReference, tell: Tell) -> None:
    for holder in holders(layout, stack):
        if holder.is_gone():
            holder.path.unlink(missing_ok=True)
            tell(
                f"removed the lock of a run that died (pid {holder.process}, started at {holder.since}); "
                "its process is gone"
            )


def _refuse_if_held(layout: Layout, stack: StackReference, own: Path) -> None:
    others = [holder for holder in holders(layout, stack) if holder.path != own]
    if others:
        raise StackLocked(_describe(others))


def _describe(found: list[LockHolder]) -> str:
    lines = "".join(f"\n  {holder}" for holder in found)
    return (
        f"the stack is currently locked by {max(len(found), 1)} lock(s). Either wait for the other process(es) to end "
        f"or delete the lock file with the `cancel` command.{lines}"
    )


def _own_content() -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "username": _user(),
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(timezone.utc).astimezone().isoformat(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # In a container the user id may have no name.
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"
