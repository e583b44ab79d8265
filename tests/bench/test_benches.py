"""Every benchmark still starts: what prints the numbers of the README takes pieces of the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHES = ["bench", "bench.lists", "bench.masking", "bench.plan", "bench.records", "bench.starts"]


@pytest.mark.parametrize("name", BENCHES)
def test_a_benchmark_tells_what_it_measures(name: str) -> None:
    done = subprocess.run([sys.executable, "-m", name, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"Usage: python -m {name} [OPTIONS]" in done.stdout


def test_these_are_all_of_them() -> None:
    found = [path.stem for path in (ROOT / "bench").glob("*.py") if "if __name__" in path.read_text(encoding="utf-8")]
    commands = {f"bench.{stem}" for stem in found if stem not in ("__main__", "instant", "lists_plan")}
    assert commands == set(BENCHES) - {"bench"}
