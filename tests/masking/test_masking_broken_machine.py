"""The service on a machine that is against it: clients that say nothing, damaged memory, full folders, kills."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from digo.masking.counters import Counters, counters_file
from digo.masking.private_file import private_file
from digo.masking.reload import Reloader
from digo.masking.routes_link import ParentGone, RoutesFeed, RoutesLink
from digo.masking.table import Table, TableDamaged, TableMaker, TableProblem
from digo.masking.table_manifest import TableManifest
from sandbox.testing import NO_TLS
from tests.masking.masking_project import Project, Service

Start = Callable[..., Service]
MASKING, CALLER, CALLEE, FAILOVER = "+12025550100", "+12025550101", "+12025550142", "+12025550199"
NUMBERS = [f"+1{area}55501{last:02d}" for area in (202, 203, 205) for last in range(100)]
ROUTES = {caller: NUMBERS[place - 7] for place, caller in enumerate(NUMBERS)}
FEW_FILES = 192


def write_routes(project: Project, callee: str | None = None) -> None:
    rows = (f"{caller},{callee or ROUTES[caller]}\n" for caller in NUMBERS)
    project.write("routes.csv", "caller,callee\n" + "".join(rows))
    entry = {"numbers": ["+13125550100"], "files": ["routes.csv"]}
    project.write("masking.yaml", {"failover": {"callee": FAILOVER}, "masking": {"rides": entry}})


@pytest.fixture
def routes(project: Project) -> Project:
    write_routes(project)
    return project


def connect(service: Service, count: int, said: bytes = b"") -> list[socket.socket]:
    where = urlsplit(service.url)
    assert where.hostname is not None and where.port is not None
    made = [socket.create_connection((where.hostname, where.port), timeout=30) for _ in range(count)]
    for one in made:
        with contextlib.suppress(OSError):  # it may be closed already, as it should
            one.sendall(said)
            if said.endswith(b"\r\n\r\n") and said.startswith(b"GET"):
                one.recv(4096)  # a connection whose request is at work is not idle, and nobody takes its place
    return made


HEAD = b"POST /masking HTTP/1.1\r\nHost: x\r\n"


SAID = {
    "nothing": b"",
    "half a head": HEAD,
    "empty lines": b"\r\n\r\n",
    "half a body": HEAD + b"Content-Length: 100\r\n\r\n{",
    "one request": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a request and a half": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET",
}


def open_file(process: psutil.Process, magic: bytes) -> Path:
    """The newest open file without a name that begins so, as somebody with all rights on this machine finds it."""
    found = []
    for one in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(one.readlink()).endswith("(deleted)") and one.open("rb").read(len(magic)) == magic:
                found.append(one)
    return max(found, key=lambda one: one.stat().st_mtime_ns)


TABLE = b"digo-masking-2"


def ask(http: httpx.Client, caller: str) -> httpx.Response:
    return http.post("/masking", json={"call_to_number": "+13125550100", "caller_id_number": caller})


@pytest.mark.needs("linux")
def test_the_limit_of_files_is_raised_and_idle_connections_leave_room_for_those_who_speak(
    routes: Project, start: Start
) -> None:
    """In a service that starts cold. In the end it stops once and quietly, however many signals come."""
    service = start(files=FEW_FILES, soft_files=64)
    for process in (service.main, *service.workers()):
        assert process.rlimit(psutil.RLIMIT_NOFILE) == (FEW_FILES, FEW_FILES)
        nobody_can_change(open_file(process, TABLE))
    for caller, callee in list(ROUTES.items())[::5]:
        assert ask(service.http, caller).json()[0]["transfer"]["data"] == [callee]
    service.http.close()
    for what, said in SAID.items():
        with contextlib.ExitStack() as idle:
            for _ in range(3):
                for one in connect(service, 100, said):
                    idle.enter_context(one)
                with httpx.Client(base_url=service.url, timeout=30, verify=NO_TLS, trust_env=False) as http:
                    for _ in range(5):
                        (answer,) = ask(http, CALLER).json()
                        assert answer["transfer"]["data"] == [ROUTES[CALLER]], what
    told = service.log
    service.stop_with_many(signal.SIGTERM)
    # Somebody's attempts to change the table have it made again, at any time.
    more = service.log.removeprefix(told).splitlines()
    assert [line for line in more if "masking: new routes are in force" not in line] == []


def nobody_can_change(path: Path) -> None:
    for mode in ("r+b", "wb", "ab"):
        with pytest.raises(PermissionError), path.open(mode) as file:
            file.write(b"x")
            file.flush()
    for size in (0, 100, 1 << 20):
        with pytest.raises(PermissionError):
            os.truncate(path, size)


WITHOUT_MEMORY_FILES = "import os\nos.__dict__.pop('memfd_create', None)\n"


def python_that(tmp_path: Path, does: str) -> dict[str, str]:
    """Variables under which each Python does something first."""
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(does)
    return {"PYTHONPATH": str(folder)}


def test_a_table_that_is_damaged_while_it_is_served_is_never_believed_and_is_made_again(
    routes: Project, start: Start, tmp_path: Path
) -> None:
    """Many damages, on a system without sealed memory. Each answer is right, or refused.

    Killed in the end, the service leaves nothing that can be read.
    """
    (tmp_path / "tmp").mkdir()
    variables = {"TMPDIR": str(tmp_path / "tmp"), **python_that(tmp_path, WITHOUT_MEMORY_FILES)}
    service = start("--no-access-log", "--workers", "2", warm=False, warm_children=True, **variables)
    service.wait(lambda: len(service.workers()) == 2)
    draw = random.Random(21)
    refused = made_again = 0
    for damage in range(60):
        with contextlib.suppress(ValueError):  # its head is damaged already, and no new one has come yet
            path = open_file(service.main, TABLE)
            with path.open("r+b") as file:
                spoil(file, path.stat().st_size, draw, damage)
        for caller in draw.sample(NUMBERS, 4):
            response = ask(service.http, caller)
            if response.status_code == 200:
                assert response.json()[0]["transfer"]["data"] == [ROUTES[caller]], f"damage {damage}"
            else:
                assert (response.status_code, response.json()["error"]) == (503, "table damaged")
                refused += 1
        if damage % 20 == 19:
            made_again = service.wait(lambda: healed(service) and service.log.count("it is made again"))
    assert refused > 0
    assert made_again >= 3
    workers = service.workers()
    assert service.main.is_running() and len(workers) == 2
    assert 'digo_masking_requests_total{outcome="table damaged"}' in service.http.get("/metrics").text
    assert list((tmp_path / "tmp").iterdir()) == []
    kill(service, workers)
    assert list((tmp_path / "tmp").iterdir()) == []
    other = start(TMPDIR=str(tmp_path / "tmp"))
    assert other.rings("+13125550100", CALLER) == ROUTES[CALLER]
    assert other.stop() == 0


def kill(service: Service, workers: set[psutil.Process]) -> None:
    """Kills the service; its workers end by themselves."""
    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert alive == []


def spoil(file: Any, size: int, draw: random.Random, damage: int) -> None:
    kind = damage % 5
    if kind == 0:
        file.truncate(draw.randrange(size))
    elif kind == 1:
        file.truncate(draw.randrange(size))
        file.truncate(size)  # zeros, as a file system gives after a crash
    else:
        length = (1, 8, 392, 4096)[kind - 1] if kind < 4 else size
        file.seek(draw.randrange(size))
        file.write(draw.randbytes(min(length, size)))


def healed(service: Service) -> bool:
    return all(ask(service.http, caller).status_code == 200 for caller in NUMBERS[::10])


def table_bytes() -> tuple[bytes, dict[tuple[int, int], int]]:
    maker = TableMaker()
    draw = random.Random(7)
    routes = {(draw.randrange(1, 10**12), draw.randrange(10**12)): draw.randrange(10**12) for _ in range(200)}
    for (masking, caller), target in routes.items():
        maker.put(masking, caller, target, 0)
    descriptor = private_file("table")
    maker.write_to(descriptor, {"rules": [[{"to": [1]}]]})
    content = os.pread(descriptor, 1 << 20, 0)
    os.close(descriptor)
    return content, routes


def looked_up(content: bytes, routes: dict[tuple[int, int], int]) -> int:
    """How many lookups a table with that content refuses; the others are right."""
    descriptor = private_file("table")
    os.pwrite(descriptor, content, 0)
    try:
        table = Table(descriptor)
    except TableProblem:
        return len(routes)
    refused = 0
    for (masking, caller), target in routes.items():
        for caller_or_other, expected in ((caller, target), (caller + 1, routes.get((masking, caller + 1)))):
            try:
                assert table.get(masking, caller_or_other) == expected
            except TableDamaged:
                refused += 1
    table.close()
    return refused


def test_hundreds_of_damages_of_a_table_lead_to_no_wrong_answer() -> None:
    content, routes = table_bytes()
    assert looked_up(content, routes) == 0
    other, _ = table_bytes()
    draw, refused = random.Random(21), 0
    for number in range(250):
        damaged = bytearray(content)
        at, length = draw.randrange(len(content)), draw.choice([1, 1, 2, 8, 24, 392, 5000])
        if number % 4 == 0:
            damaged[at] ^= 1 << draw.randrange(8)
        elif number % 4 == 1:
            damaged[at : at + length] = bytes(len(damaged[at : at + length]))
        elif number % 4 == 2:  # a block of the same table, in another place
            start = len(content) - 392 * 4
            damaged[start : start + 392] = content[start + 392 : start + 784]
        else:  # a block of another table
            damaged[at : at + length] = other[at : at + length]
        refused += looked_up(bytes(damaged), routes)  # each answer in it is compared
    assert refused > 250
    for length in range(0, len(content), 397):
        assert looked_up(content[:length], routes) == len(routes)


def test_a_table_that_shrinks_after_it_was_opened_is_refused() -> None:
    content, routes = table_bytes()
    descriptor = private_file("table")
    os.pwrite(descriptor, content, 0)
    table = Table(descriptor)
    os.ftruncate(descriptor, len(content) // 2)
    refused = 0
    for (masking, caller), target in routes.items():
        try:
            assert table.get(masking, caller) == target
        except TableDamaged:
            refused += 1
    assert refused > 0
    table.close()


@pytest.mark.usefixtures("warm_tables")
def test_a_damaged_table_while_the_config_is_broken_is_told_once(routes: Project) -> None:
    told: list[str] = []
    feed = RoutesFeed()
    reloader = Reloader(routes.config, routes.folder, feed, told.append)
    assert reloader.first().problem is None
    with feed.connect() as end:
        link = RoutesLink(end)
        assert link.receive(wait=True) is not None
        (routes.config / "masking.yaml").unlink()
        link.report_damage()
        reloader.look()
        assert told[0].startswith("masking: the table of routes was damaged")
        assert "the config is broken" in told[1]
        reloader.look()
        assert len(told) == 2
        write_routes(routes, "+13125550142")
        reloader.look()
        reloader.look()
        assert told[2:] == ["masking: new routes are in force: 301"]
    feed.close()


NO_ROOM = """
import errno, os
def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
os.posix_fallocate = full
"""


def test_workers_without_memory_for_counts_start_and_say_so(routes: Project, start: Start, tmp_path: Path) -> None:
    service = start(warm=False, warm_children=True, **python_that(tmp_path, NO_ROOM))
    assert service.rings("+13125550100", CALLER) == ROUTES[CALLER]
    assert "requests are not counted, and /metrics has no counts: " in service.log
    assert "No space left on device" in service.http.get("/healthz").json()["metrics_problem"]
    text = service.http.get("/metrics").text
    assert "digo_masking_metrics_ok 0.0" in text
    assert "digo_masking_routes 301.0" in text
    assert "digo_masking_requests" not in text


@pytest.mark.needs("linux")
def test_a_temporary_folder_that_cannot_be_used_is_not_needed(routes: Project, start: Start) -> None:
    service = start(TMPDIR="/proc", TEMP="/proc", TMP="/proc")
    assert service.rings("+13125550100", CALLER) == ROUTES[CALLER]
    assert "digo_masking_metrics_ok 1.0" in service.http.get("/metrics").text


def test_both_workers_killed_are_replaced_and_their_counts_stay(routes: Project, start: Start) -> None:
    service = start("--workers", "2")
    service.wait(lambda: len(service.workers()) == 2)
    assert service.rings("+13125550100", CALLER) == ROUTES[CALLER]
    counted = 'digo_masking_requests_total{outcome="route"} 1.0'
    service.wait(lambda: counted in service.http.get("/metrics").text)
    killed = service.workers()
    for worker in killed:
        worker.kill()

    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return counted in httpx.get(f"{service.url}/metrics", verify=NO_TLS, trust_env=False, timeout=30).text
        return False

    service.wait(answers)
    service.wait(lambda: len(service.workers() - killed) == 2)


def test_counts_of_two_rows_add_up_and_a_row_too_many_counts_nothing() -> None:
    descriptor = counters_file()
    first, second, beyond = (Counters(descriptor, row) for row in (0, 1, 10_000))
    for counters in (first, first, second, beyond):
        counters.count("route", 0.002)
    second.count("error", 7.0)
    assert list(first.requests()) == [("route", 3), ("error", 1)]
    buckets, seconds = first.durations()
    assert (sum(buckets), buckets[-1], round(seconds, 3)) == (4, 1, 7.006)
    os.close(descriptor)


def test_a_worker_that_reads_nothing_is_dropped_and_others_get_the_news() -> None:
    feed = RoutesFeed()
    content, _ = table_bytes()

    def table() -> int:
        descriptor = private_file("table")
        os.pwrite(descriptor, content, 0)
        return descriptor

    feed.publish(TableManifest.of(1), table())
    with feed.connect() as one, feed.connect() as other:
        one.close()
        feed.publish(TableManifest.of(2), table())
        newest = RoutesLink(other).receive()
        assert newest is not None and newest.manifest.routes == 2
        os.close(newest.table)
    feed.close()


@pytest.mark.parametrize("reports", [0, 1])
def test_a_parent_that_ends_is_gone_though_it_has_read_no_report(reports: int) -> None:
    content, _ = table_bytes()
    table = private_file("table")
    os.pwrite(table, content, 0)
    feed = RoutesFeed()
    feed.publish(TableManifest.of(1), table)
    with feed.connect() as end:
        link = RoutesLink(end)
        assert link.receive() is not None
        for _ in range(reports):
            link.report_damage()
        feed.close()
        with pytest.raises(ParentGone):
            link.receive()
