"""`destroy`: deletes what the state has, without running the program."""

from __future__ import annotations

from engine.deployment.deletions import Deletions
from engine.deployment.execution import Run
from engine.deployment.identities import Identities
from engine.deployment.pending import settle_pending
from engine.deployment.progress import Progress
from engine.deployment.refreshing import refresh_before_update
from engine.deployment.targets import Targets


async def destroy(run: Run) -> None:
    """Delete every resource, or the targets."""
    session = run.session
    if session.subject.options.refresh:
        await refresh_before_update(run)
    else:
        await settle_pending(run)
    targets = Targets(session.subject.options)
    targets.refuse_unknown(set(session.previous.by_urn))
    await Deletions(session, Progress(), Identities(session), targets).run()
