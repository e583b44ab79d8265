"""`state`: edit a stack's state.

Source: pulumi/pulumi, `pkg/cmd/pulumi/state` and `pkg/resource/edit/operations.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import click

from engine.backend.manifest import stamped
from engine.cli.flags import invocation_flags, stack_flag, yes_flag
from engine.cli.prompts import choose
from engine.cli.session import Session
from engine.cli.terminal import Invocation, confirmations_are_skipped
from engine.failure import ConfigurationFailure, Declined, Failure
from engine.model import Deployment, ResourceState
from protocol.stored import keep_encrypted, refuse_secret

Edit = Callable[[Deployment], Deployment]


@click.group("state", short_help="Edit the current stack's state")
@invocation_flags
def state() -> None:
    """Edit a stack's state directly. The resources themselves do not change."""


@state.command("delete", short_help="Delete a resource from a stack's state")
@click.argument("urns", metavar="URN...", nargs=-1)
@click.option("--force", is_flag=True, help="Force deletion of protected resources")
@click.option("--target-dependents", is_flag=True, help="Delete the URN and all its dependents")
@click.option("--all", "everything", is_flag=True, help="Delete all resources in the stack")
@yes_flag
@stack_flag
@invocation_flags
@click.pass_obj
def delete(
    invocation: Invocation,
    urns: tuple[str, ...],
    *,
    force: bool,
    target_dependents: bool,
    everything: bool,
    yes: bool,
    stack_name: str,
) -> None:
    """Delete resources from a stack's state if no others depend on them. List the URNs with `stack --show-urns`."""
    if everything == bool(urns):
        raise ConfigurationFailure("name the URNs to delete, or pass --all (not both)")

    def edit(deployment: Deployment) -> Deployment:
        wanted = deployment.resources if everything else [_one_of(invocation, deployment, urn) for urn in urns]
        return without_resources(deployment, wanted, force=force, with_dependents=target_dependents)

    before, after = _edit(invocation, stack_name, edit, yes=yes)
    number = len(before.resources) - len(after.resources)
    click.echo("Resource deleted" if number == 1 else f"{number} resources deleted")


@state.command("unprotect", short_help="Unprotect resources in a stack's state")
@click.argument("urns", metavar="URN...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Unprotect all resources")
@yes_flag
@stack_flag
@invocation_flags
@click.pass_obj
def unprotect(invocation: Invocation, urns: tuple[str, ...], *, everything: bool, yes: bool, stack_name: str) -> None:
    """Clear the 'protect' bit of resources, so that they can be deleted."""
    if everything == bool(urns):
        raise ConfigurationFailure("name the URNs to unprotect, or pass --all (not both)")

    def edit(deployment: Deployment) -> Deployment:
        wanted = {found.urn for found in deployment.resources} if everything else set(urns)
        _require_known(deployment, wanted)
        return replace(
            deployment,
            resources=[
                replace(found, protect=False) if found.urn in wanted else found for found in deployment.resources
            ],
        )

    _edit(invocation, stack_name, edit, yes=yes)
    click.echo("All resources unprotected" if everything else f"{len(urns)} resources unprotected")


def without_resources(
    deployment: Deployment, wanted: Sequence[ResourceState], *, force: bool, with_dependents: bool
) -> Deployment:
    """The deployment without these resources; raises `Failure` if others depend on them or they are protected."""
    removed = {id(found): found for found in wanted}
    # A resource marked for deletion has the URN of its replacement, on which others may depend.
    gone = {found.urn for found in wanted} - {found.urn for found in deployment.resources if id(found) not in removed}
    for found in deployment.resources:
        needs = {reference.urn for reference in found.references()} & gone
        if not needs or id(found) in removed:
            continue
        if not with_dependents:
            raise Failure(
                f"{sorted(needs)[0]} can't be safely deleted because the following resources depend on it:\n"
                f" * {found.urn}\n\nDelete those resources first or pass --target-dependents."
            )
        removed[id(found)] = found
        gone.add(found.urn)
    protected = [found.urn for found in removed.values() if found.protect]
    if protected and not force:
        raise Failure(
            f"{protected[0]} can't be safely deleted because it is protected. "
            "Re-run this command with --force to force deletion"
        )
    return replace(deployment, resources=[found for found in deployment.resources if id(found) not in removed])


def _one_of(invocation: Invocation, deployment: Deployment, urn: str) -> ResourceState:
    """The resource with this URN. If there are several (one marked for deletion), the user chooses."""
    _require_known(deployment, {urn})
    candidates = [found for found in deployment.resources if found.urn == urn]
    if len(candidates) == 1:
        return candidates[0]
    if not invocation.is_interactive():
        listed = "".join(f"  {_label(found)}\n" for found in candidates)
        raise Failure(
            f"Resource URN ambiguously referred to multiple resources. Did you mean:\n{listed}"
            "On a terminal this command asks which."
        )
    numbered = {str(number): found for number, found in enumerate(candidates, start=1)}
    listed = "".join(f"\n  {number}: {_label(found)}" for number, found in numbered.items())
    question = f"Multiple resources with the given URN exist, please select the one to edit:{listed}"
    return numbered[choose(invocation, question, list(numbered), "1")]


def _label(found: ResourceState) -> str:
    return found.id + (" (Protected)" if found.protect else "") + (" (Pending Deletion)" if found.delete else "")


def _require_known(deployment: Deployment, urns: set[str]) -> None:
    unknown = urns - {found.urn for found in deployment.resources}
    if unknown:
        raise Failure(f'No such resource "{sorted(unknown)[0]}" exists in the current state')


def _edit(invocation: Invocation, stack_name: str, edit: Edit, *, yes: bool) -> tuple[Deployment, Deployment]:
    session = Session.open(invocation)
    stack = session.require_stack(stack_name)
    if not yes and not confirmations_are_skipped():
        _confirm(invocation)
    with session.locked(stack):
        session.backend.settle(stack)
        stored = session.backend.load(stack, keep_encrypted)
        after = edit(stored.deployment)
        session.backend.save(stack, stored, stamped(after, None), refuse_secret)
    return stored.deployment, after


def _confirm(invocation: Invocation) -> None:
    if not invocation.is_interactive():
        raise ConfigurationFailure("non-interactive mode requires --yes flag")
    question = "This command will edit your stack's state directly. Confirm?"
    if choose(invocation, question, ["yes", "no"], "no") == "no":
        raise Declined("confirmation declined")
