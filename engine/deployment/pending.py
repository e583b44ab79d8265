"""Operations that an earlier run began and did not end.

As Pulumi does: an update only warns of them; those that are no creates are forgotten with the next change of state,
since the resource is in the state either way; a create stays until a refresh, since only the user can know whether
there is something. It blocks nothing.
"""

from __future__ import annotations

from engine.deployment.execution import Run
from engine.events import Severity
from engine.journal import PendingCleared

_CREATING = "creating"


async def settle_pending(run: Run) -> None:
    """Warn of pending operations before an update, and forget those that are no creates."""
    operations = run.session.subject.base.pending_operations
    if not operations or run.session.planning:
        return
    listed = "".join(f"  * {operation.resource.urn}, interrupted while {operation.type}\n" for operation in operations)
    run.session.diagnose(
        Severity.WARNING,
        "Attempting to deploy or update resources with "
        f"{len(operations)} pending operations from previous deployment.\n{listed}"
        "These resources are in an unknown state because the engine was interrupted while waiting for "
        "changes to them to complete. This run goes on; a refresh reads what there is and clears the list.",
    )
    others = tuple(i for i, operation in enumerate(operations) if operation.type != _CREATING)
    if others:
        await run.session.journal.write(lambda number: PendingCleared(number, others))


async def clear_pending(run: Run) -> None:
    """Forget pending operations with a refresh; say which creates may have left something behind."""
    operations = run.session.subject.base.pending_operations
    if not operations:
        return
    creates = [operation.resource.urn for operation in operations if operation.type == _CREATING]
    if creates:
        listed = "".join(f"  * {urn}\n" for urn in creates)
        run.session.diagnose(
            Severity.WARNING,
            f"{len(creates)} interrupted creates are cleared from the state:\n{listed}"
            "If one of them did create its resource, the state does not know it: import it, or let the next "
            "`up` adopt it where the program does so.",
        )
    await run.session.journal.write(lambda number: PendingCleared(number))
