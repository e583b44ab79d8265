"""From a list's rows to what the plan and the state know of them: the digests of its buckets, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from digo.counts import counted
from digo.desired.state import Desired, Seal, WantedList
from digo.lists.key import LedgerKey
from digo.settings import SettingsError
from digo.words import at_the_pace


def sealed(desired: Desired, key: Callable[[], LedgerKey | None], cps: int) -> Desired:
    """The desired state with a seal on each list in place of its rows.

    Args:
        desired: what the config says.
        key: reads the stack's ledger key; asked only where a list needs it.
        cps: the account's calls a second, 0 for no limit, for the error's text.

    Raises:
        SettingsError: there is no ledger key.
    """
    if not desired.lists:
        return desired
    ledger_key = key()
    if ledger_key is None:
        raise SettingsError([_no_key(desired.lists, cps)])
    return replace(desired, lists=tuple(_sealed(one, ledger_key) for one in desired.lists))


def _sealed(wanted: WantedList, key: LedgerKey) -> WantedList:
    from digo.lists.buckets import SortedRows  # columns need a large library

    assert wanted.rows is not None
    digests = SortedRows(wanted.source, wanted.rows, key).digests()
    return replace(wanted, rows=None, seal=Seal(digests, key.check))


def _no_key(lists: tuple[WantedList, ...], cps: int) -> str:
    rows = sum(one.count for one in lists)
    names = ", ".join(f"`{one.key}`" for one in lists)
    need = "needs" if len(lists) == 1 else "need"
    return (
        f"no ledger key, and {names} {need} one: set DIGO_LEDGER_KEY, DIGO_LEDGER_KEY_FILE or digo:ledgerKeyFile to a "
        "file that has it, or `pulumi config set --secret digo:ledgerKey`. Where an earlier up had a key, find that "
        f"one: with a new key all {counted(rows, 'row')} are sent again ({at_the_pace(rows, cps)}). For a first up, "
        "`python -m digo.lists.key FILE` makes one"
    )
