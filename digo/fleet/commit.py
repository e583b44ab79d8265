"""The Git commit of a project."""

from __future__ import annotations

from pathlib import Path

from digo.system.git import git_answer


def commit_of(root: Path) -> str:
    """The commit that is checked out; "" outside a repository, before the first commit, or without Git."""
    return git_answer(root, "rev-parse", "--verify", "--quiet", "HEAD")
