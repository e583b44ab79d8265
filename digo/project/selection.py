"""The stack that `pulumi stack select` or the embedded engine has selected.

Source: pulumi/pulumi, `pkg/workspace/workspace.go` and `settings.go`: a file in `$PULUMI_HOME/workspaces`, named
after the project and the SHA-1 of the path of its Pulumi.yaml.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def workspace_file(project_file: Path, project: str, environ: Mapping[str, str]) -> Path:
    """The file that holds the selection of a project. It may not exist."""
    home = environ.get("PULUMI_HOME")
    folder = Path(home) if home else Path.home() / ".pulumi"
    digest = hashlib.sha1(str(project_file).encode(), usedforsecurity=False).hexdigest()
    return folder / "workspaces" / f"{project}-{digest}-workspace.json"


def read_workspace(file: Path) -> dict[str, Any]:
    """The content of that file; empty if there is none, or if it is damaged."""
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}


def selected_in(settings: Mapping[str, Any], url: str) -> str | None:
    """The selected stack, perhaps as `organization/project/stack`; None if there is none.

    `url` is the address of the state as the user wrote it. Newer CLIs keep one selection for each address.
    """
    stacks = settings.get("stacks")
    found = (stacks.get(url) if isinstance(stacks, dict) else None) or settings.get("stack")
    return found if isinstance(found, str) and found else None


def selected_stack(project_file: Path, project: str, url: str, environ: Mapping[str, str]) -> str | None:
    """The selected stack of a project; see `selected_in`."""
    return selected_in(read_workspace(workspace_file(project_file, project, environ)), url)
