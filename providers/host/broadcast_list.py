"""Broadcast lists that config names: created, adopted, renamed, and deleted where the stack wants that."""

from __future__ import annotations

from datetime import datetime, timezone

from digo.api.models import BroadcastListRecord, NewBroadcastList
from digo.apply.lists_cache import with_id
from digo.desired.list_models import is_api_field
from digo.desired.models import check_name
from digo.plan.guard_input import vanished_lists_refusal
from digo.settings.profiles import Ability, Profile, Subject
from digo.text.names import same_name
from providers.host.errors import HandlerError
from providers.host.handler import Diff, Failures, Properties, Report, ResourceState
from providers.host.judgement import Change
from providers.host.properties import UNKNOWN
from providers.host.session import Session


class BroadcastListHandler:
    """See `providers.host.handler.ResourceHandler`. A list's id is the resource's; its leads have it as `list_id`."""

    secret: frozenset[str] = frozenset()
    reads_back = True
    writes = True

    def __init__(self, session: Session) -> None:
        self._session = session
        self._vanished_names: set[str] = set()
        self._wanted: set[str] = set()
        self._replaced: set[str] = set()

    async def check(self, _previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """Checks the name and the columns."""
        failures: Failures = []
        if inputs.get("name") != UNKNOWN:
            try:
                check_name(str(inputs.get("name") or ""))
            except ValueError as problem:
                failures.append(("name", str(problem)))
        wrong = [str(field) for field in inputs.get("fields") or () if not is_api_field(str(field))]
        failures += [("fields", f"`{field}` is not one of the API's columns field_0, field_1 …") for field in wrong]
        return dict(inputs), failures

    async def create_note(self, _inputs: Properties) -> str:
        """No note: the preview's sign is enough."""
        return ""

    async def diff(self, old: ResourceState, inputs: Properties) -> Diff:
        """Compares the name with that of the account's list, and the description with that of the last up.

        The list is replaced where the account no longer has it. Columns cannot be changed: other ones are only said.

        Raises:
            HandlerError: too many lists of the state are missing.
        """
        lists = await self._session.broadcast_lists.current()
        live, name = with_id(lists, old.id), str(inputs.get("name"))
        if live is None:
            self._vanished_names.add(str(old.inputs.get("name")))
            self._refuse_cut_short(len(lists))
            reason = f"the list id {old.id} is no longer on the account: an up makes a new one and sends its rows to it"
            return Diff(replaces=("name",), reason=reason)
        if name == UNKNOWN:
            return Diff(changed=("name",))
        reason = _other_columns(old, inputs, self._session.settings.profile)
        if not same_name(live.name, name):
            reason = "; ".join(filter(None, (f'name "{live.name}" → "{name}" (list id {old.id})', reason)))
            return Diff(changed=("name",), reason=reason)
        before, wanted = (str(side.get("description") or "") for side in (old.inputs, inputs))
        # Of an adopted list no description is known, so none is taken to differ.
        return Diff(changed=("description",) if before and wanted and before != wanted else (), reason=reason)

    def _refuse_cut_short(self, seen: int) -> None:
        """Raises `HandlerError` if so many lists of the state are missing that the reply may have been cut short."""
        guard_input = self._session.guard_input
        today = datetime.now(timezone.utc).date()
        if guard_input and (text := vanished_lists_refusal(len(self._vanished_names), seen, guard_input, today)):
            raise HandlerError(text)

    def change(self, urn: str, previous: Properties, _inputs: Properties) -> Change:
        """A create, also in place of a list that the account has lost; or another name."""
        self._wanted.add(urn)
        gone = bool(previous) and str(previous.get("name")) in self._vanished_names
        return Change(urn, creates=not previous or gone, updates=bool(previous) and not gone)

    async def create(self, key: str, inputs: Properties, report: Report) -> ResourceState:
        """Creates the list exactly once; see `digo.apply.list_writer`."""
        fields = tuple(str(field) for field in inputs.get("fields") or ())
        wanted = NewBroadcastList(str(inputs["name"]), str(inputs.get("description") or ""), fields)
        made = await self._session.list_writer.create(key, wanted, report)
        return ResourceState(made.id, dict(inputs), {**_outputs(made, inputs), "fields": list(fields)})

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """Finds the list among the account's lists, which the run has read once.

        Raises:
            HandlerError: an import names an unknown id.
        """
        live = with_id(await self._session.broadcast_lists.current(), id_)
        if live is None:
            if not inputs and not outputs:
                raise HandlerError(
                    f"the account has no broadcast list with the id {id_}. A list is imported by its id, as GET "
                    "/v1/broadcast/lists shows it. Nothing was imported"
                )
            return None
        name = inputs.get("name")
        found = {**inputs, "name": name if name is not None and same_name(live.name, str(name)) else live.name}
        return ResourceState(live.id, found, {**_outputs(live, found), "fields": outputs.get("fields")})

    async def update(self, key: str, old: ResourceState, inputs: Properties, report: Report) -> ResourceState:
        """Gives the list its name and description."""
        name, description = str(inputs["name"]), str(inputs.get("description") or "")
        renamed = await self._session.list_writer.rename(key, old.id, name, description, report)
        return ResourceState(old.id, dict(inputs), {**_outputs(renamed, inputs), "fields": old.outputs.get("fields")})

    def removal(self, urn: str, old: ResourceState) -> Change | None:
        """A delete; None for a list that stays: config names another one in its place, or an entry has it now."""
        if urn in self._wanted:
            self._replaced.add(old.id)
            return None
        return None if old.id in self._elsewhere else Change(urn, deletes=True)

    @property
    def _elsewhere(self) -> frozenset[str]:
        """The ids of the lists that entries of this run have, by name or by id."""
        census = self._session.guard_input.get("census") or {}
        by_id = (list_id for list_id, _ in self._session.claims)
        return frozenset((*(census.get("broadcastLists") or {}).values(), *by_id))

    async def delete(self, key: str, old: ResourceState, report: Report) -> None:
        """Deletes the list with its leads, where the stack has that done.

        Raises:
            HandlerError: the profile has no call for it, or the stack keeps what is gone from config.
        """
        if old.id in self._replaced or old.id in self._elsewhere:
            return
        profile = self._session.settings.profile
        if not profile.removes(Subject.BROADCAST_LIST):
            raise HandlerError(
                f"{profile.why_kept(Subject.BROADCAST_LIST)}: it stays on the account (list id {old.id}). To forget "
                "it, run an up with its entry in the config once (that marks it as retained), or `state delete` its URN"
            )
        await self._session.list_writer.delete(key, old.id, report)


def _outputs(live: BroadcastListRecord, inputs: Properties) -> Properties:
    return {"name": live.name, "description": inputs.get("description")}


def _other_columns(old: ResourceState, inputs: Properties, profile: Profile) -> str:
    """A sentence about columns that differ from those that the list was created with; "" if none is known to."""
    had, wanted = old.outputs.get("fields"), inputs.get("fields")
    if had is None or list(had) == list(wanted or ()):
        return ""
    lacks = profile.lacks(Ability.UPDATE, Subject.BROADCAST_LIST, "columns")
    return (
        f"the list id {old.id} was created with the columns {', '.join(map(str, had))}, and config has "
        f"{', '.join(map(str, wanted or ()))}. {lacks}: change them in the panel"
    )
