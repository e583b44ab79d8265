"""`digo validate` says of `masking.yaml` what the service would say."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.masking.masking_project import Project

MASKING, OTHER_MASKING, A, B, C = (f"+120255501{n}" for n in ("00", "10", "01", "02", "03"))
AGENTS = {"agents": {"sales": {"name": "Sales", "follow_me_number": C}}}


def entry(**fields: Any) -> dict[str, Any]:
    return {"masking": {"rides": {"numbers": [MASKING, OTHER_MASKING], **fields}}}


@pytest.fixture
def wrong(project: Project) -> Project:
    """A project of which the agents are right, and the routes are not."""
    project.write("agents.yaml", AGENTS)
    project.write("r.csv", f"caller,callee\n{B},{MASKING}\n")
    rows = [
        "masking:",
        "  rides:",
        f"    numbers: ['{MASKING}']",
        f"    routes: [{{caller: '{A}', callee: '{A}'}}]",
        "    files: [r.csv]",
        "    default: {agent: sale}",
    ]
    project.write("masking.yaml", "\n".join(rows) + "\n")
    return project


def test_routes_are_counted_beside_the_agents(project: Project) -> None:
    project.write("agents.yaml", AGENTS)
    project.write("r.csv", f"caller,callee\n{A},{B}\n{B},{A}\n")
    project.write("masking.yaml", entry(files=["r.csv"], default={"agent": "sales"}, anonymous="reject"))
    done = project.run("validate")
    assert (done.returncode, done.stdout) == (0, "test: 1 agent, 2 masking numbers with 8 routes, all right\n")
    assert project.run("masking", "check").stdout == "8 routes\n"


def test_each_problem_has_its_line_and_its_excerpt(wrong: Project) -> None:
    done = wrong.run("validate")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "error: config/test/masking.yaml:4:23: masking.rides.routes.0: the caller would ring themself",
        "     4 |     routes: [{caller: '***0101', callee: '***0101'}]",
        "       |                       ^",
        "error: config/test/masking.yaml:6:22: masking.rides.default.agent: config has no agent `sale`; did you mean "
        "`sales`?",
        "     6 |     default: {agent: sale}",
        "       |                      ^",
        "error: config/test/r.csv:2:1: this is a loop: it rings a masking number, which asks this service again",
        "test: 3 problems",
    ]
    checked = wrong.run("masking", "check").stderr
    assert all(line.removeprefix("error: ") in checked for line in done.stdout.splitlines() if line[:5] == "error")


def test_annotations_and_json_have_them_too(wrong: Project) -> None:
    done = wrong.run("validate", "--format", "github")
    assert (
        "::error file=config/test/masking.yaml,line=4,col=23,title=digo validate::masking.rides.routes.0: the caller "
        "would ring themself"
    ) in done.stdout.splitlines()
    document = json.loads(wrong.run("validate", "--format", "json").stdout)
    assert document["valid"] is False
    found = [(one["severity"], one["file"], one["line"], one["column"]) for one in document["findings"]]
    assert found == [
        ("error", "config/test/masking.yaml", 4, 23),
        ("error", "config/test/masking.yaml", 6, 22),
        ("error", "config/test/r.csv", 2, 1),
    ]


def test_a_doubt_is_a_warning(project: Project) -> None:
    project.write("agents.yaml", AGENTS)
    project.write("masking.yaml", entry())
    done = project.run("validate", "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["valid"]) == (0, True)
    (finding,) = document["findings"]
    assert (finding["severity"], finding["line"]) == ("warning", 2)
    assert "it has no `default`" in finding["text"]


def test_agents_that_are_wrong_themselves_are_told_once_and_hide_no_route(wrong: Project) -> None:
    wrong.write("agents.yaml", {"agents": {"sales": {"name": "Sales"}}})
    told = wrong.run("validate").stdout
    assert told.count("agents.sales.follow_me_number: is missing") == 1
    assert told.endswith("test: 3 problems\n")
    assert "the caller would ring themself" in told
    assert "config has no agent" not in told


def test_all_environments_are_looked_at(wrong: Project) -> None:
    wrong.write("../other/agents.yaml", {"agents": {}})
    wrong.write("../other/masking.yaml", {"masking": {}})
    wrong.write("../plain/agents.yaml", {"agents": {}})
    lines = [line for line in wrong.run("validate", "--all").stdout.splitlines() if line[:1] not in " "]
    assert lines[-3:] == [
        "other: 0 agents, 0 masking numbers with 0 routes, all right",
        "plain: 0 agents, all right",
        "test: 3 problems",
    ]
    assert wrong.run("validate", "-e", "other").returncode == 0


@pytest.mark.parametrize("content", ["", "masking:\n", "masking: {a: \n", "\x00", "- 1\n"])
def test_a_file_that_is_no_config_is_a_problem_and_no_traceback(project: Project, content: str) -> None:
    project.write("agents.yaml", AGENTS)
    project.write("masking.yaml", content)
    done = project.run("validate")
    assert (done.returncode, done.stderr) == (1, "")
    assert "error: config/test/masking.yaml:" in done.stdout


def test_a_link_that_leads_nowhere_is_no_absent_file(project: Project) -> None:
    project.write("agents.yaml", AGENTS)
    (project.config / "masking.yaml").symlink_to("gone.yaml")
    done = project.run("validate")
    assert done.returncode == 1
    assert "config/test/masking.yaml:1:1: cannot be read: it is a link to something that is not there" in done.stdout


def test_who_has_no_masking_numbers_does_not_load_them(project: Project) -> None:
    project.write("agents.yaml", AGENTS)
    done = project.run("validate")
    assert (done.returncode, done.stdout) == (0, "test: 1 agent, all right\n")
    code = (
        "import sys; from digo.cli.main import run; run(sys.argv[1:]); "
        "print([m for m in sys.modules if m.startswith('digo.masking')])"
    )
    command = [sys.executable, "-c", code, "--stack", "test", "-C", str(project.folder), "validate"]
    told = subprocess.run(command, env=project.environ(), capture_output=True, text=True, timeout=60).stdout
    assert told.splitlines()[-1] == "[]"
