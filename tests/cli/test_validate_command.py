"""`digo validate` as people and pipelines run it: a process, with neither token nor state."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.warm.warm_python import warm_python

ROOT = Path(__file__).resolve().parents[2]

WRONG = """\
agents:
  sales:
    nam: Sales
    follow_me_number: "+1 202 555 0101"
    intercom: 12
  \u4e1c\u4eac:
    name: x
    follow_me_number: "+1 202 555 0102"
    intercom:\t"1a" # +1 202 555 0103
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one stack, `t`, and nothing else."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.t.yaml").write_text("config:\n  digo:cps: 3\n")
    (tmp_path / "config" / "t").mkdir(parents=True)
    return tmp_path


def write(project: Path, text: str, name: str = "t/agents.yaml") -> None:
    path = project / "config" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def validate(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("DIGO_", "PULUMI_"))}
    command = [str(warm_python()), "-m", "digo", "-C", str(project), *arguments]
    return subprocess.run(
        command,
        env={**environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.cold
def test_all_problems_are_told_at_once_each_with_its_line_and_a_caret(project: Path) -> None:
    write(project, WRONG)
    write(project, "lists:\n  otp: {}\n", "t/lists.yaml")
    done = validate(project, "validate")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "error: config/t/agents.yaml:2:3: agents.sales.name: is missing",
        "     2 |   sales:",
        "       |   ^",
        "error: config/t/agents.yaml:3:5: agents.sales.nam: unknown key; did you mean `name`?",
        "     3 |     nam: Sales",
        "       |     ^",
        "error: config/t/agents.yaml:5:15: agents.sales.intercom: an intercom is exactly four digits",
        "     5 |     intercom: 12",
        "       |               ^",
        "error: config/t/agents.yaml:9:15: agents.\u4e1c\u4eac.intercom: an intercom is exactly four digits",
        '     9 |     intercom: "1a" # ***0103',
        "       |               ^",
        "error: config/t/lists.yaml:2:3: lists.otp.id: is missing",
        "     2 |   otp: {}",
        "       |   ^",
        "t: 5 problems",
    ]


def test_the_caret_stands_right_behind_wide_letters_and_masked_numbers(project: Path) -> None:
    write(project, 'agents: {\u4e1c\u4eac: {name: "+1 202 555 0101", follow_me_number: x}}\n')
    done = validate(project, "validate")
    _, line, caret, _ = done.stdout.splitlines()
    assert line == '     1 | agents: {\u4e1c\u4eac: {name: "***0101", follow_me_number: x}}'
    # Each of the two letters is two cells wide.
    assert caret.index("^") == line.index("x}}") + 2


def test_numbers_are_shown_where_they_are_asked_for(project: Path) -> None:
    write(project, WRONG)
    assert "+1 202 555 0103" not in validate(project, "validate").stdout
    assert "+1 202 555 0103" in validate(project, "--show-numbers", "validate").stdout


def test_annotations_name_file_line_and_column(project: Path) -> None:
    write(project, "agents:\n  a,b%:\n    name: ''\n    follow_me_number: '+1 202 555 0101'\n", "t/agents/x,y.yaml")
    done = validate(project, "validate", "--format", "github")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "::error file=config/t/agents/x%2Cy.yaml,line=3,col=11,title=digo validate::"
        "agents.a,b%25.name: a name cannot be empty",
        "t: 1 problem",
    ]


def test_json_has_problems_and_doubts(project: Path) -> None:
    write(project, "agents:\n  a: {name: A, follow_me_number: '+1 000 555 0101'}\n")
    write(project, "", "t/agent.yaml")
    done = validate(project, "validate", "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["valid"], document["version"]) == (0, True, 1)
    assert [(one["severity"], one["file"], one["line"], one["column"]) for one in document["findings"]] == [
        ("warning", "config/t/agent.yaml", 1, 1),
        ("warning", "config/t/agents.yaml", 2, 34),
    ]


def test_an_environment_needs_no_stack_and_all_are_checked_with_all(project: Path) -> None:
    write(project, "agents: {}\n")
    write(project, "agents: {}\n", "other/agents.yaml")
    write(project, "agents:\n", "wrong/agents.yaml")
    write(project, "agents: {a: {name: A}}\n", "_base/agents.yaml")
    assert validate(project, "validate", "-e", "other").returncode == 0
    assert validate(project, "validate").returncode == 0
    done = validate(project, "validate", "--all")
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line[:1] != " "][-3:] == [
        "other: 0 agents, all right",
        "t: 0 agents, all right",
        "wrong: 1 problem",
    ]


def test_a_misspelt_setting_of_the_stack_is_found(project: Path) -> None:
    write(project, "agents: {}\n")
    (project / "Pulumi.t.yaml").write_text("config:\n  digo:cpss: 3\n")
    done = validate(project, "validate")
    assert done.returncode == 1
    assert "error: Pulumi.t.yaml:2:3: digo:cpss is not a setting; did you mean digo:cps?" in done.stdout


@pytest.mark.parametrize("name", ["..", "a/b"])
def test_an_environment_is_a_name(project: Path, name: str) -> None:
    done = validate(project, "validate", "-e", name)
    assert done.returncode == 1
    assert "is the name of a folder in config/" in done.stderr


def test_lines_of_lead_files_are_not_shown(project: Path) -> None:
    write(project, "lists:\n  otp:\n    id: 1\n    source: leads.csv\n", "t/lists.yaml")
    write(project, "phone,secret\n12,hidden\n", "t/leads.csv")
    done = validate(project, "validate")
    assert done.returncode == 1
    assert "config/t/leads.csv" in done.stdout
    assert "hidden" not in done.stdout


@pytest.mark.parametrize("form", ["text", "github"])
def test_of_a_thousand_problems_the_first_are_listed_and_all_are_counted_by_kind(project: Path, form: str) -> None:
    entry = "  k{0}:\n    name: ''\n    follow_me_number: '+1 202 555 0101'\n    intercom: {0}\n"
    write(project, "agents:\n" + "".join(entry.format(index) for index in range(500)))
    done = validate(project, "validate", "--format", form)
    assert done.returncode == 1
    mark = "error: " if form == "text" else "::error "
    lines = done.stdout.splitlines()
    assert sum(line.startswith(mark) for line in lines) == 20
    assert "config/t/agents.yaml" in lines[0]
    rest = lines.index("and 980 more in t; --show-all lists them. All by kind:")
    assert lines[rest + 1 :] == [
        "  500 x agents.*.intercom: an intercom is exactly four digits",
        "  500 x agents.*.name: a name cannot be empty",
        "t: 1,000 problems",
    ]
    every = validate(project, "validate", "--format", form, "--show-all")
    assert sum(line.startswith(mark) for line in every.stdout.splitlines()) == 1000
    assert " more in t" not in every.stdout
    document = json.loads(validate(project, "validate", "--format", "json").stdout)
    assert len(document["findings"]) == 1000


def test_a_command_that_needs_config_lists_some_of_its_problems(project: Path) -> None:
    entry = "  k{0}: {{name: '', follow_me_number: '+1 202 555 0101'}}\n"
    write(project, "agents:\n" + "".join(entry.format(index) for index in range(500)))
    done = validate(project, "compare", "t", "t")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) < 30
    assert "500 problems in the config; nothing was read or written:" in lines[0]
    assert lines[1] == "  500 x agents.*.name: a name cannot be empty"
    assert sum("config/t/agents.yaml:" in line for line in lines) == 20
    assert "  and 480 more; `digo validate --show-all` lists all" in lines
