"""The record of every request to the simulated service, so that tests can count calls."""

import itertools
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

_KEPT = 200_000


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
        body: the request's JSON, or its text if it was none, or None.
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
        return {name: getattr(self, name) for name in self.__slots__}


class Journal:
    """Counts of all requests by method and path, and the latest requests themselves."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._records: deque[Record] = deque(maxlen=_KEPT)
        self._n = 0

    def open(self, method: str, path: str, query: str, body: Any, *, authorized: bool, account: str = "digo") -> Record:
        """Note the arrival of a request; the caller completes the returned record as it goes on."""
        self._n += 1
        self._counts[f"{method} {path}"] += 1
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        record = Record(self._n, at, method, path, query, body, authorized, account)
        self._records.append(record)
        return record

    def clear(self) -> None:
        """Forget all requests."""
        self._counts.clear()
        self._records.clear()
        self._n = 0

    def as_dict(self, last: int | None = None) -> dict[str, Any]:
        """Counts, and the latest `last` requests or all, oldest first; ready for JSON."""
        kept = len(self._records)
        skipped = 0 if last is None else max(0, kept - last)
        log = [record.as_dict() for record in itertools.islice(self._records, skipped, kept)]
        return {"counts": dict(self._counts), "log": log}
