"""The command line: the real process, its messages and exit codes, in the foreground and in the background."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox import background
from sandbox.errors import SandboxError
from sandbox.fault_text import parse_fault
from sandbox.testing import held_port
from tests.warm.warm_python import warm_python
from tests.warm.warm_sandbox import start_sandbox

REPOSITORY = Path(__file__).resolve().parents[2]


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(warm_python()), "-m", "sandbox", *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def port() -> Iterator[int]:
    """A port for a sandbox in the background, the same one after it ended."""
    with held_port() as port:
        yield port


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """A database whose background sandbox, if any, is stopped after the test."""
    database = tmp_path / "account.db"
    yield database
    background.Background(database).stop()


def test_help_names_every_fault() -> None:
    result = _run("--help")
    assert result.returncode == 0
    for name in ("lost-after", "cut-list", "hang-after-commit", "--number-form", "/_sandbox/faults", "start"):
        assert name in result.stdout


@pytest.mark.parametrize("command", [[], ["start"]])
def test_a_taken_port_is_named_with_the_way_out(database: Path, taken_port: int, command: list[str]) -> None:
    result = _run(*command, "--port", taken_port, "--db", database)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: Port {taken_port} on 127.0.0.1 cannot be used")
    assert "--port" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def _text_file(path: Path) -> None:
    path.write_text("this is not a database, but somebody's notes\n" * 50, encoding="utf-8")


def _foreign_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("make", [_text_file, _foreign_database])
def test_a_file_that_is_no_sandbox_account_is_left_untouched(database: Path, make: object) -> None:
    assert callable(make)
    make(database)
    before = database.read_bytes()

    result = _run("--port", 0, "--db", database)

    assert result.returncode == 1
    assert "is not the database of a sandbox" in result.stderr
    assert database.read_bytes() == before
    assert not list(database.parent.glob("account.db-*"))


def test_one_account_serves_one_sandbox(tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as sandbox:
        result = _run("--port", 0, "--db", sandbox.db)
        assert result.returncode == 1
        assert "probably another sandbox has it open" in result.stderr


@pytest.mark.cold
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_requested_end_is_a_success_and_removes_the_ready_file(tmp_path: Path, number: signal.Signals) -> None:
    with start_sandbox(tmp_path) as sandbox:
        ready_file = tmp_path / "sandbox-ready.json"
        assert json.loads(ready_file.read_text(encoding="utf-8")) == {"url": sandbox.url, "pid": sandbox.pid}
        os.kill(sandbox.pid, number)
        assert sandbox.stop() == 0
        assert not ready_file.exists()
        assert "Traceback" not in (tmp_path / "sandbox.log").read_text(encoding="utf-8")


def test_a_sandbox_of_a_test_ends_with_the_process_that_started_it(tmp_path: Path, stranger: httpx.Client) -> None:
    program = (
        "import pathlib, os, sys; from sandbox.testing import Sandbox;"
        "print(Sandbox(pathlib.Path(sys.argv[1]), {}).url, flush=True); os._exit(9)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 9
    ready_file = tmp_path / "sandbox-ready.json"
    deadline = time.monotonic() + 60
    while ready_file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not ready_file.exists()
    with pytest.raises(httpx.ConnectError):
        stranger.get(result.stdout.strip())


def test_nothing_printed_holds_a_token_or_a_number(tmp_path: Path, stranger: httpx.Client) -> None:
    with start_sandbox(tmp_path, token=["canary-example-token"]) as sandbox:
        agent = {"name": "Test Agent", "follow_me_number": "+12025550142"}
        for token in (sandbox.token, "wrong-example-token"):
            stranger.post(f"{sandbox.url}/v1/agent", json=agent, headers={"Authorization": token})
        sandbox.stop()
        printed = (tmp_path / "sandbox.log").read_text(encoding="utf-8")
    assert not re.search(r"example-token|2025550142", printed)


@pytest.mark.cold
def test_background_start_is_idempotent_and_keeps_the_account(
    database: Path, port: int, stranger: httpx.Client
) -> None:
    first = _run("start", "--port", port, "--db", database, "--latency-ms", 3, "--lists", "4711,4712")
    assert first.returncode == 0, first.stderr
    match = re.search(rf"started: (http://127\.0\.0\.1:{port}) \(process (\d+)\)", first.stdout)
    assert match
    url, pid = match.groups()
    settings = stranger.get(f"{url}/_sandbox/settings").json()
    assert (settings["latency_ms"], settings["lists"]) == (3, ["4711", "4712"])
    stranger.post(f"{url}/_sandbox/agents", json={"follow_me_number": "+12025550101"})

    second = _run("start", "--port", port, "--db", database)
    assert (second.returncode, f"runs already: {url} (process {pid})" in second.stdout) == (0, True)
    assert _run("status", "--db", database).returncode == 0

    stopped = _run("stop", "--db", database)
    assert (stopped.returncode, url in stopped.stdout) == (0, True)
    with pytest.raises(httpx.ConnectError):
        stranger.get(url)
    assert _run("status", "--db", database).returncode == 3
    assert _run("stop", "--db", database).returncode == 0

    again = _run("start", "--port", port, "--db", database)
    assert again.returncode == 0, again.stderr
    assert len(stranger.get(f"{url}/_sandbox/state").json()["agents"]) == 1


def test_background_start_after_a_kill(database: Path, port: int) -> None:
    _run("start", "--port", port, "--db", database)
    noted = json.loads(database.with_name("account.db.pid").read_text(encoding="utf-8"))
    os.kill(noted["pid"], signal.SIGKILL)

    result = _run("start", "--port", port, "--db", database)

    assert "started" in result.stdout, result.stderr
    assert f"(process {noted['pid']})" not in result.stdout


def test_background_start_names_the_other_sandbox_on_its_port(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_STRANGER_SECONDS", 60.0)  # a start does not wait that long for a name
    with start_sandbox(tmp_path) as other:
        with pytest.raises(SandboxError, match="taken by a sandbox of another account") as refused:
            background.Background(database).start("127.0.0.1", other.port, {})
        assert other.db.name in str(refused.value)
        assert other.agents() == []


def test_background_start_does_not_move_a_running_sandbox(database: Path, taken_port: int) -> None:
    _run("start", "--port", 0, "--db", database)
    result = _run("start", "--port", taken_port, "--db", database)
    assert result.returncode == 1
    assert "runs already, but at http://127.0.0.1:" in result.stderr


def test_wrong_values_are_refused_at_once(database: Path) -> None:
    for arguments in (["--fault", "nonsense"], ["start", "--fault", "slow:soon"]):
        result = _run(*arguments, "--port", 0, "--db", database)
        assert result.returncode == 1
        assert arguments[-1] in result.stderr
    assert not database.exists()


def test_faults_as_text() -> None:
    rule = parse_fault("status:429,path=/v1/agent,nth=3+7,retry_after=2")
    assert (rule.fault.kind, rule.fault.status, rule.fault.retry_after) == ("status", 429, 2)
    assert (rule.match.path, rule.match.nth) == ("/v1/agent", (3, 7))
    assert parse_fault("late:250,cut=false").fault.cut is False
    assert parse_fault("hang,method=POST".replace(",", ":", 1)).match.method == "POST"
    assert parse_fault("cut-list:2").match.path == "/v1/agents"
    with pytest.raises(SandboxError, match="takes no 'colour=red'"):
        parse_fault("hang:colour=red")
    with pytest.raises(SandboxError, match="takes no '5'"):
        parse_fault("hang:5")
