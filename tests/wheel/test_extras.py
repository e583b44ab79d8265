"""A Python that has the wheel and no library of an extra: each command that needs one says which, and how it comes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from forked_commands import Command, Ended, run_forked

from digo.system.extras import MODULES
from sandbox.testing import Sandbox

LISTS = "lists: {otp: {id: 4711, columns: {phone: field_0}, source: leads.csv}}\n"
AGENTS = "agents: {sales: {name: Sales, follow_me_number: '+1 202 555 0101'}}\n"


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Path:
    """A project with agents alone, and a folder of state."""
    for name, text in {
        "Pulumi.yaml": "name: plain\nruntime: python\n",
        "Pulumi.t.yaml": f"config: {{'digo:cps': '3', 'digo:endpoint': '{sandbox.url}'}}\n",
        "config/t/agents.yaml": AGENTS,
        "config/t/leads.csv": "phone\n+12025550142\n",
        "state/.keep": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(plain: Path, project: Path, *commands: Sequence[str], **environ: str) -> list[Ended]:
    own = {"PULUMI_BACKEND_URL": f"file://{project}/state", "PULUMI_CONFIG_PASSPHRASE": "test"}
    environ = {**own, "DIGO_AUTHORIZATION": "example-token", **environ}
    return run_forked(project, plain, [Command(["--stack", "t", *arguments], environ) for arguments in commands])


def brings(plain: Path, extra: str) -> str:
    """The end of the message."""
    return f"which {plain}/python lacks; `{plain}/python -m pip install 'pulumi-digo[{extra}]'` brings the extra"


def test_a_plain_plan_and_the_commands_without_files_need_no_extra(
    plain: Path, project: Path, sandbox: Sandbox
) -> None:
    names = ("validate", "plan", "drift", "agents", "records", "doctor")
    ended = run(plain, project, *([name] for name in names), DIGO_AUTHORIZATION=sandbox.token)
    for name, done in zip(names, ended, strict=True):
        assert done.code == 0, (name, done.stdout, done.stderr)
    # The last one lists what is not there.
    assert "without pyarrow, plotly, redis, psycopg, starlette, uvicorn, prometheus-client, numpy" in " ".join(
        ended[-1].stdout.split()
    )


def test_files_of_config_that_need_an_extra_are_a_problem_at_their_place(plain: Path, project: Path) -> None:
    (project / "config" / "t" / "lists.yaml").write_text(LISTS, encoding="utf-8")
    (project / "config" / "t" / "masking.yaml").write_text("{}\n", encoding="utf-8")
    names = ("validate", "plan", "drift")
    for name, done in zip(names, run(plain, project, *([name] for name in names)), strict=True):
        said = done.stdout + done.stderr
        assert done.code == 1, (name, said)
        assert "config/t/lists.yaml:1:" in said
        assert f"lists.otp.source: a list from files needs pyarrow, numpy, {brings(plain, 'lists')}" in said
        masking = f"config/t/masking.yaml:1:1: number masking needs pyarrow, {brings(plain, 'masking')}"
        assert (masking in said) is (name == "validate")


LACKS = {
    "lists check config/t/leads.csv": ("lists", "a file of a list needs pyarrow, numpy"),
    "records --format parquet --output r.parquet": ("records", "a Parquet file needs pyarrow"),
    "records --report r.html": ("records", "the report needs plotly"),
    "masking serve --port 0": ("masking", f"the command masking needs {', '.join(MODULES['masking'])}"),
    "sandbox status": ("sandbox", f"the command sandbox needs {', '.join(MODULES['sandbox'])}"),
}


def test_a_command_says_which_extra_it_needs(plain: Path, project: Path) -> None:
    ended = run(plain, project, *(command.split() for command in LACKS))
    assert {command: (done.code, done.stderr) for command, done in zip(LACKS, ended, strict=True)} == {
        command: (1, f"error: {lacks}, {brings(plain, extra)}\n") for command, (extra, lacks) in LACKS.items()
    }
    assert not {"r.parquet", "r.html"} & {path.name for path in project.iterdir()}


@pytest.mark.parametrize(
    ("command", "url", "driver"),
    [("plan", "redis://127.0.0.1:1", "redis"), ("doctor", "postgresql://127.0.0.1:1/x", "psycopg")],
)
def test_a_shared_pace_needs_its_driver(
    plain: Path, project: Path, sandbox: Sandbox, command: str, url: str, driver: str
) -> None:
    lack = f"digo:paceStore needs {driver}, {brings(plain, 'shared-pace')}"
    (done,) = run(plain, project, [command], DIGO_PACE_STORE=url, DIGO_AUTHORIZATION=sandbox.token)
    assert done.code == 1
    assert lack in " ".join((done.stdout + done.stderr).split()), (done.stdout, done.stderr)
    assert not [name for name in sandbox.counts() if name.startswith("POST")]
