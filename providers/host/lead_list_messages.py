"""The error of a shard that was partly sent: how many rows were sent, which were refused and why, and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digo.lists.sending.session import LoadedRows
from digo.lists.sending.shard import Shard
from digo.sanitize.terminal import one_line
from digo.text.counts import counted

if TYPE_CHECKING:  # columns need a large library, and a run may have nothing to send
    from digo.lists.sending.sent_rows import SendResult

SHOWN_REFUSALS = 10


def shard_result_message(shard: Shard, rows: int, sent: SendResult, held: LoadedRows, refused: str) -> str:
    """The error of a shard. `rows` were to be sent; `refused` says where all refused ones are."""
    lines = [f"list {shard.title}: {sent.rows:,} of {counted(rows, 'row')} were sent and confirmed"]
    if sent.unproven:
        were = counted(sent.unproven, "more was", "more were")
        lines.append(f"{were} sent, and the list was not read afterwards: the next up reads it first")
    if sent.deleted or sent.undeleted:
        deleted = f"{counted(sent.deleted, 'row was', 'rows were')} deleted that config lacks"
        lines.append(f"{deleted}; {sent.undeleted:,} more are in the list still" if sent.undeleted else deleted)
    if sent.refusals:
        lines.append(f"{counted(sent.refusals, 'was', 'were')} refused by the API; {refused}")
        for one in sent.refused[:SHOWN_REFUSALS]:
            place = held.rows.place(one.row)
            lines.append(one_line(f"  {place.file}:{place.line}: {one.reason}"))
        if sent.refusals > SHOWN_REFUSALS:
            lines.append(f"  and {sent.refusals - SHOWN_REFUSALS:,} more")
    if sent.stop is not None:
        lines.append(f"then it stopped: {sent.stop}")
    correct = "run up again"
    if sent.refusals:
        only = f"`digo lists retry {one_line(shard.list_key)}`, which sends only these"
        correct = f"correct the refused rows in the file, then run up again, or {only}"
    lines.append(
        f"Next: {correct}: what is confirmed is not sent again, and sending a row twice is harmless (overwrite)"
    )
    return "\n  ".join(lines)
