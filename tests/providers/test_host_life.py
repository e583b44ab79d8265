"""The host's life: how it starts, what Cancel, SIGINT and its parent's death do, and what it is configured with."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2

from digo.state.journal import journal_folder, unsettled
from sandbox.testing import Sandbox
from tests.providers.host_process import (
    AGENT,
    LAUNCHER,
    LEAD,
    ROOT,
    EngineLog,
    Host,
    host_environ,
    patience,
    project_in,
    running_host,
)
from tests.providers.host_values import WANTED, inputs, refusal

POST, LIST = "POST /v1/agent", "GET /v1/agents"
LEAD_WANTED = {"list_id": "4711", "phone": "+12025550142", "fields": {}}
COLD = {"PULUMI_RUNTIME_VIRTUALENV": sys.prefix}
CANCELLED = "POST /v1/agent was not sent: the run was cancelled"


def test_the_protocol_around_resources(host: Host) -> None:
    assert host.stub.GetPluginInfo(empty_pb2.Empty()).version
    news = struct_pb2.Struct()
    news.update({"digo:endpoint": "http://h"})
    assert host.stub.CheckConfig(provider_pb2.CheckRequest(news=news)).inputs == news
    response = provider_pb2.DiffResponse
    for old, changes in ((news, response.DIFF_NONE), (struct_pb2.Struct(), response.DIFF_SOME)):
        found = host.stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=old, olds=old, news=news))
        assert (found.changes, list(found.replaces)) == (changes, [])


def test_for_the_schema_alone_no_virtual_environment_is_named(tmp_path: Path) -> None:
    (project_in(tmp_path) / ".venv").symlink_to(sys.prefix)
    with running_host(tmp_path, {"PULUMI_RUNTIME_VIRTUALENV": "", "PATH": "/usr/bin:/bin"}) as host:
        told = refusal(host.stub.GetSchema, provider_pb2.GetSchemaRequest())
        assert told.startswith("no code is written for an import")


def test_a_type_of_another_project(host: Host) -> None:
    told = refusal(host.check, "pulumi-python:dynamic:Resource", "x", {})
    assert told.startswith("this project's provider host has no type pulumi-python:dynamic:Resource (it has: ")
    assert refusal(host.check, "pulumi-python:dynamic/digo:Nothing", "x", {}).startswith("this project's provider host")


def test_a_child_resources_type_is_the_last_of_its_chain(host: Host) -> None:
    assert host.check(f"shop:index:Team${AGENT}", "a", WANTED) == (WANTED, [])


def test_without_a_token_each_resource_says_what_to_do(sandbox: Sandbox, tmp_path: Path) -> None:
    with running_host(tmp_path, {}) as host:
        host.configure(endpoint=sandbox.url)
        told = refusal(host.check, AGENT, "a", WANTED)
        assert told.startswith("the stack's settings are not usable; nothing was read or written:")
        assert "set DIGO_AUTHORIZATION" in told
    assert sandbox.counts() == {}


def test_the_stacks_config_decides_scheme_form_and_endpoint(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(scheme="bearer", token=["stack-token"])
    with running_host(tmp_path, {"DIGO_ENDPOINT": sandbox.url}) as host:
        host.configure(
            endpoint="https://unused.example",
            scheme="bearer",
            authorization="stack-token",
            numberForm="digits",
            cps="0",
        )
        host.create(AGENT, "a", WANTED)
    assert sandbox.requests()[1]["body"]["follow_me_number"] == "12025550101"


def outcome(future: Future[Any]) -> str:
    """The EID that was made, or the error."""
    try:
        return str(future.result(timeout=60)[0])
    except grpc.RpcError as problem:
        return str(problem.details())  # type: ignore[attr-defined]


@contextmanager
def under_way(host: Host, sandbox: Sandbox) -> Iterator[list[Future[Any]]]:
    """Ten creates that the engine began: at two requests a second four run side by side, and they hang."""
    sandbox.fault("hang", method="POST", times="always")
    with ThreadPoolExecutor(10) as pool:
        making = [pool.submit(host.create, AGENT, f"a{index}", inputs(index)) for index in range(10)]
        try:
            sandbox.wait_for(lambda request: request["n"] == 5)
            yield making
        finally:
            sandbox.clear_faults()


@pytest.mark.parametrize("how", ["Cancel", "SIGINT", "SIGHUP"])
def test_a_stop_lets_no_create_begin_and_those_under_way_end(sandbox: Sandbox, tmp_path: Path, how: str) -> None:
    cold = COLD if how == "SIGINT" else {}  # a warm host has its signals passed on, which is as good for the others
    with running_host(tmp_path, {"DIGO_AUTHORIZATION": sandbox.token, **cold, **patience(tmp_path)}) as host:
        host.configure(endpoint=sandbox.url, cps="2", timeout="600")
        with under_way(host, sandbox) as making:
            if how == "Cancel":
                host.cancel()
            else:
                host.process.send_signal(signal.Signals[how])
            # What waits for its turn ends at once, while what is under way hangs.
            ended = [outcome(future) for future in islice(as_completed(making, timeout=60), 6)]
            assert all(one.startswith(CANCELLED) for one in ended)
            sandbox.clear_faults()
            outcomes = [outcome(future) for future in making]
        made = {agent["eid"] for agent in sandbox.agents()}
        assert len(made) == sandbox.counts()[POST] == 4
        assert {one for one in outcomes if one.isdigit()} == made
        assert sum(one.startswith(CANCELLED) for one in outcomes) == 6
        assert unsettled(journal_folder(host.project, "test")) == []
        if how == "Cancel":
            assert "was not sent: the run was cancelled" in refusal(host.create, LEAD, "l", LEAD_WANTED)
            assert host.stop() == 0
        else:
            assert host.process.wait(timeout=60) == 0


def test_a_host_that_was_told_to_stop_before_it_began_writes_nothing(host: Host, sandbox: Sandbox) -> None:
    host.cancel()
    assert refusal(host.create, AGENT, "a", WANTED).startswith(CANCELLED)
    assert sandbox.counts() == {LIST: 1}


PARENT = """
import subprocess, sys, time
host = subprocess.Popen([sys.argv[1], "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
print(host.pid, host.stdout.readline(), flush=True)
time.sleep(600)
"""


def test_a_host_whose_engine_was_killed_ends_and_writes_no_more(sandbox: Sandbox, tmp_path: Path) -> None:
    project = project_in(tmp_path)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(LAUNCHER)],
        cwd=project,
        env=host_environ({"DIGO_AUTHORIZATION": sandbox.token, **COLD, **patience(tmp_path)}),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid, port = (int(word) for word in parent.stdout.readline().split())
    host = Host(parent, port, EngineLog(), project)
    host.configure(endpoint=sandbox.url, cps="2", timeout="600")
    with under_way(host, sandbox) as making:
        parent.kill()
        # What waits for its turn is told that it was not sent; then the engine's connection is gone as well.
        ended = [outcome(future) for future in islice(as_completed(making, timeout=60), 6)]
        assert all(one.startswith(CANCELLED) for one in ended)
        host.hang_up()
        parent.communicate()
        wait_until_gone(pid)
        sandbox.clear_faults()
        assert not [one for one in map(outcome, making) if one.isdigit()]
    assert sandbox.counts()[POST] == 4
    left = {entry.key for entry in unsettled(journal_folder(project, "test"))}
    sent = {f"a{request['body']['name'].split()[1]}" for request in sandbox.requests() if request["method"] == "POST"}
    assert sent == left, "what was under way is on record for the next run"


def wait_until_gone(pid: int, seconds: float = 60.0) -> None:
    """Until the process has ended; one that nobody has fetched yet has ended too."""
    deadline = time.monotonic() + seconds
    with suppress(psutil.NoSuchProcess):
        host = psutil.Process(pid)
        while host.is_running() and host.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline, "the host goes on without its engine"
            time.sleep(0.05)


def test_the_host_says_what_it_is_when_somebody_starts_it_by_hand() -> None:
    command = [sys.executable, "-m", "providers.host"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("this is a Pulumi provider host: an engine starts it")
