"""Every benchmark still starts: what prints the numbers of the README takes pieces of the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHES = [
    "bench",
    "bench.bulk",
    "bench.fleet",
    "bench.lists",
    "bench.masking",
    "bench.plan",
    "bench.records",
    "bench.starts",
]
# In one process, which imports once what all of them need.
EACH = """
import contextlib, runpy, sys
for name in sys.argv[1:]:
    sys.argv = [name, "--help"]
    with contextlib.suppress(SystemExit):
        runpy.run_module(name, run_name="__main__", alter_sys=True)
"""


def test_each_benchmark_tells_what_it_measures() -> None:
    done = subprocess.run([sys.executable, "-c", EACH, *BENCHES], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
    told = [line.partition(" [OPTIONS]") for line in done.stdout.splitlines() if line.startswith("Usage: ")]
    assert [(usage, options) for usage, options, _ in told] == [
        (f"Usage: python -m {name}", " [OPTIONS]") for name in BENCHES
    ]


def test_these_are_all_of_them() -> None:
    found = [path.stem for path in (ROOT / "bench").glob("*.py") if "if __name__" in path.read_text(encoding="utf-8")]
    commands = {f"bench.{stem}" for stem in found if stem not in ("__main__", "instant")}
    assert commands == set(BENCHES) - {"bench"}
