"""The processes of a run: how they start, how they end, what a cancelled or killed run leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine.events import StepBegun
from engine.journal import Begin
from tests.engine.hosts.workshop import Workshop

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("host_process")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_one_host_serves_the_run_and_is_started_as_the_cli_starts_it(workshop: Workshop) -> None:
    workshop.program('Thing("a", {}); Thing("b", {})')
    workshop.up()
    (start,) = workshop.starts()
    (address,) = start["argv"]
    assert address.startswith("127.0.0.1:")
    assert start["cwd"] == str(workshop.folder)
    assert start["env"]["PULUMI_RUNTIME_VIRTUALENV"] == sys.prefix
    assert start["env"]["PULUMI_PROJECT"] == "tried"
    assert gone(start["pid"])
    workshop.destroy()
    workshop.refresh()
    assert len(workshop.starts()) == 2, "an empty state needs none"


@pytest.mark.cold
def test_a_cancelled_run_ends_what_it_began_and_begins_nothing_new(workshop: Workshop) -> None:
    workshop.program('a = Thing("a", {"wait": 600}); Thing("b", {"value": a.size})')
    workshop.on_event = lambda event: (
        workshop.cancellation.cancel() if isinstance(event, StepBegun) and event.step.urn == workshop.urn("a") else None
    )
    run = workshop.up()
    assert (run.result.cancelled, run.result.failed) == (True, True)
    assert run.errors == ["update canceled"]
    assert workshop.names("created") == ["a"]
    assert workshop.calls("cancel")
    assert workshop.state("a").id in workshop.world()
    assert not workshop.has("b")
    assert workshop.deployment.pending_operations == []


def test_a_run_that_is_cancelled_before_it_begins_does_nothing(workshop: Workshop) -> None:
    workshop.program('Thing("a", {})')
    workshop.cancellation.cancel()
    run = workshop.up()
    assert run.result.cancelled
    assert workshop.calls("create") == []


@pytest.mark.cold
def test_a_terminated_run_leaves_a_pending_operation(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x", "deaf": 60})')
    workshop.recorder.on_record = lambda entry: workshop.cancellation.terminate() if isinstance(entry, Begin) else None
    run = workshop.up()
    assert run.result.cancelled
    assert [operation.type for operation in workshop.deployment.pending_operations] == ["creating"]
    assert all(gone(start["pid"]) for start in workshop.starts())


@pytest.mark.cold
def test_a_program_that_does_not_leave_is_made_to(workshop: Workshop) -> None:
    workshop.program(
        """
        import os, signal, threading, time
        Thing("bad", {"fail": "create"})
        pathlib = __import__("pathlib")
        pathlib.Path("pid").write_text(str(os.getpid()))
        threading.Thread(target=time.sleep, args=(600,)).start()
        """
    )
    assert workshop.up().result.failed
    assert gone(int((workshop.folder / "pid").read_text()))


@pytest.mark.cold
def test_a_program_that_is_killed_takes_no_step_with_it(workshop: Workshop) -> None:
    workshop.program('import os, pathlib\npathlib.Path("pid").write_text(str(os.getpid()))\nThing("a", {"wait": 0.5})')
    workshop.recorder.on_record = lambda entry: (
        os.kill(int((workshop.folder / "pid").read_text()), signal.SIGKILL) if isinstance(entry, Begin) else None
    )
    run = workshop.up()
    assert run.result.failed
    assert run.errors[0] == "Program exited with non-zero exit code: -9"
    assert workshop.names("created") == ["a"]
    assert workshop.state("a").id in workshop.world()
    assert workshop.deployment.pending_operations == []


@pytest.mark.cold
def test_a_host_that_dies_leaves_a_clear_error_and_no_trace(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x", "die": "create"})')
    run = workshop.up()
    assert run.result.failed
    assert "ended in the middle of the call" in run.errors[0]
    assert not workshop.has("a")


ENGINE = """
    import sys
    from pathlib import Path
    from tests.engine.hosts.workshop import Workshop
    workshop = Workshop(Path(sys.argv[1]), Path(sys.executable))
    workshop.up()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_engine_takes_its_children_along(workshop: Workshop, number: int) -> None:
    workshop.program('import os, pathlib\npathlib.Path("pid").write_text(str(os.getpid()))\nThing("a", {"wait": 600})')
    engine = subprocess.Popen([sys.executable, "-c", textwrap.dedent(ENGINE), str(workshop.folder)], cwd=ROOT)
    try:
        wait_until(lambda: workshop.names("create") == ["a"], "the create never came")
        os.kill(engine.pid, number)
        engine.wait(60)
        (start,) = workshop.starts()
        wait_until(lambda: gone(start["pid"]), "the host lives on")
        program = int((workshop.folder / "pid").read_text())
        wait_until(lambda: gone(program), "the program lives on")
    finally:
        engine.kill()
        engine.wait()
