"""The change that the documentation's pictures show, planned by the real command on a sandbox.

Everything in it is made up, and nothing in it depends on the day, the machine or the port.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.testing import Sandbox

ROOT = Path(__file__).resolve().parents[1]
STACK = "prod"
COLUMNS, LINES = 110, 60
# The plan's hash covers the endpoint, so the config has one that never changes. The port is the sandbox's own.
_ENDPOINT = "http://127.0.0.1:8099"
_COLUMNS = {"phone": "field_0", "name": "field_1", "otp": "field_5"}


@dataclass(frozen=True)
class PlanTexts:
    """One plan in three forms. `terminal` has the control sequences of its colours."""

    terminal: str
    markdown: str
    html: str


def planned(folder: Path, environment: Path, sandbox: Sandbox) -> PlanTexts:
    """Makes the project in `folder`, brings it up, changes config and account, and plans.

    Args:
        folder: where the project is made; it must not exist.
        environment: the virtual environment whose Python runs the commands.
        sandbox: an empty account.

    Raises:
        RuntimeError: a command failed; the text has its output.
    """
    project = _Project(folder, environment, sandbox)
    sandbox.add_agent("12025550109", name="Front door", intercom="1009")
    project.config(_before(), _leads(("0142", "Asha", "123456"), ("0143", "Ravi", "654321"), ("0144", "Mei", "112233")))
    project.run("engine", "stack", "init", STACK)
    # They are there before the up, which takes them over: an up makes agents in any order, and so their EIDs.
    for wanted in _before().values():
        number = re.sub(r"\D", "", wanted["follow_me_number"])
        sandbox.add_agent(number, name=wanted["name"], intercom=str(wanted["intercom"]))
    project.run("engine", "up", "--stack", STACK, "--yes", "--skip-preview")
    sandbox.add_agent("12025550105", name="Reception", intercom="1005")
    project.config(_after(), _leads(("0142", "Asha", "777888"), ("0144", "Mei", "112233"), ("0145", "Omar", "445566")))
    terminal = project.seen("digo", "--stack", STACK, "plan", "--write", "plan.md", "--write", "plan.html")
    texts = (project.folder / name for name in ("plan.md", "plan.html"))
    return PlanTexts(terminal, *(path.read_text(encoding="utf-8") for path in texts))


def _before() -> dict[str, Any]:
    return {
        "sales": _agent("Sales", "0101", 1001),
        "support": _agent("Support desk", "0102", 1002),
        "night": _agent("Night desk", "0103", 1003),
        "temp": _agent("Temporary desk", "0104", 1004),
    }


def _after() -> dict[str, Any]:
    """One entry of each kind: another name, another number, one gone, one that the account has, and a new one."""
    return {
        "sales": _agent("Sales desk", "0101", 1001),
        "support": _agent("Support desk", "0112", 1012),
        "night": _agent("Night desk", "0103", 1003),
        "reception": _agent("Reception", "0105", 1005),
        "lunch": _agent("Lunch desk", "0106", 1006),
    }


def _agent(name: str, ending: str, intercom: int) -> dict[str, Any]:
    return {"name": name, "follow_me_number": f"+1 202 555 {ending}", "intercom": intercom}


def _leads(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"phone": f"+1 202 555 {ending}", "name": name, "otp": otp} for ending, name, otp in rows]


def _without_pulumi(folders: list[str]) -> list[str]:
    return [one for one in folders if not (Path(one) / "pulumi").exists()]


class _Project:
    """A folder with the program, as `pulumi new` makes one, and a stack for the sandbox."""

    def __init__(self, folder: Path, environment: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        (folder / "state").mkdir(parents=True)
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(ROOT / name, folder)
        for name in ("digo", "providers", "engine", "protocol"):
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv").symlink_to(environment)
        self._write(f"Pulumi.{STACK}.yaml", {"config": {"digo:endpoint": _ENDPOINT, "digo:cps": "3"}})
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DIGO_", "PULUMI_"))},
            # The plan's last line names the engine: the embedded one everywhere, by `digo` on PATH.
            "PATH": os.pathsep.join([f"{environment}/bin", *_without_pulumi(os.get_exec_path())]),
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "example",
            "PULUMI_PARALLEL": "1",  # so that the account numbers its agents in the order of the config
            "DIGO_AUTHORIZATION": sandbox.token,
            "DIGO_SANDBOX_PORT": str(sandbox.port),
            "TERM": "xterm-256color",
        }
        for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES"):
            self._environ.pop(name, None)

    def config(self, agents: dict[str, Any], leads: list[dict[str, str]]) -> None:
        """Writes the environment's config."""
        self._write(f"config/{STACK}/agents.yaml", {"agents": agents})
        entry = {"id": 4711, "columns": _COLUMNS, "leads": leads}
        self._write(f"config/{STACK}/lists.yaml", {"lists": {"otp": entry}})

    def run(self, module: str, *arguments: str) -> None:
        """Runs a command to its end."""
        done = subprocess.run(
            self._command(module, *arguments),
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        _check(done.args, done.returncode, done.stdout)

    def seen(self, module: str, *arguments: str) -> str:
        """Runs a command in a terminal of its own, and returns what the terminal got."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        command = self._command(module, *arguments)
        with subprocess.Popen(
            command, cwd=self.folder, env=self._environ, stdin=theirs, stdout=theirs, stderr=theirs
        ) as process:
            os.close(theirs)
            got = b"".join(_blocks(ours))
            os.close(ours)
        said = got.decode("utf-8").replace("\r\n", "\n")
        _check(command, process.returncode, said)
        return said

    def _command(self, module: str, *arguments: str) -> list[str]:
        return [str(self.folder / ".venv/bin/python"), "-m", module, *arguments]

    def _write(self, name: str, content: dict[str, Any]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _check(command: Sequence[str], code: int, said: str) -> None:
    if code:
        raise RuntimeError(f"`{' '.join(command)}` ended with {code}:\n{said}")


def _blocks(terminal: int) -> Iterator[bytes]:
    """What a terminal gets until its last process has ended: then Linux reports an error, and macOS an empty block."""
    while True:
        try:
            block = os.read(terminal, 65_536)
        except OSError:
            return
        if not block:
            return
        yield block
