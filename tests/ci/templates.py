"""The templates of docs/ci, and the jobs in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.scenarios.workspace import ROOT

CI = ROOT / "docs" / "ci"
GITLAB = CI / "gitlab" / "gitlab-ci.yml"
FLEET = CI / "fleet"
FLEET_GITLAB = FLEET / "gitlab-ci.yml"
KEYWORDS = {"stages", "workflow"}


def load(path: Path) -> dict[Any, Any]:
    """A file's content. YAML reads the key `on` as True."""
    return dict(yaml.safe_load(path.read_text()))


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    document = load(path)
    return (
        document["jobs"]
        if path not in (GITLAB, FLEET_GITLAB)
        else {k: v for k, v in document.items() if k not in KEYWORDS}
    )
