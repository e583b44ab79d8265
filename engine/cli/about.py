"""`about` and `version`: versions and the environment."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

import click

from digo.project.failure import ProjectFailure
from engine.backend.manifest import engine_version
from engine.cli.flags import invocation_flags
from engine.cli.session import Session
from engine.cli.tables import print_table
from engine.cli.terminal import Invocation
from engine.failure import Failure


@click.command("version", short_help="Print the engine's version number")
@invocation_flags
def version() -> None:
    """Print the engine's version number, which is that of the Pulumi SDK."""
    click.echo(engine_version())


@click.command("about", short_help="Print information about the environment")
@invocation_flags
@click.pass_obj
def about(invocation: Invocation) -> None:
    """Print versions, the project, the backend and the current stack."""
    console = invocation.console()
    console.print("Engine")
    rows = [
        ("Version", engine_version()),
        ("Python", sys.version.split()[0]),
        ("Pulumi SDK", importlib.metadata.version("pulumi")),
        ("gRPC", importlib.metadata.version("grpcio")),
        ("OS", platform.platform()),
    ]
    print_table(console, (), rows)
    try:
        session = Session.open(invocation)
    except (Failure, ProjectFailure) as failure:
        console.print(f"\nNo project: {failure}")
        return
    current = session.current_stack()
    console.print("\nProject")
    hosts = ", ".join(f"{name} in {path}" for name, path in session.project.plugins.items())
    print_table(
        console,
        (),
        [
            ("Name", session.project.name),
            ("File", str(session.project.path)),
            ("Backend", session.backend.url),
            ("Stack", current.name if current else "(none selected)"),
            ("Provider hosts", hosts or "(none)"),
        ],
    )
