"""A new field of agents is a change of two files: see ARCHITECTURE.md.

The project is copied, the files are edited, and every command treats the field as it treats the others.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from digo.desired.models import AgentEntry
from digo.fields.agents import WANTED_FIELDS
from sandbox.testing import start_sandbox
from tests.scenarios.workspace import CANARY, ROOT, STACK, Outcome, Workspace
from tests.warm.warm_python import COMMANDS, SERVER, make_warm_environment, servers_folder

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
SHARED = ["digo.cli.main", "digo.api.client", "digo.desired", "digo.export.check", "digo.plan.review"]
SERVERS: tuple[dict[str, list[str]], ...] = (
    {
        "digo": SHARED,
        "program": [*SHARED, "pulumi", "pulumi.runtime", "providers.program"],
        "host": [*SHARED, "providers.host.servicer", "aiohttp"],
    },
    {"sandbox": COMMANDS["sandbox"][1]},
)
"""The copy's processes, and what each has in memory: see `warm_python`. Each of a group is forked from one process."""


class Rehearsal(Workspace):
    """A workspace whose program, host and commands are the copy's. The engine has nothing to do with fields."""

    copys_environment = Path(sys.prefix)

    def choose_python(self) -> None:
        self._use(self.copys_environment)

    def digo(self, *arguments: str) -> Outcome:
        return self.finished([self.python, "-m", "digo", "--stack", STACK, *arguments])


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Rehearsal]:
    """A project that is the copy, on the copy's sandbox."""
    copy = edited_copy(tmp_path / "copy")
    with servers_folder("copy-") as environment:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(copy))
            make_warm_environment(environment, SERVERS, copy / SERVER.relative_to(ROOT))
        with start_sandbox(tmp_path, token=[CANARY], python=str(environment / "bin/python")) as sandbox:
            place = Rehearsal(tmp_path / "project", "embedded", sandbox)
            place.copys_environment = environment
            for name in ("digo", "providers"):
                (place.folder / name).unlink()
                (place.folder / name).symlink_to(copy / name)
            place.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
            yield place


def edited_copy(copy: Path) -> Path:
    """The packages that know the fields, with a new field."""
    for name in ("digo", "providers", "engine", "protocol", "sandbox", "tests/warm"):
        shutil.copytree(ROOT / name, copy / name)
    for name, (before, new) in EDITS.items():
        path = copy / name
        text = path.read_text()
        assert before in text, name
        path.write_text(text.replace(before, new + before, 1))
    return copy


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
