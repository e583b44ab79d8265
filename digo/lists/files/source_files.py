"""Finds the files that a `source` names: one by its name, or several by a glob."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from digo.lists.files.source import is_source
from digo.system.limits import FOLDERS
from digo.text.did_you_mean import closest
from digo.text.names import normal_name, same_name

_SIGNS = "*?["
_ANY_DEPTH = "**"
# Programs create such files beside the user's own: macOS `._a.csv`, Excel `~$a.csv`, editors `.a.csv`.
_HIDDEN = (".", "~$")
_Alike = Callable[[str, str], bool]


@dataclass(frozen=True)
class SourceFiles:
    """What a `source` names.

    Attributes:
        files: the files to read, sorted; a text is the address of an object. It includes broken links, folders and
            pipes: reading them is an error, so that no rows go missing silently.
        hidden: matches that are left out, because programs hide such files.
        other_case: further matches if the glob ignored case.
    """

    files: tuple[Path | str, ...]
    hidden: tuple[Path | str, ...] = ()
    other_case: tuple[Path, ...] = ()


def find_source(folder: Path, pattern: str) -> SourceFiles:
    """The files that a `source` names, relative to `folder`.

    An existing name is that file, even if it has signs of a glob. The same holds for each part of a path. A name that
    differs only in what nobody sees is that file too: macOS, and archives made on it, spell `é` in two characters.

    Raises:
        OSError: a folder cannot be read, or a name is too long.
        ValueError: no file can have such a name.
    """
    start, parts = _parts(folder, pattern)
    if path := named_file(folder, pattern):
        return SourceFiles((path,))
    if not any(sign in pattern for sign in _SIGNS):
        return SourceFiles(())
    parts = _without_repeats(parts)
    try:
        matches, others = _both_searches(start, parts)
    except RecursionError:
        raise ValueError("its folders are nested too deeply") from None
    files = tuple(sorted(path for path, hidden in matches.items() if not hidden))
    hidden = tuple(sorted(path for path, hidden in matches.items() if hidden))
    return SourceFiles(files, hidden, tuple(sorted(others - set(files))))


def _both_searches(folder: Path, parts: Sequence[str]) -> tuple[dict[Path, bool], set[Path]]:
    """The matches, each with whether it is hidden, and what would match without regard to case."""
    matches = dict(_Search(_alike).matches(folder, parts))
    folded = _Search(lambda name, part: _alike(name.casefold(), part.casefold())).matches(folder, parts)
    return matches, {path for path, hidden in folded if not hidden}


def named_file(folder: Path, name: str) -> Path | None:
    """The file of that name, or of the one name beside it in which people would see no difference.

    Raises:
        OSError: a folder cannot be read, or a name is too long.
        ValueError: no file can have such a name.
    """
    path, parts = _parts(folder, name)
    if _is_there(path.joinpath(*parts)):
        return path.joinpath(*parts)
    for part in parts:
        if not _is_there(path / part):
            same = [one.name for one in _entries(path) if same_name(one.name, part)] if path.is_dir() else []
            if len(same) != 1:
                return None
            part = same[0]
        path /= part
    return path


def near_name(folder: Path, pattern: str) -> str | None:
    """An existing file with almost the name of a missing one, written as `pattern` writes it; None without one."""
    start, parts = _parts(folder, pattern)
    place = start.joinpath(*parts).parent
    try:
        names = [one.name for one in os.scandir(place) if is_source(one.name)]
    except OSError:
        return None
    same = next((name for name in names if name.casefold() == parts[-1].casefold()), None)
    near = same or closest(parts[-1], names)
    return str(Path(pattern).with_name(near)) if near else None


def _alike(name: str, part: str) -> bool:
    """Whether a part of a glob matches a name, as people see both."""
    return fnmatch.fnmatchcase(normal_name(name), normal_name(part))


def _parts(folder: Path, pattern: str) -> tuple[Path, list[str]]:
    path = Path(pattern)
    return (Path(path.anchor), list(path.parts[1:])) if path.is_absolute() else (folder, list(path.parts))


def _without_repeats(parts: Sequence[str]) -> list[str]:
    """The parts with one `**` for several in a row, which means the same."""
    return [part for place, part in enumerate(parts) if part != _ANY_DEPTH or parts[place - 1 : place] != [_ANY_DEPTH]]


class _Search:
    """One search for a glob. It looks at no folder twice for the same rest of the glob, and not at any number of them.

    Otherwise each further `**` would multiply the ways to one and the same file.
    """

    def __init__(self, alike: _Alike) -> None:
        self._alike = alike
        self._most = FOLDERS.value()
        self._done: set[tuple[Path, int, bool]] = set()

    def matches(self, folder: Path, parts: Sequence[str], *, hidden: bool = False) -> Iterator[tuple[Path, bool]]:
        """The matches of those path parts in a folder, each with whether a part of it is hidden.

        Raises:
            ValueError: there are too many folders.
        """
        if (folder, len(parts), hidden) in self._done:
            return
        self._done.add((folder, len(parts), hidden))
        if len(self._done) > self._most:
            raise ValueError(f"the glob looks into more than {self._most:,} folders; {FOLDERS.way_out}")
        part, *rest = parts
        path = folder / part
        if not any(sign in part for sign in _SIGNS) or _is_there(path):
            names = [part] if _is_there(path) else []
        elif part == _ANY_DEPTH:
            yield from self.matches(folder, rest, hidden=hidden)
            for one in _entries(folder):
                if one.is_dir(follow_symlinks=False):
                    yield from self.matches(Path(one.path), parts, hidden=hidden or _is_hidden(one.name, part))
            return
        else:
            names = [one.name for one in _entries(folder) if self._alike(one.name, part)]
        for name in names:
            also_hidden = hidden or _is_hidden(name, part)
            if not rest:
                yield folder / name, also_hidden
            elif (folder / name).is_dir():
                yield from self.matches(folder / name, rest, hidden=also_hidden)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def _is_hidden(name: str, part: str) -> bool:
    """Whether a name is hidden from this part of a glob. A part that begins with the same sign does match it."""
    return any(name.startswith(sign) and not part.startswith(sign) for sign in _HIDDEN)


def is_hidden_name(name: str) -> bool:
    """Whether programs give such names to files that they make beside a user's own."""
    return name.startswith(_HIDDEN)


def _is_there(path: Path) -> bool:
    """Whether the path exists; a broken link counts.

    Raises:
        OSError: a folder of the path cannot be read, or the name is too long.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
