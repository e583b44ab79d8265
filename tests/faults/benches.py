"""The project and the account as they were before the run that is cut, and what the uncut run makes of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fleet
from project import Project
from settled import account_of, list_all, resources_of

from digo.apply.account_lock import lock_folders
from sandbox.testing import Sandbox


@dataclass(frozen=True)
class Bench:
    """A project and an account as they were once, to start from again and again."""

    template: Project
    agents: list[dict[str, Any]]
    leads: dict[str, list[dict[str, Any]]]

    @classmethod
    def of(cls, template: Project) -> Bench:
        """The project and its account as they are now."""
        state = template.sandbox.state()
        return cls(template, state["agents"], state["leads"])

    def start(self, folder: Path) -> Project:
        """The account as it was, nobody's turn to write, and the project as it was, in a folder of its own."""
        sandbox = self.template.sandbox
        sandbox.reset()
        # A run that was killed leaves its turn, and the next one would list the account once more.
        (locks,) = lock_folders(os.environ)
        shutil.rmtree(locks.path, ignore_errors=True)
        for one in sorted(self.agents, key=lambda agent: int(agent["id"])):
            sandbox.add_agent(**{name: one[name] for name in ("name", "follow_me_number", "intercom", "eid")})
        with sandbox.client() as client:
            for list_id, rows in self.leads.items():
                for row in rows:
                    client.post(f"/v1/broadcast/lead/{list_id}", json=row["fields"]).raise_for_status()
        sandbox.clear_requests()
        return self.template.twin(folder)


@dataclass(frozen=True)
class Expected:
    """What a preview said of the uncut run, what that left, and what it asked the API for."""

    steps: dict[str, str]
    account: dict[str, list[str]]
    resources: dict[str, dict[str, Any]]
    requests: list[dict[str, Any]]


class Benches:
    """The bench and the uncut run of each engine, made once. `folder` gives a new folder for a name."""

    def __init__(self, sandbox: Sandbox, folder: Callable[[str], Path]) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self._benches: dict[str, Bench] = {}
        self._expected: dict[str, Expected] = {}

    def bench(self, engine: str) -> Bench:
        """The project of the cut scenario, before the run that is cut."""
        if engine not in self._benches:
            self._sandbox.reset()
            template = Project(self._folder(f"before-{engine}") / "project", engine, self._sandbox)
            fleet.write_before(template)
            template.up()
            fleet.add_adopted(self._sandbox)
            fleet.write_after(template)
            self._benches[engine] = Bench.of(template)
        return self._benches[engine]

    def expected(self, engine: str) -> Expected:
        """What the uncut run says and leaves."""
        if engine not in self._expected:
            project = self.bench(engine).start(self._folder(f"uncut-{engine}") / "project")
            steps = project.steps()
            self._sandbox.clear_requests()
            project.up()
            requests = self._sandbox.requests()
            list_all(project)
            self._expected[engine] = Expected(steps, account_of(self._sandbox), resources_of(project), requests)
        return self._expected[engine]
