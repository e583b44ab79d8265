"""Stacks of one account read it once: the second one takes what the first one has read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from digo.fleet.stacks import FleetStack

if TYPE_CHECKING:  # a command imports only what it uses
    from digo.api.agent_calls import ReadOptions
    from digo.api.snapshot import Snapshot
    from digo.settings.stack_settings import Settings


@dataclass(frozen=True)
class _Read:
    """One read, under way or done. `of` is all that decides what it shows."""

    of: tuple[object, ...]
    result: Future[Snapshot] = field(default_factory=Future)


class SharedReads:
    """The reads of one pass over a fleet. Several threads use it.

    Two stacks share a read if `digo:account` names one account in both, and endpoint, token, profile, limits and what
    is asked for are equal. A login is not shared: each stack has its own. A read is kept until all stacks of its
    account have asked for it, so a fleet of one stack an account keeps none.
    """

    def __init__(self, stacks: Iterable[FleetStack]) -> None:
        self._left = Counter(one.account for one in stacks if one.account)
        self._reads: dict[str, list[_Read]] = {}
        self._lock = Lock()

    def snapshot(self, settings: Settings, options: ReadOptions | None) -> Snapshot:
        """The account of those settings; see `read_snapshot`.

        Raises:
            ApiError: the account could not be read, by this stack or by the one that shares the read.
        """
        from digo.account import read_snapshot

        if settings.access.login is not None:
            return read_snapshot(settings, options)
        read, is_new = self._read(settings, options)
        if is_new:
            try:
                read.result.set_result(read_snapshot(settings, options))
            except BaseException as error:
                read.result.set_exception(error)
        return read.result.result()

    def _read(self, settings: Settings, options: ReadOptions | None) -> tuple[_Read, bool]:
        """The read of that account, and whether the caller is the first to want it."""
        account = settings.access.account
        new = _Read((settings.access, settings.profile, settings.limits, options))
        with self._lock:
            self._left[account] -= 1
            if (found := next((one for one in self._reads.get(account, ()) if one.of == new.of), None)) is None:
                self._reads.setdefault(account, []).append(new)
            if self._left[account] <= 0:
                self._reads.pop(account, None)
        return found or new, found is None
