"""Changes and deletes agents, and proves by the account's list what came of it.

A change may be sent twice, and so may a delete, so the client sends a lost one again by itself. If that does not help,
one list read settles all that are unknown at that time. A list also proves the first confirmations of a run; once two
have, the run believes the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from digo.api.agent_calls import AgentCalls, FieldWrite
from digo.api.calls import NumberForm, WriteOptions
from digo.api.errors import ApiError, OutcomeUnknown, Refused
from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.apply.account_writes import AccountWrites, ConfirmationTrust, Report, Write, naming
from digo.fields.agents import AGENT_FIELDS
from digo.fields.types import TEXT
from digo.plan.match import has_value


@dataclass(frozen=True)
class _Change:
    """One change of an agent: its name in the journal, the agent, what is written, and where progress is reported.

    `was` is the last write of the agent that the state knows.
    """

    key: str
    record: AgentRecord
    part: FieldWrite
    before: Snapshot
    report: Report
    was: str = ""

    @property
    def shown(self) -> bool:
        """Whether the list shows any of the fields."""
        return bool(self.part.fields.keys() - self.record.unseen)

    @property
    def write(self) -> Write:
        """The request, to be sent for the first time or once more."""
        return Write(self.key, self.part.call, was=self.was)

    @property
    def changed(self) -> AgentRecord:
        """The agent as it is after the change."""
        return self.record.with_values(self.part.fields)

    def lacking(self, live: AgentRecord) -> dict[str, str]:
        """The fields that a list shows otherwise than they were written."""
        return {name: wanted for name, wanted in self.part.fields.items() if _differs(live, name, wanted)}


class AgentWriter:
    """Changes and deletes agents for one run of the provider host, by the calls of its profile.

    It does not ask the capability table: its caller passes only fields that a call of the profile can set.
    """

    def __init__(self, writes: AccountWrites, calls: AgentCalls, form: NumberForm) -> None:
        self._writes = writes
        self._calls = calls
        self._form = form
        self._changes = ConfirmationTrust(writes.account)
        self._deletes = ConfirmationTrust(writes.account)

    async def update(
        self, key: str, live: AgentRecord, changes: Mapping[str, str], report: Report, was: str = ""
    ) -> AgentRecord:
        """The agent with these values. Nothing is sent for fields that the account shows to have them.

        Args:
            key: its name in the journal.
            live: the agent. It is found by its EID.
            changes: the wanted values by field, as config has them.
            report: where the progress is reported.
            was: the last write of the agent that the state knows; see `digo.state.uncertain_agents`.

        Raises:
            ApiError: the change was not applied, or only a part of it, or its outcome is unknown (`OutcomeUnknown`).
        """
        await self._writes.begin("PATCH /v1/user" if live.user_id else "PUT /v1/agent", report)
        record = await self._present(live)
        if record is None:
            raise _gone(live, self._writes.account.listed_by)
        unseen = record.unseen
        due = {name: value for name, value in changes.items() if name in unseen or _differs(record, name, value)}
        done: list[str] = []
        for part in await self._parts(key, record, due):
            change = _Change(key, record, part, await self._writes.account.current(), report, was)
            try:
                record = await self._change(change)
            except ApiError as problem:
                if done:
                    problem.what += f"; {', '.join(done)} had been changed before"
                raise
            done += part.fields
        return record

    def last_write(self, key: str) -> str:
        """The journal's id of this run's last write of the entry; "" if there was none."""
        return self._writes.last_of(key)

    async def delete(self, key: str, live: AgentRecord, report: Report) -> None:
        """Deletes the agent. Nothing is sent if the account does not have it.

        Args:
            key: its name in the journal.
            live: the agent. It is found by its EID.
            report: where the progress is reported.

        Raises:
            ApiError: it was not deleted, or the outcome is unknown (`OutcomeUnknown`).
        """
        await self._writes.begin("DELETE /v1/user" if live.user_id else "DELETE /v1/agent", report)
        record = await self._present(live)
        if record is None:
            return
        before = await self._writes.account.current()
        with naming(key):
            write = Write(key, self._calls.delete(record))
        self._writes.deleting(record.eid)
        self._deletes.begin()
        try:
            await self._writes.send(write)
        except OutcomeUnknown as problem:
            await self._settle_delete(write, record, problem, before, report)
            await self._writes.settle(write, f"the list no longer shows it: eid {record.eid}")
            return
        except ApiError:
            self._writes.kept(record.eid)
            raise
        await self._prove_deleted(record, report)

    async def _present(self, live: AgentRecord) -> AgentRecord | None:
        """The agent as the newest list has it; None if the account lacks it.

        An agent that this run has created may be younger than the newest list. It is taken as its create left it, if
        that has the id that the calls need; otherwise the account is listed.
        """
        found = (await self._writes.account.current()).with_eid(live.eid)
        if found is not None or not self._writes.is_new(live.eid):
            return found
        if live.user_id is not None or live.id is not None:
            return live
        return (await self._writes.list_after_writes()).with_eid(live.eid)

    async def _parts(self, key: str, record: AgentRecord, due: Mapping[str, str]) -> tuple[FieldWrite, ...]:
        if not due:
            return ()
        ids = await self._writes.account.caller_ids() if "caller_ids" in due else {}
        with naming(key):
            parts = self._calls.update(record, due, WriteOptions(self._form, caller_ids=ids))
        if lost := due.keys() - {name for part in parts for name in part.fields}:
            raise Refused(
                f"no call changes {', '.join(sorted(lost))} of this agent (eid {record.eid}); nothing was changed",
                next_step="change it in the panel",
                method="",
                path="",
            )
        return parts

    async def _change(self, change: _Change) -> AgentRecord:
        self._changes.begin()
        write = change.write
        try:
            await self._writes.send(write)
        except OutcomeUnknown as problem:
            record = await self._settle_change(change, problem)
            await self._writes.settle(write, f"the list shows it: eid {record.eid}")
            return record
        return await self._prove_changed(change)

    async def _prove_changed(self, change: _Change) -> AgentRecord:
        """The agent after a confirmed change, as a list shows it.

        Raises:
            OutcomeUnknown: the list shows another value, or cannot be read.
        """
        if not change.shown or self._changes.suffices:
            return change.changed
        change.report("changed; waiting for the account's list to show it")
        try:
            snapshot = await self._writes.list_after_writes()
        except ApiError as unread:
            raise _confirmed_but_unread("change", unread) from None
        found = snapshot.with_eid(change.record.eid)
        lacking = change.lacking(found) if found else change.part.fields
        self._changes.saw(shown=not lacking)
        if found is None or lacking:
            raise _confirmed_but_not_shown(change, found, lacking, snapshot)
        return found.with_unseen(change.part.fields)

    async def _settle_change(self, change: _Change, problem: OutcomeUnknown) -> AgentRecord:
        """Settles an unconfirmed change with a list, and sends it once more if that proves that nothing was done."""
        change.report("no plain confirmation; reading the account to see what was done")
        if (found := await self._look(change, problem)) is not None:
            return found
        if not problem.answered:
            change.report("the reply was lost; waiting for a late change before listing again")
            await self._writes.wait_for_late_requests()
            if (found := await self._look(change, problem)) is not None:
                return found
        change.report("nothing was done, as the list shows; sending the change again")
        try:
            await self._writes.send(change.write)
        except OutcomeUnknown as again:
            if (found := await self._look(change, again)) is not None:
                return found
            raise
        return await self._prove_changed(change)

    async def _look(self, change: _Change, problem: ApiError) -> AgentRecord | None:
        """The agent, if a new list shows it with all values; None if the list shows others.

        If the list shows none of the fields, the agent is read alone. If that does not show them either, or nothing can
        be read, it raises the change's own `problem`: the next run sends the change again, which is harmless.
        """
        try:
            if change.shown:
                found = (await self._writes.list_after_writes()).with_eid(change.record.eid)
            else:
                found = await self._writes.account.show(change.record)
        except ApiError:
            raise problem from None
        if found is None or not change.part.fields.keys() - found.unseen:
            raise problem
        if change.lacking(found):
            return None
        return found.with_unseen(change.part.fields) if change.shown else change.changed

    async def _prove_deleted(self, record: AgentRecord, report: Report) -> None:
        """Raises `OutcomeUnknown` if a list still shows an agent whose delete the API confirmed."""
        if self._deletes.suffices:
            return
        report("deleted; waiting for the account's list to show it")
        try:
            snapshot = await self._writes.list_after_writes()
        except ApiError as unread:
            raise _confirmed_but_unread("delete", unread) from None
        still = snapshot.with_eid(record.eid) is not None
        self._deletes.saw(shown=not still)
        if still:
            self._writes.kept(record.eid)
            raise OutcomeUnknown(
                f"the API confirmed the delete, but its list still shows the agent (eid {record.eid})",
                answered=True,
                next_step="run again in a moment: the account is listed first",
                **snapshot.where,
            )

    async def _settle_delete(
        self, write: Write, record: AgentRecord, problem: OutcomeUnknown, before: Snapshot, report: Report
    ) -> None:
        """Returns if a list proves that an unconfirmed delete was done. It is sent once more if it was not."""
        report("no plain confirmation; listing the account to see what was done")
        if await self._is_gone(record, problem, before):
            return
        if not problem.answered:
            report("the reply was lost; waiting for a late delete before listing again")
            await self._writes.wait_for_late_requests()
            if await self._is_gone(record, problem, before):
                return
        report("nothing was done, as the list shows; sending the delete again")
        try:
            await self._writes.send(Write(write.key, write.call))
        except OutcomeUnknown as again:
            if not await self._is_gone(record, again, before):
                raise
        else:
            await self._prove_deleted(record, report)

    async def _is_gone(self, record: AgentRecord, problem: ApiError, before: Snapshot) -> bool:
        """Whether a new list lacks the agent. A list that lacks others too proves nothing, so `problem` is raised."""
        try:
            snapshot = await self._writes.list_after_writes()
        except ApiError:
            raise problem from None
        if snapshot.with_eid(record.eid) is not None:
            return False
        if self._writes.lacks_known(snapshot, before):
            raise problem
        return True


def _differs(live: AgentRecord, name: str, wanted: str) -> bool:
    """Whether the list shows another value for the field. What it does not show, does not differ."""
    return name not in live.unseen and not has_value(live, AGENT_FIELDS[name], wanted)


def _masked(name: str, value: str | None) -> str:
    field = AGENT_FIELDS[name]
    if value is None:
        return "nothing"
    return f'"{field.masked(value)}"' if field.type is TEXT else field.masked(value)


def _gone(live: AgentRecord, listed_by: str) -> Refused:
    method, _, path = listed_by.partition(" ")
    return Refused(
        f"the account no longer has the agent (eid {live.eid}), so it was not changed",
        next_step="run again: the new plan says what can be done",
        method=method,
        path=path,
    )


def _confirmed_but_unread(what: str, problem: ApiError) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"the API confirmed the {what}, but then its list could not be read, so nothing proves it: {problem.what}",
        answered=True,
        next_step="run again: the account is listed first, and what was applied is seen there",
        method=problem.method,
        path=problem.path,
        status=problem.status,
    )


def _confirmed_but_not_shown(
    change: _Change, found: AgentRecord | None, lacking: Mapping[str, str], snapshot: Snapshot
) -> OutcomeUnknown:
    if found is None:
        shows = f"does not show the agent (eid {change.record.eid})"
    else:
        values = [
            f"{name} {_masked(name, found.value(name))} in place of {_masked(name, one)}"
            for name, one in lacking.items()
        ]
        shows = f"shows {', '.join(values)} (agent eid {found.eid})"
    return OutcomeUnknown(
        f"the API confirmed the change, but its list {shows}",
        answered=True,
        next_step="run again in a moment: the account is listed first",
        **snapshot.where,
    )
