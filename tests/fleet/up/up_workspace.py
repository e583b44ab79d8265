"""A project with several stacks, each on an account of its own in one sandbox: the real program, host and engine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from digo.fleet.fleet import Fleet
from sandbox.account_side import AccountSide
from sandbox.testing import Sandbox
from tests.scenarios.new_state import write_new_state
from tests.warm.stack_key import PASSPHRASE, SALT
from tests.warm.warm_python import warm_environment

ROOT = Path(__file__).resolve().parents[3]
CANARY = "canary-token-of-"
"""The beginning of each account's token: none must ever be seen."""
ENVIRONMENT = {"variables": {"DIGO_AUTHORIZATION": "TOKEN_OF_{STACK}"}}


def token_of(stack: str) -> str:
    """The token of a stack's account."""
    return f"{CANARY}{stack}"


def accounts_of(stacks: Sequence[str]) -> dict[str, str]:
    """The option `accounts` of a sandbox for these stacks."""
    return {stack: token_of(stack) for stack in stacks}


class UpWorkspace:
    """Commands of `digo fleet` on one project folder.

    Attributes:
        folder: the project's folder.
        stacks: the names of its stacks.
        environ: the variables of its commands.
    """

    def __init__(self, folder: Path, sandbox: Sandbox, stacks: Sequence[str], *, new: Sequence[str] = ()) -> None:
        """Makes the project.

        Args:
            folder: where to make it.
            sandbox: it has the accounts.
            stacks: their names.
            new: those of them that have no salt and no state: the engine makes both at the stack's first up.
        """
        self.folder = folder
        self.sandbox = sandbox
        self.stacks = tuple(stacks)
        folder.mkdir(parents=True)
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(ROOT / name, folder)
        for name in ("digo", "providers", "engine", "protocol"):
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv").symlink_to(warm_environment())
        (folder / "state").mkdir()
        for stack in stacks:
            self._begin(stack, is_new=stack in new)
            self.set_config(stack)
            self.agents(stack)
        self.fleet(groups={"all": {"stacks": ["*"]}})
        self.environ = {
            **{
                name: value
                for name, value in os.environ.items()
                if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_"))
            },
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "CI": "true",
            **{f"TOKEN_OF_{stack.upper().replace('-', '_')}": token_of(stack) for stack in stacks},
        }

    @property
    def python(self) -> str:
        """The project's own Python."""
        return str(self.folder / ".venv/bin/python")

    def set_config(self, stack: str, **settings: Any) -> None:
        """Writes a stack's file."""
        values = {"endpoint": self.sandbox.url, "cps": "0", "account": stack, "lateSeconds": "1", **settings}
        path = self.folder / f"Pulumi.{stack}.yaml"
        content: dict[str, Any] = yaml.safe_load(path.read_text())
        content["config"] = {f"digo:{name}": value for name, value in values.items()}
        path.write_text(yaml.safe_dump(content))

    def agents(self, stack: str, **agents: Mapping[str, Any]) -> None:
        """Writes the stack's agents."""
        path = self.folder / "config" / stack / "agents.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({"agents": {key: dict(agent) for key, agent in agents.items()}}))

    def fleet(self, **content: Any) -> None:
        """Writes fleet.yaml."""
        (self.folder / "fleet.yaml").write_text(yaml.safe_dump({"environment": ENVIRONMENT, **content}))

    def _begin(self, stack: str, *, is_new: bool) -> None:
        """Writes what the engine has of a stack: a salt in its file, and a state."""
        (self.folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({} if is_new else {"encryptionsalt": SALT}))
        if not is_new:
            write_new_state(self.folder / "state", stack)

    def load(self) -> Fleet:
        """The fleet, in this process."""
        return Fleet.load(self.folder, self.environ)

    def account(self, stack: str) -> AccountSide:
        """The stack's account, as the sandbox has it."""
        return self.sandbox.account(stack)

    def command(self, *arguments: str) -> list[str]:
        """The command line of `digo fleet`."""
        return [self.python, "-m", "digo", "fleet", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `digo fleet` to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def report(self, *arguments: str) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
        """An up without a question: its report, and the finished command."""
        done = self.run("up", "--yes", "--format", "json", *arguments)
        assert done.stdout, done.stderr
        return json.loads(done.stdout), done

    def log(self, report: Mapping[str, Any], stack: str) -> str:
        """What the stack's engine printed in a run."""
        return (self.folder / ".digo/fleet/runs" / str(report["run"]) / f"{stack}.log").read_text()

    def hold_lock(self, stack: str) -> Path:
        """A lock file of the stack, as a run of this process would have it."""
        folder = self.folder / "state/.pulumi/locks/organization/pulumi-digo" / stack
        folder.mkdir(parents=True, exist_ok=True)
        holder = {"pid": os.getpid(), "username": "ann", "hostname": socket.gethostname()}
        lock = folder / "6f1c1d1e-0000-4000-8000-000000000000.json"
        lock.write_text(json.dumps({**holder, "timestamp": datetime.now(timezone.utc).isoformat()}))
        return lock

    def everything_left(self) -> bytes:
        """All that runs left in the project's folder, the database too; not config, and not code."""
        found = []
        for path in self.folder.rglob("*"):
            inside = path.relative_to(self.folder).parts
            if inside[0] in (".digo", "state") and path.is_file() and not path.is_symlink():
                found.append(path.read_bytes())
        return b"\n".join(found)


def outcomes(report: Mapping[str, Any]) -> dict[str, str]:
    """The outcome of each stack."""
    return {one["stack"]: one["outcome"] for one in report["stacks"]}
