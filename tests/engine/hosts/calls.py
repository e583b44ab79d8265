"""What a host for tests was asked so far."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def calls_of(folder: Path) -> list[dict[str, Any]]:
    """The calls in order, from the host's folder. A line that is being written counts from its end on."""
    file = folder / "calls.jsonl"
    whole = file.read_text().rpartition("\n")[0] if file.exists() else ""
    return [json.loads(line) for line in whole.splitlines()]
