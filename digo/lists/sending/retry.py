"""A run that sends again what the API refused of one list, and no other row of it: `DIGO_RETRY` names the list.

It is a variable and not a setting, because it belongs to one run. `digo lists retry` sets it. Guards, locks, ledger and
state are those of every up: only the choice of rows is another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from digo.lists.digests.row_delta import RowId
from digo.lists.sending.refused_file import RefusedEntry
from digo.settings.failure import SettingsError
from digo.source.positions import Position

VARIABLE = "DIGO_RETRY"


def retried_list(environ: Mapping[str, str]) -> str:
    """The key of the list whose refused rows the run sends again; "" if the run is an ordinary one.

    Raises:
        SettingsError: the variable is set and empty. A run that was to send few rows must not send all.
    """
    key = environ.get(VARIABLE)
    if key is None:
        return ""
    if not key.strip():
        raise SettingsError(
            [f"{VARIABLE} is empty: it is the key of a list, as `digo lists retry` sets it; or unset it"]
        )
    return key.strip()


def refused_of(entries: Sequence[RefusedEntry], differing: Iterable[tuple[RowId, Position]]) -> dict[int, RefusedEntry]:
    """Which of the rows that differ were refused, by their index among these.

    A row is known by its number, wherever it stands now. Where no row that differs has the number any more, the one in
    its place is the corrected one.

    Args:
        entries: the refused rows.
        differing: the rows that differ from what was sent, with their places.
    """
    by_row = {one.row: one for one in entries}
    rows = list(differing)
    found = {at: by_row[row] for at, (row, _) in enumerate(rows) if row in by_row}
    known = {one.row for one in found.values()}
    by_place = {one.place: one for one in entries if one.row not in known}
    for at, (_, position) in enumerate(rows):
        if at not in found and (one := by_place.get((position.file, position.line))) is not None:
            found[at] = one
    return found
