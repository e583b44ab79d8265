"""Lists with rows in files: from a config entry to validated rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digo.desired.list_models import ListEntry
from digo.desired.state import DesiredList
from digo.lists.files.addresses import is_address, is_pattern, shown_address
from digo.lists.files.source import ListSource
from digo.lists.files.source_files import SourceFiles, find_source, near_name
from digo.source.positions import Document, Loc, dotted
from digo.source.problems import Problem
from digo.system.extras import lacking
from digo.text.counts import counted
from digo.text.unicode import is_unicode

if TYPE_CHECKING:  # see `read_wanted_list`
    from digo.lists.rows.row_problem import RowProblem
    from digo.lists.rows.suppress import SuppressFiles

SHOWN_KINDS = 5
SHOWN_FILES = 5


@dataclass(frozen=True)
class Looked:
    """The files that a pattern names, and hints at files that it leaves out."""

    files: tuple[Path | str, ...]
    hints: tuple[str, ...]


def look_for(
    document: Document, loc: Loc, pattern: str, folder: Path, shown: Callable[[Path], str]
) -> Looked | Problem:
    """The files of a name or a glob in config, or why there are none.

    Args:
        document: the file of the entry.
        loc: the place of the pattern in it.
        pattern: the pattern.
        folder: the folder that the pattern is relative to.
        shown: gives a file's name for positions.
    """
    at, where = document.at(loc), dotted(loc)
    try:
        looked = _looked_for(folder, pattern)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        return Problem(at, where, f"`{shown_address(pattern)}` cannot be looked for: {reason}")
    if not looked.files:
        lack = f"there is no {_what(pattern, folder, shown)}{_instead(looked, folder, pattern, shown)}"
        return Problem(at, where, lack)
    if broken := [_name(path, shown) for path in looked.files if not is_unicode(str(path))]:
        return Problem(at, where, f"the name of {broken[0]} is not UTF-8; rename the file")
    return Looked(looked.files, tuple(_left_out(looked, shown)))


def not_asked(document: Document, key: str, entry: ListEntry) -> list[Problem]:
    """A warning for each setting of the entry with an address, which an offline check does not ask."""
    warnings = []
    for setting, named, what in (
        ("source", (entry.source or "",), "its rows are not checked: they are at an address"),
        ("suppress", entry.suppress, "not all of its numbers are checked: some are at an address"),
    ):
        if any(map(is_address, named)):
            loc: Loc = ("lists", key, setting)
            warnings.append(Problem(document.at(loc), dotted(loc), what))
    return warnings


def read_wanted_list(
    document: Document,
    key: str,
    entry: ListEntry,
    folder: Path,
    shown: Callable[[Path], str],
    suppress: tuple[tuple[Path | str, ...], SuppressFiles] | None = None,
) -> tuple[list[DesiredList], list[Problem], list[Problem]]:
    """The list of an entry with a `source`, the problems of its files, and the warnings about them.

    Args:
        document: the file of the entry.
        key: the entry's key.
        entry: the entry itself, with valid columns.
        folder: the folder that `source` is relative to.
        shown: gives a file's name for positions.
        suppress: the entry's suppress files, and what reads them; None without any.
    """
    assert entry.source is not None
    loc: Loc = ("lists", key, "source")
    looked, at = look_for(document, loc, entry.source, folder, shown), document.at(loc)
    if isinstance(looked, Problem):
        return [], [looked], []
    if missing := lacking("lists", "a list from files"):
        return [], [Problem(at, dotted(loc), missing)], []
    from digo.lists.rows.list_rows import read_list  # imports pyarrow, which most environments do not need

    paths, files = suppress or ((), None)
    if both := _in_both(document, key, looked.files, paths, shown):
        return [], [both], []
    source = _source(entry, looked.files, paths)
    found = read_list(source, shown, files)
    problems, warnings = ([_problem(key, one) for one in kind] for kind in (found.problems, found.warnings))
    warnings = [Problem(at, dotted(loc), message) for message in looked.hints] + warnings
    if found.more:
        problems.append(Problem(at, dotted(loc), others(found.more, "problem")))
    if found.more_warnings:
        warnings.append(Problem(at, dotted(loc), others(found.more_warnings, "warning")))
    wanted = DesiredList(
        key,
        source,
        entry.shards,
        len(found.rows),
        document.key_at(("lists", key)),
        found.rows,
        formerly=entry.formerly,
        list_name=entry.name or "",
        suppressed=found.suppressed,
    )
    return ([] if problems else [wanted]), problems, warnings


def _in_both(
    document: Document,
    key: str,
    files: Sequence[Path | str],
    suppress: Collection[Path | str],
    shown: Callable[[Path], str],
) -> Problem | None:
    """The problem of a file that a glob takes for a suppress file as well: none of its rows would be sent."""
    both = next((path for path in files if path in suppress), None)
    if both is None:
        return None
    loc: Loc = ("lists", key, "suppress")
    message = f"`{_name(both, shown)}` is a file of `source` as well, so that none of its rows would be sent"
    return Problem(document.at(loc), dotted(loc), message)


def _source(entry: ListEntry, files: tuple[Path | str, ...], suppress: tuple[Path | str, ...]) -> ListSource:
    return ListSource(
        entry.id or "",
        files,
        entry.columns,
        entry.country,
        entry.duplicates,
        entry.name is not None,
        entry.encoding,
        entry.sheet,
        suppress,
    )


def _looked_for(folder: Path, source: str) -> SourceFiles:
    """What a source names.

    Raises:
        OSError, ValueError: it cannot be looked for.
    """
    if not is_address(source):
        return find_source(folder, source)
    if not is_pattern(source):
        return SourceFiles((source,))
    if missing := lacking("stores", "a glob in a store"):
        raise ValueError(missing)
    from digo.lists.files.stores import find_objects  # imports large libraries

    return find_objects(source)


def _what(source: str, folder: Path, shown: Callable[[Path], str]) -> str:
    if is_address(source):
        return f"object `{shown_address(source)}`"
    return f"file `{source}` in {shown(folder)}"


def _name(path: Path | str, shown: Callable[[Path], str]) -> str:
    return shown_address(path) if isinstance(path, str) else shown(path)


def _instead(looked: SourceFiles, folder: Path, pattern: str, shown: Callable[[Path], str]) -> str:
    """A hint at similar files, if there are any."""
    if hints := "; ".join(_left_out(looked, shown)):
        return f"; {hints}"
    if is_address(pattern):
        return ""
    near = near_name(folder, pattern)
    return f"; did you mean `{near}`?" if near else ""


def _left_out(looked: SourceFiles, shown: Callable[[Path], str]) -> list[str]:
    hints = []
    if looked.hidden:
        names = _names(looked.hidden, shown)
        hints.append(f"the glob leaves out hidden files, as programs make them beside others: {names}")
    if looked.other_case:
        names = _names(looked.other_case, shown)
        hints.append(f"the glob leaves out what differs from it in upper and lower case: {names}")
    return hints


def _names(paths: Sequence[Path | str], shown: Callable[[Path], str]) -> str:
    rest = f" and {len(paths) - SHOWN_FILES:,} more" if len(paths) > SHOWN_FILES else ""
    return ", ".join(f"`{_name(path, shown)}`" for path in paths[:SHOWN_FILES]) + rest


def _problem(key: str, one: RowProblem) -> Problem:
    return Problem(one.position, f"lists.{key}" + (f".{one.column}" if one.column else ""), one.message)


def others(more: Counter[str], what: str) -> str:
    """A sentence about problems that are only counted, by their messages."""
    kinds = "; ".join(f"{counted(count, 'time')}: {message}" for message, count in more.most_common(SHOWN_KINDS))
    rest = "" if len(more) <= SHOWN_KINDS else "; and others"
    return f"{counted(more.total(), f'more {what}')} in its files: {kinds}{rest}"
