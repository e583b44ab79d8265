"""Replaces a list's rows with the digests of its buckets, which are all that the plan and the state need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from digo.desired.state import Desired, DesiredList, ListDigests
from digo.lists.key import LedgerKey
from digo.settings.failure import SettingsError
from digo.text.counts import counted
from digo.text.formatting import at_the_pace


def with_list_digests(desired: Desired, key: Callable[[], LedgerKey | None], cps: int) -> Desired:
    """The desired state with digests in place of each list's rows.

    Args:
        desired: the desired state from config.
        key: reads the stack's ledger key. It is called only if there are lists.
        cps: the account's calls a second, 0 for no limit. The error's text needs it.

    Raises:
        SettingsError: there is no ledger key.
    """
    if not desired.lists:
        return desired
    ledger_key = key()
    if ledger_key is None:
        raise SettingsError([_no_key(desired.lists, cps)])
    return replace(desired, lists=tuple(_with_digests(one, ledger_key) for one in desired.lists))


def _with_digests(wanted: DesiredList, key: LedgerKey) -> DesiredList:
    from digo.lists.digests.sorted_rows import SortedRows  # pyarrow takes long to import

    assert wanted.rows is not None
    rows = SortedRows(wanted.source, wanted.rows, key, wanted.shards)
    digests = ListDigests(key.check, rows.content, rows.first_rows(), rows.sketches, rows)
    return replace(wanted, rows=None, digests=digests)


_NAMED = 5


def _no_key(lists: tuple[DesiredList, ...], cps: int) -> str:
    rows = sum(one.count for one in lists)
    names = ", ".join(f"`{one.key}`" for one in lists[:_NAMED])
    names += f" and {len(lists) - _NAMED:,} more lists" if len(lists) > _NAMED else ""
    need = "needs" if len(lists) == 1 else "need"
    return (
        f"no ledger key, and {names} {need} one: set DIGO_LEDGER_KEY, DIGO_LEDGER_KEY_FILE or digo:ledgerKeyFile to a "
        "file that has it, or `pulumi config set --secret digo:ledgerKey`. Where an earlier up had a key, find that "
        f"one: with a new key all {counted(rows, 'row')} are sent again ({at_the_pace(rows, cps)}). For a first up, "
        "`digo lists key FILE` makes one"
    )
