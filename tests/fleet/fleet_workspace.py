"""A project with several real stacks, each with an account of its own in one sandbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from sandbox.account_side import AccountSide
from sandbox.testing import Sandbox
from tests.scenarios.new_state import write_new_state
from tests.scenarios.workspace import Outcome, Workspace
from tests.warm.stack_key import SALT

TOKENS = "DIGO_AUTHORIZATION: 'TOKEN_{STACK}'"
ALL = f"groups: {{all: {{stacks: ['*']}}}}\nenvironment: {{variables: {{{TOKENS}}}}}\n"


class FleetWorkspace(Workspace):
    """Commands on all stacks of one project. The workspace's own stack, `test`, is not in the fleet."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, "embedded", sandbox)
        del self.environ["DIGO_AUTHORIZATION"]
        (folder / "Pulumi.test.yaml").unlink()
        self.write_fleet()

    def write_fleet(self, more: str = "") -> None:
        """Writes fleet.yaml: a group of all stacks, the variables with their tokens, and `more`."""
        (self.folder / "fleet.yaml").write_text(ALL + more)

    def add(self, name: str, account: AccountSide, **agents: dict[str, Any]) -> None:
        """Adds a stack of an account, with agents in its config."""
        settings = {"endpoint": self.sandbox.url, "account": name, "cps": "0"}
        write_new_state(self.folder / "state", name)
        content = {"encryptionsalt": SALT, "config": {f"digo:{key}": value for key, value in settings.items()}}
        (self.folder / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump(content))
        environment = self.folder / "config" / name
        environment.mkdir(parents=True)
        (environment / "agents.yaml").write_text(yaml.safe_dump({"agents": agents}))
        self.environ[f"TOKEN_{name.upper().replace('-', '_')}"] = account.token

    def up_stack(self, name: str) -> None:
        """An up of one stack, which must succeed."""
        before: dict[str, str] = self.environ
        self.environ = {**before, "DIGO_AUTHORIZATION": before[f"TOKEN_{name.upper().replace('-', '_')}"]}
        try:
            done = self.finished([self.python, "-m", "engine", "up", "--yes", "--skip-preview", "--stack", name])
        finally:
            self.environ = before
        assert done.code == 0, done.text

    def fleet(self, *arguments: str) -> Outcome:
        """Runs a command of `digo fleet`."""
        self.choose_python()
        return self.finished([self.python if self.warm else sys.executable, "-m", "digo", "fleet", *arguments])
