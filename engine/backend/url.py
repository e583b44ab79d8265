"""The state folder of a backend address. `digo.project.backend` parses the address."""

from __future__ import annotations

from pathlib import Path

from digo.project.backend import backend_url, folder_of
from digo.project.failure import BackendError
from engine.failure import ConfigurationFailure

__all__ = ["backend_folder", "backend_url"]


def backend_folder(url: str, base: Path | None = None) -> Path:
    """The folder of a `file://` URL, relative to `base`; raises `ConfigurationFailure` for any other."""
    try:
        return folder_of(url, base)
    except BackendError as problem:
        raise ConfigurationFailure(str(problem)) from None
