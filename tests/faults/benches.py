"""The project and the account as they were before the run that is cut, and what the uncut run makes of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digo.apply.account_lock import lock_folders
from sandbox.testing import Sandbox
from tests.faults.project import Project
from tests.faults.scene import Scene
from tests.faults.settled import account_of, list_all, resources_of


@dataclass(frozen=True)
class Bench:
    """A project and an account as they were once, to start from again and again. `account` is a file of the sandbox."""

    template: Project
    account: Path

    @classmethod
    def of(cls, template: Project) -> Bench:
        """The project and its account as they are now."""
        account = template.folder.with_name("account.db")
        template.sandbox.save(account)
        return cls(template, account)

    def start(self, folder: Path) -> Project:
        """The account as it was, nobody's turn to write, and the project as it was, in a folder of its own."""
        # A run that was killed leaves its turn, and the next one would list the account once more.
        (locks,) = lock_folders(os.environ)
        shutil.rmtree(locks.path, ignore_errors=True)
        self.template.sandbox.load(self.account)
        return self.template.twin(folder)


@dataclass(frozen=True)
class Expected:
    """What a preview said of the uncut run, what that left, and what it asked the API for."""

    steps: dict[str, str]
    account: dict[str, list[str]]
    resources: dict[str, dict[str, Any]]
    requests: list[dict[str, Any]]


class Benches:
    """The bench and the uncut run of each scene and engine, made once. `folder` gives a new folder for a name."""

    def __init__(self, sandbox: Sandbox, folder: Callable[[str], Path]) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self._benches: dict[tuple[str, str], Bench] = {}
        self._expected: dict[tuple[str, str], Expected] = {}

    def bench(self, scene: Scene, engine: str) -> Bench:
        """The project of the scene, before the run that is cut."""
        key = scene.profile, engine
        if key not in self._benches:
            self._sandbox.reset()
            folder = self._folder(f"before-{scene.profile}-{engine}") / "project"
            template = scene.project(folder, engine, self._sandbox)
            scene.write_before(template)
            template.up()
            scene.change_in_panel(self._sandbox)
            scene.write_after(template)
            self._benches[key] = Bench.of(template)
        return self._benches[key]

    def expected(self, scene: Scene, engine: str) -> Expected:
        """What the uncut run says and leaves."""
        key = scene.profile, engine
        if key not in self._expected:
            project = self.bench(scene, engine).start(self._folder(f"uncut-{scene.profile}-{engine}") / "project")
            steps = project.steps()
            self._sandbox.clear_requests()
            project.up()
            requests = self._sandbox.requests()
            list_all(project)
            self._expected[key] = Expected(steps, account_of(self._sandbox), resources_of(project), requests)
        return self._expected[key]
