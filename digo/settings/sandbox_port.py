"""Whether requests to this machine go past the project's own sandbox.

If the endpoint's port was taken, `make up` runs the sandbox at another one. A shell that lacks DIGO_SANDBOX_PORT then
asks the program that has the endpoint's port: often the sandbox of another project, with another account.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import httpx

from digo.api.access import Access
from digo.settings.stack_settings import PORT_VARIABLE
from digo.system.loopback import LOOPBACK

NOTE = Path(".sandbox") / "digo.db.pid"
"""The file in which a sandbox in the background notes its address and process, relative to the project."""


def sandbox_elsewhere(root: Path, access: Access) -> int | None:
    """The port of the project's running sandbox, if requests go to another port of this machine; else None."""
    asked = httpx.URL(access.address)
    if asked.host.strip("[]") not in LOOPBACK:
        return None
    try:
        noted = json.loads((root / NOTE).read_text(encoding="utf-8"))
        os.kill(int(noted["pid"]), 0)
        port = httpx.URL(str(noted["url"])).port
    except (OSError, ValueError, KeyError, TypeError, OverflowError, httpx.InvalidURL):
        return None
    return port if port is not None and port != asked.port else None


def how_to_reach_it(port: int) -> str:
    """The command for a shell, after which all commands ask the sandbox."""
    return f"`export {PORT_VARIABLE}={port}`"
