"""Checks the types of the tests, which are not packages: `python -m scripts.check_tests`.

A test imports the helpers of its folder by their bare names, so each folder is a root for mypy. A module that tests
import as `tests.…` has that name only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
AS_PACKAGES = (TESTS / "engine" / "hosts", TESTS / "pace")
NOT_STRICT = """\
[mypy]
python_version = 3.10
ignore_missing_imports = True
follow_imports = silent
explicit_package_bases = True
check_untyped_defs = True
"""


def main() -> int:
    """Runs mypy on the tests and on their `conftest` modules, and returns its exit code.

    The latter have equal names, so they are checked under the names of their folders.
    """
    files = sorted(path for path in TESTS.rglob("*.py") if "__pycache__" not in path.parts)
    conftests = [path for path in files if path.name == "conftest.py"]
    tests = [path for path in files if path.name != "conftest.py"]
    roots = sorted({path.parent for path in tests} - {*AS_PACKAGES})
    config = ROOT / ".mypy_cache" / "tests.ini"
    config.parent.mkdir(exist_ok=True)
    config.write_text(NOT_STRICT, encoding="utf-8")
    codes = [_mypy(config, tests, roots), _mypy(config, conftests, [])]
    return max(codes)


def _mypy(config: Path, files: list[Path], roots: list[Path]) -> int:
    environ = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, roots))}
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), *map(str, files)]
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
