"""`python -m bench.masking`: the number-masking service with a million routes, on this machine's loopback.

What is asked of it: 5,000 lookups a second on one worker; at half of that, 99 of 100 answered within 5 ms; under 600 MB
for all of its processes; and not one request dropped over 100 reloads under load.

The latency is measured with arrivals at fixed times, each from the moment at which it was due: a service that stalls
is charged for those that had to wait.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import psutil

from bench.wire import Asker
from tests.masking.masking_project import Project, Service

ROUTES_A_NUMBER = 80_000  # +1 2xx 555 01xx: the numbers that belong to nobody
WANTED_RATE, WANTED_P99_MS, WANTED_MB, WANTED_RELOADS = 5_000, 5.0, 600.0, 100


@dataclass
class Result:
    """What was measured.

    Rates are requests a second, latencies milliseconds, memory megabytes. Memory is the proportional set size, so that
    the table that all processes map counts once. `cpu_us` is the CPU time of a lookup in the worker, in microseconds:
    it tells what a core could do if the machine had other work during the measurement.
    """

    routes: int
    ready_seconds: float
    rate: float
    cpu_us: float
    offered: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    memory_mb: float
    memory_while_reloading_mb: float
    reloads: int
    asked_while_reloading: int
    dropped: int


def number(index: int) -> str:
    """One of 80,000 numbers that belong to nobody."""
    return f"+1{200 + index // 100}55501{index % 100:02d}"


def write_routes(project: Project, maskings: int, per: int) -> None:
    """`maskings` masking numbers with `per` routes each, from files."""
    for entry in range(maskings):
        rows = (f"{number(index)},{number((index + 701) % ROUTES_A_NUMBER)}\n" for index in range(per))
        project.write(f"masking/{entry}.csv", "caller,callee\n" + "".join(rows))
    write_head(project, maskings, 0)


def write_head(project: Project, maskings: int, version: int) -> None:
    """Writes masking.yaml. Each `version` has another default callee, so that the config differs."""
    entries = {
        f"rides-{entry}": {
            "numbers": [masking_number(entry)],
            "files": [f"masking/{entry}.csv"],
            "default": {"callee": f"+1999555{100 + version % 100:04d}"},
        }
        for entry in range(maskings)
    }
    project.write("masking.yaml", {"masking": entries})


def masking_number(entry: int) -> str:
    """A masking number that is none of the callers'."""
    return f"+1{200 + entry}5550{200 + entry}"


def memory_mb(service: Service) -> float:
    """What the service's processes hold together."""
    parent = psutil.Process(service.process.pid)
    total = 0
    for process in (parent, *parent.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def requests_of(maskings: int, per: int) -> Callable[[], bytes]:
    """Gives DIGO's request for a random route."""
    chance = random.Random(7)

    def body() -> bytes:
        return json.dumps(
            {
                "uuid": "7611",
                "call_id": f"1642000000.{chance.randrange(10**6):06d}",
                "call_to_number": masking_number(chance.randrange(maskings)),
                "caller_id_number": number(chance.randrange(per)),
                "start_stamp": "2026-03-10 17:16:18",
            }
        ).encode()

    return body


def worker_cpu(service: Service) -> float:
    """Seconds of CPU that the one worker has used."""
    (worker,) = (one for one in psutil.Process(service.process.pid).children() if "spawn_main" in str(one.cmdline()))
    times = worker.cpu_times()
    return times.user + times.system


async def measure_rate(asker: Asker, service: Service, seconds: float) -> tuple[float, float]:
    """How many a second it answers when it is always asked, and the CPU seconds of one."""
    begun, cpu = time.perf_counter(), worker_cpu(service)
    done = await asker.flat_out(seconds)
    return done / (time.perf_counter() - begun), (worker_cpu(service) - cpu) / done


async def measure_reloads(asker: Asker, project: Project, service: Service, maskings: int, reloads: int) -> float:
    """Changes the config `reloads` times under load. Returns the most memory that was seen, in megabytes."""
    most = memory_mb(service)
    asking = asyncio.ensure_future(asker.until_stopped(rate=500))
    for version in range(1, reloads + 1):
        write_head(project, maskings, version)
        while service.log.count("new routes are in force") < version:
            await asyncio.sleep(0.05)
            most = max(most, memory_mb(service))
    asker.stop()
    await asking
    return most


def percentile(latencies: list[float], share: float) -> float:
    """The latency within which `share` of them lie, in milliseconds."""
    return sorted(latencies)[min(len(latencies) - 1, int(len(latencies) * share))] * 1000


def measure(routes: int, seconds: float, reloads: int, reload_routes: int) -> Result:
    """The whole measurement. The reloads are of `reload_routes` routes; the rest is of `routes`."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder) / "project")
        maskings, per = max(1, routes // ROUTES_A_NUMBER), min(routes, ROUTES_A_NUMBER)
        write_routes(project, maskings, per)
        begun = time.perf_counter()
        service = Service(project)
        ready = time.perf_counter() - begun
        try:
            loaded = service.http.get("/healthz").json()["routes"]
            rate, cpu, latencies, offered = asyncio.run(_load(service, maskings, per, seconds))
            memory = memory_mb(service)
        finally:
            service.stop()
        reload_maskings = max(1, reload_routes // ROUTES_A_NUMBER)
        reload_per = min(reload_routes, ROUTES_A_NUMBER)
        again = Project(Path(folder) / "again")
        write_routes(again, reload_maskings, reload_per)
        service = Service(again)
        try:
            asker, most = asyncio.run(_reloads(service, again, reload_maskings, reload_per, reloads))
        finally:
            service.stop()
    return Result(
        routes=loaded,
        ready_seconds=round(ready, 1),
        rate=round(rate),
        cpu_us=round(cpu * 1e6),
        offered=offered,
        p50_ms=round(percentile(latencies, 0.5), 2),
        p99_ms=round(percentile(latencies, 0.99), 2),
        worst_ms=round(max(latencies) * 1000, 2),
        memory_mb=round(memory),
        memory_while_reloading_mb=round(most),
        reloads=reloads,
        asked_while_reloading=asker.answered,
        dropped=asker.failed,
    )


async def _load(service: Service, maskings: int, per: int, seconds: float) -> tuple[float, float, list[float], float]:
    body = requests_of(maskings, per)
    async with Asker(service.url, connections=32, body=body) as asker:
        await asker.flat_out(1.0)
        rate, cpu = await measure_rate(asker, service, seconds)
        offered = WANTED_RATE / 2
        latencies = await asker.at_rate(offered, seconds)
        if asker.failed:
            raise click.ClickException(f"{asker.failed} requests failed")
    return rate, cpu, latencies, offered


async def _reloads(service: Service, project: Project, maskings: int, per: int, reloads: int) -> tuple[Asker, float]:
    async with Asker(service.url, connections=16, body=requests_of(maskings, per)) as asker:
        most = await measure_reloads(asker, project, service, maskings, reloads)
    return asker, most


@click.command()
@click.option("--routes", type=click.IntRange(1), default=1_040_000, show_default=True)
@click.option("--seconds", type=click.FloatRange(1), default=10.0, show_default=True, help="Of each load.")
@click.option("--reloads", type=click.IntRange(1), default=WANTED_RELOADS, show_default=True)
@click.option("--reload-routes", type=click.IntRange(1), default=20_000, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(routes: int, seconds: float, reloads: int, reload_routes: int, *, as_json: bool) -> None:
    """Measures the masking service. Exit code: 0 it keeps its limits, 1 it does not."""
    result = measure(routes, seconds, reloads, reload_routes)
    if as_json:
        click.echo(json.dumps(asdict(result), indent=2))
    else:
        for name, value in asdict(result).items():
            click.echo(f"{name:<26} {value:,}")
    good = (
        result.rate >= WANTED_RATE
        and result.p99_ms < WANTED_P99_MS
        and max(result.memory_mb, result.memory_while_reloading_mb) < WANTED_MB
        and not result.dropped
    )
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
