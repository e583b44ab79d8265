"""What version 0.1.0 left is taken over: state, engine journal, run journals and a ledger, after a run that was killed.

The fixture was made with that version: two ups, then a third that was killed with SIGKILL while one row was under way.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from digo.cli.main import run as digo
from engine.cli.main import run as engine
from sandbox.testing import Sandbox
from tests.warm.in_process import call
from tests.warm.warm_python import warm_environment

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests" / "fixtures" / "version-0.1.0"
STACK = "before"


class Project:
    """A project with the files of the version before."""

    def __init__(self, folder: Path, sandbox: Sandbox, *, own: bool) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / ".venv").symlink_to(warm_environment())
        if own:
            self._as_a_project_of_ones_own()
        else:
            for name in ("__main__.py", "Pulumi.yaml"):
                shutil.copy(ROOT / name, folder)
        for name in ("digo", "providers", "engine", "protocol"):
            (folder / name).symlink_to(ROOT / name)
        shutil.copy(FIXTURE / f"Pulumi.{STACK}.yaml", folder)
        shutil.copytree(FIXTURE / "config", folder / "config" / STACK, dirs_exist_ok=True)
        shutil.copytree(FIXTURE / "digo", folder / ".digo", dirs_exist_ok=True)
        shutil.copytree(FIXTURE / "state" / "pulumi", folder / "state" / ".pulumi")
        kept = {
            name: value
            for name, value in os.environ.items()
            if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_"))
        }
        self.environ = {
            **kept,
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "example",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "DIGO_AUTHORIZATION": sandbox.token,
            # The state names the account by its endpoint, whose port is not this sandbox's.
            "DIGO_SANDBOX_PORT": sandbox.url.rsplit(":", 1)[-1],
        }

    def _as_a_project_of_ones_own(self) -> None:
        """As docs/howto/own-account.md says: a new project of the same name takes the files over."""
        options = ["--name", "pulumi-digo", "--environment", STACK, "--endpoint", "https://api.example.com"]
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
            assert digo(["new", str(self.folder), *options]) == 0

    def run(self, module: str, *arguments: str) -> tuple[int, str]:
        """Runs a command inside this process; its exit code and all that it printed."""
        run = {"digo": digo, "engine": engine}[module]
        code, out, err = call(run, module, arguments, self.folder, self.environ)
        return code, out + err


@pytest.mark.parametrize("users", ["answer", "403"])
def test_another_profile_takes_over_what_the_version_before_left(users: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """The account shows its rows, so only the one that the killed run did not send is missing."""
    account = sandbox.smartflo
    account.settings(users=users)
    account.add_user("+12025550101", name="Sales desk", intercom="1001", eid="600000879888009")
    account.add_user("+12025550103", name="Night desk", eid="600000879895928")
    for list_id, name in ((4711, "Codes"), (4712, "News")):
        account.add_list(name, list_id=list_id)
    account.add_lead(4711, "+12025550142", field_1="Asha")
    for number, name in enumerate(("Ravi", "Mira", "Noor", "Tara")):
        account.add_lead(4712, f"+1202555015{number}", field_1=name)
    project = Project(tmp_path / "project", sandbox, own=False)
    project.environ["DIGO_AUTHORIZATION"] = account.token
    file = project.folder / f"Pulumi.{STACK}.yaml"
    file.write_text(f"{file.read_text()}  digo:profile: smartflo\n")

    code, said = project.run("digo", "--stack", STACK, "plan")
    assert code == 0, said
    assert "1 call" in said and "create" not in said and "adopt" not in said
    code, said = project.run("engine", "up", "--stack", STACK, "--yes", "--skip-preview")
    assert code == 0, said
    assert {name: count for name, count in sandbox.counts().items() if not name.startswith("GET")} == {
        "POST /v1/broadcast/leads/4712": 1
    }
    assert [len(account.leads(one)) for one in (4711, 4712)] == [1, 5]
    code, said = project.run("digo", "--stack", STACK, "plan")
    assert (code, " 0 calls" in said) == (0, True), said


@pytest.fixture(params=["the repository", "a project of one's own"])
def project(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> Project:
    sandbox.add_agent("+12025550101", name="Sales desk", intercom="1001", eid="600000879888009")
    sandbox.add_agent("+12025550103", name="Night desk", eid="600000879895928")
    return Project(tmp_path / "project", sandbox, own=request.param != "the repository")


def test_a_killed_run_of_the_version_before_goes_on_where_it_was(project: Project, sandbox: Sandbox) -> None:
    code, said = project.run("digo", "--stack", STACK, "plan", "--detailed-exitcode")
    assert code == 2, said
    assert "1 call" in said and "create" not in said

    code, said = project.run("engine", "up", "--stack", STACK, "--yes", "--skip-preview")
    assert code == 0, said
    writes = {name: count for name, count in sandbox.counts().items() if name.startswith("POST")}
    assert writes == {"POST /v1/broadcast/lead/4712": 1}

    code, said = project.run("engine", "preview", "--stack", STACK, "--expect-no-changes")
    assert code == 0, said
    code, said = project.run("digo", "--stack", STACK, "drift", "--detailed-exitcode")
    assert code == 0, said
