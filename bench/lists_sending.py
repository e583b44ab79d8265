"""Lists on their way: the part of the account's rate that is used, rows a second without one, and a hundred kills."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from digo.api.async_client import AsyncClient
from digo.api.calls import NumberForm
from digo.api.client import Access
from digo.lists.digests.known_rows import no_rows
from digo.lists.digests.shard_change import Change
from digo.lists.digests.sorted_rows import SortedRows
from digo.lists.key import LedgerKey
from digo.lists.sending.ledger import Ledger
from digo.lists.sending.progress import ListProgress
from digo.lists.sending.rows_to_send import RowsToSend
from digo.lists.sending.send_tracker import Before
from digo.lists.sending.shard_sender import SendRequest, ShardSender
from sandbox.testing import Sandbox, start_sandbox
from tests.lists.list_files import read, source_of, write_list
from tests.lists.list_project import KEY, LIST, SEND, UNDER_WAY, ListProject
from tests.pace.servers import redis_server

ROOT = Path(__file__).resolve().parents[1]
CPS = 30
KILLS = 100
SHARDS = 16
AT_ONCE = 64


@dataclass(frozen=True)
class Paced:
    """One or more ups at the account's rate.

    Attributes:
        processes: ups that run at once.
        rows: rows of all their lists.
        used: the part of the account's rate that was used from the first row to the last, 0 to 1.
        late_429: replies with status 429 after the first second.
    """

    processes: int
    rows: int
    used: float
    late_429: int


@dataclass(frozen=True)
class Killed:
    """An up that is killed several times and then ends.

    Attributes:
        rows: rows of the list.
        kills: how often the up was killed.
        under_way: how many rows were under way at all kills together, at most.
        sent: requests with a row, over all runs.
        complete: whether the account has every row at the end.
        state: size of the list's resources in the state, in bytes.
    """

    rows: int
    kills: int
    under_way: int
    sent: int
    complete: bool
    state: int


def measure_pace(folder: Path, processes: int, seconds: int, progress: Callable[[str], None]) -> Paced:
    """Ups of lists that last so long together, one or several at once on a pace in Redis."""
    progress(f"{processes} up{'s' if processes > 1 else ''} of {seconds} s at {CPS} a second")
    each = CPS * seconds // processes
    with ExitStack() as stack:
        sandbox = stack.enter_context(start_sandbox(folder, cps=CPS))
        store = stack.enter_context(redis_server()) if processes > 1 else None
        runs = []
        for index in range(processes):
            project = ListProject(folder / f"paced-{processes}-{index}", "embedded", sandbox)
            project.set_config(cps=str(CPS), **({"paceStore": store} if store else {}))
            project.entry()
            project.write_rows(range(index * each, (index + 1) * each))
            runs.append(project)
        sandbox.clear_requests()
        started = [project.start("up", "--skip-preview") for project in runs]
        for process in started:
            text = process.communicate()[0]
            assert process.returncode == 0, text
        return _paced(processes, sandbox)


def _paced(processes: int, sandbox: Sandbox) -> Paced:
    log = [request for request in sandbox.requests() if request["method"] == "POST"]
    times = [datetime.fromisoformat(request["at"]) for request in log]
    whole = (max(times) - min(times)).total_seconds()
    late = [one for one, at in zip(log, times, strict=True) if one["status"] == 429 and (at - min(times)).seconds >= 1]
    rows = sum(1 for request in log if request["status"] == 200)
    return Paced(processes, rows, (rows - 1) / whole / CPS, len(late))


def measure_throughput(folder: Path, rows: int, progress: Callable[[str], None]) -> tuple[float, float]:
    """Rows a second, and microseconds of CPU a row, against a server that confirms at once: ledger and all."""
    progress(f"{rows:,} rows without a limit")
    server = subprocess.Popen([sys.executable, "-m", "bench.instant"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        return asyncio.run(_flat_out(folder, rows, f"http://127.0.0.1:{int(server.stdout.readline())}"))
    finally:
        server.terminate()
        server.wait()


async def _flat_out(folder: Path, rows: int, endpoint: str) -> tuple[float, float]:
    source = source_of(write_list(folder / "flat-out.csv", range(rows)))
    ordered = SortedRows(source, read(source).rows, LedgerKey(KEY))
    (wanted,) = ordered.sketches
    before = Before(wanted, no_rows(0, 1), lambda _: "")
    load = SendRequest(source, RowsToSend(ordered, Change.between(wanted, before.known)), before)
    async with AsyncClient(Access(endpoint, "example-token"), connections=AT_ONCE) as client:
        ledger = Ledger(folder / "ledger", "flat-out", "bench")
        sending = ShardSender(client, ledger, NumberForm.PLUS, AT_ONCE, ListProgress())
        started, cpu = time.perf_counter(), time.process_time()
        sent = await sending.send(load)
        assert sent.rows == rows, sent.stop
        return rows / (time.perf_counter() - started), (time.process_time() - cpu) / rows * 1e6


def measure_kills(folder: Path, rows: int, progress: Callable[[str], None]) -> Killed:
    """One list that is killed a hundred times on its way, at random, engine and host at once; then a run to its end."""
    chance = random.Random(rows)
    with start_sandbox(folder) as sandbox:
        project = ListProject(folder / "killed", "embedded", sandbox)
        project.warm = False  # a user's processes load their modules
        project.entry(shards=SHARDS)
        project.write_rows(range(rows))
        for kill in range(KILLS):
            progress(f"kill {kill + 1} of {KILLS}, {sandbox.counts().get(SEND, 0):,} rows sent")
            _run_and_kill(project, sandbox, chance.randrange(rows // KILLS))
        project.up()
        sent = sandbox.counts()[SEND]
        complete = project.account() == project.wanted(range(rows)) and len(sandbox.leads(LIST)) == rows
        return Killed(rows, KILLS, KILLS * UNDER_WAY, sent, complete, _state_bytes(project))


def _run_and_kill(project: ListProject, sandbox: Sandbox, more: int) -> None:
    goal = sandbox.counts().get(SEND, 0) + more
    run = project.start("up", "--skip-preview")
    while run.poll() is None and sandbox.counts().get(SEND, 0) <= goal:
        time.sleep(0.02)
    for process in [*project.processes("-m engine"), *project.processes("providers.host")]:
        if process.is_running():
            os.kill(process.pid, signal.SIGKILL)
    run.communicate()
    project.wait_until_gone()


def _state_bytes(project: ListProject) -> int:
    export = json.loads(project.run("stack", "export", "--stack", "test").stdout)
    resources: list[dict[str, Any]] = export["deployment"]["resources"]
    mine = [one for one in resources if "LeadShard" in one["type"] or "LeadList" in one["type"]]
    return len(json.dumps(mine))
