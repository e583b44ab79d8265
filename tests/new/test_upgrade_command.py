"""`digo upgrade`: what a newer package changes in a project, and what it leaves alone."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from digo.cli.main import run
from digo.new.record import RECORD, digest
from digo.version import VERSION

UP = ".github/workflows/digo-up.yml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("DIGO_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "phones"
    assert run(["new", str(folder), "--endpoint", "https://api.example.com", "--ci", "github"]) == 0
    monkeypatch.chdir(folder)
    return folder


def written_before(project: Path, texts: dict[str, str | None], version: str = "0.1.9") -> None:
    """Makes it a project that an earlier version wrote: with these texts in place of the present ones."""
    record = json.loads((project / RECORD).read_text())
    for path, text in texts.items():
        if text is None:
            (project / path).unlink()
            del record["files"][path]
        else:
            (project / path).write_text(text)
            record["files"][path] = digest(text)
    (project / RECORD).write_text(json.dumps({**record, "version": version}))


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_project_has_nothing_to_upgrade(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(project)
    assert run(["upgrade", "--check"]) == 0
    assert run(["upgrade", "--yes"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert files(project) == before


def test_files_of_an_earlier_version_are_replaced_made_and_removed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = files(project)
    launcher = "host/pulumi-resource-pulumi-python"
    written_before(
        project,
        {
            launcher: "#!/bin/sh\nexec python3 -m providers.host\n",
            "requirements.txt": "pulumi-digo==0.1.9\n-c constraints.txt\n",
            "schemas/masking.json": None,
            "docs.txt": "no longer written\n",
        },
    )
    (project / launcher).chmod(0o644)
    before = files(project)
    assert run(["upgrade", "--check"]) == 2
    said = capsys.readouterr().out
    assert files(project) == before
    assert "-pulumi-digo==0.1.9\n" in said and f"+pulumi-digo=={VERSION}\n" in said
    assert f"pulumi-digo 0.1.9 -> {VERSION}" in said
    for line in (f"update   {launcher}", "create   schemas/masking.json", "delete   docs.txt"):
        assert line in said

    assert run(["upgrade"]) == 1, "there is no terminal to ask on"
    assert "give --yes" in capsys.readouterr().err
    assert files(project) == before

    assert run(["upgrade", "--yes"]) == 0
    assert files(project) == wanted
    assert (project / launcher).stat().st_mode & stat.S_IXUSR
    assert run(["upgrade", "--check"]) == 0


def test_a_long_difference_is_cut_and_all_of_it_can_be_seen(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written_before(project, {"schemas/masking.json": "{}\n"})
    assert run(["upgrade", "--check"]) == 2
    short = capsys.readouterr().out.splitlines()
    (cut,) = (line for line in short if line.startswith("… and "))
    assert run(["upgrade", "--check", "--all"]) == 2
    whole = capsys.readouterr().out.splitlines()
    assert len(whole) == len(short) - 1 + int(cut.split()[2])
    assert set(short) - set(whole) == {cut}


def test_a_file_of_the_project_commands_no_terminal(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written_before(project, {"__main__.py": "run()\n"})
    (project / "__main__.py").write_bytes(b"ours(\x1b]0;title\x07)\n[red]\n\xff\n")
    assert run(["upgrade", "--check"]) == 2
    said = capsys.readouterr().out
    assert "\x1b" not in said and "\x07" not in said
    assert "-[red]\n" in said
    assert run(["upgrade", "--yes"]) == 0
    assert (project / "__main__.py").read_bytes().endswith(b"\xff\n")


def test_a_file_that_the_user_changed_keeps_its_text(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = (project / "__main__.py").read_text()
    written_before(project, {"__main__.py": "run()\n"})
    (project / "__main__.py").write_text("ours()\nrun()\n")
    assert run(["upgrade", "--yes"]) == 0
    assert "conflict __main__.py" in capsys.readouterr().out
    assert (project / "__main__.py").read_text() == "ours()\nrun()\n"
    assert (project / "__main__.py.new").read_text() == wanted
    # The user merges, or not. It is not asked again before the package changes once more.
    assert run(["upgrade", "--check"]) == 0


def test_what_the_user_removed_or_changed_alone_is_left(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / UP).unlink()
    (project / "__main__.py").write_text("ours()\n")
    before = files(project)
    assert run(["upgrade", "--check"]) == 0
    written_before(project, {})
    record = json.loads((project / RECORD).read_text())
    record["files"][UP] = digest("of an earlier version")
    (project / RECORD).write_text(json.dumps(record))
    assert run(["upgrade", "--yes"]) == 0
    assert f"removed  {UP}" in capsys.readouterr().out
    assert {path: text for path, text in files(project).items() if path != RECORD} == {
        path: text for path, text in before.items() if path != RECORD
    }


FIRST_LINES = f"""\
# `digo upgrade` writes the next line. Other requirements can stand below it.
pulumi-digo=={VERSION}
-c constraints.txt
"""


@pytest.mark.parametrize(
    ("ours", "then"),
    [
        (
            "pulumi-digo[lists]==0.1.9 ; python_version > '3.9'  # why\nhttpx\n",
            f"pulumi-digo[lists]=={VERSION} ; python_version > '3.9'  # why\nhttpx\n",
        ),
        ("# pulumi-digo is ours\npulumi_digo >= 0.1\n", f"# pulumi-digo is ours\npulumi_digo=={VERSION}\n"),
        ("httpx\n", f"{FIRST_LINES}httpx\n"),
        ("pulumi-digo\n-e .\n", f"pulumi-digo=={VERSION}\n-e .\n"),
    ],
)
def test_only_the_pin_of_the_users_requirements_changes(project: Path, ours: str, then: str) -> None:
    written_before(project, {"requirements.txt": "pulumi-digo==0.1.9\n"})
    (project / "requirements.txt").write_text(ours)
    assert run(["upgrade", "--yes"]) == 0
    assert (project / "requirements.txt").read_text() == then


@pytest.mark.parametrize(
    "ours",
    [
        "pulumi-digo @ git+https://git.example.com/pulumi-digo@v0.1.9\n",
        "./wheels/pulumi_digo-0.1.9-py3-none-any.whl\n",
        f"pulumi-digo==0.1.9 \\\n    --hash=sha256:{'0' * 64}\n",
    ],
)
def test_requirements_that_name_an_address_or_hashes_are_the_users(project: Path, ours: str) -> None:
    wanted = (project / "requirements.txt").read_text()
    written_before(project, {"requirements.txt": "pulumi-digo==0.1.9\n"})
    (project / "requirements.txt").write_text(ours)
    assert run(["upgrade", "--yes"]) == 0
    assert (project / "requirements.txt").read_text() == ours
    assert (project / "requirements.txt.new").read_text() == wanted


def test_the_stacks_of_pipelines_are_the_users(project: Path) -> None:
    names = "stack: [prod, staging]"
    for path in project.glob(".github/workflows/*.yml"):
        path.write_text(path.read_text().replace("stack: [prod]", names).replace('["prod"]', '["prod", "staging"]'))
    ours = files(project)
    assert run(["upgrade", "--check"]) == 0
    written_before(project, {UP: ours[UP].decode().replace("timeout-minutes: 120", "timeout-minutes: 60")})
    written_before(project, {".github/workflows/digo-drift.yml": None})
    assert run(["upgrade", "--yes"]) == 0
    assert {path: text for path, text in files(project).items() if path != RECORD} == {
        path: text for path, text in ours.items() if path != RECORD
    }


@pytest.mark.parametrize("link", ["__main__.py", "__main__.py.new", "schemas"])
def test_nothing_is_written_through_a_link_out_of_the_project(
    project: Path, tmp_path: Path, link: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = outside / "file.txt" if link.startswith("__main__") else outside
    if target != outside:
        target.write_text("theirs")
    written_before(project, {"__main__.py": "run()\n"})
    (project / "__main__.py").write_text("ours()\n")
    if (project / link).is_dir():
        (project / link).rename(tmp_path / "aside")
    (project / link).unlink(missing_ok=True)
    (project / link).symlink_to(target)
    assert run(["upgrade", "--yes"]) == 1
    assert "is a link out of the project; nothing was changed" in capsys.readouterr().err
    assert files(outside) == ({"file.txt": b"theirs"} if target != outside else {})


def test_another_service_gets_its_pipelines_for_the_projects_stacks(project: Path) -> None:
    assert run(["init", "staging", "--endpoint", "https://staging.example.com"]) == 0
    ours = project / ".github/workflows/digo-drift.yml"
    ours.write_text(ours.read_text() + "# ours\n")
    for path in project.glob(".github/workflows/*.yml"):
        path.write_text(path.read_text().replace("stack: [prod]", "stack: [staging]"))
    assert run(["upgrade", "--ci", "gitlab", "--yes"]) == 0
    assert "DIGO_STACK: [staging]" in (project / ".gitlab-ci.yml").read_text()
    assert list(project.glob(".github/workflows/*.yml")) == [ours], "it has a change of the user"

    assert run(["upgrade", "--ci", "none", "--yes"]) == 0
    assert not (project / ".gitlab-ci.yml").exists()
    ours.unlink()
    assert run(["upgrade", "--ci", "gitlab", "--yes"]) == 0
    assert "DIGO_STACK: [prod, staging]" in (project / ".gitlab-ci.yml").read_text()


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (None, "this project has no .digo-project.json"),
        ("{", "is not JSON"),
        ("[]", "it is not a mapping"),
        ('{"version": "0.2.0", "ci": "jenkins", "files": {}}', "`ci` is none of github, gitlab, none"),
        ('{"version": "0.2.0", "ci": "none", "files": {"../up": "0"}}', "`../up` is outside of the project"),
        ('{"version": "0.2.0", "ci": "none", "files": {"/etc/up": "0"}}', "`/etc/up` is outside of the project"),
        ('{"version": "99.0.0", "ci": "none", "files": {}}', "written by pulumi-digo 99.0.0"),
    ],
)
def test_a_record_that_cannot_be_used_changes_nothing(
    project: Path, record: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if record is None:
        (project / RECORD).unlink()
    else:
        (project / RECORD).write_text(record)
    before = files(project)
    assert run(["upgrade", "--yes"]) == 1
    assert said in capsys.readouterr().err
    assert files(project) == before
