"""The record of every request to the simulated service, so that tests can count calls."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

_KEPT = 200_000


@dataclass(slots=True)
class Record:
    """One request.

    Attributes:
        n: position among all requests since the record was cleared, from 1.
        at: arrival, as an ISO time in UTC.
        status: HTTP status sent; None while it is under way and when no reply was sent.
        outcome: `open`, `answered`, or `cut` (the connection was cut before the reply was complete).
        fault: kind of the fault that struck, if any.
        committed: whether the request changed the account.
        authorized: whether its token was let in; the token itself is never kept.
        body: the request's JSON, or its text if it was none, or None.
    """

    n: int
    at: str
    method: str
    path: str
    query: str
    body: Any
    authorized: bool
    status: int | None = None
    outcome: str = "open"
    fault: str | None = None
    committed: bool = False


class Journal:
    """Counts of all requests by method and path, and the latest requests themselves."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._records: deque[Record] = deque(maxlen=_KEPT)
        self._n = 0

    def open(self, method: str, path: str, query: str, body: Any, authorized: bool) -> Record:
        """Note the arrival of a request; the caller completes the returned record as it goes on."""
        self._n += 1
        self._counts[f"{method} {path}"] += 1
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        record = Record(self._n, at, method, path, query, body, authorized)
        self._records.append(record)
        return record

    def clear(self) -> None:
        """Forget all requests."""
        self._counts.clear()
        self._records.clear()
        self._n = 0

    def as_dict(self) -> dict[str, Any]:
        """Counts and log, ready for JSON."""
        return {"counts": dict(self._counts), "log": [asdict(record) for record in self._records]}
