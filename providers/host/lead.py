"""Leads: written with `overwrite`. They are never read back or deleted, because the API has no call for that."""

from __future__ import annotations

from digo.api.calls import LEAD_CALL, put_lead
from digo.api.errors import OutcomeUnknown
from digo.api.models import NewLead
from digo.desired.list_models import is_api_field
from digo.lists.files.source import PHONE_FIELD
from digo.phone.number import NumberProblem, parse_number
from digo.settings.profiles import Ability, Subject
from digo.state.uncertain_leads import SENT, unknown_write
from digo.state.uncertain_leads import UNKNOWN as UNKNOWN_STATUS
from digo.text.redact import VISIBLE_DIGITS
from providers.host.errors import HandlerError
from providers.host.handler import Diff, Failures, PartialFailure, Properties, Report, ResourceState
from providers.host.judgement import Change
from providers.host.properties import UNKNOWN
from providers.host.session import Session


class LeadHandler:
    """See `providers.host.handler.ResourceHandler`."""

    secret = frozenset({"phone", "fields"})
    reads_back = False
    writes = True

    def __init__(self, session: Session) -> None:
        self._session = session

    async def check(self, _previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """Writes the phone in E.164, and the columns as text."""
        checked = dict(inputs)
        failures: Failures = []
        if not inputs.get("list_id"):
            failures.append(("list_id", "a lead belongs to a list"))
        else:
            checked["list_id"] = str(inputs["list_id"])
        if inputs.get("phone") != UNKNOWN:
            try:
                checked["phone"] = parse_number(str(inputs.get("phone") or "")).e164
            except NumberProblem as problem:
                failures.append(("phone", str(problem)))
        fields = inputs.get("fields")
        if fields != UNKNOWN:
            checked["fields"] = {name: str(text) for name, text in (fields or {}).items() if text is not None}
            for name in checked["fields"]:
                if name == PHONE_FIELD or not is_api_field(name):
                    failures.append(("fields", f"`{name}` is not one of the API's columns field_1, field_2 …"))
        return checked, failures

    async def create_note(self, _inputs: Properties) -> str:
        """No note: the preview's sign is enough."""
        return ""

    async def diff(self, old: ResourceState, inputs: Properties) -> Diff:
        """New columns are an update; another list or phone is a replacement. A lead with an unknown outcome differs."""
        replaces = tuple(name for name in ("list_id", "phone") if old.inputs.get(name) != inputs.get(name))
        if replaces:
            return Diff(replaces=replaces)
        if (old.inputs.get("fields") or {}) != (inputs.get("fields") or {}):
            return Diff(changed=("fields",))
        unknown = unknown_write(old.outputs, self._session.superseded_writes)
        return Diff(changed=("fields",) if unknown else (), reason=unknown)

    def change(self, urn: str, previous: Properties, _inputs: Properties) -> Change:
        """A create, or a lead that is sent again."""
        return Change(urn, creates=not previous, updates=bool(previous))

    async def create(self, key: str, inputs: Properties, _report: Report) -> ResourceState:
        """Sends the lead. Sending it twice is harmless, so it is sent again after a lost reply."""
        return await self._send(key, inputs, previous_write="")

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """What the state has: the API has no read-back of leads.

        Raises:
            HandlerError: it is an import.
        """
        if not inputs and not outputs:
            raise HandlerError(
                "the API has no read-back of leads, so a lead cannot be imported. Write it in lists.yaml and run an "
                "up: it is sent with `overwrite`, which changes a lead that is there and adds one that is not"
            )
        return ResourceState(id_, inputs, outputs)

    async def update(self, key: str, old: ResourceState, inputs: Properties, _report: Report) -> ResourceState:
        """Sends the lead again with `overwrite`."""
        return await self._send(key, inputs, previous_write=str(old.outputs.get("write", "")))

    async def _send(self, key: str, inputs: Properties, previous_write: str) -> ResourceState:
        session = self._session
        lead = NewLead(inputs["list_id"], inputs["phone"], inputs.get("fields") or {})
        write, writer = "", session.writer
        try:
            async with session.journal.writing(key, LEAD_CALL, previous_write) as write:
                await writer.send(put_lead(lead, session.settings.number_form))
        except OutcomeUnknown as problem:
            # The account may have the lead. Without this, a return to the old values would look like no change.
            raise PartialFailure(str(problem), found_lead(inputs, UNKNOWN_STATUS, write)) from None
        return found_lead(inputs, SENT, write)

    def removal(self, _urn: str, _old: ResourceState) -> Change | None:
        """None: no profile deletes it."""
        return None

    async def delete(self, _key: str, _old: ResourceState, _report: Report) -> None:
        """Refuses: no profile has a call for it.

        Raises:
            HandlerError: always, with what to do instead.
        """
        lacks = self._session.settings.profile.lacks(Ability.DELETE, Subject.LEAD)
        raise HandlerError(
            f"{lacks}: it stays in its list. To forget it, run an up with its entry in the config once (that marks it "
            "as retained), or `state delete` its URN"
        )


def found_lead(inputs: Properties, status: str, write: str) -> ResourceState:
    """The lead for the state. Ids are shown everywhere, so this one has only the digits that a masked number shows."""
    outputs = {name: inputs.get(name) for name in ("list_id", "phone", "fields")}
    id_ = f"{inputs['list_id']}/{inputs['phone'][-VISIBLE_DIGITS:]}"
    return ResourceState(id_, dict(inputs), {**outputs, "status": status, "write": write})
