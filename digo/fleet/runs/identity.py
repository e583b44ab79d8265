"""What tells fleets, and the versions of a fleet, apart in one database. Pure, but for reading files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from digo.source.file_names import FLEET_FILE
from digo.version import VERSION

_NO_CONFIG = b"encryptionsalt:"  # an engine writes it at the first up of a stack


def fleet_name(project: str) -> str:
    """The name under which a project's runs are in a database. DBOS allows a-z, 0-9, `-` and `_`."""
    readable = re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-")[:40]
    return f"digo-fleet-{readable}-{_digest([project.encode()])[:6]}"


def version_label(root: Path) -> str:
    """This version of the tool, and of the project's config, as `0.2.0+<digest>`.

    A process takes only what a process with the same label has begun. So workers of the old and the new version, or of
    two commits, run beside each other, and each ends its own runs. The digest covers fleet.yaml, Pulumi.yaml, the
    stacks' files and all YAML below config/. Lists are left out, because they may be large: each stack's pinned plan
    covers them.

    Raises:
        OSError: a file cannot be read.
    """
    return f"{VERSION}+{_digest(_config(root))[:16]}"


def same_tool(label: str) -> bool:
    """Whether a label is of this version of the tool."""
    return label.partition("+")[0] == VERSION


def inputs_digest(label: str, stacks: Iterable[str]) -> str:
    """A digest of what makes two runs the same one: tool, config, fleet.yaml, and which stacks were selected."""
    return _digest([label.encode(), *(one.encode() for one in sorted(stacks))])[:32]


def _config(root: Path) -> Iterator[bytes]:
    files = [*root.glob("Pulumi*.yaml"), root / FLEET_FILE, *root.glob("config/**/*.y*ml")]
    for file in sorted(one for one in files if one.is_file()):
        yield str(file.relative_to(root)).encode()
        lines = file.read_bytes().splitlines()
        yield b"\n".join(line for line in lines if not line.startswith(_NO_CONFIG))


def _digest(parts: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()
