"""The words that start this `digo`, by PATH, by how it was called, and by where the user is."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from digo.system.command_name import ENGINES_OWN, pasteable
from engine.cli.main import COMMANDS, root
from tests.warm.digo_on_path import write_digo

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
SAY = f"{SCRIPT}from digo.system.command_name import digo_command\nprint(digo_command())\n"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment with a `digo` that says what it is called, in a folder with a space."""
    folder = tmp_path / "our phones"
    place = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    script = place / "bin" / "digo"
    # As installers write it: the path of this Python is not a first line, because it has a space.
    script.write_text(f"#!/bin/sh\n'''exec' \"{place}/bin/python\" \"$0\" \"$@\"\n' '''\n{SAY}", encoding="utf-8")
    script.chmod(0o755)
    return place


def said(folder: Path, command: str, **environ: str) -> str:
    """What a command says in a shell that goes to the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["bash", "-c", f"cd {shlex.quote(str(folder))} && {command}"],
        env={"PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_it_is_digo_where_path_leads_to_it(environment: Path) -> None:
    path = f"{environment / 'bin'}:/usr/bin:/bin"
    assert said(environment.parent, "digo", PATH=path) == "digo"
    assert said(environment.parent, ".venv/bin/digo", PATH=path) == "digo"


def test_it_is_digo_where_path_leads_to_a_link_or_a_script_that_starts_it(environment: Path, tmp_path: Path) -> None:
    linked = tmp_path / "bin"
    linked.mkdir()
    (linked / "digo").symlink_to(environment / "bin" / "digo")
    assert said(tmp_path, "digo", PATH=f"{linked}:/usr/bin:/bin") == "digo"
    plain = tmp_path / "venv"
    plain.symlink_to(environment)
    write_digo(tmp_path / "own", plain / "bin" / "python")
    assert said(tmp_path, f"{plain}/bin/digo", PATH=f"{tmp_path}/own:/usr/bin:/bin") == "digo"


def test_it_is_the_path_where_path_leads_to_another_one_or_none(environment: Path, tmp_path: Path) -> None:
    write_digo(tmp_path / "other", "/usr/bin/python3")
    for path in ("/usr/bin:/bin", f"{tmp_path / 'other'}:/usr/bin:/bin"):
        assert said(environment.parent, ".venv/bin/digo", PATH=path) == ".venv/bin/digo"
        assert said(environment.parent / "config" / "prod", "../../.venv/bin/digo", PATH=path) == (
            "../../.venv/bin/digo"
        )
    # From far away the whole path is shorter, and a shell takes it as it stands.
    far = tmp_path.joinpath(*"a" * 80)
    whole = shlex.quote(str(environment / "bin" / "digo"))
    assert said(far, whole) == whole


def test_it_is_the_whole_path_in_a_process_that_was_moved(environment: Path, tmp_path: Path) -> None:
    """A program runs in the project's folder, wherever the user is."""
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-c", SAY],
        cwd=environment.parent,
        env={"PATH": "/usr/bin:/bin", "PWD": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == shlex.quote(str(environment / "bin" / "digo"))


def test_it_is_python_m_digo_where_it_was_started_so_or_has_no_script(environment: Path) -> None:
    package = environment.parent / "digo"
    package.mkdir()
    (package / "__main__.py").write_text(SAY.replace("from digo.", "sys.modules.pop('digo', None)\nfrom digo."))
    assert said(environment.parent, ".venv/bin/python -m digo") == ".venv/bin/python -m digo"
    (environment / "bin" / "digo").unlink()
    (package / "__main__.py").rename(environment.parent / "say.py")
    assert said(environment.parent, ".venv/bin/python say.py") == ".venv/bin/python -m digo"


def test_commands_of_a_message_can_be_pasted(tmp_path: Path) -> None:
    none = {"PATH": str(tmp_path)}
    here = pasteable("`digo plan`", none).strip("`").removesuffix(" plan")
    assert here.endswith(("-m digo", "/digo"))
    assert (
        pasteable("run `digo plan --all`, then `pulumi up`", none)
        == f"run `{here} plan --all`, then `{here} engine up`"
    )
    for text in ("`pulumi login`", "`pulumi state upgrade`", "`pulumi stack change-secrets-provider`", "digo plan",
                 "`digo`", "`digo:cps`", "`digo.lists`", "pulumi up", "`pulumi`", "`digofoo x`"):  # fmt: skip
        assert pasteable(text, none) == text
    (tmp_path / "pulumi").write_text("#!/bin/sh\n")
    (tmp_path / "pulumi").chmod(0o755)
    assert pasteable("`digo plan`, then `pulumi config set --secret x`", none) == (
        f"`{here} plan`, then `pulumi config set --secret x`"
    )


def test_the_commands_that_the_embedded_engine_has_are_the_list() -> None:
    import click

    found = set()
    for name in COMMANDS:
        command = root.get_command(click.Context(root), name)
        nested = isinstance(command, click.Group) and not command.invoke_without_command
        found |= {f"{name} {inner}" for inner in command.commands} if nested else {name}  # type: ignore[union-attr]
    own = {one.split()[0] if one.split()[0] == "config" else one for one in found}
    missing = {one for one in own if one not in ENGINES_OWN}
    assert missing <= {"stack"}, missing
    assert {one for one in ENGINES_OWN if one.split()[0] not in COMMANDS} == set()
