"""`python -m bench.records`: call records downloaded at the pace's limit, and the memory that it takes.

What is asked of it: 100,000 records at the account's calls per second, with memory flat: no more for all of them than
for a thousand. The sandbox serves the records, and enforces the same calls per second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import psutil

from sandbox.testing import Sandbox, start_sandbox

ROOT = Path(__file__).resolve().parents[1]
FEW = 1_000
FLAT = 1.2  # how much more the large download may hold at most


@dataclass
class Result:
    """One download.

    `at_best` is the seconds that its requests need at the allowed rate. Memory is the largest resident size, in
    megabytes.
    """

    records: int
    form: str
    page_size: int
    cps: int
    requests: int
    refused: int
    seconds: float
    at_best: float
    memory_mb: float


def download(sandbox: Sandbox, folder: Path, form: str, page_size: int, cps: int) -> Result:
    """Downloads all records of the sandbox in a process of its own, and watches it."""
    sandbox.clear_requests()
    (folder / "Pulumi.test.yaml").write_text(
        json.dumps({"config": {"digo:endpoint": sandbox.url, "digo:cps": str(cps)}}), encoding="utf-8"
    )
    output = folder / f"records.{form}"
    command = ["records", "--format", form, "--page-size", str(page_size), "--output", str(output)]
    begun = time.perf_counter()
    process = psutil.Popen(
        [sys.executable, "-m", "digo", "--stack", "test", "-C", str(folder), *command],
        cwd=ROOT,
        env={**os.environ, "DIGO_AUTHORIZATION": sandbox.token},
        stderr=subprocess.PIPE,
    )
    most = 0
    while process.poll() is None:
        try:
            most = max(most, process.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.02)
    seconds = time.perf_counter() - begun
    report = process.stderr.read().decode()
    process.stderr.close()
    if process.returncode:
        raise click.ClickException(report)
    requests = sandbox.requests()
    got = int(report.split()[0])
    return Result(
        records=got,
        form=form,
        page_size=page_size,
        cps=cps,
        requests=len(requests),
        refused=sum(request["status"] == 429 for request in requests),
        seconds=round(seconds, 1),
        at_best=round(len(requests) / cps, 1) if cps else 0.0,
        memory_mb=round(most / 1e6, 1),
    )


@click.command()
@click.option("--records", "count", type=click.IntRange(FEW), default=100_000, show_default=True)
@click.option("--page-size", type=click.IntRange(1, 1000), default=500, show_default=True)
@click.option(
    "--cps", type=click.IntRange(0), default=20, show_default=True, help="Of client and sandbox; 0: no limit."
)
@click.option("--json", "as_json", is_flag=True)
def main(count: int, page_size: int, cps: int, *, as_json: bool) -> None:
    """Downloads a thousand records and then all, in each format. Exit code: 0 memory is flat, 1 it is not."""
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Pulumi.yaml").write_text("name: pulumi-digo\nruntime: python\n", encoding="utf-8")
        (folder / "config" / "test").mkdir(parents=True)
        with start_sandbox(folder, cps=cps, record_limit=1000) as sandbox:
            sandbox.add_agent("+12025550101", name="Ada")
            for number in (FEW, count - FEW):
                sandbox.add_records(number, apart_seconds=1)
                for form in ("jsonl", "csv", "parquet"):
                    results.append(download(sandbox, folder, form, page_size, cps))
                    if not as_json:
                        click.echo(
                            "  ".join(
                                f"{name}={value:,}" if isinstance(value, int | float) else f"{name}={value}"
                                for name, value in asdict(results[-1]).items()
                            )
                        )
    if as_json:
        click.echo(json.dumps([asdict(result) for result in results], indent=2))
    half = len(results) // 2
    flat = all(all_.memory_mb <= few.memory_mb * FLAT for few, all_ in zip(results[:half], results[half:], strict=True))
    whole = all(result.records == count for result in results[half:])
    sys.exit(0 if flat and whole else 1)


if __name__ == "__main__":
    main()
