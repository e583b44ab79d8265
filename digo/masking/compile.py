"""`python -m digo.masking.compile FOLDER ROOT OUT`: makes the table in a process of its own.

OUT is the descriptor of an open file. Reading a million routes takes seconds and memory that no worker should spend. It
prints one JSON object: `routes` and `warnings`, or `problem`, the config's errors as text.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from digo.masking.loader import Routes, load_routes
from digo.source.problems import ConfigError, format_problems


@dataclass(frozen=True)
class CompileResult:
    """The result. `problem` None means that the table was written."""

    routes: int = 0
    warnings: tuple[str, ...] = ()
    problem: str | None = None


def make_table(folder: Path, root: Path, out: int) -> CompileResult:
    """Makes the table of the environment in `folder` in another process, and waits for it.

    `out` is the descriptor of the empty file to write it into.
    """
    arguments = [str(folder), str(root), str(out)]
    done = subprocess.run(
        [sys.executable, "-B", "-m", __name__, *arguments],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
        pass_fds=(out,),
        start_new_session=True,  # only the parent handles a terminal's signals
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        return CompileResult(problem=f"the routes could not be read (exit code {done.returncode}): {last}")
    result = json.loads(done.stdout)
    return CompileResult(result["routes"], tuple(result["warnings"]), result["problem"])


class _NoTable(Exception):
    """The table cannot be written."""


def _write(routes: Routes, out: int) -> None:
    try:
        routes.maker.write_to(out, routes.rules)
    except OSError as problem:
        raise _NoTable(f"the table of routes cannot be written: {problem.strerror or problem}") from None


def main() -> None:
    """Makes the table; see the module."""
    folder, root, out = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    result: dict[str, object] = {"routes": 0, "warnings": [], "problem": None}
    try:
        routes = load_routes(folder, root)
        result["routes"], result["warnings"] = routes.rules["routes"], format_problems(routes.warnings)
        _write(routes, out)
    except (ConfigError, _NoTable) as problem:
        result["problem"] = str(problem)
    except OSError as problem:
        place = f"{problem.filename}: " if problem.filename else ""
        result["problem"] = f"the routes cannot be read: {place}{problem.strerror or problem}"
    print(json.dumps(result))


if __name__ == "__main__":
    main()
