"""Workers on Postgres, one of which is killed and one of which loses its database: the others go on."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.fleet.kept_in_database import everything_in
from tests.fleet.runs.cuttable_network import cuttable_network
from tests.fleet.up.running_fleet import running
from tests.fleet.up.up_workspace import CANARY, UpWorkspace, accounts_of, outcomes
from tests.pace.servers import postgres_server
from tests.scenarios.entries import agent
from tests.warm.warm_sandbox import start_sandbox

STACKS = ("agra-1", "chennai-1", "delhi-1", "goa-1", "kochi-1")

DATABASE, PASSWORD = "DIGO_FLEET_DATABASE", "canary-of-a-password"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


def database(postgres: str, name: str) -> str:
    """The address of a new database, with a password in it."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return postgres.replace("digo@", f"digo:{PASSWORD}@").replace("/postgres", f"/{name}")


@pytest.mark.needs("postgres")
def test_each_stack_ends_once_whatever_happens_to_the_workers(tmp_path: Path, postgres: str) -> None:
    (tmp_path / "sandbox").mkdir()
    url = database(postgres, "of_workers")
    with (
        start_sandbox(tmp_path / "sandbox", accounts=accounts_of(STACKS)) as sandbox,
        cuttable_network(urlsplit(url).port or 0) as network,
    ):
        fleet = UpWorkspace(tmp_path / "project", sandbox, STACKS, new=STACKS[-1:])
        for stack in STACKS:
            fleet.agents(stack, sales=agent(1), support=agent(2))
        fleet.fleet(groups={"all": {"stacks": ["*"]}}, concurrency=3, workerConcurrency=1)
        fleet.environ[DATABASE] = url
        by_network = {DATABASE: url.replace(str(urlsplit(url).port), str(network.port))}
        with (
            running(fleet, "worker") as killed,
            running(fleet, "worker", environ=by_network) as cut,
            running(fleet, "worker") as other,
            ExitStack() as ended,
        ):
            for worker in (killed, cut, other):
                worker.wait_for("takes stacks as ")
            up = ended.enter_context(running(fleet, "up", "--yes", "--no-work", "--format", "json"))
            up.wait_for("[1/")  # each worker is in the middle of its next stack, or will soon be
            network.cut()
            killed.kill()
            cut.wait_for("the database is lost")
            network.mend()
            cut.wait_for("the database is there again")
            assert up.ended() == 0, up.err
            for worker in (other, cut):
                worker.signal(signal.SIGTERM)
                assert worker.ended() == 0, worker.err
        report = json.loads(up.out)
        assert outcomes(report) == dict.fromkeys(STACKS, "applied")
        names = {stack: sorted(one["name"] for one in sandbox.account(stack).agents()) for stack in STACKS}
        assert names == {stack: ["Agent 1", "Agent 2"] for stack in STACKS}
        for secret in (CANARY, PASSWORD):
            assert secret.encode() not in fleet.everything_left()
            assert secret not in "".join(one.out + one.err for one in (up, killed, cut, other)), secret
        kept = everything_in(url).decode()
        assert STACKS[0] in kept
        for text in (CANARY, PASSWORD, "12025550", "***0101", "Agent 1"):
            assert text not in kept
        again, done = fleet.report("--no-work")
        assert done.returncode == 0, done.stderr
        assert outcomes(again) == dict.fromkeys(STACKS, "unchanged")


@pytest.mark.needs("postgres")
def test_an_up_without_its_database_can_be_left_and_goes_on_later(tmp_path: Path, postgres: str) -> None:
    stacks = STACKS[:2]
    (tmp_path / "sandbox").mkdir()
    url = database(postgres, "of_an_up")
    with (
        start_sandbox(tmp_path / "sandbox", accounts=accounts_of(stacks)) as sandbox,
        cuttable_network(urlsplit(url).port or 0) as network,
    ):
        fleet = UpWorkspace(tmp_path / "project", sandbox, stacks)
        for stack in stacks:
            fleet.agents(stack, sales=agent(1), support=agent(2))
        first, second = stacks
        fleet.fleet(
            groups={"first": {"stacks": [first]}, "second": {"stacks": [second]}},
            waves=[{"name": "one", "groups": ["first"]}, {"name": "two", "groups": ["second"]}],
        )
        fleet.environ[DATABASE] = url.replace(str(urlsplit(url).port), str(network.port))
        # The second stack is in the middle of its up when the network is cut.
        sandbox.account(second).fault("hang", path="/v1/agent", method="POST", times="always")
        with running(fleet, "up", "--yes") as up:
            up.wait_for("[1/")
            sandbox.account(second).wait_for(lambda request: request["fault"] == "hang")
            network.cut()
            up.wait_for("the database is lost")
            sandbox.account(second).clear_faults()
            up.signal(signal.SIGINT)
            up.wait_for("no further stack is begun")
            up.signal(signal.SIGINT)
            assert up.ended() == 130, up.err
        assert "has not ended, and its database does not answer" in up.err
        network.mend()
        report, done = fleet.report()
        assert done.returncode == 0, done.stderr
        assert PASSWORD not in up.err + done.stdout + done.stderr
        assert set(outcomes(report).values()) <= {"applied", "unchanged"}
        assert [len(sandbox.account(stack).agents()) for stack in stacks] == [2, 2]
