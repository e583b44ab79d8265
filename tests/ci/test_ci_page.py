"""docs/ci/README.md says what is in the templates."""

from __future__ import annotations

import re
from pathlib import Path

from tests.ci.templates import CI, FLEET, GITLAB, jobs

PAGE = (CI / "README.md").read_text()
FILES = {
    "validate": ("pull-request.yml", "validate"),
    "plan": ("pull-request.yml", "plan"),
    "fork": ("fork.yml", "changes"),
    "approved": ("fork.yml", "plan"),
    "up": ("up.yml", "up"),
    "drift": ("drift.yml", "drift"),
}
OF_FLEETS = {
    "fleet plan": [("github-pull-request.yml", "plan"), ("github-up.yml", "plan")],
    "fleet up": [("github-up.yml", "up")],
    "fleet drift": [("github-drift.yml", "drift")],
}


def given(file: str, job: str, folder: Path = CI / "github") -> set[str]:
    """The variables that a job of GitHub has from secrets and settings."""
    steps = jobs(folder / file)[job]["steps"]
    found = {name: value for step in steps for name, value in step.get("env", {}).items()}
    return {name for name, value in found.items() if re.search(r"\b(secrets|vars)\.", value)}


def test_the_table_of_secrets_is_what_the_jobs_have() -> None:
    lines = PAGE[PAGE.index("| variable | secret |") :].split("\n\n")[0].splitlines()
    head = [cell.strip() for cell in lines[0].strip("|").split("|")]
    rows = {}
    for line in lines[2:]:
        cells = dict(zip(head, (cell.strip() for cell in line.strip("|").split("|")), strict=True))
        rows[cells["variable"].strip("`")] = cells
    for column, place in FILES.items():
        said = {name for name, cells in rows.items() if cells[column] == "x"}
        # What a project adds, and what only GitLab has, is in no job of GitHub.
        assert said - {"DIGO_VAR_…", "DIGO_GITLAB_TOKEN"} == given(*place), column
        assert given(*place) <= set(rows)


def test_the_table_of_a_fleets_secrets_is_what_the_jobs_have() -> None:
    head, _, *lines = PAGE[PAGE.index("| variable | fleet plan |") :].split("\n\n")[0].splitlines()
    columns = [cell.strip() for cell in head.strip("|").split("|")]
    for column, places in OF_FLEETS.items():
        marked = [line for line in lines if line.strip("|").split("|")[columns.index(column)].strip() == "x"]
        said = {re.findall(r"`([A-Z_]+)", line)[0] for line in marked}
        for file, job in places:
            found = {re.sub("_(NORTH|SOUTH)$", "_", name) for name in given(file, job, FLEET)}
            assert found == said - {"DIGO_GITLAB_TOKEN"}, (file, job)


def test_no_variable_of_config_is_for_a_fork() -> None:
    (row,) = (line for line in PAGE.splitlines() if line.startswith("| `DIGO_VAR_…`"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[3:] == ["x", "x", "", "", "x", "x"]
    assert "none that is secret" in PAGE


def test_every_file_and_link_is_there() -> None:
    links = re.findall(r"\]\(([^)]+)\)", PAGE)
    assert links
    assert [link for link in links if not link.startswith("#") and not (CI / link).is_file()] == []
    templates = {path.relative_to(CI).as_posix() for path in CI.glob("*/*") if path.parent.name != "steps"}
    assert templates <= set(links)


def test_the_readme_leads_here() -> None:
    assert "(docs/ci/README.md)" in (Path(CI).parents[1] / "README.md").read_text()
    assert GITLAB.name in PAGE
