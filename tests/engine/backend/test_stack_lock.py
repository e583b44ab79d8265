"""One run at a time, whichever program it is."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.backend.layout import StackReference
from engine.backend.lock import StackLocked, break_locks, holders, locked
from engine.backend.store import FileBackend

HOLD = """
import sys
from pathlib import Path
from engine.backend.layout import Layout, StackReference
from engine.backend.lock import locked
folder = Path(sys.argv[1])
with locked(Layout(folder), StackReference("demo", "dev"), print):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    """Another process that holds the stack until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def write_lock(backend: FileBackend, stack: StackReference, process: int, host: str) -> Path:
    """A lock file as the pulumi CLI writes it."""
    path = backend.layout.locks(stack) / "5b1f4a4a-3c3f-4f5e-8f5c-000000000000.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"pid": process, "username": "ann", "hostname": host, "timestamp": "2026-11-24T19:41:45Z"}
    path.write_text(json.dumps(content))
    return path


def test_a_second_run_is_refused_and_told_who_holds_it(
    backend: FileBackend, stack: StackReference, tmp_path: Path
) -> None:
    other = hold(tmp_path)
    try:
        expected = rf"currently locked by 1 lock(.|\n)*pid {other.pid}"
        with pytest.raises(StackLocked, match=expected), locked(backend.layout, stack, print):
            pytest.fail("two runs at a time")
    finally:
        other.communicate("")
    with locked(backend.layout, stack, print):
        assert [holder.process for holder in holders(backend.layout, stack)] == [os.getpid()]
    assert holders(backend.layout, stack) == []


def test_the_lock_of_a_killed_run_is_broken_and_said(
    backend: FileBackend, stack: StackReference, tmp_path: Path
) -> None:
    other = hold(tmp_path)
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert len(holders(backend.layout, stack)) == 1
    told: list[str] = []
    with locked(backend.layout, stack, told.append):
        assert len(holders(backend.layout, stack)) == 1
    assert len(told) == 1 and str(other.pid) in told[0]


def test_locks_of_the_pulumi_cli_are_honoured(backend: FileBackend, stack: StackReference) -> None:
    here = write_lock(backend, stack, os.getpid(), socket.gethostname())
    with pytest.raises(StackLocked, match=r"created by ann@"), locked(backend.layout, stack, print):
        pytest.fail("a living holder was ignored")
    here.unlink()
    # Nobody can tell from here whether a process of another machine lives.
    elsewhere = write_lock(backend, stack, 1, "another-host")
    with pytest.raises(StackLocked, match="another-host"), locked(backend.layout, stack, print):
        pytest.fail("a holder elsewhere was ignored")
    assert elsewhere.exists()
    assert break_locks(backend.layout, stack) == 1
    with locked(backend.layout, stack, print):
        pass


def test_a_lock_file_that_says_nothing_still_locks(backend: FileBackend, stack: StackReference) -> None:
    path = write_lock(backend, stack, 1, "h")
    path.write_text("")
    with pytest.raises(StackLocked), locked(backend.layout, stack, print):
        pytest.fail("an unreadable lock was ignored")
