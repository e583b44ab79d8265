"""`digo init`: from nothing to a previewed environment; what is there is kept."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from sandbox.testing import Sandbox
from tests.export.export_account import MakeWorkspace
from tests.scenarios.workspace import Outcome, Workspace, operations


@pytest.fixture
def started(account: MakeWorkspace) -> tuple[Workspace, Sandbox]:
    return account([("Sales", "12025550101", "1001")])


def init(workspace: Workspace, *arguments: str) -> Outcome:
    return workspace.digo("init", *arguments)


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
        and not {".venv", "digo", "providers", "engine", "protocol", "state"} & set(path.relative_to(folder).parts)
    }


def test_an_environment_is_made_validated_exported_and_previewed(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    done = init(workspace, "prod", "--endpoint", sandbox.url, "--cps", "0")
    assert done.code == 0, done.text
    assert [line for line in done.stdout.splitlines() if line.startswith(("made", "kept"))] == [
        "made Pulumi.prod.yaml",
        "made config/prod/agents.yaml",
        "made config/prod/lists.yaml",
        "made .digo/keys/prod.ledger-key",
        "made the stack prod",
    ]
    key = workspace.folder / ".digo" / "keys" / "prod.ledger-key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    config = yaml.safe_load((workspace.folder / "Pulumi.prod.yaml").read_text())
    assert config["config"]["digo:endpoint"] == sandbox.url
    assert "encryptionsalt" in config

    assert workspace.digo("--stack", "prod", "validate").code == 0
    assert workspace.digo("--stack", "prod", "export").code == 0
    command = [workspace.python, "-m", "engine", "preview", "--stack", "prod", "--json"]
    preview = subprocess.run(command, cwd=workspace.folder, env=workspace.environ, capture_output=True, text=True)
    assert preview.returncode == 0, preview.stderr
    assert operations(preview.stdout) == {"sales": "import"}
    snapshot = workspace.digo("--stack", "prod", "snapshot", "account.json")
    assert snapshot.code == 0, snapshot.text


def test_a_second_init_keeps_everything(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    assert init(workspace, "prod", "--endpoint", sandbox.url, "--cps", "3").code == 0
    before = content(workspace.folder)
    for options in ((), ("--cps", "3"), ("--cps", "03", "--endpoint", f"{sandbox.url}/")):
        done = init(workspace, "prod", *options)
        assert done.code == 0, done.text
        said = done.stdout.split("next:")[0].splitlines()
        assert [line for line in said if line.startswith(("made", "added"))] == [], options
        assert (
            f"nothing was made or changed; the stack has digo:endpoint {sandbox.url} and digo:cps 3; "
            "`digo engine config set KEY VALUE --stack prod` changes a setting"
        ) in said
        assert content(workspace.folder) == before, options


def test_what_was_there_is_named_if_the_rest_is_made(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    assert init(workspace, "prod", "--endpoint", sandbox.url).code == 0
    (workspace.folder / "config/prod/lists.yaml").unlink()
    said = init(workspace, "prod").stdout
    assert "made config/prod/lists.yaml" in said
    assert (
        "not changed: Pulumi.prod.yaml, config/prod/agents.yaml, .digo/keys/prod.ledger-key, the stack prod; " in said
    )


def test_another_value_than_the_one_that_is_there_is_refused(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    for name in ("base", "other"):
        (workspace.folder / "config" / name).mkdir(parents=True)
        (workspace.folder / "config" / name / "agents.yaml").write_text("agents: {}\n")
    assert init(workspace, "prod", "--endpoint", sandbox.url, "--extends", "base").code == 0
    before = content(workspace.folder)
    done = init(workspace, "prod", "--endpoint", "https://other.example.com", "--cps", "5", "--extends", "other")
    assert done.code == 1
    assert (
        f"Pulumi.prod.yaml has digo:endpoint {sandbox.url}, and --endpoint says https://other.example.com"
        in done.stderr
    )
    assert "config set digo:endpoint https://other.example.com --stack prod` changes it" in done.stderr
    assert "Pulumi.prod.yaml has digo:cps 3, and --cps says 5" in done.stderr
    assert "config/prod/environment.yaml extends base, and --extends says other" in done.stderr
    assert content(workspace.folder) == before


def test_a_stack_file_that_lacks_a_value_gets_it_and_keeps_its_comments(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    file = workspace.folder / "Pulumi.prod.yaml"
    file.write_text("# ours\nconfig:\n  digo:scheme: bearer  # their new gateway\n")
    done = init(workspace, "prod", "--endpoint", sandbox.url, "--cps", "5")
    assert done.code == 0, done.text
    assert "added to Pulumi.prod.yaml" in done.stdout
    config = yaml.safe_load(file.read_text())["config"]
    assert (config["digo:endpoint"], config["digo:cps"], config["digo:scheme"]) == (sandbox.url, "5", "bearer")
    assert "# ours" in file.read_text() and "# their new gateway" in file.read_text()


def test_a_ledger_key_that_is_a_secret_stays_the_key(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    del workspace.environ["PULUMI_CONFIG_PASSPHRASE"]
    file = workspace.folder / "Pulumi.prod.yaml"
    file.write_text(f"config:\n  digo:endpoint: {sandbox.url}\n  digo:ledgerKey: {{secure: v1:bm9uY2U=:ZGF0YQ==}}\n")
    before = file.read_text()
    done = init(workspace, "prod")
    assert done.code == 0, done.text
    assert file.read_text() == before


def test_what_pulumi_yaml_says_is_not_said_again(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    with (workspace.folder / "Pulumi.yaml").open("a") as project:
        project.write(f"config:\n  digo:endpoint: {sandbox.url}\n  digo:cps: 0\n")
    done = init(workspace, "prod")
    assert done.code == 0, done.text
    config = yaml.safe_load((workspace.folder / "Pulumi.prod.yaml").read_text())["config"]
    assert set(config) == {"digo:ledgerKeyFile"}
    assert workspace.digo("--stack", "prod", "export").code == 0


@pytest.mark.parametrize("obstacle", ["config/prod/lists.yaml", ".digo/keys"])
def test_an_error_leaves_nothing_half_made(started: tuple[Workspace, Sandbox], obstacle: str) -> None:
    workspace, sandbox = started
    broken = workspace.folder / obstacle
    broken.parent.mkdir(parents=True, exist_ok=True)
    if broken.suffix:
        broken.parent.rmdir()
        broken = broken.parent
    broken.write_text("in the way\n")
    before = content(workspace.folder)
    done = init(workspace, "prod", "--endpoint", sandbox.url)
    assert done.code == 1
    assert str(broken) in done.stderr
    assert content(workspace.folder) == before
    assert not (workspace.folder / "Pulumi.prod.yaml").exists()


def test_a_stack_that_cannot_be_made_leaves_nothing(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    before = content(workspace.folder)
    workspace.environ["PULUMI_BACKEND_URL"] = "file:///a%zz"
    done = init(workspace, "prod", "--endpoint", sandbox.url)
    assert done.code == 1
    assert "`%zz`" in done.stderr
    assert content(workspace.folder) == before


def test_an_environment_can_extend_another(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    base = workspace.folder / "config" / "base" / "agents.yaml"
    base.parent.mkdir(parents=True)
    base.write_text("agents: {sales: {name: Sales, follow_me_number: '+12025550101'}}\n")
    assert init(workspace, "prod", "--endpoint", sandbox.url, "--extends", "base").code == 0
    assert "prod: 1 agent, all right" in workspace.digo("--stack", "prod", "validate").stdout


def test_the_folder_is_the_one_that_the_stack_reads(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    config = {"digo:endpoint": sandbox.url, "digo:environment": "production"}
    (workspace.folder / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": config}))
    done = init(workspace, "prod")
    assert done.code == 0, done.text
    assert "made config/production/agents.yaml" in done.stdout
    assert not (workspace.folder / "config" / "prod").exists()
    assert workspace.digo("--stack", "prod", "validate").code == 0


def test_without_a_passphrase_it_says_how_to_make_the_stack(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    del workspace.environ["PULUMI_CONFIG_PASSPHRASE"]
    done = init(workspace, "prod", "--endpoint", sandbox.url)
    assert done.code == 0, done.text
    assert "stack init prod" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("../x", "--endpoint", "https://api.example.com"), "an environment is named with"),
        (("x" * 101, "--endpoint", "https://api.example.com"), "at most 100 letters"),
        (("prod", "--endpoint", "not an address"), "  --endpoint is not an http(s) address"),
        (("prod", "--endpoint", "http://api.example.com"), "--endpoint must be https"),
        (("prod", "--endpoint", "https://api.example.com/v1"), "--endpoint is given without /v1"),
        (("prod", "--endpoint", "https://api.example.com", "--extends", "no"), "there is no folder config/no"),
        (("prod",), "--endpoint"),
    ],
)
def test_what_is_wrong_makes_nothing(started: tuple[Workspace, Sandbox], arguments: tuple[str, ...], said: str) -> None:
    workspace, _ = started
    before = content(workspace.folder)
    done = init(workspace, *arguments)
    assert done.code == 1
    assert said in done.stderr
    assert content(workspace.folder) == before


def test_a_stack_file_that_is_there_says_endpoint_and_key(started: tuple[Workspace, Sandbox]) -> None:
    workspace, sandbox = started
    file = workspace.folder / "Pulumi.prod.yaml"
    file.write_text(f"config:\n  digo:endpoint: {sandbox.url}\n  digo:ledgerKeyFile: keys/prod\n")
    done = init(workspace, "prod")
    assert done.code == 0, done.text
    assert "made keys/prod" in done.stdout
    assert yaml.safe_load(file.read_text())["config"]["digo:endpoint"] == sandbox.url
    assert (workspace.folder / "keys" / "prod").is_file()
