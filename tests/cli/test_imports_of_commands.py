"""A command imports what it uses, and nothing else: what it imports is most of the time that it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.fleet_project import FleetProject

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys
from digo.cli.main import run
for arguments in json.loads(sys.argv[1]):
    code = run(arguments)
    print("\\nmodules", json.dumps([code, sorted(sys.modules)]))
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


def imported(*commands: Sequence[str]) -> list[set[str]]:
    """What there is after each of the commands, which one process runs one after another."""
    command = [sys.executable, "-c", SCRIPT, json.dumps(commands)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    told = [json.loads(line[8:]) for line in done.stdout.splitlines() if line.startswith("modules ")]
    assert [code for code, _ in told] == [0] * len(commands), done.stdout + done.stderr
    return [set(modules) for _, modules in told]


COMMANDS = [
    ["validate", "--environment", "sandbox"],
    ["--stack", "sandbox", "validate"],
    ["plan", "--help"],
    ["records", "--help"],
    ["history", "--help"],
    ["fleet", "plan", "--help"],
]


def test_a_command_imports_no_library_that_it_does_not_use() -> None:
    of_the_list, of_the_completion, *of_commands = imported(["--help"], ["completion", "bash"], *COMMANDS)
    assert {name for name in of_the_list if name.startswith("digo.cli.")} <= {
        "digo.cli.commands",
        "digo.cli.context",
        "digo.cli.lazy_group",
        "digo.cli.main",
    }
    assert not of_the_completion & (CLIENT | CONFIG | HEAVY)
    for command, modules in zip(COMMANDS, of_commands, strict=True):
        assert not modules & HEAVY, command


def test_the_stacks_of_a_fleet_need_no_client_and_no_engine(tmp_path: Path) -> None:
    FleetProject(tmp_path, {"a": {}, "b": {}})
    [modules] = imported(["-C", str(tmp_path), "fleet", "stacks"])
    assert not modules & (CLIENT | HEAVY)
