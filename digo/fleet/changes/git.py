"""What Git says of the project's repository: which files changed since a commit, and what a file was."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digo.fleet.failure import FleetError
from digo.sanitize.terminal import one_line

_MERGE_BASE = "..."
# Reading needs neither a password nor a lock; a read-only clone is as good as another.
_VARIABLES = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
# Git sets these for hooks; they would point at another repository than the project's.
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
_PATHSPECS = ("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS")


@dataclass(frozen=True)
class Repository:
    """The Git repository that a project is in.

    Attributes:
        top: its folder, without links.
        project: the project's folder, without links.
        environ: the environment variables of `git`.
    """

    top: Path
    project: Path
    environ: Mapping[str, str]

    def commit(self, revision: str) -> str:
        """The commit's id.

        Args:
            revision: a commit as Git names it. `main...` is where HEAD left `main`: their merge base. `main...HEAD` is
                the same.

        Raises:
            FleetError: the repository has no such commit.
        """
        name = revision.removesuffix("HEAD") if revision.endswith(f"{_MERGE_BASE}HEAD") else revision
        is_base, name = name.endswith(_MERGE_BASE), name.removesuffix(_MERGE_BASE)
        found = self._asked(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"])
        if not name or found.returncode:
            raise FleetError(_no_commit(revision, shallow=self._is_shallow()))
        commit = found.stdout.decode("ascii", "replace").strip()
        if not is_base:
            return commit
        base = self._asked(["merge-base", commit, "HEAD"])
        if base.returncode:
            raise FleetError(
                f"`{one_line(name)}` and HEAD have no commit in common here{_deepen(shallow=self._is_shallow())}"
            )
        return base.stdout.decode("ascii", "replace").strip()

    def changed(self, commit: str) -> list[Path]:
        """All files that differ from the commit: in later commits, in the index, in the folder; new ones as well.

        A renamed file counts under both names, a removed one under its own. Ignored files are unknown to Git.
        """
        options = [
            "--name-only",
            "-z",
            "--no-renames",
            "--no-relative",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=none",
        ]
        names = self._output(["diff", *options, commit, "--"])
        names += self._output(["ls-files", "--others", "--exclude-standard", "-z", "--full-name", "--", ":/"])
        return sorted({self.top / os.fsdecode(one) for one in names.split(b"\0") if one})

    def text(self, commit: str, path: Path) -> str | None:
        """The file's text in the commit; None if it has no such file.

        Raises:
            FleetError: Git cannot read it.
        """
        name = path.relative_to(self.top).as_posix()
        if not self._output(["ls-tree", "-z", "--full-tree", commit, "--", name]):
            return None
        return self._output(["cat-file", "blob", f"{commit}:{name}"]).decode("utf-8", "replace")

    def _is_shallow(self) -> bool:
        return self._asked(["rev-parse", "--is-shallow-repository"]).stdout.strip() == b"true"

    def _output(self, arguments: Sequence[str]) -> bytes:
        done = self._asked(arguments)
        if done.returncode:
            raise FleetError(f"git {arguments[0]} failed: {_said(done)}{_deepen(shallow=self._is_shallow())}")
        return done.stdout

    def _asked(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return _git(self.project, arguments, self.environ)


def repository_of(project: Path, environ: Mapping[str, str]) -> Repository:
    """The repository that a project's folder is in.

    Raises:
        FleetError: it is in none, or there is no `git` on PATH.
    """
    environ = {
        **{name: value for name, value in environ.items() if name not in (*_OF_HOOKS, *_PATHSPECS)},
        **_VARIABLES,
    }
    done = _git(project, ["rev-parse", "--show-toplevel"], environ)
    if done.returncode:
        raise FleetError(f"--since needs the project's Git repository, and {project} is not a checkout: {_said(done)}")
    top = Path(os.fsdecode(done.stdout.removesuffix(b"\n")))
    return Repository(top.resolve(), project.resolve(), environ)


def _git(folder: Path, arguments: Sequence[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            # A repository's own config may name a program that watches files: none is started.
            ["git", "-c", "core.fsmonitor=false", *arguments],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise FleetError(
            "--since needs git, which is not on PATH; install it, or name the stacks with --stack"
        ) from None


def _no_commit(revision: str, *, shallow: bool) -> str:
    start, dots, end = revision.partition("..")
    if start and dots and end.strip("."):
        name = one_line(start)
        return (
            f"--since takes one commit, and `{one_line(revision)}` is a range: give `{name}` for all that differs from "
            f"it, or `{name}...` for what has changed since HEAD left it"
        )
    return f"the repository has no commit `{one_line(revision)}`{_deepen(shallow=shallow)}"


def _deepen(*, shallow: bool) -> str:
    if shallow:
        return (
            "; this clone is shallow: `git fetch --depth=100 origin BRANCH` brings more commits, and `git fetch "
            "--unshallow` all of them"
        )
    return "; `git fetch` brings what is new, and `git log` lists the commits"


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    return one_line(done.stderr.decode("utf-8", "backslashreplace").strip()) or f"exit code {done.returncode}"
