"""Checks of the backend, the state, its lock and the passphrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from digo.doctor.check import Result, error, ok, warning
from digo.project.earlier_runs import stacks_there_are
from digo.project.locks import LockHolder
from digo.project.passphrase import (
    PASSPHRASE_FILE_VARIABLE,
    PASSPHRASE_VARIABLE,
    MalformedSecret,
    WrongPassphrase,
    crypter_of,
)
from digo.state.last_up import LastUp
from digo.text.counts import counted, some


def check_backend(place: str, source: str, stack: str, stacks: Sequence[str], signs: Sequence[str]) -> Result:
    """Whether the backend has the stack.

    Args:
        place: the backend's address, without user and password.
        source: who names it, such as PULUMI_BACKEND_URL.
        stack: the stack's name.
        stacks: the stacks of the project in the backend.
        signs: the traces of earlier runs of the stack, as sentences.
    """
    said = f"{place} ({source})"
    if stack in stacks:
        return ok(f"{said} has {some(stacks)}")
    lacks = f"{said} has no stack {stack}; {stacks_there_are(stack, stacks, 'it')}"
    if signs:
        return error(
            lacks,
            f"the stack is not new: {'; '.join(signs)}. So it is the wrong backend, or the state is lost",
            "set PULUMI_BACKEND_URL to where the state is; plan and up refuse to go on without it",
        )
    return warning(
        lacks,
        "new stack: nothing in the state. The first up adopts the agents of config that the account has",
        "if the stack had an up before, set PULUMI_BACKEND_URL to where its state is; else nothing",
    )


def check_passphrase(passphrase: str | None, salt: str) -> Result:
    """Whether there is a passphrase, and whether it opens the stack's salt ("" where it has none yet)."""
    if passphrase is None:
        return error(
            f"neither {PASSPHRASE_VARIABLE} nor {PASSPHRASE_FILE_VARIABLE} is set",
            "no engine can read the state or the stack's secrets without it"
            if salt
            else "`stack init` needs one: it encrypts numbers in the state",
            f"export {PASSPHRASE_VARIABLE}=…, an empty one if the stack was made with an empty one",
        )
    if not salt:
        return ok("set; the stack has no salt that it could open yet")
    try:
        crypter_of(passphrase, salt)
    except WrongPassphrase as problem:
        return error(
            str(problem).partition(":")[0],
            "no engine can read the state or the stack's secrets with it",
            f"set {PASSPHRASE_VARIABLE} to the passphrase that the stack was made with; is it another stack's?",
        )
    except MalformedSecret as problem:
        return error(
            str(problem),
            "the stack's file was changed by hand",
            "bring the file back, as from the repository's history",
        )
    return ok("set, and it opens the stack's salt")


def check_state(deployment: Mapping[str, Any], applied: LastUp, endpoint: str | None) -> Result:
    """What the state has.

    Args:
        deployment: the stack's deployment.
        applied: what the last up left in it.
        endpoint: the endpoint of the settings; None if they are not usable.
    """
    pending, summary = deployment.get("pending_operations") or (), applied.summary
    if not deployment.get("resources"):
        return warning(
            "nothing in the state",
            "it is a new stack, or one after a destroy: the next up adopts agents, and sends all leads",
            "if the stack had an up before, set PULUMI_BACKEND_URL to where its state is; else nothing",
        )
    kinds = ((applied.agents, "agent"), (applied.leads, "lead"), (applied.lists, "list"))
    said = ", ".join(counted(len(entries), kind) for entries, kind in kinds)
    if pending:
        return warning(
            f"{said}, {counted(len(pending), 'pending operation')}",
            "the last run was killed during an operation, and its outcome is not in the state",
            "run `pulumi refresh`, and then the up",
        )
    if summary is not None and endpoint is not None and _plain(summary.endpoint) != _plain(endpoint):
        return error(
            f"{said}; the last up was at {summary.endpoint}, and the endpoint is {endpoint}",
            "it is another account: the guard `endpoint` refuses the plan",
            "set digo:endpoint (or DIGO_ENDPOINT) back, or use another stack for the other account",
        )
    return ok(said)


def _plain(endpoint: str) -> str:
    return endpoint.strip().rstrip("/")


def check_lock(holders: Sequence[LockHolder]) -> Result:
    """Whether another run holds the stack's lock."""
    if not holders:
        return ok("nobody holds it")
    said = "; ".join(f"{one.user}@{one.host}, process {one.process}, since {one.since}" for one in holders)
    if all(one.is_gone() for one in holders):
        return warning(
            f"held by a run that is gone: {said}",
            "a killed run left it. The embedded engine removes it by itself, and the pulumi CLI does not",
            "run `pulumi cancel`: see docs/howto/stale-lock.md",
        )
    return warning(
        f"held: {said}",
        "another run is at work, or was killed on another machine. An up is refused until then",
        "wait for that run; if it is gone, run `pulumi cancel`: see docs/howto/stale-lock.md",
    )
