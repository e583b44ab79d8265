"""Writes config/ of a fork's commit as files, byte for byte.

`git archive` and `git checkout` are not used: the commit's own `.gitattributes` would leave out files and change their
content. Objects are read by id. Each one's hash is computed here, from the commit's id down to every file. So no
attribute, filter, replacement or setting can change what is written.

Source: git's documentation, "Git Internals - Git Objects", and `git cat-file --batch`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from digo.ci.failure import HostingError
from digo.sanitize.terminal import one_line

MOST_ENTRIES = 20_000  # files and folders; a small commit can name one folder millions of times
MOST_BYTES = 1 << 30  # of all files together
FOLDER = b"config"
_MOST_LISTED = 1 << 26  # bytes of a commit or of one folder's list
_LONGEST_PATH = 4_096  # bytes, as Linux has it; folders in folders would make paths without end
_SHOWN = 20  # problems
_CHUNK = 1 << 20  # bytes
_HASHES = {40: hashlib.sha1, 64: hashlib.sha256}
_TREE = stat.S_IFDIR
_KINDS = {stat.S_IFLNK: "a link", 0o160000: "a submodule"}
# Nothing outside the commit decides what an object is, and nothing that is missing is fetched.
_GIT_VARIABLES = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


@dataclass(frozen=True)
class _Entry:
    """A line of a tree. `path` begins with `config`; `mode` is git's."""

    path: bytes
    mode: int
    id: str

    @property
    def shown(self) -> str:
        return one_line(os.fsdecode(self.path))


def write_fork_config(root: Path, commit: str, target: Path) -> int:
    """Writes config/ of the commit to a folder, in place of what is there. Returns the number of files.

    Args:
        root: the project's folder, in a git repository that has the commit.
        commit: the commit's whole id.
        target: the folder.

    Raises:
        HostingError: config/ is not a folder; something in it is no plain file, has a name that leads
            elsewhere, or cannot be written as it is named; there is too much of it. The folder is as it was.
    """
    if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit) is None:
        raise HostingError(f"`{one_line(commit)}` is not a commit's id: give all 40 characters")
    place = _place_of(root)
    with _objects(root) as objects:
        tree = _config_tree(objects, commit, place)
        files = _files_of(objects, tree) if tree else []
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".config-of-fork-", dir=target.parent) as folder:
            _write(objects, files, Path(folder))
            _replace(target, Path(folder) / os.fsdecode(FOLDER))
    return len(files)


class _Objects:
    """The objects of a repository, by `git cat-file --batch`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._in, self._out = process.stdin, process.stdout

    def read(self, identity: str, kind: str) -> bytes:
        """The content of a commit or a tree."""
        return b"".join(self.parts(identity, kind, _MOST_LISTED))

    def parts(self, identity: str, kind: str, most: int) -> Iterator[bytes]:
        """The content of an object of at most `most` bytes, in parts. The hash is compared after the last one."""
        self._in.write(f"{identity}\n".encode())
        self._in.flush()
        head = self._out.readline().decode("ascii", "replace").split()
        if len(head) != 3 or head[:2] != [identity, kind]:
            raise HostingError(f"the repository has no {kind} {identity}; fetch the pull request's commit first")
        size = left = int(head[2])
        if size > most:
            raise HostingError(f"config/ of the fork is too large: over {most:,} bytes in {kind} {identity}")
        digest = _HASHES[len(identity)](f"{kind} {size}\0".encode())
        while left:
            part = self._out.read(min(left, _CHUNK))
            if not part:
                raise HostingError(f"git ended within {kind} {identity}; run the job again")
            left -= len(part)
            digest.update(part)
            yield part
        self._out.read(1)  # a line feed ends each object
        if digest.hexdigest() != identity:
            raise HostingError(f"the repository's {kind} {identity} has the content of another; clone it anew")


@contextmanager
def _objects(root: Path) -> Iterator[_Objects]:
    process = subprocess.Popen(
        ["git", "cat-file", "--batch"],
        cwd=root,
        env={**os.environ, **_GIT_VARIABLES},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _Objects(process)
    except BrokenPipeError:
        raise HostingError(f"git cannot read the repository of {root}; run this in the project's checkout") from None
    finally:
        process.kill()
        process.communicate()


def _place_of(root: Path) -> list[bytes]:
    """The folders from the repository's top to the project."""
    done = subprocess.run(
        ["git", "rev-parse", "--show-prefix"], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        why = one_line(done.stderr.decode("utf-8", "backslashreplace").strip())
        raise HostingError(f"{root} is not a checkout that git reads: {why}; run this in the project's checkout")
    return [part for part in done.stdout.removesuffix(b"\n").split(b"/") if part]


def _config_tree(objects: _Objects, commit: str, place: list[bytes]) -> str | None:
    """The id of the folder config/ in the commit; None if there is none."""
    first = objects.read(commit, "commit").partition(b"\n")[0]
    tree = first.removeprefix(b"tree ").decode("ascii", "replace")
    for name in (*place, FOLDER):
        found = [entry for entry in _entries(objects, tree, b"") if entry.path == name]
        if not found:
            return None  # the fork has removed all config
        if len(found) > 1 or stat.S_IFMT(found[0].mode) != _TREE:
            raise HostingError(f"{found[0].shown} is {_kind(found[0])} in the fork's commit, and no folder")
        tree = found[0].id
    return tree


def _files_of(objects: _Objects, tree: str) -> list[_Entry]:
    """All files below config/. Everything else is refused, each with its place."""
    files: list[_Entry] = []
    problems: list[str] = []
    waiting, count = [(tree, FOLDER)], 0
    while waiting:
        identity, folder = waiting.pop()
        seen: set[bytes] = set()
        for entry in _entries(objects, identity, folder + b"/"):
            count += 1
            if count > MOST_ENTRIES:
                raise HostingError(f"config/ of the fork has more than {MOST_ENTRIES:,} files; it is not planned")
            if len(entry.path) > _LONGEST_PATH:
                raise HostingError(f"config/ of the fork has a path of over {_LONGEST_PATH:,} bytes; it is not planned")
            kind = stat.S_IFMT(entry.mode)
            name = entry.path[len(folder) + 1 :]
            if entry.path in seen:
                problems.append(f"{entry.shown} occurs twice in the fork's commit")
            elif name in (b"", b".", b"..") or b"/" in name or name.lower() == b".git":
                problems.append(f"{entry.shown} has a name that leads elsewhere")
            elif kind == _TREE:
                waiting.append((entry.id, entry.path))
            elif kind == stat.S_IFREG:
                files.append(entry)
            else:
                problems.append(f"{entry.shown} is {_kind(entry)}: only files are planned from a fork")
            seen.add(entry.path)
    if problems:
        raise HostingError("\n  ".join(["config/ of the fork is not planned:", *_at_most(sorted(problems))]))
    return sorted(files, key=lambda entry: entry.path)


def _entries(objects: _Objects, tree: str, before: bytes) -> Iterator[_Entry]:
    """The lines of one tree: mode, blank, name, NUL, and the id as bytes."""
    content = objects.read(tree, "tree")
    length, at = len(tree) // 2, 0
    while at < len(content):
        end = content.find(b"\0", at)
        mode, blank, name = content[at:end].partition(b" ")
        identity = content[end + 1 : end + 1 + length]
        if end < 0 or not blank or re.fullmatch(rb"[0-7]{1,6}", mode) is None or len(identity) != length:
            raise HostingError(f"the fork's commit has a damaged folder ({tree}); it is not planned")
        yield _Entry(before + name, int(mode, 8), identity.hex())
        at = end + 1 + length


def _kind(entry: _Entry) -> str:
    return _KINDS.get(stat.S_IFMT(entry.mode), "a file" if stat.S_ISREG(entry.mode) else f"of mode {entry.mode:o}")


def _at_most(problems: list[str]) -> list[str]:
    rest = len(problems) - _SHOWN
    return [*problems[:_SHOWN], *([f"and {rest:,} more"] if rest > 0 else [])]


def _write(objects: _Objects, files: list[_Entry], folder: Path) -> None:
    left = MOST_BYTES
    (folder / os.fsdecode(FOLDER)).mkdir()
    for entry in files:
        path = folder / os.fsdecode(entry.path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                left -= _copy(objects.parts(entry.id, "blob", left), file)
        except OSError as problem:
            raise HostingError(
                f"{entry.shown} of the fork cannot be written here: {problem.strerror}; rename it, or make room"
            ) from None
    # A disk that takes two names for one, or spells a name otherwise, would show another config.
    written = sorted(os.fsencode(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
    if written != [entry.path for entry in files]:
        raise HostingError("this disk cannot hold the names of the fork's files apart; plan it on a Linux machine")


def _copy(parts: Iterator[bytes], file: IO[bytes]) -> int:
    return sum(file.write(part) for part in parts)


def _replace(old: Path, new: Path) -> None:
    if old.is_symlink() or old.is_file():
        old.unlink()
    elif old.exists():
        shutil.rmtree(old)
    new.rename(old)
