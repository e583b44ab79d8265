"""The examples of docs/python-api.md and docs/masking.md, run as they are printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import digo.api
from digo.masking.loader import load_routes
from sandbox.testing import Sandbox

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = "http://127.0.0.1:8099"


def examples(name: str, language: str) -> list[str]:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


# tests/fleet/up runs the one about fleets: it needs a project with stacks.
OF_AN_ACCOUNT = [code for code in examples("python-api.md", "python") if "digo.fleet" not in code]


# In one process, which imports once what all of them need.
EACH = """
import sys
for code in sys.argv[1:]:
    exec(compile(code, "<example>", "exec"), {"__name__": "__main__"})
"""


def test_each_python_example_runs(sandbox: Sandbox) -> None:
    sandbox.add_agent("+12025550101", name="Test Agent", intercom="1001")
    assert len(OF_AN_ACCOUNT) > 1 and all(DOCUMENTED in code for code in OF_AN_ACCOUNT)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", EACH, *(code.replace(DOCUMENTED, sandbox.url) for code in OF_AN_ACCOUNT)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    (call,) = sandbox.calls()
    assert f"Originate successfully queued {call['call_id']}" in done.stdout
    assert "1 agents missed 0 calls" in done.stdout


def test_every_public_name_is_there_and_documented() -> None:
    text = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    for name in digo.api.__all__:
        thing = getattr(digo.api, name)
        assert (thing.__doc__ or "").strip(), name
    functions = [name for name in digo.api.__all__ if name[0].islower()]
    assert [name for name in functions if f"`{name}" not in text] == []


def test_the_documented_routes_are_right(tmp_path: Path) -> None:
    (example,) = examples("masking.md", "yaml")
    folder = tmp_path / "config" / "test"
    (folder / "masking").mkdir(parents=True)
    (folder / "masking.yaml").write_text(example)
    (folder / "masking" / "rides.csv").write_text("caller,callee,both_ways\n+12025550111,+12025550112,yes\n")
    agents = [
        f"  {key}: {{name: {key}, follow_me_number: '+120255501{n}'}}" for key, n in (("sales", 50), ("support", 51))
    ]
    (folder / "agents.yaml").write_text("\n".join(["agents:", *agents]))
    routes = load_routes(folder, tmp_path)
    assert (routes.rules["routes"], routes.warnings) == (9, ())
