"""One line for all runs of pytest: `python3 -m scripts.ci_summary COUNTS [FAILED ...]`.

COUNTS is what `pytest --counts` wrote: one JSON object a run. FAILED names the parts of CI that failed. The exit code
is 1 if there is one, if a test failed, or if no test ran.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any


def summary(runs: list[dict[str, Any]], failed: list[str]) -> tuple[list[str], int]:
    """The lines to print, and the exit code.

    Args:
        runs: the numbers of each run, as `pytest --counts` writes them.
        failed: parts of CI that failed.
    """
    total: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    lines = []
    for run in runs:
        numbers = {name: int(run[name]) for name in ("passed", "failed", "skipped")}
        total.update(numbers)
        left_out.update(run["left_out"])
        lines.append(f"Python {run['python']}: {_counted(numbers)}")
    if left_out:
        lines.append("left out: " + ", ".join(f"{number} for {need}" for need, number in left_out.most_common()))
    lines += [f"failed: {part}" for part in failed]
    lines.append(_counted(total))
    return lines, int(bool(failed) or bool(total["failed"]) or not total["passed"])


def _counted(numbers: dict[str, int] | Counter[str]) -> str:
    return ", ".join(f"{numbers[name]} {name}" for name in ("passed", "failed", "skipped"))


def main(arguments: list[str]) -> int:
    """Prints the summary."""
    counts, *failed = arguments
    runs = [json.loads(line) for line in Path(counts).read_text(encoding="utf-8").splitlines()]
    lines, code = summary(runs, failed)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
