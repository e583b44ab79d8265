"""A project of its own for each test: the real program, host and engine, with its own config, state and sandbox."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from digo.cli.main import run as digo
from engine.cli.main import run as engine
from sandbox.testing import Sandbox
from tests.warm.in_process import call
from tests.warm.stack_key import PASSPHRASE, SALT
from tests.warm.warm_python import COLD, warm_environment

ROOT = Path(__file__).resolve().parents[2]
STACK = "test"
PROJECT = "pulumi-digo"
CANARY = "canary-token-4f1c"
"""The token of every scenario: it must never be seen."""


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code and all it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout + self.stderr


class Workspace:
    """Commands of one engine (`embedded` or `pulumi`) on one project folder.

    Attributes:
        warm: whether the processes of commands have their modules in memory already: see `warm_python`.
    """

    warm = True

    def __init__(self, folder: Path, engine: str, sandbox: Sandbox, token: str | None = None) -> None:
        self.folder = folder
        self.engine = engine
        self.sandbox = sandbox
        self.environ = self._environ(token or sandbox.token)
        folder.mkdir(parents=True, exist_ok=True)
        self._use(warm_environment())
        if engine not in _NEW_STACKS:
            _make(folder)
            assert self.run("stack", "init", STACK).code == 0
            _NEW_STACKS[engine] = _kept(folder)
        else:
            shutil.copytree(_NEW_STACKS[engine].name, folder, symlinks=True, dirs_exist_ok=True)
        self.set_config(endpoint=sandbox.url, cps="0")

    def choose_python(self) -> None:
        """Makes the Python that `warm` says the project's, for what is started next."""
        self._use(warm_environment() if self.warm else sys.prefix)

    def _use(self, environment: str | Path) -> None:
        """Makes a virtual environment the project's."""
        link = self.folder / ".venv.new"
        link.symlink_to(environment)
        link.replace(self.folder / ".venv")

    @property
    def python(self) -> str:
        """The project's own Python."""
        return str(self.folder / ".venv/bin/python")

    def _environ(self, token: str) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_"))
        }
        return {
            **inherited,
            "PULUMI_BACKEND_URL": f"file://{self.folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_PARALLEL": "64",
            "DIGO_AUTHORIZATION": token,
        }

    def set_config(self, **config: Any) -> None:
        """Sets stack config, beside what is there."""
        path = self.folder / f"Pulumi.{STACK}.yaml"
        content = yaml.safe_load(path.read_text()) if path.exists() else {}
        content.setdefault("config", {}).update({f"digo:{name}": value for name, value in config.items()})
        path.write_text(yaml.safe_dump(content))

    def settings(self) -> dict[str, Any]:
        """The stack config of this project's own keys."""
        content = yaml.safe_load((self.folder / f"Pulumi.{STACK}.yaml").read_text())
        return {key.removeprefix("digo:"): value for key, value in content["config"].items()}

    def write(self, name: str, content: Any) -> None:
        """Writes a file of the environment; a text as it is, anything else as YAML."""
        path = self.folder / "config" / STACK / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))

    def agents(self, **agents: dict[str, Any]) -> None:
        """Writes agents.yaml."""
        self.write("agents.yaml", {"agents": agents})

    def command(self, *arguments: str) -> list[str]:
        """The command line of the engine, with the stack where the operation takes one."""
        first = ["pulumi"] if self.engine == "pulumi" else [self.python, "-m", "engine"]
        if arguments[0] in ("preview", "up", "refresh", "destroy", "import", "cancel"):
            arguments = (*arguments, "--stack", STACK) if arguments[0] != "cancel" else (*arguments, STACK)
        if arguments[0] in ("up", "refresh", "destroy", "import", "cancel"):
            arguments = (*arguments, "--yes")
        return [*first, *arguments]

    def run(self, *arguments: str) -> Outcome:
        """Runs a command to its end."""
        return self.execute(self.command(*arguments))

    def execute(self, command: list[str]) -> Outcome:
        """Runs a command line of the engine, the embedded one inside this process: it starts program and host."""
        self.choose_python()
        if self.engine == "pulumi" or not self._saves_processes:
            return self.finished(command)
        return Outcome(*call(engine, "engine", command[3:], self.folder, self.environ))

    def digo(self, *arguments: str) -> Outcome:
        """Runs a command of `digo` on the stack, inside this process."""
        arguments = ("--stack", STACK, *arguments)
        if not self._saves_processes:
            return self.finished([self.python, "-m", "digo", *arguments])
        return Outcome(*call(digo, "digo", arguments, self.folder, self.environ))

    @property
    def _saves_processes(self) -> bool:
        """Whether commands may run inside this process: not where `pytest --cold` wants them as a user's."""
        return self.warm and COLD not in os.environ

    def finished(self, command: list[str]) -> Outcome:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts a command that a test will kill, or send a signal to."""
        self.choose_python()
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def up(self, *arguments: str) -> Outcome:
        """An up that must succeed."""
        outcome = self.run("up", "--skip-preview", *arguments)
        assert outcome.code == 0, outcome.text
        return outcome

    def steps(self, *arguments: str) -> dict[str, str]:
        """What a preview says, by resource name; unchanged ones are left out."""
        outcome = self.run("preview", "--json", *arguments)
        assert outcome.code == 0, outcome.text
        return operations(outcome.stdout)

    def previewed(self) -> tuple[dict[str, str], str]:
        """What `steps` gives, and all messages of the same preview."""
        outcome = self.run("preview", "--json")
        assert outcome.code == 0, outcome.text
        messages = (one["message"] for one in json.loads(outcome.stdout)["diagnostics"])
        return operations(outcome.stdout), "\n".join(messages)

    def changes(self) -> dict[str, int]:
        """The summary of a preview, counts by operation, without unchanged ones."""
        outcome = self.run("preview", "--json")
        assert outcome.code == 0, outcome.text
        summary = json.loads(outcome.stdout).get("changeSummary") or {}
        return {op: count for op, count in summary.items() if op != "same" and count}

    def assert_nothing_left(self) -> None:
        """A second up has nothing to do, and sends no write."""
        self.sandbox.clear_requests()
        outcome = self.run("up", "--skip-preview", "--expect-no-changes")
        assert outcome.code == 0, outcome.text
        assert not [method for method in self.sandbox.counts() if not method.startswith("GET")]

    def state(self) -> dict[str, dict[str, Any]]:
        """The digo resources in the state, by name."""
        return {
            resource["urn"].rsplit("::", 1)[-1]: resource
            for resource in self.checkpoint().get("resources", [])
            if is_entry(resource["urn"])
        }

    def checkpoint(self) -> dict[str, Any]:
        """The state as the file has it; both engines write it in the same place."""
        path = self.folder / "state" / ".pulumi" / "stacks" / PROJECT / f"{STACK}.json"
        return dict(json.loads(path.read_text())["checkpoint"].get("latest") or {})

    def processes(self, *whats: str) -> list[psutil.Process]:
        """Running processes of this workspace whose command line has one of `whats`."""
        found, folder = [], str(self.folder)
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.cwd() == folder and any(what in " ".join(process.cmdline()) for what in whats):
                    found.append(process)
        return found

    def everything_left(self) -> str:
        """All text that runs left in the project folder: state, journals, logs; not the user's own config."""
        texts = []
        for path in self.folder.rglob("*"):
            inside = path.relative_to(self.folder).parts
            if (
                path.is_file()
                and not path.is_symlink()
                and inside[0] not in ("config", ".venv", "digo", "providers", "engine", "protocol")
            ):
                texts.append(path.read_text(errors="replace"))
        return "\n".join(texts)


_NEW_STACKS: dict[str, tempfile.TemporaryDirectory[str]] = {}
"""A project of each engine, right after its `stack init`: made by the first workspace, copied by all others."""


def _make(folder: Path) -> None:
    """A project that is this repository's, with no config and a stack's file."""
    shutil.copy(ROOT / "__main__.py", folder)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    for name in ("digo", "providers", "engine", "protocol"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "state").mkdir()
    (folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"encryptionsalt": SALT}))


def _kept(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A copy of a project, without its Python, until this process ends."""
    copy = tempfile.TemporaryDirectory()
    without = shutil.ignore_patterns(".venv")
    shutil.copytree(folder, copy.name, symlinks=True, dirs_exist_ok=True, ignore=without)
    return copy


def operations(preview: str) -> dict[str, str]:
    """The operations of a `preview --json` on entries of the config, by name; unchanged ones are left out."""
    found: dict[str, str] = {}
    for step in json.loads(preview).get("steps") or ():
        if step["op"] != "same" and is_entry(step["urn"]):
            # The document has one word for a new agent and for another one that the account has already.
            adopts = step["op"] == "replace" and "importID" in step["newState"]
            found[step["urn"].rsplit("::", 1)[-1]] = "import-replacement" if adopts else step["op"]
    return found


def is_entry(urn: str) -> bool:
    """Whether a resource stands for an entry of the config: an agent or a lead, not the account's gate."""
    return digo_type(urn) in ("Agent", "Lead")


def digo_type(urn: str) -> str:
    """The type of a digo resource, such as `Agent`; "" for any other one."""
    return urn.split("::")[-2].rpartition("dynamic/digo:")[2] if "dynamic/digo:" in urn else ""


def requests(sandbox: Sandbox) -> Counter[str]:
    """Requests by method and path, the lead list's id left out."""
    counts: Counter[str] = Counter()
    for name, count in sandbox.counts().items():
        counts["/".join(name.split("/")[:4])] += count
    return counts
