"""Short answers of Git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from digo.system.child_environment import for_children

_SECONDS = 20


def git_answer(root: Path, *arguments: str) -> str:
    """What Git answers; "" if it fails, takes too long, or is not there. It does not get the engine's secrets."""
    # A repository's own config may name programs that watch files or check signatures: none is started.
    command = ["git", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env={**for_children(os.environ), "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
