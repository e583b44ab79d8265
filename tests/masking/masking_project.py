"""A project with routes, and the service as a process, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from sandbox.testing import NO_TLS
from tests.warm.warm_python import SERVER, warm_python

ROOT = Path(__file__).resolve().parents[2]
SECRET = "example-secret"
PYTHON = sys.executable
"""The Python of the tests. `warm_tables` puts another one in the place of `sys.executable`."""


class Project:
    """A project's folder with one environment, without engine or state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config" / "test"
        self.config.mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text("name: pulumi-digo\nruntime: python\n")
        (folder / "Pulumi.test.yaml").write_text("config: {}\n")

    def write(self, name: str, content: Any) -> Path:
        """Writes a file of the environment; a text as it is, anything else as YAML; whole as soon as there."""
        path = self.config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.draft")
        draft.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        return draft.replace(path)

    def command(self, *arguments: str) -> list[str]:
        return [PYTHON, "-m", "digo", "--stack", "test", "-C", str(self.folder), *arguments]

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(warm_python()), *self.command(*arguments)[1:]],
            cwd=ROOT,
            env=self.environ(**environ),
            capture_output=True,
            text=True,
            timeout=60,
        )

    @staticmethod
    def environ(**more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DIGO_", "PULUMI_"))}
        return {**kept, **more}


class Service:
    """A running service. What it printed is in `log` (stderr) and `access` (stdout)."""

    def __init__(
        self,
        project: Project,
        *options: str,
        access: int | None = None,
        files: int | None = None,
        soft_files: int | None = None,
        warm: bool = False,
        warm_children: bool = False,
        **environ: str,
    ) -> None:
        """Starts the service.

        Args:
            project: the folder with its config.
            options: options of the command.
            access: where its stdout goes instead of the file.
            files: its limit of open files. It then starts cold.
            soft_files: its soft limit of open files, which it may raise. It then starts cold.
            warm: whether it starts with its modules in memory. It is then no child of `process`, which passes signals
                on: see `main`. Between a signal and its workers stand more processes than a user's service has.
            warm_children: whether the processes that a cold one starts have their modules in memory.
            environ: further variables.
        """
        python = str(warm_python()) if warm and files is None and soft_files is None else PYTHON
        command = [python, *project.command("masking", "serve", "--port", "0", *options)[1:]]
        if files is not None or soft_files is not None:
            limits = [f"ulimit -H -n {files}"] if files is not None else []
            limits += [f"ulimit -S -n {soft_files or files}"]
            command = ["sh", "-c", f'{" && ".join(reversed(limits))} && exec "$@"', "sh", *command]
        self.log_path, self.access_path = project.folder / "service.log", project.folder / "access.log"
        with self.log_path.open("wb") as log, self.access_path.open("wb") as file:
            self.process = subprocess.Popen(
                [str(warm_python()), *command[1:]] if warm_children else command,
                # A Python believes to be what the first word says, and starts its children with that.
                executable=PYTHON if warm_children else None,
                cwd=ROOT,
                env=project.environ(**environ),
                stdin=subprocess.DEVNULL,
                stdout=file if access is None else access,
                stderr=log,
                start_new_session=True,
            )
        self._warm = warm and python != PYTHON
        found = self.wait(lambda: re.search(r"listens on (http://\S+)/masking", self.log))
        self.url = str(found.group(1))
        self.http = httpx.Client(base_url=self.url, timeout=60, verify=NO_TLS, trust_env=False)
        self.wait(self._answers)

    @cached_property
    def main(self) -> psutil.Process:
        """The process of the service itself. A warm one stands behind `process`, and writes into the same file.

        So do its workers, which begin after it.
        """
        if not self._warm:
            return psutil.Process(self.process.pid)
        return min(filter(self._is_of_it, psutil.process_iter()), key=psutil.Process.create_time)

    def _is_of_it(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.Error):
            if any(word.endswith(SERVER.name) for word in process.cmdline()):
                return str(self.log_path) in {file.path for file in process.open_files()}
        return False

    def workers(self) -> set[psutil.Process]:
        """The processes of its workers."""
        found = set()
        for child in self.main.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(child.cmdline()):
                    found.add(child)
        return found

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self.http.get("/healthz").status_code == 200
        return False

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    @property
    def access(self) -> str:
        return self.access_path.read_text()

    def wait(self, condition: Callable[[], Any], seconds: float = 60) -> Any:
        """What the condition gives as soon as it gives something."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := condition():
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise TimeoutError(self.log)

    def ask(self, dialled: str, caller: str, call: str = "1642000000.000012", **options: Any) -> httpx.Response:
        """DIGO's request, in the page's words."""
        body = {
            "uuid": "7611",
            "call_id": call,
            "call_to_number": dialled,
            "caller_id_number": caller,
            "start_stamp": "2026-03-10 17:16:18",
        }
        return self.http.post(options.pop("path", "/masking"), json=body, **options)

    def rings(self, dialled: str, caller: str, call: str = "1642000000.000012") -> str | None:
        """Whom it says to ring."""
        response = self.ask(dialled, caller, call)
        assert response.status_code == 200, response.text
        content = response.json()
        if not content:
            return None
        (action,) = content
        assert action["transfer"]["type"] == "number"
        (number,) = action["transfer"]["data"]
        return str(number)

    def stop(self) -> int:
        self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise

    def stop_with_many(self, first: signal.Signals) -> None:
        """Sends a signal to the service itself, and then SIGINT to all of its processes until it has ended."""
        self.http.close()
        self.process.send_signal(first)
        while self.process.poll() is None:
            try:
                os.killpg(self.process.pid, signal.SIGINT)
            except ProcessLookupError:
                break
            time.sleep(0.005)
        assert self.process.wait(60) == 0
