"""A Python that has the wheel and no library of an extra: each command that needs one says which, and how it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from digo.system.extras import MODULES
from sandbox.testing import Sandbox
from tests.wheel.forked_commands import Command, Ended, run_forked

LISTS = "lists: {otp: {id: 4711, columns: {phone: field_0}, source: leads.csv}}\n"
AGENTS = "agents: {sales: {name: Sales, follow_me_number: '+1 202 555 0101'}}\n"
MODULES_OF_PLANS = "aiohttp digo.cli.main digo.plan.review digo.session httpx phonenumbers.data.region_US"
OWN, LISTED = "own", "listed"
PLAIN = ("validate", "plan", "drift", "agents", "records", "doctor")
OF_FILES = ("validate", "plan", "drift")
LACKS = {
    "lists check config/t/leads.csv": ("lists", "a file of a list needs pyarrow, numpy"),
    "records --format parquet --output r.parquet": ("records", "a Parquet file needs pyarrow"),
    "records --report r.html": ("records", "the report needs plotly"),
    "masking serve --port 0": ("masking", f"the command masking needs {', '.join(MODULES['masking'])}"),
    "sandbox status": ("sandbox", f"the command sandbox needs {', '.join(MODULES['sandbox'])}"),
}
PACES = {"plan": ("redis", "redis://127.0.0.1:1"), "doctor": ("psycopg", "postgresql://127.0.0.1:1/x")}


def make_project(folder: Path, sandbox: Sandbox, more: Mapping[str, str]) -> None:
    """A project with agents, a file of leads, a folder of state, and more files of config."""
    for name, text in {
        "Pulumi.yaml": "name: plain\nruntime: python\n",
        "Pulumi.t.yaml": f"config: {{'digo:cps': '3', 'digo:endpoint': '{sandbox.url}'}}\n",
        "config/t/agents.yaml": AGENTS,
        "config/t/leads.csv": "phone\n+12025550142\n",
        "state/.keep": "",
        **more,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Asked:
    """A command in one of the projects, and the store of its pace."""

    project: str
    command: str
    pace: str = ""

    def call(self, place: Path, token: str) -> Command:
        folder = place / self.project
        environ = {
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "DIGO_AUTHORIZATION": token,
            **({"DIGO_PACE_STORE": self.pace} if self.pace else {}),
        }
        return Command(folder, ["--stack", "t", *self.command.split()], environ)


@dataclass(frozen=True)
class Runs:
    """What became of all commands of this module, which one Python forks: to load its modules takes longest."""

    project: Path
    ended: Mapping[Asked, Ended]
    writes: Sequence[str]


@pytest.fixture(scope="module")
def runs(plain: Path, shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Of a project `own` with agents alone, and of one `listed` with a list's file and masking."""
    shared_sandbox.reset()
    place = tmp_path_factory.mktemp("plain")
    make_project(place / OWN, shared_sandbox, {})
    make_project(place / LISTED, shared_sandbox, {"config/t/lists.yaml": LISTS, "config/t/masking.yaml": "{}\n"})
    asked = [Asked(OWN, name) for name in (*PLAIN, *LACKS)] + [Asked(LISTED, name) for name in OF_FILES]
    asked += [Asked(OWN, name, url) for name, (_, url) in PACES.items()]
    ended = run_forked(plain, [one.call(place, shared_sandbox.token) for one in asked], MODULES_OF_PLANS)
    writes = [name for name in shared_sandbox.counts() if name.startswith("POST")]
    return Runs(place / OWN, dict(zip(asked, ended, strict=True)), writes)


def brings(plain: Path, extra: str) -> str:
    """The end of the message."""
    return f"which {plain}/python lacks; `{plain}/python -m pip install 'pulumi-digo[{extra}]'` brings the extra"


def test_a_plain_plan_and_the_commands_without_files_need_no_extra(runs: Runs) -> None:
    for name in PLAIN:
        done = runs.ended[Asked(OWN, name)]
        assert done.code == 0, (name, done.stdout, done.stderr)
    assert "without pyarrow, plotly, redis, psycopg, starlette, uvicorn, prometheus-client, numpy" in " ".join(
        runs.ended[Asked(OWN, "doctor")].stdout.split()
    )


def test_files_of_config_that_need_an_extra_are_a_problem_at_their_place(plain: Path, runs: Runs) -> None:
    for name in OF_FILES:
        done = runs.ended[Asked(LISTED, name)]
        said = done.stdout + done.stderr
        assert done.code == 1, (name, said)
        assert "config/t/lists.yaml:1:" in said
        assert f"lists.otp.source: a list from files needs pyarrow, numpy, {brings(plain, 'lists')}" in said
        masking = f"config/t/masking.yaml:1:1: number masking needs pyarrow, {brings(plain, 'masking')}"
        assert (masking in said) is (name == "validate")


def test_a_command_says_which_extra_it_needs(plain: Path, runs: Runs) -> None:
    ended = {command: runs.ended[Asked(OWN, command)] for command in LACKS}
    assert {command: (done.code, done.stderr) for command, done in ended.items()} == {
        command: (1, f"error: {lacks}, {brings(plain, extra)}\n") for command, (extra, lacks) in LACKS.items()
    }
    assert not {"r.parquet", "r.html"} & {path.name for path in runs.project.iterdir()}


def test_a_shared_pace_needs_its_driver(plain: Path, runs: Runs) -> None:
    for name, (driver, url) in PACES.items():
        done = runs.ended[Asked(OWN, name, url)]
        said = " ".join((done.stdout + done.stderr).split())
        assert done.code == 1, (name, said)
        assert f"digo:paceStore needs {driver}, {brings(plain, 'shared-pace')}" in said
    assert not runs.writes
