"""The account lock: only one run creates agents on an account at a time.

The engine's lock covers one stack. Two stacks on one account can see the same agent missing, and the API may create it
twice. So a run that creates agents holds the account lock until it ends, and the next run lists the account again
before it creates.

The lock is files of this user on this machine, one for each thing that identifies the account
(`digo.apply.account_identity`). Where machines share a pace store, it is in that store as well
(`digo.apply.account_lease`). Without one, the lock covers neither other machines nor other users of this one: a lock
that another user could hold would be theirs to keep.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from digo.api.access import Access
from digo.apply.account_identity import account_keys
from digo.system.lock_file import VARIABLE as VARIABLE
from digo.system.lock_file import LockFile, LockFolder
from digo.system.lock_file import lock_folders as lock_folders

if TYPE_CHECKING:
    from digo.apply.account_lease import AccountLease, LeaseStore

_POLL_SECONDS = 0.2

OnLost = Callable[[str], None]


class AccountLock:
    """The lock of one account, for one run."""

    def __init__(self, access: Access, folders: Sequence[LockFolder], store: LeaseStore | None = None) -> None:
        self._access = access
        self._folders = tuple(folders)
        self._store = store
        self._files: list[LockFile] = []
        self._lease: AccountLease | None = None
        self.held = False

    async def acquire(
        self, seen_at: float, on_wait: Callable[[], None], should_stop: Callable[[], bool], on_lost: OnLost
    ) -> bool:
        """Waits for the lock. True if the account may have changed since `seen_at`.

        Args:
            seen_at: when the account was listed, in seconds since 1970.
            on_wait: called once if another run holds the lock.
            should_stop: called repeatedly while waiting. True ends the waiting, without the lock.
            on_lost: called with the reason if the store takes the lock away while this run holds it.

        Raises:
            OSError: no folder of locks can be used. `filename` has the place.
            NotSent: the store cannot be used.
        """
        keys = await account_keys(self._access)
        waiting = _Waiting(on_wait, should_stop)
        try:
            if not (await self._lock_files(keys, waiting) and await self._take_lease(keys, waiting, on_lost)):
                await self.release()
                return True
            changed = [file.begin(seen_at) for file in self._files]
        except BaseException:
            await self.release()
            raise
        self.held = True
        # A store does not tell when a run of another machine ended.
        return waiting.waited or any(changed) or self._lease is not None

    async def release(self) -> None:
        """Releases the lock. It does nothing if the lock was never taken."""
        self.held = False
        files, self._files = self._files, []
        lease, self._lease = self._lease, None
        try:
            if lease is not None:
                await lease.release()
        finally:
            for file in files:
                file.release()

    async def _lock_files(self, keys: Sequence[str], waiting: _Waiting) -> bool:
        """Locks one file a key in each folder that can be used. False if the run gave up.

        All runs take them in the same order, so no two wait for each other.
        """
        problem: OSError | None = None
        for folder in self._folders:
            taken: list[LockFile] = []
            try:
                if not folder.base.is_absolute():
                    raise OSError(errno.EINVAL, "the folder is not named from the root", str(folder.base))
                for key in keys:
                    file = LockFile(folder, f"{key}.lock")
                    while not file.try_acquire():
                        if not await waiting.keep_waiting():
                            return False
                    taken.append(file)
                    self._files.append(file)
            except OSError as unusable:
                problem = problem or unusable
                for file in taken:
                    self._files.remove(file)
                    file.release()
        if not self._files and problem is not None:
            raise problem
        return True

    async def _take_lease(self, keys: Sequence[str], waiting: _Waiting, on_lost: OnLost) -> bool:
        if self._store is None:
            return True
        from digo.apply.account_lease import AccountLease  # it imports the limiter, and most stacks have no store

        self._lease = AccountLease(self._store, on_lost)
        return await self._lease.acquire(keys, waiting.keep_waiting)


class _Waiting:
    """Says once that the run waits, and pauses between two tries."""

    def __init__(self, waits: Callable[[], None], gives_up: Callable[[], bool]) -> None:
        self._waits = waits
        self._gives_up = gives_up
        self.waited = False

    async def keep_waiting(self) -> bool:
        """Pauses before the next try. False if the run gives up."""
        if not self.waited:
            self._waits()
        self.waited = True
        if self._gives_up():
            return False
        await asyncio.sleep(_POLL_SECONDS)
        return True
