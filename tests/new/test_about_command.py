"""`digo about`: every place where something is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digo.cli.main import run
from digo.version import VERSION


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_BACKEND_URL", "PULUMI_STACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DIGO_LOCK_DIR", str(tmp_path / "locks"))
    folder = tmp_path / "phones"
    assert run(["new", str(folder), "--endpoint", "https://api.example.com"]) == 0
    return folder


def test_each_place_that_exists_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [".digo/journal/prod", ".digo/strange", ".pulumi-state", "digo-ci", ".venv"]
    for place in made:
        (project / place).mkdir(parents=True)
    capsys.readouterr()
    monkeypatch.setenv("DIGO_AUTHORIZATION", "example-token")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "postgres://user:secret@db.example.com/state")
    assert run(["-C", str(project / "config"), "about"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"pulumi-digo {VERSION}, Python 3.")
    places = [line.split()[0] for line in said.splitlines() if line.startswith("  ")]
    for place in (".digo/keys", ".digo/journal", ".digo/strange", ".pulumi-state", "digo-ci", ".venv"):
        assert place in places
    assert "DIGO_AUTHORIZATION" in places
    assert not {".sandbox", ".digo/ledger", "locks"} & set(places), "only what exists"
    assert "example-token" not in said and "secret" not in said


def test_locks_are_named_after_a_run_has_made_them(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "locks" / f"digo-{os.geteuid()}"
    folder.mkdir(parents=True)
    assert run(["-C", str(project), "about"]) == 0
    assert str(folder) in capsys.readouterr().out


def test_accounts_are_named_with_their_stacks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(project), "about"]) == 0
    assert "digo:account" not in capsys.readouterr().out
    contents = {"a1": "digo:account: north", "a2": "digo:account: north", "b": "digo:account: south", "c": "x: ["}
    for stack, content in contents.items():
        (project / f"Pulumi.{stack}.yaml").write_text(f"config:\n  {content}\n", encoding="utf-8")
    assert run(["-C", str(project), "about"]) == 0
    said = capsys.readouterr().out
    part = said.partition("\naccounts by name (digo:account):\n")[2].partition("\n\n")[0]
    assert part.split("\n") == ["  north  stacks a1, a2", "  south  stack b"]
    for number in range(12):
        (project / f"Pulumi.d{number}.yaml").write_text(f"config:\n  digo:account: d{number}\n", encoding="utf-8")
    assert run(["-C", str(project), "about"]) == 0
    assert "4 more accounts: `digo fleet stacks` has all" in capsys.readouterr().out


def test_it_needs_no_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(tmp_path), "about"]) == 0
    said = capsys.readouterr().out
    assert "there is no project here" in said and "installed:" in said
