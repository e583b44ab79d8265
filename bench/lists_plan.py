"""A long list up to its plan: seconds and memory of a process of its own, the size of the state, what an edit costs.

`python -m bench.lists_plan FOLDER` is that process: it prints one JSON object.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EDITED = 10
SHARDS = 16
KEY = "a ledger key for the benchmark, no worth"


@dataclass(frozen=True)
class Planned:
    """One list.

    Attributes:
        rows: number of rows.
        seconds: from the start of the process to its plan.
        peak_mib: the most resident memory of the process, in MiB.
        state: size of the digests in the state, in bytes.
        resent: number of rows that an edit of ten rows sends again.
    """

    rows: int
    seconds: float
    peak_mib: float
    state: int
    resent: int


def measure_plan(folder: Path, rows: int, progress: Callable[[str], None]) -> Planned:
    """Writes a list of fictitious numbers and plans it, before and after an edit of ten rows."""
    progress(f"plan of {rows:,} rows")
    place = folder / f"plan-{rows}"
    place.mkdir()
    edited = set(random.Random(rows).sample(range(rows), EDITED))
    write_plan_list(place, rows, set())
    before = planned(place)
    write_plan_list(place, rows, edited)
    after = planned(place)
    changed = [bucket for bucket, digest in after["digests"].items() if before["digests"].get(bucket) != digest]
    resent = sum(after["counts"][bucket] for bucket in changed)
    return Planned(rows, before["seconds"], before["peak_mib"], before["state"], resent)


def write_plan_list(place: Path, rows: int, edited: set[int], more: str = "") -> None:
    """Writes a list of fictitious numbers and its entry, which may have `more` fields."""
    columns = "{phone: field_0, name: field_1, otp: field_5}"
    (place / "lists.yaml").write_text(
        f"lists:\n  otp: {{id: 4711, source: leads.csv, columns: {columns}, shards: {SHARDS}{more}}}\n"
    )
    with (place / "leads.csv").open("w") as file:
        file.write("phone,name,otp\n")
        for index in range(rows):
            file.write(
                f"{number(index)},{'New' if index in edited else 'Customer'} {index},{index * 7919 % 10**6:06}\n"
            )


def number(index: int) -> str:
    """A number that nobody has: +1 NPA 555 01xx, and beyond 80,000 area codes that cannot be assigned."""
    return f"+1{200 + index // 100}55501{index % 100:02}" if index < 80_000 else f"+10{index:09}"


def planned(place: Path) -> dict[str, Any]:
    """The plan of the list in that folder, made in a process of its own: what `_plan` returns."""
    begun = time.time()
    command = [sys.executable, "-m", "bench.lists_plan", str(place), str(begun)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def _plan(place: Path, begun: float) -> dict[str, Any]:
    from digo.api.snapshot import Snapshot
    from digo.desired import load_environment
    from digo.desired.list_digests import with_list_digests
    from digo.lists.key import LedgerKey
    from digo.plan import GuardContext, compare, guard_input
    from digo.settings.limits import GuardLimits
    from digo.settings.profiles import DIGO

    desired = with_list_digests(load_environment(place, place), lambda: LedgerKey(KEY), 30)
    snapshot = Snapshot.of([])
    plan = compare(desired, snapshot)
    guard_input(plan, desired, snapshot, GuardContext("https://api.example", DIGO, GuardLimits(), "config"))
    seconds = time.time() - begun
    computed = desired.lists[0].digests
    assert computed is not None
    digests = computed.digests
    return {
        "seconds": seconds,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "state": sum(len(digests.shard(index, SHARDS).to_text(index, SHARDS)) for index in range(SHARDS)),
        "digests": {bucket: digest.hex() for bucket, digest in digests.digests.items()},
        "counts": dict(digests.counts),
    }


if __name__ == "__main__":
    print(json.dumps(_plan(Path(sys.argv[1]), float(sys.argv[2]))))
