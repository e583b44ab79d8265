"""Starts and ends the program's process."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from engine.deployment import program
from engine.deployment.child import Child
from engine.deployment.child_guard import Guard
from engine.deployment.context import Options, Project, RunInput, Stack
from engine.deployment.errors import StepError

_LEAVING = ((signal.SIGINT, 1.0), (signal.SIGKILL, 1.0))
"""The signals that end a program, one after the other, and the seconds to wait after each."""

_SECONDS_TO_LEAVE, _SECONDS_WHEN_CANCELLED = 5.0, 0.5
"""How long a program has to end by itself."""

# The variables in which gRPC looks for hosts without a proxy; the first that is set counts.
_WITHOUT_PROXY = ("no_grpc_proxy", "no_proxy")


async def start_program(run_input: RunInput, address: str, guard: Guard, *, dry_run: bool) -> Child:
    """Start the program. `address` is that of the monitor and of the `Engine` service.

    Raises:
        StepError: the project's interpreter cannot be run.
    """
    project, options = run_input.project, run_input.options
    command = [
        str(project.python),
        "-u",
        str(Path(program.__file__)),
        f"--address={address}",
        f"--root={project.root}",
        f"--program={project.main}",
        *(["--debug"] if options.debug else []),
    ]
    environment = _environment(project, run_input.stack, options, dry_run=dry_run)
    # The program's relative paths count from its own folder.
    folder = project.main if project.main.is_dir() else project.main.parent
    try:
        return await Child.start(command, folder, environment, guard)
    except OSError as error:
        raise StepError(f"cannot run the program with {project.python}: {error.strerror}") from error


async def interrupt_program(child: Child, *, cancelled: bool) -> None:
    """End the program: it exits once the monitor refuses its calls, else on SIGINT, else it is killed.

    `cancelled`: the user waits for the end, and the program may be waiting for the account.
    """
    if await child.ends_within(_SECONDS_WHEN_CANCELLED if cancelled else _SECONDS_TO_LEAVE):
        return
    for number, seconds in _LEAVING:
        child.send(number)
        if await child.ends_within(seconds):
            return


def _environment(project: Project, stack: Stack, options: Options, *, dry_run: bool) -> dict[str, str]:
    direct = next((os.environ[name] for name in _WITHOUT_PROXY if os.environ.get(name)), None)
    return {
        # For the SDK's channels to the engine: gRPC would use the environment's proxy even for loopback addresses.
        _WITHOUT_PROXY[0]: f"{direct},127.0.0.1" if direct else "127.0.0.1",
        "PULUMI_CONFIG": json.dumps({key: value.text for key, value in stack.config.items()}),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(key for key, value in stack.config.items() if value.secret)),
        "PULUMI_DRY_RUN": str(dry_run).lower(),
        "PULUMI_ORGANIZATION": stack.organization,
        "PULUMI_PARALLEL": str(options.parallel),
        "PULUMI_PROJECT": project.name,
        "PULUMI_STACK": stack.name,
    }
