"""docs/howto/uninstall.md: its commands leave nothing of the stack, and it names each folder that the code writes."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path

from digo.apply.account_lock import lock_folders
from sandbox.testing import Sandbox
from tests.docs.pages import DOCS, ROOT, START, Walk, copy_of_the_project
from tests.warm.warm_python import warm_environment

PAGE = (DOCS / "howto" / "uninstall.md").read_text(encoding="utf-8")


def files_of(project: Path) -> set[str]:
    return {
        path.relative_to(project).as_posix()
        for path in project.rglob("*")
        if path.is_file() and not {".venv", "__pycache__"} & set(path.relative_to(project).parts)
    }


def test_the_commands_leave_nothing_of_the_stack(tmp_path: Path, sandbox: Sandbox) -> None:
    project = copy_of_the_project(tmp_path / "pulumi-digo", warm_environment())
    before = files_of(project)
    walk = Walk(project, {"https://api.example.com": sandbox.url})
    walk.sh(START)
    walk.page(PAGE)
    left = files_of(project) - before
    assert {path for path in left if not path.startswith(".pulumi-state/")} == set()
    assert [path for path in left if "stacks/" in path and path.endswith(".json")] == []
    assert (tmp_path / "prod.json").is_file() and (tmp_path / "prod.ledger-key").is_file()
    assert len(sandbox.agents()) == 1


def test_it_names_each_folder_of_the_project_that_the_code_writes() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "digo").rglob("*.py"))
    folders = set(re.findall(r"\"\.digo\" / \"(\w+)\"|\.digo/(\w+)/", code))
    names = {first or second for first, second in folders} - {""}
    assert names >= {"journal", "ledger", "history"}
    assert [name for name in sorted(names) if f"`.digo/{name}/`" not in PAGE] == []
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    made_by_hand = {".env", ".env.*", "!.env.example", "*.pyc", "*.egg-info/", "build/", "dist/"}
    assert [name for name in ignored if name not in made_by_hand and f"`{name.lstrip('/')}" not in PAGE] == []


def test_it_names_the_folders_of_the_locks() -> None:
    home = pwd.getpwuid(os.geteuid()).pw_dir
    for folder in (*lock_folders({}), *lock_folders({"DIGO_LOCK_DIR": "/chosen"})):
        shown = str(folder.path).replace(home, "~", 1) if folder.path.is_relative_to(home) else str(folder.path)
        shown = shown.replace("/chosen", "$DIGO_LOCK_DIR").replace(f"digo-{os.geteuid()}", "digo-<user id>")
        assert f"{shown}/`" in PAGE
