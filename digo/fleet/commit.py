"""The Git commit of a project, and other short answers of Git."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit_of(root: Path) -> str:
    """The commit that is checked out; "" outside a repository, before the first commit, or without Git."""
    return git_answer(root, "rev-parse", "--verify", "--quiet", "HEAD")


def git_answer(root: Path, *arguments: str) -> str:
    """What Git answers; "" if it fails or is not there."""
    # A repository's own config may name a program that watches files: none is started.
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(
            command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace"
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
