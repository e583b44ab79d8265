"""The names of environments, and of the files that describe an environment and a fleet."""

from __future__ import annotations

import os

from digo.text.unicode import is_unicode

ENVIRONMENT_FILE = "environment.yaml"
FLEET_FILE = "fleet.yaml"
NAME_BYTES = 255  # the limit of common file systems


def is_environment_name(text: str) -> bool:
    """Whether the text can name a folder under `config/` and is not a path."""
    if not is_unicode(text):
        return False
    return text not in ("", ".", "..") and not {"/", "\\", "\0"} & set(text) and len(os.fsencode(text)) <= NAME_BYTES
