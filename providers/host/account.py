"""The `Account` resource: it checks the guards when it is registered. The API has no such object."""

from __future__ import annotations

from datetime import datetime, timezone

from digo.desired.renames import Renames
from digo.plan.guard_input import refusal
from digo.plan.pinned_plan import pin_refusal, pinned_plan_hash
from digo.settings.failure import SettingsError
from digo.state.run_summary import RunSummary
from providers.host.errors import HandlerError
from providers.host.handler import Diff, Failures, Properties, Report, ResourceState
from providers.host.judgement import Change, Judgement
from providers.host.session import Session

ID = "account"


class AccountHandler:
    """See `providers.host.handler.ResourceHandler`."""

    secret = frozenset({"run"})
    reads_back = True
    writes = False

    def __init__(self, session: Session) -> None:
        self._session = session

    async def check(self, previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """Checks the pinned plan and the guards.

        Raises:
            HandlerError: the run pins another plan, or a guard refuses the plan and no approval lifts the refusal.
        """
        try:
            pinned = pinned_plan_hash(self._session.environ)
        except SettingsError as error:
            raise HandlerError(str(error)) from None
        text = pin_refusal(pinned, str(inputs["run"]["plan"]), previous.get("run")) or refusal(
            previous.get("run"), inputs["run"], datetime.now(timezone.utc).date()
        )
        self._session.judged(inputs["run"])
        if text is not None:
            self._session.record.refused(text)
            raise HandlerError(text)
        # If `--replace` replaces the account, the engine asks twice, the second time without the state's inputs. The
        # judgement that knows them stays.
        if previous or not self._session.judgement.is_of(inputs["run"]):
            self._session.judgement = Judgement.passed(inputs["run"], previous.get("run"))
            before, now = (
                RunSummary.from_dict((run or {}).get("census") or {}) for run in (previous.get("run"), inputs["run"])
            )
            self._session.progress.plan(before.renamed(Renames.from_dict(inputs["run"].get("renames") or {})), now)
        return inputs, []

    async def create_note(self, _inputs: Properties) -> str:
        """No note: the preview's sign is enough."""
        return ""

    async def diff(self, _old: ResourceState, _inputs: Properties) -> Diff:
        """No difference: new counts are not a change. The engine stores the new inputs anyway."""
        return Diff()

    def change(self, urn: str, _previous: Properties, _inputs: Properties) -> Change:
        """Nothing: the account is not an object of the API."""
        return Change(urn)

    async def create(self, _key: str, inputs: Properties, _report: Report) -> ResourceState:
        """The guards passed in `check`, so only the inputs are kept."""
        return ResourceState(ID, inputs, inputs)

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """What the state has: the last run's counts."""
        if not inputs and not outputs:
            raise HandlerError("the resource `account` cannot be imported; an up creates it")
        return ResourceState(id_, inputs, outputs)

    async def update(self, _key: str, old: ResourceState, inputs: Properties, _report: Report) -> ResourceState:
        """The guards passed in `check`, so only the inputs are kept."""
        return ResourceState(old.id, inputs, inputs)

    def removal(self, _urn: str, _old: ResourceState) -> Change | None:
        """None: it is not an object of the API."""
        return None

    async def delete(self, _key: str, _old: ResourceState, _report: Report) -> None:
        """Only the state loses it; the account is not touched."""
