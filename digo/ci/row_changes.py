"""How many rows of a list from files differ between two versions of config. It reads only files in `config/`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from digo.desired.list_models import ListEntry
from digo.desired.written import WrittenEntry
from digo.lists.files.addresses import is_address
from digo.lists.files.source import ListSource
from digo.lists.files.source_files import find_source
from digo.system.extras import need
from digo.text.counts import counted

_UNREAD = "not read: the entry or its files have a problem, see `digo validate`"


def row_change(old: WrittenEntry | None, new: WrittenEntry, base: Path, fork: Path) -> str:
    """A sentence about the rows that differ; "" if none does.

    Args:
        old: the base's entry, if it has one.
        new: the fork's entry.
        base: the base's `config` folder.
        fork: the fork's `config` folder.
    """
    before, after = None if old is None else _source(old, base), _source(new, fork)
    if before and after and _same(before, after):
        return ""
    if after is None:
        # Rows may be made elsewhere, and be no file of the repository: then both sides lack them.
        unchanged = before is None and old is not None and old.fields == new.fields
        return _UNREAD if "source" in new.fields and not unchanged else ""
    need("lists", "a comparison of rows")
    from digo.lists.rows.difference import ListDifference  # imports pyarrow, which most environments do not need
    from digo.lists.rows.list_rows import read_list

    def shown(path: Path) -> str:
        return path.name

    has = read_list(after, shown)
    if has.problems:
        return _UNREAD
    in_all = f"{counted(len(has.rows), 'row')} in all" + (f", {has.suppressed:,} suppressed" if has.suppressed else "")
    if before is None or before.fields != after.fields:
        return in_all
    had = read_list(before, shown)
    if had.problems:
        return in_all
    added, gone, changed = ListDifference(had.rows, has.rows, after.fields).counts
    parts = [f"{n:,} {word}" for n, word in ((added, "added"), (changed, "changed"), (gone, "removed")) if n]
    return f"{', '.join(parts)}; {in_all}" if parts else ""


def _source(entry: WrittenEntry, config: Path) -> ListSource | None:
    """The list's source; None if the entry is wrong, or names a file outside `config/`, or no file.

    The address of an object is not a file in `config/`: it is never asked for.
    """
    try:
        wanted = ListEntry.model_validate(entry.fields)
        if wanted.source is None or any(map(is_address, (wanted.source, *wanted.suppress))):
            return None
        files = find_source(entry.base, wanted.source).files
        suppress = [find_source(entry.suppress_base, pattern).files for pattern in wanted.suppress]
    except (ValidationError, OSError, ValueError):
        return None
    left_out = tuple(dict.fromkeys(path for some in suppress for path in some))
    inside = config.resolve()
    if not files or not all(suppress) or not all(_is_inside(path, inside) for path in (*files, *left_out)):
        return None
    return ListSource(
        wanted.id or "",
        files,
        wanted.columns,
        wanted.country,
        wanted.duplicates,
        encoding=wanted.encoding,
        sheet=wanted.sheet,
        suppress=left_out,
    )


def _is_inside(path: Path | str, folder: Path) -> bool:
    return Path(path).resolve().is_relative_to(folder) and Path(path).is_file()


def _same(before: ListSource, after: ListSource) -> bool:
    """Whether both have the same content, so that no row needs to be read."""
    if replace(before, list_id="", files=(), suppress=()) != replace(after, list_id="", files=(), suppress=()):
        return False
    return _contents(before.files) == _contents(after.files) and _contents(before.suppress) == _contents(after.suppress)


def _contents(paths: tuple[Path | str, ...]) -> list[bytes]:
    return [Path(path).read_bytes() for path in paths]
