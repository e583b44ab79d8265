"""The record of every request to the simulated service, so that tests can count calls."""

import itertools
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

_KEPT = 200_000
_LARGE = 16 * 2**10
_KEPT_OF_LARGE = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request, and how it is read.

    A large one is kept as it came, because thousands of lists with hundreds of rows each would fill the memory.
    """

    raw: bytes
    read: Callable[[bytes], Any]


@dataclass(slots=True)
class Record:
    """One request.

    Attributes:
        n: position among all requests since the record was cleared, from 1.
        at: arrival, as an ISO time in UTC.
        status: HTTP status sent; None before the reply, and if no reply was sent.
        outcome: `open`, `answered`, `cut` (the connection was cut here before the reply was complete) or `gone`
            (the client had closed it before the reply).
        fault: kind of the fault that struck, if any.
        committed: whether the request changed the account.
        authorized: whether its token was accepted. The token itself is never kept.
        account: the profile of the account that it was for.
        body: the request's JSON, or its text if it was none, or None. Of large ones, only the latest are kept.
    """

    n: int
    at: str
    method: str
    path: str
    query: str
    body: Any
    authorized: bool
    account: str = "digo"
    status: int | None = None
    outcome: str = "open"
    fault: str | None = None
    committed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The record, ready for JSON."""
        # Not dataclasses.asdict: it copies bodies in depth, which a log of thousands feels.
        shown = {name: getattr(self, name) for name in self.__slots__}
        if isinstance(self.body, Body):
            shown["body"] = self.body.read(self.body.raw)
        return shown


def kept(raw: bytes, content: Any, read: Callable[[bytes], Any]) -> Any:
    """What a record keeps of a body: its content, as `read` makes it of the bytes, or a `Body` if it is large."""
    return Body(raw, read) if len(raw) > _LARGE else content


class Journal:
    """Counts of all requests by method and path, and the latest requests themselves."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._records: deque[Record] = deque(maxlen=_KEPT)
        self._large: deque[tuple[Record, int]] = deque()
        self._large_bytes = 0
        self._n = 0

    def open(self, method: str, path: str, query: str, body: Any, *, authorized: bool, account: str = "digo") -> Record:
        """Note the arrival of a request; the caller completes the returned record as it goes on.

        `body` is what it says, or a `Body` if that is large.
        """
        self._n += 1
        self._counts[f"{method} {path}"] += 1
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        record = Record(self._n, at, method, path, query, body, authorized, account)
        self._records.append(record)
        if isinstance(body, Body):
            self._large.append((record, len(body.raw)))
            self._large_bytes += len(body.raw)
            while self._large_bytes > _KEPT_OF_LARGE:
                oldest, size = self._large.popleft()
                oldest.body = f"({size} bytes, no longer kept)"
                self._large_bytes -= size
        return record

    def clear(self) -> None:
        """Forget all requests."""
        self._counts.clear()
        self._records.clear()
        self._large.clear()
        self._large_bytes = 0
        self._n = 0

    def as_dict(self, last: int | None = None) -> dict[str, Any]:
        """Counts, and the latest `last` requests or all, oldest first; ready for JSON."""
        count = len(self._records)
        skipped = 0 if last is None else max(0, count - last)
        log = [record.as_dict() for record in itertools.islice(self._records, skipped, count)]
        return {"counts": dict(self._counts), "log": log}
