"""A stack's past updates, in the files of the pulumi CLI, so that either engine lists those of both.

Source: pulumi/pulumi, `pkg/backend/updates.go` (`UpdateInfo`) and `pkg/backend/diy/state.go` (`addToHistory` and
`getHistory`).

The CLI also keeps a copy of the state beside each file. No command reads it, and a state of thousands of agents would
be kept for ever. So this engine writes none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digo.text.json_text import loads
from engine.backend.files import decompressed, write_atomically
from engine.backend.layout import Layout, StackReference
from engine.serialize import UnreadableState

SUCCEEDED = "succeeded"
FAILED = "failed"

_ENDINGS = (".history.json", ".history.json.gz", ".history.json.zst")


@dataclass(frozen=True)
class UpdateInfo:
    """One update, as the CLI records it.

    Attributes:
        kind: `update`, `refresh`, `destroy` or `resource-import`.
        start_time: in seconds since 1970.
        end_time: in seconds since 1970.
        result: `succeeded` or `failed`.
        message: that of `--message`, or the title of the commit.
        environment: where the update was made: commit, author, pipeline, flags.
        config: the stack's config. Secrets are encrypted: `{"secure": …}`.
        resource_changes: counts by operation.
        version: the update's number. A state folder has 0 here.
    """

    kind: str
    start_time: int
    end_time: int
    result: str
    message: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    resource_changes: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The update as the CLI's file has it."""
        counts = {"resourceChanges": dict(self.resource_changes)} if self.resource_changes else {}
        return {
            "kind": self.kind,
            "startTime": self.start_time,
            "message": self.message,
            "environment": dict(self.environment),
            "config": dict(self.config),
            "result": self.result,
            "endTime": self.end_time,
            "version": self.version,
            **counts,
        }


def add_to_history(layout: Layout, stack: StackReference, update: UpdateInfo) -> None:
    """Adds an update that has ended. Raises `StateNotWritten`."""
    path = layout.history(stack) / f"{stack.name}-{time.time_ns()}{_ENDINGS[0]}"
    write_atomically(path, json.dumps(update.to_dict(), separators=(",", ":"), ensure_ascii=False).encode())


def read_history(layout: Layout, stack: StackReference) -> list[UpdateInfo]:
    """The stack's updates, the newest first. Raises `UnreadableState` with the name of a damaged file."""
    folder = layout.history(stack)
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [_read(path) for path in reversed(files) if path.name.endswith(_ENDINGS)]


def _read(path: Path) -> UpdateInfo:
    try:
        content = loads(decompressed(path.read_bytes(), path))
        return UpdateInfo(
            kind=str(content["kind"]),
            start_time=int(content["startTime"]),
            end_time=int(content.get("endTime") or 0),
            result=str(content["result"]),
            message=str(content.get("message") or ""),
            environment={str(name): str(value) for name, value in (content.get("environment") or {}).items()},
            config=dict(content.get("config") or {}),
            resource_changes={str(op): int(count) for op, count in (content.get("resourceChanges") or {}).items()},
            version=int(content.get("version") or 0),
        )
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, OSError) as error:
        raise UnreadableState(
            f"the history file {path} is damaged; move it away, and the other updates are listed. "
            "The state itself does not depend on it"
        ) from error
