"""A command imports what it uses, and nothing else: what it imports is most of the time that it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fleet_project import FleetProject

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys
from digo.cli.main import run
code = run(json.loads(sys.argv[1]))
print("modules", json.dumps([code, sorted(sys.modules)]))
"""
CLIENT = {"httpx", "httpcore", "aiohttp", "asyncio.base_events"}
CONFIG = {"pydantic", "phonenumbers", "digo.desired.loader"}
HEAVY = {
    "dbos",
    "sqlalchemy",
    "standardwebhooks",
    "pyarrow",
    "plotly",
    "uvicorn",
    "starlette",
    "redis",
    "psycopg",
    "cryptography",
    "jinja2",
    "ruamel.yaml",
    "grpc",
}


def imported(*arguments: str) -> set[str]:
    command = [sys.executable, "-c", SCRIPT, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    code, modules = json.loads(done.stdout.rsplit("modules ", 1)[1])
    assert code == 0, done.stdout + done.stderr
    return set(modules)


def test_the_list_of_commands_imports_no_command() -> None:
    modules = imported("--help")
    assert not modules & (CLIENT | CONFIG | HEAVY)
    assert {name for name in modules if name.startswith("digo.cli.")} <= {
        "digo.cli.commands",
        "digo.cli.context",
        "digo.cli.lazy_group",
        "digo.cli.main",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "--environment", "sandbox"],
        ["--stack", "sandbox", "validate"],
        ["plan", "--help"],
        ["records", "--help"],
        ["history", "--help"],
        ["fleet", "plan", "--help"],
    ],
)
def test_a_command_imports_no_library_that_it_does_not_use(arguments: list[str]) -> None:
    assert not imported(*arguments) & HEAVY


def test_the_completion_of_a_shell_imports_no_library() -> None:
    assert not imported("completion", "bash") & (CLIENT | CONFIG | HEAVY)


def test_the_stacks_of_a_fleet_need_no_client_and_no_engine(tmp_path: Path) -> None:
    FleetProject(tmp_path, {"a": {}, "b": {}})
    assert not imported("-C", str(tmp_path), "fleet", "stacks") & (CLIENT | HEAVY)
