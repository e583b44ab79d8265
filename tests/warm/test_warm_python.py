"""The warm Python is a Python: what a command gets from its caller, and how either ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.warm.warm_python import COLD, FOLDER, make_caller, warm_environment, warm_python

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, os, sys
told = {"argv": sys.argv, "executable": sys.executable, "cwd": os.getcwd(), "path": sys.path[0]}
told |= {"said": os.environ["SAID"], "umask": os.umask(0), "read": sys.stdin.read()}
told |= {"name": __name__, "inherited": os.environ.get("INHERITED")}
print(json.dumps(told))
print("error", file=sys.stderr)
sys.exit(7)
"""


@pytest.mark.cold
def test_a_cold_run_has_the_python_itself(request: pytest.FixtureRequest) -> None:
    cold = request.config.getoption("--cold")
    assert (warm_python() == Path(sys.prefix, "bin/python")) is cold
    assert warm_python().is_symlink() is cold, "the warm Python is a script"


@pytest.fixture(params=["real", "warm", "warm without a compiler"])
def python(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "real":
        return sys.executable
    if request.param == "warm" or COLD in os.environ:
        return str(warm_python())
    script = tmp_path / "bin/python"
    script.parent.mkdir()
    make_caller(script, warm_environment(), compiler=None)
    return str(script)


def place(folder: Path, program: str) -> list[str]:
    """The program as the engine's own: the one of our commands whose file can be any."""
    file = folder / "engine/deployment/program.py"
    file.parent.mkdir(parents=True)
    file.write_text(program)
    return ["-u", str(file)]


def test_a_command_has_all_that_its_caller_gave(tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INHERITED", "not by this one")
    command = [python, *place(tmp_path, PROGRAM), "one", "two words", "\udce9"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"SAID": "é"}, input="line", umask=0o27, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (7, "error\n")
    assert json.loads(done.stdout) == {
        "argv": [command[2], "one", "two words", "\udce9"],
        "executable": python,
        "cwd": str(tmp_path),
        "path": str(tmp_path / "engine/deployment"),
        "said": "é",
        "umask": 0o27,
        "read": "line",
        "name": "__main__",
        "inherited": None,
    }


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("pass", 0),
        ("raise SystemExit", 0),
        ("raise SystemExit('why')", 1),
        ("1 / 0", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("import atexit; atexit.register(print, 'last')", 0),
        ("import threading, time; threading.Thread(target=lambda: (time.sleep(0.1), print('last'))).start()", 0),
    ],
)
def test_it_ends_as_python_does(tmp_path: Path, python: str, program: str, code: int) -> None:
    done = subprocess.run([python, *place(tmp_path, program)], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert done.stdout == ("last\n" if "last" in program else "")
    assert ("why" in done.stderr, "ZeroDivisionError" in done.stderr) == ("why" in program, "/ 0" in program)


def test_a_descriptor_keeps_its_number(tmp_path: Path, python: str) -> None:
    program = "import os, sys; os.write(int(sys.argv[1]), os.read(int(sys.argv[2]), 9))"
    there, back = os.pipe(), os.pipe()
    try:
        os.write(there[1], b"read back")
        command = [python, *place(tmp_path, program), str(back[1]), str(there[0])]
        subprocess.run(command, pass_fds=(back[1], there[0]), check=True, timeout=60)
        assert os.read(back[0], 9) == b"read back"
    finally:
        for number in (*there, *back):
            os.close(number)


WAITS = """
import os, signal, sys, time
def told(number, _):
    os.write(1, b"%d\\n" % number)
    sys.exit(3)
signal.signal(signal.SIGTERM, told)
print(os.getpid(), flush=True)
time.sleep(600)
"""


def started(folder: Path, program: str) -> tuple[subprocess.Popen[str], int]:
    """Its caller, and the process that answers."""
    process = subprocess.Popen([str(warm_python()), *place(folder, program)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_a_signal_is_passed_on(tmp_path: Path) -> None:
    process, pid = started(tmp_path, WAITS)
    assert pid != process.pid
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[0] == f"{signal.SIGTERM.value}\n"
    assert process.returncode == 3


def test_nothing_outlives_its_caller(tmp_path: Path) -> None:
    process, pid = started(tmp_path, WAITS)
    process.kill()
    process.communicate(timeout=60)
    deadline = time.monotonic() + 60
    while psutil.pid_exists(pid):
        assert time.monotonic() < deadline, "the process goes on"
        time.sleep(0.01)


TESTS = """
import sys
from tests.warm.warm_python import COMMANDS, SHARED, warm_environment
SHARED.clear()  # so both are forked from one process
for name in set(COMMANDS) - {"masking-worker", "sandbox"}:
    del COMMANDS[name]
print(warm_environment(), flush=True)
sys.stdin.read()
"""


def test_its_servers_end_with_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("w")  # the path of a socket has room for about a hundred letters
    environ = {name: value for name, value in os.environ.items() if name != FOLDER}
    environ |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(place)}
    tests = subprocess.Popen(
        [sys.executable, "-c", TESTS], env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert tests.stdout is not None
    folder = tests.stdout.readline().strip()
    servers = [one for one in psutil.process_iter(["cmdline"]) if folder in " ".join(one.info["cmdline"] or [])]
    assert len(servers) == 2
    tests.kill()
    tests.communicate(timeout=60)
    assert psutil.wait_procs(servers, timeout=60)[1] == []


def test_any_other_command_is_the_real_pythons() -> None:
    done = subprocess.run(
        [str(warm_python()), "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == sys.executable
