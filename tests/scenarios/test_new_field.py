"""A new field of agents is a change of two files: see ARCHITECTURE.md.

The project is copied, the files are edited, and every command treats the field as it treats the others.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from workspace import ROOT, STACK, Outcome, Workspace

from digo.desired.models import AgentEntry
from digo.fields.agents import WANTED_FIELDS
from sandbox.testing import Sandbox

EDITS = {
    "digo/desired/models.py": (
        "    formerly: Formerly = Field(\n",
        "    branch: Written | None = Field(default=None, description='The branch.')\n"
        "    assistant_number: Number | None = Field(default=None, description='Rings second.')\n",
    ),
    "digo/fields/agents.py": (
        '    AgentField("custom_status"',
        '    AgentField("branch", FieldKind.WANTED, TEXT, column="branch"),\n'
        '    AgentField("assistant_number", FieldKind.WANTED, NUMBER, secret=True),\n',
    ),
}
AGENT = {
    "name": "Sales",
    "follow_me_number": "+12025550101",
    "branch": "Caf\u00e9",
    "assistant_number": "+1 202 555 0177",
}
DIGO = """
import json, os, runpy, sys
import digo.cli.main, digo.api.client, digo.desired, digo.export.check, digo.plan.review
for line in sys.stdin:
    if not os.fork():
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.argv[1:] = json.loads(line)
        runpy.run_module("digo", run_name="__main__", alter_sys=True)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
SANDBOX = """
import sys
from pathlib import Path
from sandbox.testing import start_sandbox
with start_sandbox(Path(sys.argv[1]), token=[sys.argv[2]]) as sandbox:
    print(sandbox.url, flush=True)
    sys.stdin.read()
"""


class Rehearsal(Workspace):
    """A workspace with a project of its own. `server` forks for each command of `digo`, which saves its imports."""

    warm = False
    server: subprocess.Popen[str]

    def digo(self, *arguments: str) -> Outcome:
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        print(json.dumps(["--stack", STACK, *arguments]), file=self.server.stdin, flush=True)
        code = int(self.server.stdout.readline())
        return Outcome(code, (self.folder / "out").read_text(), (self.folder / "err").read_text())


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Iterator[Rehearsal]:
    """The copy, on its own sandbox."""
    place = Rehearsal(tmp_path / "project", "embedded", sandbox)
    for name in ("digo", "providers", "engine", "protocol", "sandbox"):
        (place.folder / name).unlink(missing_ok=True)
        shutil.copytree(ROOT / name, place.folder / name)
    for name, (before, new) in EDITS.items():
        path = place.folder / name
        text = path.read_text()
        assert before in text, name
        path.write_text(text.replace(before, new + before, 1))
    account = _server(place, SANDBOX, str(tmp_path), sandbox.token)
    assert account.stdout is not None
    place.set_config(endpoint=account.stdout.readline().strip())
    place.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
    place.server = _server(place, DIGO)
    yield place
    for server in (place.server, account):
        server.communicate(timeout=60)


def _server(place: Rehearsal, program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=place.folder,
        env=place.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_new_field_takes_part_in_every_command(project: Rehearsal) -> None:
    project.agents(sales=AGENT)
    project.up()
    made = project.state()["sales"]
    for side in (made["inputs"], made["outputs"]):
        assert side["branch"] == AGENT["branch"]
        assert "ciphertext" in side["assistant_number"], "a number is a secret"
    planned = project.digo("plan", "--detailed-exitcode")
    assert planned.code == 0, planned.text
    recorded = project.digo("snapshot", "account.json")
    assert recorded.code == 0, recorded.text
    assert "5550177" not in (project.folder / "account.json").read_text()
    respelt = {**AGENT, "branch": "Cafe\u0301", "assistant_number": "+12025550177"}
    project.agents(sales=respelt)
    assert project.digo("plan", "--detailed-exitcode", "--snapshot", "account.json").code == 0, (
        "another spelling is not a change"
    )

    project.agents(sales={**AGENT, "branch": "Shop", "assistant_number": "+12025550178"})
    document = json.loads(project.digo("plan", "--format", "json").stdout)
    (step,) = (one for one in document["steps"] if one["subject"] == "agent")
    assert {one["field"]: (one["origin"], one["wanted"], one["live"]) for one in step["drift"]} == {
        "branch": ("changed in config", '"Shop"', '"Caf\u00e9"'),
        "assistant_number": ("changed in config", "+1 ***0178", "+1 ***0177"),
    }
    listed = json.loads(project.digo("agents", "--format", "json").stdout)[0]
    assert (listed["branch"], listed["assistant_number"]) == ("Caf\u00e9", "+1 ***0177")
    compared = json.loads(project.digo("compare", STACK, f"account:{STACK}", "--format", "json").stdout)
    assert compared["different"][0]["fields"] == ["branch", "assistant_number"]

    exported = project.digo("export")
    assert exported.code == 0, exported.text
    written = yaml.safe_load((project.folder / "config" / STACK / "agents.yaml").read_text())["agents"]["sales"]
    assert (written["branch"], written["assistant_number"]) == ("Caf\u00e9", "+12025550177")
    project.agents()
    assert project.digo("export").code == 0
    (written,) = yaml.safe_load((project.folder / "config" / STACK / "agents.yaml").read_text())["agents"].values()
    assert (written["branch"], written["assistant_number"]) == ("Caf\u00e9", "+12025550177")

    project.agents(sales={**AGENT, "assistant_number": "+1 202 555 01"})
    refused = project.digo("validate")
    assert refused.code != 0
    assert "assistant_number" in refused.text
    assert "202 555 01" not in refused.text, "an excerpt masks the new number field as well"


def test_config_and_table_have_the_same_fields() -> None:
    assert set(AgentEntry.model_fields) - {"formerly", "absent", "password_secret"} == {
        field.name for field in WANTED_FIELDS
    }
