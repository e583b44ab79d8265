"""A Git repository with a project of four stacks, for tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from digo.fleet.changes.changed_stacks import changed_stacks
from tests.fleet.fleet_project import FleetProject

FLEET = """\
groups:
  south: {labels: {region: south}}
  rest: {stacks: ["*"]}
"""
LIST = "lists:\n  otp: {{id: 1, columns: {{phone: field_0}}, source: {source}}}\n"
ALL = {"a", "b", "c", "d"}


class Checkout:
    """A repository with a project of four stacks: b extends `_base`, which extends `_all`; c and d read one folder."""

    def __init__(self, folder: Path, place: str = "") -> None:
        self.top = folder
        folder.mkdir()
        self.git("init", "-q", "--template=", "-b", "main")
        (folder / place).mkdir(parents=True, exist_ok=True)
        self.project = FleetProject(folder / place, {"a": {"region": "south"}, "b": {}}, FLEET)
        self.root = self.project.folder
        self.project.stack("c", environment="shared")
        self.project.stack("d", environment="shared")
        self.write("config/b/environment.yaml", "extends: _base\n")
        self.write("config/_base/environment.yaml", "extends: _all\n")
        self.write("config/_base/lists.yaml", LIST.format(source='"../../rows/**/b-*.csv"'))
        self.write("config/_all/agents.yaml", "agents: {}\n")
        self.write("config/_all/environment.yaml", "defaults: {lists: {suppress: [../../dnd.csv]}}\n")
        self.write("config/shared/lists.yaml", LIST.format(source='"../../rows/month-${MONTH}.csv"'))
        self.write("rows/b-1.csv", "phone\n")
        self.write("rows/2026/b-2.csv", "phone\n")
        self.write("rows/month-june.csv", "phone\n")
        self.write("dnd.csv", "phone\n")
        self.write("__main__.py", "")
        self.write("README.md", "")
        self.commit("first")

    def git(self, *arguments: str) -> str:
        names = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *names, *arguments], cwd=self.top, env=environ, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def remove(self, name: str) -> Path:
        path = self.root / name
        path.unlink()
        return path

    def rename(self, old: str, new: str) -> Path:
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        return (self.root / old).rename(self.root / new)

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def reached(self, revision: str = "HEAD") -> dict[str, tuple[str, ...]]:
        return dict(changed_stacks(self.project.load(), revision).reasons)
