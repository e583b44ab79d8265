"""Checks of this machine's files: who can read secrets, and what Git would commit."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digo.doctor.check import Result, Skipped, error, ok, warning
from digo.text.unicode import visible

GIT_SECONDS = 30
_OTHERS_READ = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWOTH
_EXAMPLES = (".example", ".sample", ".template", ".dist")


@dataclass(frozen=True)
class PrivateFiles:
    """What must stay on this machine.

    Attributes:
        root: the project's folder.
        secrets: files with a secret, each with what it has.
        folders: folders of state and journals.
    """

    root: Path
    secrets: Mapping[Path, str]
    folders: Sequence[Path]

    def shown(self, path: Path) -> str:
        """A path for messages."""
        return visible(str(path.relative_to(self.root) if path.is_relative_to(self.root) else path))


def env_files(root: Path) -> list[Path]:
    """Files such as `.env` and `.env.prod` in a folder; not `.env.example`."""
    return sorted(path for path in root.glob(".env*") if path.is_file() and not path.name.endswith(_EXAMPLES))


def check_files(private_files: PrivateFiles) -> Result:
    """Whether other users of this machine can read the secrets, or write into the folders."""
    if os.name == "nt":
        raise Skipped("Windows has no file modes")
    there = [path for path in private_files.secrets if path.is_file()]
    open_to_others = [path for path in there if path.stat().st_mode & _OTHERS_READ]
    writable = [path for path in private_files.folders if path.is_dir() and path.stat().st_mode & _OTHERS_WRITE]
    if writable:
        named = " ".join(private_files.shown(path) for path in writable)
        return error(
            f"every user of this machine can write to {named}",
            "another user can change what the next run takes for the state",
            f"run `chmod o-w {named}`",
        )
    if open_to_others:
        named = " ".join(private_files.shown(path) for path in open_to_others)
        return warning(
            f"other users of this machine can read {named}",
            f"it has {' and '.join(dict.fromkeys(private_files.secrets[path] for path in open_to_others))}",
            f"run `chmod 600 {named}`",
        )
    return ok(f"{len(there):,} with a secret, readable by you alone" if there else "no file with a secret")


@dataclass(frozen=True)
class GitFacts:
    """What Git says about the private files: paths relative to the project.

    `tracked` are in the repository already; `not_ignored` would be committed by `git add .`.
    """

    tracked: tuple[str, ...]
    not_ignored: tuple[str, ...]


def ask_git(private_files: PrivateFiles) -> GitFacts:
    """Asks Git what it tracks and ignores of the private files inside the project.

    Raises:
        Skipped: there is no Git, or the project is in no repository.
        OSError: Git fails.
    """
    try:
        inside = _git(private_files.root, ["rev-parse", "--is-inside-work-tree"])
    except FileNotFoundError:
        raise Skipped("there is no git on this machine") from None
    if inside.returncode or inside.stdout.strip() != b"true":
        raise Skipped("the project is in no Git repository")
    files = [
        path.relative_to(private_files.root)
        for path in private_files.secrets
        if path.is_relative_to(private_files.root)
    ]
    folders = [
        path.relative_to(private_files.root)
        for path in private_files.folders
        if path.is_relative_to(private_files.root)
    ]
    listed = _git(private_files.root, ["--literal-pathspecs", "ls-files", "-z", "--", *map(str, [*files, *folders])])
    # A file in the folder stands for it: a pattern such as `.digo/` matches no folder that is not there yet.
    asked = {str(path): str(path) for path in files} | {f"{path}/file": f"{path}/" for path in folders}
    asked.setdefault(".env", ".env")
    ignored = _git(private_files.root, ["check-ignore", "-z", "--stdin"], "\0".join(asked)) if asked else None
    if listed.returncode or (ignored is not None and ignored.returncode > 1):
        raise OSError(f"git failed: {os.fsdecode(listed.stderr or (ignored.stderr if ignored else b'')).strip()}")
    tracked = tuple(dict.fromkeys(_top(one, folders) for one in _names(listed.stdout)))
    names = set(_names(ignored.stdout)) if ignored is not None else set()
    return GitFacts(
        tracked, tuple(shown for path, shown in asked.items() if path not in names and shown not in tracked)
    )


def _top(path: str, folders: Iterable[Path]) -> str:
    """The folder of the private files that the path is in, or the path itself."""
    return next((f"{folder}/" for folder in folders if Path(path).is_relative_to(folder)), path)


def _names(output: bytes) -> list[str]:
    return [os.fsdecode(one) for one in output.split(b"\0") if one]


def _git(root: Path, arguments: list[str], given: str | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        # A repository's own config may name a program that watches files: none is started.
        ["git", "-c", "core.fsmonitor=false", *arguments],
        cwd=root,
        input=None if given is None else os.fsencode(given),
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        timeout=GIT_SECONDS,
        check=False,
    )


def check_git(facts: GitFacts) -> Result:
    """Whether Git keeps secrets and state out of the repository."""
    if facts.tracked:
        named = " ".join(visible(one) for one in facts.tracked)
        return error(
            f"the repository has {named}",
            "everybody who can read the repository has what is in it, also in its history",
            f"renew the secret; run `git rm -r --cached {named}`, and name it in .gitignore",
        )
    if facts.not_ignored:
        named = ", ".join(visible(one) for one in facts.not_ignored)
        return warning(f"not ignored: {named}", "`git add .` would commit it", "write a line for each into .gitignore")
    return ok("secrets, state and journals are ignored, and none is in the repository")
