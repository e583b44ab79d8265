"""The gate: judges the guards when it is registered. It is no thing of the API and costs no request."""

from __future__ import annotations

from datetime import datetime, timezone

from digo.plan.gate import refusal
from digo.plan.pin import pin_refusal, pinned_plan
from digo.settings import SettingsError
from providers.host.kinds import Diff, Failures, Found, KindError, Properties, Report
from providers.host.session import Session

ID = "account"


class AccountKind:
    """See `providers.host.kinds.Kind`."""

    secret = frozenset({"run"})
    reads_back = True

    def __init__(self, session: Session) -> None:
        self._session = session

    async def check(self, previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """Refuses the run where it pins another plan, or where a guard does and no approval lifts it."""
        try:
            pinned = pinned_plan(self._session.environ)
        except SettingsError as error:
            raise KindError(str(error)) from None
        text = pin_refusal(pinned, str(inputs["run"]["plan"]), previous.get("run")) or refusal(
            previous.get("run"), inputs["run"], datetime.now(timezone.utc).date()
        )
        if text is not None:
            raise KindError(text)
        self._session.gate = inputs["run"]
        return inputs, []

    def novelty(self, _inputs: Properties) -> str:
        """Nothing: its sign says it all."""
        return ""

    async def diff(self, _old: Found, _inputs: Properties) -> Diff:
        """Never: what the last run saw is no change. The engine keeps the new inputs all the same."""
        return Diff()

    async def create(self, _key: str, inputs: Properties, _report: Report) -> Found:
        """The gate is open."""
        return Found(ID, inputs, inputs)

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> Found | None:
        """What the last run saw."""
        if not inputs and not outputs:
            raise KindError("the account's gate cannot be imported; an up makes it")
        return Found(id_, inputs, outputs)

    async def update(self, _key: str, old: Found, inputs: Properties, _report: Report) -> Found:
        """The gate is open."""
        return Found(old.id, inputs, inputs)

    async def delete(self, _id: str) -> None:
        """The stack is taken down; the account is not touched."""
