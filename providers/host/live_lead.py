"""Leads that the API shows: compared with their list, and deleted where the stack wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digo.api.bulk_leads import DELETE_CALL, delete_leads
from digo.api.errors import ApiError, OutcomeUnknown
from digo.settings.profiles import Subject
from digo.text.counts import counted
from providers.host.errors import HandlerError
from providers.host.handler import Diff, Failures, Properties, Report, ResourceState
from providers.host.judgement import Change
from providers.host.lead import LeadHandler, found_lead
from providers.host.live_lead_list import IN_SYNC, batch_follower
from providers.host.properties import UNKNOWN
from providers.host.session import Session

if TYPE_CHECKING:  # columns need a large library, and a run may have no list
    from digo.api.lead_stream import Leads
    from digo.lists.live.live_lead import LeadIndex, LiveLead


class LiveLeadHandler(LeadHandler):
    """See `providers.host.handler.ResourceHandler`."""

    reads_back = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._indexes: dict[str, tuple[Leads, LeadIndex]] = {}

    async def check(self, previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """As the profile without read-back does. It also notes that the program wants this lead."""
        checked, failures = await super().check(previous, inputs)
        if not failures:
            self._session.claims.add((str(checked["list_id"]), str(checked.get("phone"))))
        return checked, failures

    async def create_note(self, inputs: Properties) -> str:
        """Whether the list has the lead already. A list that cannot be read stops the preview, as it stops the up."""
        if UNKNOWN in (inputs.get("list_id"), inputs.get("phone"), inputs.get("fields")):
            return ""
        live = await self._live(inputs, new=True)
        if live is None:
            return ""
        return "its list has it with other values: it is written" if _differing(live, inputs) else _THERE

    async def diff(self, old: ResourceState, inputs: Properties) -> Diff:
        """Compares the lead with its list. Another list or phone is a replacement."""
        replaces = tuple(name for name in ("list_id", "phone") if old.inputs.get(name) != inputs.get(name))
        if replaces:
            return Diff(replaces=replaces)
        live = await self._live(inputs)
        if live is None:
            return Diff(changed=("fields",), reason="its list does not have it: it is written again")
        if differing := _differing(live, inputs):
            same = (old.inputs.get("fields") or {}) == (inputs.get("fields") or {})
            drift = f"its list has other values in {counted(len(differing), 'column')}: it is written again"
            return Diff(changed=("fields",), reason=_with_twice(drift if same else "", live))
        recorded = (old.inputs.get("fields") or {}) == (inputs.get("fields") or {})
        return Diff() if recorded else Diff(changed=("fields",), reason=_THERE)

    async def create(self, key: str, inputs: Properties, report: Report) -> ResourceState:
        """Writes the lead, unless its list has it as it is wanted."""
        live = await self._live(inputs, new=True)
        if live is not None and not _differing(live, inputs):
            return found_lead(inputs, IN_SYNC, "")
        return await super().create(key, inputs, report)

    async def update(self, key: str, old: ResourceState, inputs: Properties, report: Report) -> ResourceState:
        """Writes the lead again with `overwrite`, unless its list has it as it is wanted."""
        live = await self._live(inputs)
        if live is not None and not _differing(live, inputs):
            return found_lead(inputs, IN_SYNC, str(old.outputs.get("write", "")))
        return await super().update(key, old, inputs, report)

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """The lead as its list has it; None if the list does not have it.

        Raises:
            HandlerError: it is an import.
        """
        if not inputs and not outputs:
            raise HandlerError(
                "a lead is not imported: write it in lists.yaml and run an up. What its list has is taken over, and "
                "only what differs is written"
            )
        inputs = inputs or {name: outputs.get(name) for name in ("list_id", "phone", "fields")}
        live = await self._live(inputs)
        if live is None:
            return None
        fields = {name: live.fields[name] for name in inputs.get("fields") or {}}
        same = not _differing(live, inputs)
        shown = {**outputs, "fields": inputs.get("fields") if same else fields, "status": IN_SYNC if same else "drift"}
        return ResourceState(id_, inputs, shown)

    def removal(self, urn: str, _old: ResourceState) -> Change | None:
        """The deletion of a lead."""
        return Change(urn, deletes=True) if self._session.settings.profile.removes(Subject.LEAD) else None

    async def delete(self, key: str, old: ResourceState, report: Report) -> None:
        """Deletes the lead from its list, in all its rows there, and proves it by reading the list.

        A lead that another entry of this run wants stays: it was handed over.

        Raises:
            HandlerError: the list has it still.
            ApiError: the call failed.
        """
        session, list_id, phone = self._session, str(old.inputs["list_id"]), str(old.inputs["phone"])
        if not session.settings.profile.removes(Subject.LEAD):
            return await super().delete(key, old, report)
        if session.claims & {(list_id, phone), (list_id, "")}:
            return None
        try:
            live = await self._live(old.inputs)
        except ApiError:
            if await session.has_lost_list(list_id):
                return None
            raise
        if live is None:
            return None
        lost: OutcomeUnknown | None = None
        async with session.journal.writing(key, DELETE_CALL):
            with session.live_lists.writing(list_id):
                try:
                    batch = await session.writer.send(delete_leads(list_id, live.numbers))
                    await batch_follower(session).follow_id(batch.id)
                except OutcomeUnknown as problem:
                    lost = problem
            index = self._index(list_id, await session.live_lists.again(list_id, old.inputs.get("fields") or {}))
            if index.find(phone) is not None:
                raise lost or HandlerError(
                    f"list {list_id} has the lead still, although the API took its deletion. Next: run again"
                )
        return None

    async def _live(self, inputs: Properties, *, new: bool = False) -> LiveLead | None:
        """The lead in its list; None if the list does not have it.

        With `new`, an object in place of the list counts as an empty one: the lead is written, which is harmless.

        Raises:
            ApiError: the list could not be read.
        """
        list_id, fields = str(inputs["list_id"]), tuple(inputs.get("fields") or {})
        leads = await self._session.live_lists.leads(list_id, fields, may_be_empty=new)
        return self._index(list_id, leads).find(str(inputs["phone"]))

    def _index(self, list_id: str, leads: Leads) -> LeadIndex:
        from digo.lists.live.live_lead import LeadIndex  # columns need a large library

        known = self._indexes.get(list_id)
        if known is None or known[0] is not leads:
            known = self._indexes[list_id] = (leads, LeadIndex(leads))
        return known[1]


_THERE = "its list has it as it is wanted: nothing is written"


def _differing(live: LiveLead, inputs: Properties) -> tuple[str, ...]:
    return live.differing(inputs.get("fields") or {})


def _with_twice(text: str, live: LiveLead) -> str:
    twice = "" if len(live.numbers) == 1 else f"its number is in the list {len(live.numbers):,} times: all are changed"
    return "; ".join(part for part in (text, twice) if part)
