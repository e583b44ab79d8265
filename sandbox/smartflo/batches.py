"""Bulk writes of leads: they are accepted, and carried out afterwards, perhaps in slices.

A batch is one row of times. What it has done follows from them and the clock: what is due is carried out before anybody
looks. So nothing runs in the background, and a restarted sandbox goes on where the last one ended.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.calls import now_ms
from sandbox.settings import DuplicateOption, Settings
from sandbox.smartflo.broadcast_leads import BroadcastLeads, NewLead, lead_id_of, number_of

Act = Literal["write", "change", "delete"]
Ending = Literal["completed", "failed", "hang", "lost"]
State = Literal["processing", "completed", "failed"]

_COLUMNS = "id, list_id, act, rows, done, stop, ending, placed, takes, slices, refused"


@dataclass(frozen=True, slots=True)
class Batch:
    """A stored batch of `rows` rows, of which `done` are carried out and `stop` ever will be. Times are milliseconds.

    `refused` has an object for each row that was left out: `row` from 0, and why.
    """

    id: int
    list_id: int
    act: Act
    rows: int
    done: int
    stop: int
    ending: Ending
    placed: int
    takes: int
    slices: int
    refused: list[dict[str, Any]]

    @property
    def batch_id(self) -> str:
        """The id by which the API names it."""
        return lead_id_of(self.id, self.placed)

    def state(self, now: int) -> State:
        """What the API says of it."""
        if self.ending in ("hang", "lost") or now < self.placed + self.takes:
            return "processing"
        return self.ending  # type: ignore[return-value]  # the two others are above

    def due(self, now: int) -> int:
        """How many of its rows are to be carried out by now."""
        if self.takes == 0 or now >= self.placed + self.takes:
            return self.stop
        slices = (now - self.placed) * self.slices // self.takes
        return min(self.stop, self.rows * slices // self.slices)


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """How a batch is to end, and how many of its rows it carries out; `stored` None means all, or half of a bad end."""

    ending: Ending = "completed"
    stored: int | None = None

    def stop(self, rows: int) -> int:
        """How many of so many rows are carried out."""
        if self.stored is not None:
            return min(self.stored, rows)
        return {"completed": rows, "lost": 0}.get(self.ending, rows // 2)


AS_USUAL = BatchOutcome()
"""The end of a batch that no fault strikes."""


class Batches:
    """The batches of one account.

    Attributes:
        outcome: how the next batch is to end. A fault sets it.
    """

    def __init__(self, connection: sqlite3.Connection, leads: BroadcastLeads, settings: Settings) -> None:
        self._db = connection
        self._leads = leads
        self._settings = settings
        self.outcome = AS_USUAL

    def write(
        self, list_id: int, leads: Sequence[NewLead], option: DuplicateOption, refused: Sequence[dict[str, Any]]
    ) -> Batch:
        """Accept leads to be written."""
        work = [option, [(lead.digits, lead.fields, lead.details) for lead in leads]]
        return self._accept(list_id, "write", work, len(leads), refused)

    def change(self, list_id: int, field: str, values: Sequence[str], fields: dict[str, str | None]) -> Batch:
        """Accept a change of all leads that have one of the values in a column."""
        return self._accept(list_id, "change", [[field, fields], list(values)], len(values), ())

    def delete(self, list_id: int, field: str, values: Sequence[str]) -> Batch:
        """Accept that all leads are deleted that have one of the values in a column."""
        return self._accept(list_id, "delete", [field, list(values)], len(values), ())

    def _accept(self, list_id: int, act: Act, work: list[Any], rows: int, refused: Sequence[dict[str, Any]]) -> Batch:
        outcome, settings = self.outcome, self._settings
        stop, takes, placed = outcome.stop(rows), settings.smartflo_batch_ms, now_ms()
        # What is done at once is not stored, unless `end` may find something left to do.
        stored = json.dumps(work) if (takes and stop) or outcome.ending == "hang" else ""
        insert = "INSERT INTO smartflo_batch (list_id, act, work, rows, stop, ending, placed, takes, slices, refused)"
        values = (list_id, act, stored, rows, stop, outcome.ending, placed, takes, settings.smartflo_batch_slices)
        cursor = self._db.execute(f"{insert} VALUES ({', '.join('?' * 10)})", (*values, json.dumps(list(refused))))
        batch = self._get(int(cursor.lastrowid or 0))
        if not takes:
            self._carry_out(batch, work, stop)
        return self._get(batch.id)

    def settle(self, now: int | None = None) -> None:
        """Carry out what is due in all batches, in the order in which they were accepted."""
        moment = now_ms() if now is None else now
        for row in self._db.execute(f"SELECT {_COLUMNS} FROM smartflo_batch WHERE done < stop ORDER BY id").fetchall():
            batch = _batch(row)
            if batch.due(moment) > batch.done:
                work = self._db.execute("SELECT work FROM smartflo_batch WHERE id = ?", (batch.id,)).fetchone()[0]
                self._carry_out(batch, json.loads(work), batch.due(moment))

    def end(self) -> None:
        """End all batches now: also those that hang are carried out as a whole."""
        now = now_ms()
        self._db.execute(
            "UPDATE smartflo_batch SET takes = 0, stop = CASE WHEN work = '' THEN stop ELSE rows END,"
            " ending = 'completed' WHERE ending = 'hang' OR placed + takes > ?",
            (now,),
        )
        self.settle(now)

    def _carry_out(self, batch: Batch, work: list[Any], due: int) -> None:
        how, items = work[0], work[1][batch.done : due]
        if batch.act == "write":
            self._leads.write(batch.list_id, [NewLead(*item) for item in items], how, self._settings.overwrite)
        elif batch.act == "delete":
            self._leads.remove(self._leads.matching(batch.list_id, how, items))
        else:
            for lead_id in self._leads.matching(batch.list_id, how[0], items):
                self._leads.change(lead_id, how[1], None)
        self._db.execute("UPDATE smartflo_batch SET done = ? WHERE id = ?", (due, batch.id))

    def find(self, batch_id: str) -> Batch:
        """A batch by the id that the API gave; raises KeyError if there is none, or if it was lost."""
        batch = self._get(number_of(batch_id))
        if batch.ending == "lost" or batch.batch_id != batch_id:
            raise KeyError(batch_id)
        return batch

    def all(self) -> list[Batch]:
        """All batches, in the order in which they were accepted."""
        return [_batch(row) for row in self._db.execute(f"SELECT {_COLUMNS} FROM smartflo_batch ORDER BY id")]

    def _get(self, number: int) -> Batch:
        row = self._db.execute(f"SELECT {_COLUMNS} FROM smartflo_batch WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise KeyError(number)
        return _batch(row)

    def clear(self) -> None:
        """Forget all batches and start numbering anew."""
        self._db.execute("DELETE FROM smartflo_batch")
        self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'smartflo_batch'")


def _batch(row: tuple[Any, ...]) -> Batch:
    return Batch(*(*row[:-1], json.loads(row[-1])))
