"""Pending operations: an earlier run began them and did not end them.

The rules are Pulumi's. An update warns of pending operations and goes on. It removes all but creates from the state,
because the resource itself is in the state anyway. A pending create stays until a refresh: the engine cannot know
whether the resource exists.
"""

from __future__ import annotations

from engine.deployment.run import Run
from engine.events import Severity
from engine.journal import PendingCleared

_CREATING = "creating"


async def settle_pending(run: Run) -> None:
    """Warn of pending operations before an update, and remove all but creates."""
    operations = run.input.base.pending_operations
    if not operations or run.planning:
        return
    listed = "".join(f"  * {operation.resource.urn}, interrupted while {operation.type}\n" for operation in operations)
    run.diagnose(
        Severity.WARNING,
        "Attempting to deploy or update resources with "
        f"{len(operations)} pending operations from previous deployment.\n{listed}"
        "These resources are in an unknown state because the engine was interrupted while waiting for "
        "changes to them to complete. This run goes on; a refresh reads what there is and clears the list.",
    )
    others = tuple(i for i, operation in enumerate(operations) if operation.type != _CREATING)
    if others:
        await run.journal.write(lambda number: PendingCleared(number, others))


async def clear_pending(run: Run) -> None:
    """Remove all pending operations in a refresh. Warns of creates that may have made a resource."""
    operations = run.input.base.pending_operations
    if not operations:
        return
    creates = [operation.resource.urn for operation in operations if operation.type == _CREATING]
    if creates:
        listed = "".join(f"  * {urn}\n" for urn in creates)
        run.diagnose(
            Severity.WARNING,
            f"{len(creates)} interrupted creates are cleared from the state:\n{listed}"
            "If one of them did create its resource, the state does not know it: import it, or let the next "
            "`up` adopt it where the program does so.",
        )
    await run.journal.write(lambda number: PendingCleared(number))
