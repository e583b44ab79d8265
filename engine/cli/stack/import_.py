"""`stack import`: replace the state with an export of this engine or of the pulumi CLI."""

from __future__ import annotations

import functools
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from digo.text.json_text import loads
from engine.backend.integrity import integrity_problems
from engine.backend.layout import StackReference
from engine.backend.store import StoredState
from engine.cli.session import Session, on_stack
from engine.cli.terminal import Invocation
from engine.failure import Failure
from engine.model import Deployment
from engine.serialize import UnreadableState, check_version, decode_deployment
from protocol.stored import SecretWriter, keep_encrypted


@click.command("import", short_help="Import a deployment from standard in into an existing stack")
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file to read")
@click.option("--force", "-f", is_flag=True, help="Import even though apparent errors are found")
@on_stack
def import_(session: Session, stack: StackReference, file: Path | None, *, force: bool) -> None:
    """Import a deployment that `stack export` wrote. Secrets in plaintext are encrypted; others stay as they are."""
    invocation = session.invocation
    document = _read(file)
    deployment = decode_deployment(document.get("deployment") or {}, keep_encrypted)
    _check(invocation, stack, deployment, force=force)
    for operation in deployment.pending_operations:
        invocation.warning(f"removing pending operation '{operation.type}' on '{operation.resource.urn}' from snapshot")
    deployment = replace(deployment, pending_operations=[])
    with session.locked(stack):
        stored = StoredState(deployment, document["version"], tuple(document.get("features") or ()))
        session.backend.save(stack, stored, deployment, _writer(session, stack))
        # The journal of an interrupted run belongs to the state that was replaced.
        session.backend.layout.journal(stack).unlink(missing_ok=True)
    click.echo("Import complete.")


def _read(file: Path | None) -> dict[str, Any]:
    try:
        document = loads(sys.stdin.read() if file is None else file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnreadableState(f"the deployment is not JSON: {error}") from error
    # A state file has a `version` and a `checkpoint`. Read as a deployment, it would be an empty one.
    if not isinstance(document, dict) or not _is_deployment(document.get("deployment", ())):
        raise UnreadableState("not a Pulumi deployment: expected a JSON object with 'version' and 'deployment'")
    check_version(document.get("version"))
    return document


def _is_deployment(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and isinstance(value.get("resources"), list | None))


def _check(invocation: Invocation, stack: StackReference, deployment: Deployment, *, force: bool) -> None:
    problems = [
        f"resource '{state.urn}' is from a different stack ({state.urn.split(':')[2]} != {stack.name})"
        for state in deployment.resources
        if not state.urn.startswith(f"urn:pulumi:{stack.name}::")
    ]
    problems += [f"state file contains errors: {problem}" for problem in integrity_problems(deployment)]
    if problems and not force:
        lines = "".join(f"\n  * {problem}" for problem in problems)
        raise Failure(
            f"{len(problems)} error(s) found:{lines}\n"
            "importing this file could be dangerous; rerun with --force to proceed anyway"
        )
    for problem in problems:
        invocation.warning(problem)


def _writer(session: Session, stack: StackReference) -> SecretWriter:
    """Encrypts what an export with --show-secrets has in plaintext. Any other is stored without the passphrase."""
    opened = functools.cache(lambda: session.open_secrets(stack).write)
    return lambda plaintext: opened()(plaintext)
