"""The executable `pulumi-resource-pulumi-python` of a test: a host in a process of its own, or a resident one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from tests.engine.hosts.host import Host, serve

_HOST = Path(__file__).with_name("host.py")


def write_host_process(folder: Path, python: Path) -> None:
    """A host in a process of its own, as users have one. It keeps its world in the folder."""
    _write(folder, f'exec {shlex.join([str(python), str(_HOST), str(folder)])} "$@"')


@contextmanager
def resident_host(folder: Path) -> Iterator[None]:
    """A host that lives in this process, whose executable only says its port and waits for its end.

    Most tests are about what the engine asks its host, and a Python for each run is half of their time. A resident
    host cannot die, and does not see how it is started.
    """
    folder.mkdir(exist_ok=True)
    address = folder / "address"
    host = Host(folder, address.read_text, _refuse_to_die)
    server, port = serve(host)
    _write(
        folder,
        f"cd {shlex.quote(str(folder))}",
        "printf '{\"pid\": %d}\\n' $$ >> started.jsonl",
        'printf %s "$1" > address',
        "echo the host says hello >&2",
        f"echo {port}",
        "exec sleep 1000",
    )
    try:
        yield
    finally:
        host.let_go()
        server.stop(None)


def _write(folder: Path, *commands: str) -> None:

    executable = folder / "pulumi-resource-pulumi-python"
    executable.write_text("\n".join(["#!/bin/sh", *commands, ""]))
    executable.chmod(0o755)


def _refuse_to_die() -> NoReturn:
    raise AssertionError("a resident host cannot die; the test needs a host in a process of its own")
