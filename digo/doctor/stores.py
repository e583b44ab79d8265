"""Checks of the pace store and the ledger key."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import TimeoutError as Late

from digo.api.pace_store import ask_store
from digo.doctor.check import Result, Skipped, error, ok, warning
from digo.doctor.patience import within
from digo.lists.key import LedgerKey
from digo.project.backend import without_user

STORE_SECONDS = 10.0


def answering_store(url: str | None, *, offline: bool) -> str | None:
    """Asks the pace store whether it is there; its address without password. None: there is no store.

    Raises:
        NotSent: it cannot be used.
        OSError: it does not answer in time.
        Skipped: nothing may be asked.
    """
    if url is None:
        return None
    if offline:
        raise Skipped("--offline")
    try:
        within(STORE_SECONDS, lambda: ask_store(url))
    except Late:
        raise OSError(f"{without_user(url)} does not answer within {STORE_SECONDS:g} s") from None
    return without_user(url)


def check_pace(store: str | None, cps: int) -> Result:
    """Where the account's pace is kept."""
    if store is None:
        return ok(f"{f'{cps} calls a second' if cps else 'no limit'}, kept by each run; no digo:paceStore")
    if not cps:
        return warning(
            f"{store} answers, and digo:cps is 0",
            "without a limit no run asks the store, so nothing is shared but the account lock",
            "set digo:cps to the account's calls per second",
        )
    return ok(f"{store} answers")


def check_ledger_key(key: LedgerKey | None, lists: Sequence[str], last: str) -> Result:
    """Whether there is a ledger key, and the one of the last up.

    Args:
        key: the key; None if there is none.
        lists: the keys of the lists from files.
        last: the check of the key that the last up had; "" if it had none or is not known.
    """
    new = "with another key all rows of the lists are sent again"
    if key is None and lists:
        return error(
            f"none, and {', '.join(lists)} {'needs' if len(lists) == 1 else 'need'} one",
            "the digests of lists from files are made with it",
            "bring the key of the last up (DIGO_LEDGER_KEY, or digo:ledgerKeyFile); for a first up, "
            "`digo lists key FILE` makes one",
        )
    if key is None:
        return ok("none; config has no list from files")
    if last and key.check != last:
        return error(f"from {key.source}; it is not the key of the last up", new, "bring the key that the last up had")
    return ok(f"from {key.source}{', the one of the last up' if last else ''}")
