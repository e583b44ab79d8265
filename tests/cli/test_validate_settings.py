"""What validate says of a stack's settings: each wrong value at its place, without token, variables or state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from digo.cli.main import run

SETTINGS = """\
config:
  digo:cps: fast
  digo:guards:
    maxCreates: many
    maxDelete: 3
  digo:authorization: example-token
  digo:zone: Asia/Calcuta
  digo:timeout: {secure: djE6abc}
  cps: 3
  dgo:scheme: bearer
"""
APPROVAL = "  - {{guard: {}, reason: r, plan: bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: {}}}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PULUMI_STACK", "DIGO_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.t.yaml").write_text("config: {}\n")
    (tmp_path / "config" / "t").mkdir(parents=True)
    (tmp_path / "config" / "t" / "agents.yaml").write_text("agents: {}\n")
    return tmp_path


def validate(project: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """The exit code, and each problem as severity, place and text."""
    code = run(["-C", str(project), "validate", "--format", "json", *options])
    found = json.loads(capsys.readouterr().out)["findings"]
    return code, [f"{one['severity']} {one['file']}:{one['line']}:{one['column']} {one['text']}" for one in found]


def begin(lines: list[str], beginnings: list[str]) -> bool:
    """Whether each line begins as expected."""
    return [line[: len(wanted)] for line, wanted in zip(lines, beginnings, strict=True)] == beginnings


def test_each_wrong_value_is_told_at_its_place(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "Pulumi.t.yaml").write_text(SETTINGS)
    code, problems = validate(project, capsys)
    assert code == 1
    assert begin(
        problems,
        [
            "error Pulumi.t.yaml:2:13 digo:cps is a whole number from 0 to 10,000",
            "error Pulumi.t.yaml:4:5 digo:guards.maxCreates is a whole number of 0 or more",
            "error Pulumi.t.yaml:5:5 digo:guards.maxDelete is not a limit; did you mean `maxDeletes`?",
            "error Pulumi.t.yaml:6:23 digo:authorization is in clear text in the stack's config: renew it",
            "error Pulumi.t.yaml:7:14 digo:zone is a time zone, such as Asia/Kolkata or UTC",
            "warning Pulumi.t.yaml:9:3 `cps` is not a setting of digo; did you mean `digo:cps`?",
            "warning Pulumi.t.yaml:10:3 `dgo:scheme` is not a setting of digo; did you mean `digo:scheme`?",
        ],
    ), problems
    assert "example-token" not in "".join(problems)


def test_a_wrong_default_of_the_project_is_told_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "Pulumi.yaml").write_text("name: p\nruntime: python\nconfig:\n  digo:cps: {value: fast}\n")
    (project / "Pulumi.u.yaml").write_text("config: {digo:environment: t}\n")
    code, problems = validate(project, capsys, "--all")
    assert code == 1
    assert begin(problems, ["error Pulumi.yaml:4:3 digo:cps is a whole number"]), problems


def test_an_environment_that_leads_out_of_config_is_told_at_its_place(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Pulumi.t.yaml").write_text("config:\n  digo:environment: ../t\n")
    code, problems = validate(project, capsys)
    assert code == 1
    assert problems == [
        "error Pulumi.t.yaml:2:21 digo:environment is the name of a folder in config/, which `../t` is not"
    ]


def test_a_broken_project_is_told_in_every_format(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "Pulumi.yaml").write_text("name: [\n")
    code, problems = validate(project, capsys)
    assert code == 1
    assert begin(problems, ["error Pulumi.yaml:1:8 not YAML: a value, or a closing"]), problems


def test_all_environments_need_a_folder(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "config" / "t" / "agents.yaml").unlink()
    (project / "config" / "t").rmdir()
    (project / "config").rmdir()
    assert run(["-C", str(project), "validate", "--all"]) == 1
    assert "the project has no folder config/; `digo init STACK` makes one" in capsys.readouterr().err


def test_an_approval_that_lifts_nothing_is_a_warning(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = [("creates", "2020-01-31"), ("deletes", "2999-01-01"), ("deletes", "2999-02-01"), ("rows", "2999-01-01")]
    text = "approvals:\n" + "".join(APPROVAL.format(*one) for one in entries)
    (project / "config" / "t" / "approvals.yaml").write_text(text)
    code, problems = validate(project, capsys)
    file = "config/t/approvals.yaml"
    assert (code, problems) == (
        0,
        [
            f"warning {file}:2:5 approvals: it expired on 2020-01-31 and lifts nothing; delete it",
            f"warning {file}:4:5 approvals: the approval at {file}:3:5 lifts the same guard for the same plan; "
            "delete one of them",
        ],
    )


def test_a_file_of_leads_that_nothing_reads_is_a_warning(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project / "config" / "t"
    (folder / "old").mkdir()
    for name in ("a.csv", "b.csv", "c.csv", ".hidden.csv", "old/d.csv", "old/dnd.csv", "few.csv", "none.csv"):
        (folder / name).write_text("phone\n+12025550142\n")
    (folder / "routes.csv").write_text("caller,callee\n+12025550142,+12025550143\n")
    (folder / "lists.yaml").write_text(
        "lists:\n  otp: {id: 1, source: a.csv, suppress: old/dnd.csv}\n"
        "  few: {id: 2, leads: [{phone: '+12025550142'}], suppress: few.csv}\n  none: {id: 3, suppress: [none.csv]}\n"
    )
    masking = 'numbers: ["+1 202 555 0190"], files: [routes.csv], default: {callee: "+1 202 555 0144"}'
    (folder / "masking.yaml").write_text(f"masking:\n  m: {{{masking}}}\n")
    code, problems = validate(project, capsys)
    assert code == 0
    assert begin(
        problems,
        [
            "warning config/t/b.csv:1:1 nothing in this environment reads this file and 1 other beside it (`c.csv`)",
            "warning config/t/old/d.csv:1:1 nothing in this environment reads this file; ",
        ],
    ), problems


def test_offline_no_address_of_a_list_is_asked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lists = project / "config" / "t" / "lists.yaml"
    right = (
        "lists:\n"
        "  a: {id: 1, source: 's3://no-such-bucket/*.csv', suppress: d.csv}\n"
        "  b: {id: 2, source: 'https://leads.invalid/a.csv?signature=canary'}\n"
        "  c: {id: 3, source: c.csv, suppress: [d.csv, 'gs://no-such-bucket/a.csv']}\n"
    )
    lists.write_text(right)
    for name in ("c.csv", "d.csv"):
        (lists.parent / name).write_text("phone\n+12025550142\n")
    code, found = validate(project, capsys, "--offline")
    assert (code, [line.partition(" ")[0] for line in found]) == (0, ["warning"] * 3), "all local files are read"
    rows, numbers = "its rows are not checked", "not all of its numbers are checked"
    for line, (place, name, said) in zip(
        found, (("2:22", "a.source", rows), ("3:22", "b.source", rows), ("4:39", "c.suppress", numbers)), strict=True
    ):
        assert f"config/t/lists.yaml:{place} " in line and name in line and said in line
    wrong = (
        "  d: {id: 4, source: 's3://no-such-bucket/a.csv', columns: {phone: field_7}}\n  e: {id: 5, source: no.csv}\n"
    )
    lists.write_text(right + wrong)
    code, found = validate(project, capsys, "--offline")
    assert (code, [line.split()[1].partition(":")[2].partition(":")[0] for line in found]) == (1, ["5", "6"])


def test_offline_what_is_local_is_checked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lists = project / "config" / "t" / "lists.yaml"
    lists.write_text(
        "lists:\n"
        "  a: {id: 1, source: 's3://no-such-bucket/*.csv', suppress: d.csv}\n"
        "  b: {id: 2, source: c.csv, suppress: 'gs://no-such-bucket/a.csv'}\n"
    )
    (lists.parent / "c.csv").write_text("phone\nnone\n")
    (lists.parent / "d.csv").write_text("phone\n+12025550142\nno number\n")
    code, found = validate(project, capsys, "--offline")
    assert code == 1
    assert [line.split()[1].rpartition("/")[2] for line in found if line.startswith("error")] == [
        "c.csv:2:1",
        "d.csv:3:1",
    ]
