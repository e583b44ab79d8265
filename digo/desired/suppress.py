"""`suppress` of lists: finds its files, reads each of them once, and takes their numbers out of inline leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from digo.desired.environment_reader import EnvironmentReader
from digo.desired.list_models import ListEntry
from digo.desired.lists import look_for, others
from digo.desired.state import DesiredLead, DesiredList, Suppression
from digo.source.positions import Document, Loc, Position, dotted
from digo.source.problems import Problem
from digo.system.extras import lacking

if TYPE_CHECKING:  # it imports pyarrow, which most environments do not need
    from digo.lists.rows.suppress import Suppressed, SuppressFiles


class SuppressReader:
    """The suppress files of one environment. Their problems and warnings go to `reading`, each once.

    `folder` is the environment's.
    """

    def __init__(self, reading: EnvironmentReader, folder: Path) -> None:
        self._reading = reading
        self._folder = folder
        self._looked: dict[tuple[Position, str], tuple[Path | str, ...]] = {}
        self._told: set[tuple[Path | str, str | None]] = set()
        self._entries: dict[str, tuple[tuple[Path | str, ...], str | None]] = {}

    @cached_property
    def files(self) -> SuppressFiles:
        """The files themselves. It needs the extra `lists`."""
        from digo.lists.rows.suppress import SuppressFiles

        return SuppressFiles(self._reading.shown)

    def paths(self, document: Document, key: str, entry: ListEntry) -> tuple[Path | str, ...] | None:
        """The suppress files of an entry, which are read then; None if there is a problem with one of them.

        An offline check leaves out addresses.
        """
        locs = [(loc, pattern) for loc, pattern in _locs(document, key, entry) if self._reading.asks(pattern)]
        found = [self._look_for(document, loc, pattern) for loc, pattern in locs]
        paths = tuple(dict.fromkeys(path for some in found for path in some))
        if not all(found):
            return None
        if paths and (missing := lacking("lists", "a list with `suppress`")):
            self._reading.problems.append(Problem(document.at(locs[0][0]), dotted(locs[0][0]), missing))
            return None
        self._entries[key] = paths, entry.country
        right = True
        for path in paths:
            read = self.files.read((path,), entry.country)
            self._tell(path, entry.country, f"lists.{key}.suppress", read)
            right = right and not read.problems
        return paths if right else None

    def split(
        self, leads: Iterable[DesiredLead], lists: Iterable[DesiredList]
    ) -> tuple[list[DesiredLead], tuple[Suppression, ...]]:
        """The leads that are sent, and what was suppressed of each entry that has suppress files."""
        leads = list(leads)
        of_entry: dict[str, list[DesiredLead]] = {key: [] for key, (paths, _) in self._entries.items() if paths}
        for lead in leads:
            if lead.list_key in of_entry:
                of_entry[lead.list_key].append(lead)
        found = {key: self._of_leads(key, some) for key, some in of_entry.items()}
        for one in lists:
            if one.source.suppress:
                found[one.key] = Suppression(one.key, one.source.suppress, one.count + one.suppressed, one.suppressed)
        gone = {lead.key for one in found.values() for lead in one.leads}
        return [lead for lead in leads if lead.key not in gone], tuple(found.values())

    def _look_for(self, document: Document, loc: Loc, pattern: str) -> tuple[Path | str, ...]:
        """The files of one pattern; none if there is a problem, which is reported.

        A default is looked for once, whatever number of lists has it.
        """
        at = document.at(loc)
        if (at, pattern) not in self._looked:
            # A path is relative to the environment that contains it.
            base = self._reading.folders.get(at.file, self._folder)
            looked = look_for(document, loc, pattern, base, self._reading.shown)
            if isinstance(looked, Problem):
                self._reading.problems.append(looked)
            else:
                self._reading.warnings.extend(Problem(at, dotted(loc), text) for text in looked.hints)
            self._looked[at, pattern] = () if isinstance(looked, Problem) else looked.files
        return self._looked[at, pattern]

    def _tell(self, path: Path | str, country: str | None, where: str, read: Suppressed) -> None:
        if (path, country) in self._told:
            return
        self._told.add((path, country))
        self._reading.problems += [Problem(one.position, where, one.message) for one in read.problems]
        if read.more:
            self._reading.problems.append(Problem(read.problems[0].position, where, others(read.more, "problem")))
        self._reading.warnings += [Problem(one.position, where, one.message) for one in read.warnings]

    def _of_leads(self, key: str, leads: list[DesiredLead]) -> Suppression:
        import pyarrow as pa  # most environments do not need it

        paths, country = self._entries[key]
        numbers = pa.array([int(lead.number.digits) for lead in leads], pa.uint64())
        marks = self.files.read(paths, country).marks(numbers).to_pylist()
        left_out = tuple(lead for lead, marked in zip(leads, marks, strict=True) if marked)
        return Suppression(key, paths, len(leads), len(left_out), left_out)


def _locs(document: Document, key: str, entry: ListEntry) -> Iterator[tuple[Loc, str]]:
    """Each pattern with its place in the file. It may be written alone or in a list."""
    whole: Loc = ("lists", key, "suppress")
    for index, pattern in enumerate(entry.suppress):
        inside: Loc = (*whole, index)
        yield (inside if inside in document.values else whole), pattern
