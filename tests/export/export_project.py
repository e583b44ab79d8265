"""A project's files, and an export into them without a command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired import Desired, load_environment
from digo.export.check import ExportCheck
from digo.export.files import content_of, write
from digo.export.prepare import PreparedExport, prepare_export

ENVIRONMENT = "t"


def record(index: int, name: str | None, intercom: str | None = None) -> AgentRecord:
    """The account's agent with the number +1 202 555 01XX, where XX is the index."""
    return AgentRecord(eid=f"e{index}", name=name, follow_me_number=f"+1202555{100 + index:04}", intercom=intercom)


def put(root: Path, text: str, name: str = f"{ENVIRONMENT}/agents.yaml") -> Path:
    """Writes a file below `config`, byte for byte."""
    path = root / "config" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def wanted(root: Path, **variables: str) -> Desired:
    """What the environment says."""
    environ = {f"DIGO_VAR_{name}": value for name, value in variables.items()}
    return load_environment(root / "config" / ENVIRONMENT, root, environ)


def export_into(root: Path, agents: Iterable[AgentRecord], **variables: str) -> PreparedExport:
    """Exports an account into the environment's files, as `digo export` does."""
    environ = {f"DIGO_VAR_{name}": value for name, value in variables.items()}
    folder = root / "config" / ENVIRONMENT
    content = content_of(folder)
    before = load_environment(folder, root, environ)
    ready = prepare_export(ExportCheck(before, Snapshot.of(agents), folder, root, environ), content)
    write(ready.texts, content)
    return ready
