"""Which folder holds the state.

Source: pulumi/pulumi, `pkg/backend/diy/backend.go` (`massageBlobPath`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from engine.failure import ConfigurationFailure

BACKEND_VARIABLE = "PULUMI_BACKEND_URL"
DEFAULT_FOLDER = ".pulumi-state"

_PREFIX = "file://"


def backend_url(root: Path, project_url: str, environment: Mapping[str, str] = os.environ) -> str:
    """The URL to use: the environment's, else the project's (`backend.url`), else `.pulumi-state` in its folder."""
    return environment.get(BACKEND_VARIABLE) or project_url or f"{_PREFIX}{root / DEFAULT_FOLDER}"


def backend_folder(url: str) -> Path:
    """The folder of a `file://` URL. Relative paths count from the working directory, `~` is the home folder.

    Raises `ConfigurationFailure` for any other kind of URL.
    """
    if not url.startswith(_PREFIX):
        raise ConfigurationFailure(
            f"the embedded engine keeps state in a folder ({_PREFIX}...), and the backend is {_without_user(url)}; "
            f"use the pulumi CLI for that backend, or set {BACKEND_VARIABLE} to a {_PREFIX} URL"
        )
    path = url.removeprefix(_PREFIX).split("?")[0]
    if not path:
        raise ConfigurationFailure(f"the backend {url} names no folder; write for example {_PREFIX}/var/pulumi")
    return Path(os.path.normpath(Path(path).expanduser().absolute()))


def _without_user(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return scheme + separator + rest.rpartition("@")[2]
