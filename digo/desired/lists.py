"""Lists whose rows stand in files: from a config entry to checked rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from digo.counts import counted
from digo.desired.models import ListEntry
from digo.desired.positions import Document, Loc, Position, dotted
from digo.desired.problems import Problem
from digo.desired.state import WantedList
from digo.lists.source import ListSource, find_files

SHOWN_KINDS = 5


def read_wanted_list(
    document: Document, key: str, entry: ListEntry, folder: Path, shown: Callable[[Path], str]
) -> tuple[list[WantedList], list[Problem]]:
    """The list of an entry that has a `source`, and everything that is wrong with its files.

    Args:
        document: the file of the entry.
        key: the entry's key.
        entry: the entry itself, with columns that are right.
        folder: what `source` is relative to.
        shown: how positions name a file.
    """
    assert entry.source is not None
    loc: Loc = ("lists", key, "source")
    at = document.at(loc)
    try:
        files = find_files(folder, entry.source)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        return [], [Problem(at, dotted(loc), f"`{entry.source}` cannot be looked for: {reason}")]
    if not files:
        return [], [Problem(at, dotted(loc), f"there is no file `{entry.source}` in {shown(folder)}")]
    from digo.lists.rows import read_list  # columns need a large library, and most environments have no such list

    source = ListSource(entry.id, files, entry.columns, entry.country, entry.duplicates)
    found = read_list(source, shown)
    problems = [
        Problem(one.position, f"lists.{key}" + (f".{one.column}" if one.column else ""), one.message)
        for one in found.problems
    ]
    if found.more:
        problems.append(Problem(at, dotted(loc), _others(found.more)))
    position: Position = document.key_at(("lists", key))
    wanted = WantedList(key, source, entry.shards, len(found.rows), position, found.rows, formerly=entry.formerly)
    return ([] if problems else [wanted]), problems


def _others(more: Counter[str]) -> str:
    kinds = "; ".join(f"{counted(count, 'time')}: {message}" for message, count in more.most_common(SHOWN_KINDS))
    rest = "" if len(more) <= SHOWN_KINDS else "; and others"
    return f"{counted(more.total(), 'more problem')} in its files: {kinds}{rest}"
