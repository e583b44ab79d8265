"""Where the operator gets the project: repository, commit or branch, and folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from digo.fleet.commit import commit_of
from digo.fleet.failure import FleetError
from digo.sanitize.terminal import one_line
from digo.system.git import git_answer


@dataclass(frozen=True)
class GitSource:
    """A place in a repository.

    Attributes:
        repository: its address, without a password.
        folder: the project's folder in it; "" for its root.
        commit: the commit; "" with a branch.
        branch: the branch; "" with a commit.
    """

    repository: str
    folder: str
    commit: str = ""
    branch: str = ""

    @property
    def over_ssh(self) -> bool:
        """Whether it is reached by SSH, with a key."""
        return not self.repository.startswith(("http://", "https://"))


def git_source(root: Path, repository: str | None, commit: str | None, branch: str | None) -> GitSource:
    """The source of a project.

    Args:
        root: the project's folder.
        repository: the address; None for that of the remote `origin`.
        commit: the commit; None for the one that is checked out, if no branch is given either.
        branch: the branch that the operator follows.

    Raises:
        FleetError: something is not given, and Git does not know it.
    """
    address = repository or git_answer(root, "remote", "get-url", "origin")
    if not address:
        raise FleetError("no repository: Git has no remote `origin` here; give --repository URL")
    folder = git_answer(root, "rev-parse", "--show-prefix").rstrip("/")
    if branch:
        if not git_answer(root, "check-ref-format", "--branch", branch):
            raise FleetError(f"`{one_line(branch)}` is not a name of a branch")
        return GitSource(without_password(address), folder, branch=branch)
    known = commit_of(root) if commit is None else _hash(root, commit)
    if not known:
        raise FleetError("no commit: the project is in no Git repository, or has no commit; give --commit or --branch")
    return GitSource(without_password(address), folder, commit=known)


def _hash(root: Path, commit: str) -> str:
    """The whole hash of a commit: the operator takes no other name of it. The clone need not have it."""
    if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit):
        return commit
    if found := git_answer(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}"):
        return found
    raise FleetError(f"this clone has no commit `{one_line(commit)}`; give --commit its whole hash")


def without_password(address: str) -> str:
    """The address without user and password, if it is one of http(s)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    if parts.scheme not in ("http", "https"):
        return address
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def uncommitted(root: Path, besides: Path | None = None) -> bool:
    """Whether the project has changes that no commit has, so that the operator would not get them.

    Those in the folder `besides` do not count.
    """
    here = root.resolve()
    folder = None if besides is None else besides.resolve()
    left_out = [f":(exclude,top){_below(folder, here)}"] if folder is not None and folder.is_relative_to(here) else []
    return bool(git_answer(root, "status", "--porcelain", "--", ".", *left_out))


def _below(folder: Path, root: Path) -> str:
    prefix = git_answer(root, "rev-parse", "--show-prefix")
    return f"{prefix}{folder.relative_to(root).as_posix()}"
