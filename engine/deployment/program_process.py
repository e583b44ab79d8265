"""The program's process, seen from the engine."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.deployment import program
from engine.deployment.context import ConfigValue, Options, Project, Stack
from engine.deployment.errors import StepError
from engine.deployment.guard import Guard, kill_group

_SECONDS_TO_LEAVE = 5.0
# Where gRPC looks for the hosts that it asks without a proxy; the first that is set counts.
_WITHOUT_PROXY = ("no_grpc_proxy", "no_proxy")


class ProgramProcess:
    """A running program. It leads a process group of its own, as the hosts do."""

    def __init__(self, process: asyncio.subprocess.Process, guard: Guard, readers: list[asyncio.Task[None]]) -> None:
        self._process = process
        self._guard = guard
        self._readers = readers

    @classmethod
    async def start(
        cls,
        project: Project,
        stack: Stack,
        options: Options,
        addresses: Mapping[str, str],
        *,
        dry_run: bool,
        guard: Guard,
        on_line: Callable[[str, bool], None],
    ) -> ProgramProcess:
        """Start the program. `addresses` are those of the `monitor` and the `engine`.

        Raises:
            StepError: the project's interpreter cannot be run.
        """
        arguments = [
            "-u",
            str(Path(program.__file__)),
            *(f"--{name}={address}" for name, address in addresses.items()),
            f"--project={project.name}",
            f"--stack={stack.name}",
            f"--organization={stack.organization}",
            f"--root={project.root}",
            f"--program={project.main}",
            f"--parallel={options.parallel}",
        ]
        if dry_run:
            arguments.append("--dry-run")
        if options.debug:
            arguments.append("--debug")
        try:
            process = await asyncio.create_subprocess_exec(
                str(project.python),
                *arguments,
                cwd=_working_directory(project),
                env={**os.environ, **_environment(project, stack, options, dry_run)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                limit=2**24,
            )
        except OSError as error:
            raise StepError(f"cannot run the program with {project.python}: {error.strerror}") from error
        guard.watch(process.pid)
        readers = [
            asyncio.create_task(_relay(process.stdout, False, on_line)),
            asyncio.create_task(_relay(process.stderr, True, on_line)),
        ]
        return cls(process, guard, readers)

    async def wait(self) -> int:
        """The exit code, once it has ended and all that it printed was passed on."""
        code = await self._process.wait()
        await asyncio.gather(*self._readers)
        self._guard.release(self._process.pid)
        return code

    async def interrupt(self) -> None:
        """Have it leave: it does so by itself once the monitor refuses it, else on SIGINT, else it is killed."""
        for number in (None, signal.SIGINT, signal.SIGKILL):
            if number is not None:
                kill_group(self._process.pid, number)
            try:
                await asyncio.wait_for(self._process.wait(), _SECONDS_TO_LEAVE if number is None else 1.0)
            except asyncio.TimeoutError:
                continue
            return

    def kill(self) -> None:
        """End it now."""
        if self._process.returncode is None:
            kill_group(self._process.pid, signal.SIGKILL)


async def _relay(stream: asyncio.StreamReader | None, is_error: bool, on_line: Callable[[str, bool], None]) -> None:
    assert stream is not None
    async for raw in stream:
        on_line(raw.decode(errors="replace").rstrip("\r\n"), is_error)


def _working_directory(project: Project) -> Path:
    """Relative paths of the program mean its own folder, wherever `main` puts that."""
    return project.main if project.main.is_dir() else project.main.parent


def _environment(project: Project, stack: Stack, options: Options, dry_run: bool) -> dict[str, str]:
    direct = next((os.environ[name] for name in _WITHOUT_PROXY if os.environ.get(name)), None)
    return {
        # The SDK's channels to the engine: gRPC would ask the environment's proxy for this machine's own addresses.
        _WITHOUT_PROXY[0]: f"{direct},127.0.0.1" if direct else "127.0.0.1",
        "PULUMI_CONFIG": json.dumps(config_texts(stack.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(key for key, value in stack.config.items() if value.secret)),
        "PULUMI_DRY_RUN": str(dry_run).lower(),
        "PULUMI_ORGANIZATION": stack.organization,
        "PULUMI_PARALLEL": str(options.parallel),
        "PULUMI_PROJECT": project.name,
        "PULUMI_STACK": stack.name,
    }


def config_texts(config: Mapping[str, ConfigValue]) -> dict[str, str]:
    """The config as the SDK reads it from the environment."""
    return {key: value.text for key, value in config.items()}
