"""The manifest of the current table, which the parent process sends to the workers with it."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class TableManifest:
    """The manifest.

    `loaded_at` is in seconds since 1970. `problem` is the error in the current config; the table then is that of the
    config before. `metrics_problem` says why requests are not counted.
    """

    routes: int
    loaded_at: float
    problem: str | None = None
    metrics_problem: str | None = None

    @classmethod
    def of(cls, routes: int, metrics_problem: str | None = None) -> TableManifest:
        """The manifest of a table that was made just now."""
        return cls(routes, time.time(), metrics_problem=metrics_problem)

    def to_json(self) -> str:
        """The manifest as JSON, in ASCII."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: bytes) -> TableManifest:
        """The manifest in a JSON text."""
        return cls(**json.loads(text))
