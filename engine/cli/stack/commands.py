"""The group `stack`, and its output without a subcommand."""

from __future__ import annotations

import socket
from datetime import datetime, timezone

import click
from rich.console import Console

from engine.cli.flags import invocation_flags, stack_flag
from engine.cli.session import Session
from engine.cli.stack.export import export
from engine.cli.stack.history import history
from engine.cli.stack.import_ import import_
from engine.cli.stack.lifecycle import init, rename, rm, select, unselect
from engine.cli.stack.listing import ls
from engine.cli.stack.output import output, print_outputs, stack_outputs
from engine.cli.tables import ago, print_table
from engine.cli.terminal import Invocation
from engine.model import Deployment, ResourceState
from engine.times import parse_time
from protocol.stored import show_masked

_INDENT = "    "
"""Before each line of the table of resources."""


@click.group("stack", invoke_without_command=True, short_help="Manage stacks and view stack state")
@stack_flag
@invocation_flags
@click.option("--show-ids", "-i", is_flag=True, help="Display each resource's provider-assigned unique ID")
@click.option("--show-urns", "-u", is_flag=True, help="Display each resource's globally unique URN")
@click.option("--show-secrets", is_flag=True, help="Display stack outputs which are marked as secret in plaintext")
@click.option("--show-name", is_flag=True, help="Display only the stack name")
@click.pass_context
def stack(
    context: click.Context, stack_name: str, *, show_ids: bool, show_urns: bool, show_secrets: bool, show_name: bool
) -> None:
    """Manage stacks and view stack state. Without a subcommand, show the current stack."""
    context.ensure_object(Invocation)
    context.meta["stack_name"] = stack_name
    if context.invoked_subcommand is not None:
        return
    session = Session.open(context.obj)
    reference = session.require_stack(stack_name)
    if show_name:
        click.echo(reference.name)
        return
    read = session.open_secrets(reference).read if show_secrets else show_masked
    deployment = session.backend.load(reference, read).deployment
    console = context.obj.console()
    console.print(f"Current stack is {reference.name}:")
    _print_head(console, deployment)
    _print_resources(console, deployment, show_ids=show_ids, show_urns=show_urns)
    if deployment.resources:
        console.print()
        print_outputs(console, stack_outputs(deployment, show_secrets=show_secrets))
    console.print("\nUse `stack select` to change stack; `stack ls` lists known ones")


for _command in (init, ls, select, unselect, rename, rm, export, history, import_, output):
    stack.add_command(_command)


def _print_head(console: Console, deployment: Deployment) -> None:
    console.print(f"    Managed by {socket.gethostname()}")
    moment = parse_time(str(deployment.manifest.get("time", "")))
    if moment is not None:
        console.print(f"    Last updated: {ago(moment, datetime.now(timezone.utc))} ({moment})")
    else:
        console.print("    No updates yet; run `up`")
    version = deployment.manifest.get("version")
    if version:
        console.print(f"    Pulumi version used: {version}")


def _print_resources(console: Console, deployment: Deployment, *, show_ids: bool, show_urns: bool) -> None:
    console.print(f"Current stack resources ({len(deployment.resources)}):")
    if not deployment.resources:
        console.print("    No resources currently in this stack")
        return
    rows = _rows(deployment, show_ids=show_ids, show_urns=show_urns)
    print_table(console, ("TYPE", "NAME"), rows, prefix=_INDENT)


def _rows(deployment: Deployment, *, show_ids: bool, show_urns: bool) -> list[tuple[str, str]]:
    """Type and name of each resource, children after their parents. URN and id are lines below the name."""
    children: dict[str, list[ResourceState]] = {}
    root = deployment.stack
    for state in deployment.resources:
        if state is not root:
            children.setdefault(state.parent or (root.urn if root else ""), []).append(state)
    rows: list[tuple[str, str]] = []

    def add(state: ResourceState, padding: str, branch: str) -> None:
        below = children.pop(state.urn, []) if not state.delete else []
        deeper = padding + {"├─ ": "│  ", "└─ ": "   "}.get(branch, "")
        lead = deeper + ("│  " if below else "   ")
        urn = f"\n{_INDENT}{lead}URN: {state.urn}" if show_urns else ""
        id_ = f"\n{_INDENT}{lead}ID: {state.id}" if show_ids and state.id else ""
        rows.append((padding + branch + state.type, state.name + urn + id_))
        for child in below:
            add(child, deeper, "└─ " if child is below[-1] else "├─ ")

    for state in [root] if root is not None else children.pop("", []):
        add(state, "", "")
    return rows
