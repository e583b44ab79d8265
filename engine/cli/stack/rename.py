"""`stack rename`: rename a stack."""

from __future__ import annotations

import click

from engine.cli.flags import invocation_flags, stack_flag
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.failure import Failure


@click.command("rename", short_help="Rename an existing stack")
@click.argument("new_name", metavar="NEW-STACK-NAME")
@stack_flag
@invocation_flags
@click.pass_obj
def rename(invocation: Invocation, new_name: str, stack_name: str) -> None:
    """Rename a stack, in its state and in the name of its Pulumi.<stack>.yaml.

    From then on a program gets the new name. With `organization/project/name` the state moves to another project;
    change the name in Pulumi.yaml too.
    """
    session = Session.open(invocation)
    old, new = session.require_stack(stack_name), session.reference(new_name)
    old_file, new_file = session.project.stack_file(old.name), session.project.stack_file(new.name)
    moves_file = old_file.exists() and old.name != new.name
    if moves_file and new_file.exists():
        raise Failure(f"{new_file.name} exists already; move it away, then rename again. Nothing was renamed")
    with session.backend.lock(old, invocation.tell):
        session.backend.settle(old)
        session.backend.rename(old, new)
    if moves_file:
        old_file.replace(new_file)
    session.selection.select(new)
    click.echo(f"Renamed {old.name} to {new.name}")
