"""Shows checks: lines for a terminal or a log, and a document for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from digo.doctor.check import Status
from digo.doctor.examine import CHECKS, Check
from digo.system.command_name import pasteable
from digo.text.counts import counted

VERSION = 1

_STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.ERROR: "bold red", Status.SKIPPED: "dim"}
_NAME_WIDTH = max(map(len, CHECKS))
_STATUS_WIDTH = max(len(status.value) for status in Status)


def show_check(check: Check, out: Console) -> None:
    """Prints a check: its line, and below it what a problem means and the next step."""
    result, style = check.result, _STYLES[check.result.status]
    _row(Text(result.status.value, style), check.name, Text(result.found), out)
    for label, text in (("It means: ", result.meaning), ("Next: ", result.next_step)):
        if text:
            _row(Text(), "", Text.assemble((label, "bold"), pasteable(text)), out)


def _row(status: Text, name: str, text: Text, out: Console) -> None:
    # A table of its own, so that no line is padded to the length of another.
    table = Table.grid(padding=(0, 1))
    table.add_column(width=_STATUS_WIDTH)
    table.add_column(width=_NAME_WIDTH)
    table.add_column(overflow="fold")
    table.add_row(status, name, text)
    out.print(table)


def show_total(checks: Sequence[Check], out: Console) -> None:
    """Prints the last line: how many checks ended how."""
    out.print(Text(total(checks)))


def total(checks: Iterable[Check]) -> str:
    """How many checks ended how, such as `20 ok, 1 warning, 1 skipped`."""
    counts = Counter(check.result.status for check in checks)
    words = {Status.WARNING: "warning", Status.ERROR: "error"}
    return ", ".join(
        counted(counts[status], words[status]) if status in words else f"{counts[status]} {status.value}"
        for status in Status
        if counts[status]
    )


def worst(checks: Iterable[Check]) -> Status:
    """The worst status: ERROR, else WARNING, else OK. A skipped check is neither."""
    found = {check.result.status for check in checks}
    return next((status for status in (Status.ERROR, Status.WARNING) if status in found), Status.OK)


def document(checks: Sequence[Check], requests: int) -> dict[str, Any]:
    """The document of `--json`. `requests` is how many went to the account."""
    return {
        "version": VERSION,
        "status": worst(checks).value,
        "requests": requests,
        "checks": [
            {
                "name": check.name,
                "asks": check.asks,
                "status": check.result.status.value,
                "found": check.result.found,
                "meaning": check.result.meaning,
                "next": pasteable(check.result.next_step),
            }
            for check in checks
        ],
    }
