"""File modes, and a real Git repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from digo.doctor.check import Skipped, Status
from digo.doctor.machine import PrivateFiles, ask_git, check_files, check_git, env_files

IGNORED = ".digo/\n.pulumi-state/\n.env\n*.key\n"


@pytest.fixture
def private_files(tmp_path: Path) -> PrivateFiles:
    for folder in (".digo/journal", ".pulumi-state"):
        (tmp_path / folder).mkdir(parents=True)
    key = tmp_path / "ledger.key"
    key.write_text("a key of no worth")
    key.chmod(0o600)
    return PrivateFiles(tmp_path, {key: "the ledger key"}, [tmp_path / ".digo", tmp_path / ".pulumi-state"])


@pytest.fixture
def repository(private_files: PrivateFiles) -> PrivateFiles:
    git(private_files, "init", "--quiet")
    (private_files.root / ".gitignore").write_text(IGNORED)
    return private_files


def git(private_files: PrivateFiles, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=private_files.root, check=True, capture_output=True)


def test_files_of_this_user_alone(private_files: PrivateFiles) -> None:
    assert check_files(private_files).status is Status.OK
    (private_files.root / "ledger.key").chmod(0o640)
    result = check_files(private_files)
    assert result.status is Status.WARNING
    assert (result.meaning, result.next_step) == ("it has the ledger key", "run `chmod 600 ledger.key`")
    (private_files.root / ".pulumi-state").chmod(0o777)
    result = check_files(private_files)
    assert result.status is Status.ERROR and "run `chmod o-w .pulumi-state`" in result.next_step


def test_a_repository_that_ignores_all_of_it(repository: PrivateFiles) -> None:
    assert check_git(ask_git(repository)).status is Status.OK


@pytest.mark.parametrize(
    ("line", "named"),
    [(".digo/", ".digo/"), (".pulumi-state/", ".pulumi-state/"), (".env", ".env"), ("*.key", "ledger.key")],
)
def test_what_is_not_ignored_is_named(repository: PrivateFiles, line: str, named: str) -> None:
    (repository.root / ".gitignore").write_text(IGNORED.replace(f"{line}\n", ""))
    result = check_git(ask_git(repository))
    assert (result.status, result.found) == (Status.WARNING, f"not ignored: {named}")


@pytest.mark.parametrize(
    ("path", "named"),
    [("ledger.key", "ledger.key"), (".digo/journal/run.jsonl", ".digo/"), (".pulumi-state/a", ".pulumi-state/")],
)
def test_a_tracked_secret_is_an_error_even_if_it_is_ignored_now(
    repository: PrivateFiles, path: str, named: str
) -> None:
    (repository.root / path).write_text("a key of no worth")
    git(repository, "add", "--force", path)
    result = check_git(ask_git(repository))
    assert result.status is Status.ERROR and result.found == f"the repository has {named}"
    assert f"git rm -r --cached {named}" in result.next_step


def test_a_tracked_env_file(repository: PrivateFiles) -> None:
    for name in (".env", ".env.example"):
        (repository.root / name).write_text("DIGO_AUTHORIZATION=example-token\n")
    git(repository, "add", "--force", ".env", ".env.example")
    assert env_files(repository.root) == [repository.root / ".env"]
    found = PrivateFiles(repository.root, dict.fromkeys(env_files(repository.root), "secrets"), repository.folders)
    assert ask_git(found).tracked == (".env",)


def test_a_name_that_is_a_pattern_means_itself(repository: PrivateFiles) -> None:
    key = repository.root / "led*[a].key"
    key.write_text("a key of no worth")
    (repository.root / "ledger.txt").write_text("no secret")
    git(repository, "add", "ledger.txt")
    assert ask_git(PrivateFiles(repository.root, {key: "the ledger key"}, repository.folders)).tracked == ()


def test_a_project_below_the_repositorys_top(repository: PrivateFiles) -> None:
    project = repository.root / "phones"
    (project / ".digo").mkdir(parents=True)
    (project / ".digo" / "a").write_text("")
    below = PrivateFiles(project, {}, [project / ".digo"])
    assert check_git(ask_git(below)).status is Status.OK
    git(repository, "add", "--force", "phones/.digo/a")
    assert ask_git(below).tracked == (".digo/",)


def test_no_repository(private_files: PrivateFiles) -> None:
    with pytest.raises(Skipped, match="no Git repository"):
        ask_git(private_files)


def test_no_git(private_files: PrivateFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Skipped, match="no git on this machine"):
        ask_git(private_files)
