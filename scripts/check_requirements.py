"""Checks that each run-time requirement is imported: `python -m scripts.check_requirements`.

The requirements are the `dependencies` and the extras in pyproject.toml. A library that no module imports is not a
requirement, and one that a module imports is.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from scripts.extra_pins import array, distribution, extras

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("digo", "providers", "engine", "protocol", "sandbox", "policy")
# Not imported by name: what needs each, and how.
INDIRECT = {
    "tzdata": "zoneinfo finds it where the system has no time zones",
    "uvloop": "uvicorn's event loop, named in an option",
}
# Imported, and in no line of its own: the policy pack has its own requirements, and the project is installed itself.
ELSEWHERE = {"pulumi-policy", "pulumi-digo"}


def imported(root: Path = ROOT) -> dict[str, str]:
    """The top-level names that the run-time code imports, each with one file that does."""
    files = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    return {name: path.relative_to(root).as_posix() for path in [root / "__main__.py", *files] for name in _names(path)}


def _names(path: Path) -> Iterator[str]:
    for node in _statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements, without what is in their expressions, which is most of a file."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield node
            yield from _statements(node)


def problems(requirements: list[str], modules: dict[str, str], owners: dict[str, list[str]]) -> list[str]:
    """What is required and not imported, and what is imported and not required.

    Args:
        requirements: the lines of `dependencies`.
        modules: as `imported` returns them.
        owners: the distributions of each top-level module, as `importlib.metadata` knows them.
    """
    required = {distribution(line) for line in requirements}
    used: dict[str, str] = {}
    for module, file in modules.items():
        found = {distribution(owner) for owner in owners.get(module, [])} - ELSEWHERE
        # `google` has several distributions: one that is required is meant.
        for owner in found & required or found:
            used.setdefault(owner, file)
    unused = sorted(required - used.keys() - INDIRECT.keys())
    return [
        *(f"{name} is a run-time requirement, and nothing imports it" for name in unused),
        *(f"{file} imports {name}, which is not a run-time requirement" for name, file in sorted(used.items()) if
          name not in required),
    ]  # fmt: skip


def missing_providers(requirements: list[str]) -> list[str]:
    """The requirements in `INDIRECT` that are no longer required: their reason is out of date."""
    return sorted(INDIRECT.keys() - {distribution(line) for line in requirements})


def run_time_requirements(root: Path = ROOT) -> list[str]:
    """The `dependencies` of pyproject.toml, and those of all extras."""
    return [*array((root / "pyproject.toml").read_text(encoding="utf-8"), "dependencies"), *extras(root)["all"]]


def main() -> int:
    """Prints each problem. Returns 1 if there is one."""
    wanted = run_time_requirements()
    found = problems(wanted, imported(), {name: list(owners) for name, owners in packages_distributions().items()})
    found += [
        f"{name} is excused in {Path(__file__).name}, and is not a requirement" for name in missing_providers(wanted)
    ]
    for problem in found:
        print(problem, file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
