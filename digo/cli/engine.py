"""The engine that keeps a stack's state: `pulumi` where it is on PATH, or else the embedded one.

`scripts/stack.sh` chooses by the same rule.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LOCAL_STATE = ".pulumi-state"
SANDBOX = "sandbox"
FOLDER_URL = "file://"


class EngineError(Exception):
    """The engine could not tell what was asked. The text has its own words."""


@dataclass(frozen=True)
class Engine:
    """Commands of one engine on one project and stack. `root` is the project's folder."""

    root: Path
    stack: str

    @property
    def name(self) -> str:
        """What the user calls it."""
        return "pulumi" if shutil.which("pulumi") else "python -m engine"

    def state(self) -> Mapping[str, Any] | None:
        """The stack's deployment, secrets in clear text; None where there is no such stack yet.

        Raises:
            EngineError: the state could not be read.
        """
        try:
            exported = json.loads(self._run("stack", "export", "--show-secrets", "--stack", self.stack))
        except EngineError:
            # Asked only now: each question to an engine is a process of its own.
            if self.stack in self._stacks():
                raise
            return None
        deployment: Mapping[str, Any] = exported.get("deployment") or {}
        return deployment

    def create(self) -> bool:
        """Makes the stack, and the folder of a `file://` backend; False where the stack is there already.

        Raises:
            EngineError: it could not be made.
        """
        self._make_folder()
        if self.stack in self._stacks():
            return False
        self._run("stack", "init", self.stack)
        return True

    def secrets(self) -> Mapping[str, str]:
        """The stack's config, secrets decrypted, by full key (`digo:authorization`).

        Raises:
            EngineError: it could not be read.
        """
        shown = json.loads(self._run("config", "--json", "--show-secrets", "--stack", self.stack))
        return {key: str(entry["value"]) for key, entry in shown.items() if "value" in entry}

    def _make_folder(self) -> None:
        """The pulumi CLI refuses a folder that is not there."""
        url = self._environ().get("PULUMI_BACKEND_URL", "")
        if url.startswith(FOLDER_URL):
            try:
                Path(url.removeprefix(FOLDER_URL).split("?")[0]).expanduser().mkdir(parents=True, exist_ok=True)
            except OSError as problem:
                raise EngineError(f"the state's folder {url} cannot be made: {problem.strerror}") from None

    def _stacks(self) -> list[str]:
        listed = json.loads(self._run("stack", "ls", "--json"))
        return [str(one["name"]).rsplit("/", 1)[-1] for one in listed]

    def _run(self, *arguments: str) -> str:
        command = ["pulumi"] if self.name == "pulumi" else [sys.executable, "-m", "engine"]
        try:
            done = subprocess.run(
                [*command, *arguments, "--non-interactive"],
                cwd=self.root,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as problem:
            raise EngineError(f"{self.name} cannot be started: {problem.strerror}") from None
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"
            raise EngineError(f"`{self.name} {' '.join(arguments)}` failed: {said}")
        return done.stdout

    def _environ(self) -> dict[str, str]:
        environ = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        if "PULUMI_BACKEND_URL" not in environ and self._is_local():
            environ["PULUMI_BACKEND_URL"] = f"file://{self.root / LOCAL_STATE}"
        if self.stack == SANDBOX:
            environ.setdefault("PULUMI_CONFIG_PASSPHRASE", "")
        return environ

    def _is_local(self) -> bool:
        """Whether `make` keeps this stack's state in the project; otherwise it is where pulumi is logged in."""
        if self.name != "pulumi":
            return True
        project = yaml.safe_load((self.root / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        folder = self.root / LOCAL_STATE / ".pulumi" / "stacks" / project
        return any((folder / f"{self.stack}{ending}").is_file() for ending in (".json", ".json.gz"))
