"""Compiles entries into slots of the table and rules, and finds contradictions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digo.lists.files.file_problem import reason
from digo.lists.files.source_files import named_file
from digo.masking.lookup import REJECTED
from digo.masking.models import REJECT, Destination, MaskingEntry, MaskingHeader, Route, Times
from digo.masking.route_files import RouteFile, RowProblem
from digo.masking.route_positions import RoutePositions
from digo.masking.table import ANONYMOUS_CALLER, ANY_CALLER, RULE, RouteConflict, TableMaker
from digo.masking.windows import MinuteSpan, overlap, spans
from digo.phone.number import PhoneNumber
from digo.source.positions import Document, Loc, dotted
from digo.source.problems import Problem
from digo.text.did_you_mean import hint

MOST_PROBLEMS = 100  # of one file of routes; a wrong column would report a million


class EntryCompiler:
    """Collects the table's slots in `maker`, its rules in `rules`, and errors in `problems`.

    `agents` is None if they are unknown because they are invalid. Then no agent's key is reported as missing.
    """

    def __init__(
        self,
        head: MaskingHeader,
        agents: Mapping[str, PhoneNumber] | None,
        maskings: set[int],
        document: Document,
        places: RoutePositions,
    ) -> None:
        self._head = head
        self._agents = agents
        self._maskings = maskings
        self._document = document
        self._places = places
        self.maker = TableMaker()
        self.rules: list[list[dict[str, Any]]] = []
        self.problems: list[Problem] = []
        self.files: list[Path] = []
        self.warnings: list[Problem] = []

    def entry(self, key: str, entry: MaskingEntry, folder: Path, root: Path) -> None:
        """Adds one entry. `folder` is the folder that its files are relative to."""
        loc: Loc = ("masking", key)
        maskings = [int(number.digits) for number in entry.numbers]
        self._routes(maskings, entry.routes, loc)
        for index, (first, second) in enumerate(entry.pairs):
            pair_loc: Loc = (*loc, "pairs", index)
            place = self._places.number(self._document.at(pair_loc))
            self._put(maskings, int(first.digits), int(second.digits), place, dotted(pair_loc))
            self._put(maskings, int(second.digits), int(first.digits), place, dotted(pair_loc))
        for index, name in enumerate(entry.files):
            self._file(maskings, name, (*loc, "files", index), folder, root)
        self._for_every_caller(maskings, entry, loc)

    def numbers_of(self, destination: Destination, loc: Loc) -> list[int]:
        """The numbers that a destination may ring. It reports problems on the way."""
        if destination.pool is not None:
            members = ((one, (*loc, "pool", index)) for index, one in enumerate(destination.pool))
            return [number for one, place in members for number in self.numbers_of(one, place)]
        number = destination.callee or self._agent(destination.agent or "", (*loc, "agent"))
        if number is None:
            return []
        digits = int(number.digits)
        if digits in self._maskings:
            self._report((*loc, "callee" if destination.callee else "agent"), _LOOP)
        return [digits]

    def _agent(self, key: str, loc: Loc) -> PhoneNumber | None:
        if self._agents is None:
            return None
        if (number := self._agents.get(key)) is None:
            near = hint(key, self._agents, "it is a key of agents.yaml")
            self._report(loc, f"config has no agent `{key}`; {near}")
        return number

    def _report(self, loc: Loc, message: str) -> None:
        self.problems.append(Problem(self._document.at(loc), dotted(loc), message))

    def _routes(self, maskings: Sequence[int], routes: Sequence[Route], loc: Loc) -> None:
        by_caller: dict[int, list[tuple[Loc, Route]]] = defaultdict(list)
        for index, route in enumerate(routes):
            by_caller[int(route.caller.digits)].append(((*loc, "routes", index), route))
        for caller, same in by_caller.items():
            first_loc, first = same[0]
            where = self._document.at((*first_loc, "caller"))
            place = self._places.number(where)
            if first.callee is not None and not first.windows and len(same) == 1:
                for number in self.numbers_of(first, first_loc):
                    self._put(maskings, caller, number, place, dotted(first_loc))
                continue
            options = [self._option(route, route.windows, "route", at) for at, route in same]
            self._check_apart([(at, option["spans"]) for (at, _), option in zip(same, options, strict=True)])
            for option in options:
                if caller in option["to"]:
                    self.problems.append(Problem(where, dotted(first_loc), _SELF))
            self._put(maskings, caller, self._rule(options), place, dotted(first_loc))

    def _for_every_caller(self, maskings: Sequence[int], entry: MaskingEntry, loc: Loc) -> None:
        placed = [((*loc, "windows", index), window) for index, window in enumerate(entry.windows)]
        options = [self._option(window, (window,), "window", place) for place, window in placed]
        self._check_apart([(place, option["spans"]) for (place, _), option in zip(placed, options, strict=True)])
        if entry.default is not None:
            options.append(self._option(entry.default, (), "default", (*loc, "default")))
        # An entry without options gets a slot, too: it marks the masking number as ours.
        rule = self._rule(options)
        for masking in maskings:
            self.maker.put(masking, ANY_CALLER, rule, 0)
        if entry.anonymous is not None:
            self._for_anonymous_callers(maskings, entry.anonymous, (*loc, "anonymous"))

    def _for_anonymous_callers(self, maskings: Sequence[int], wanted: Destination | str, loc: Loc) -> None:
        if isinstance(wanted, Destination):
            option = self._option(wanted, (), "anonymous", loc)
        else:
            assert wanted == REJECT
            option = {"spans": None, "to": [], "by": REJECTED}
        rule = self._rule([option])
        for masking in maskings:
            self.maker.put(masking, ANONYMOUS_CALLER, rule, 0)

    def _option(self, destination: Destination, times: Sequence[Times], by: str, loc: Loc) -> dict[str, Any]:
        if times and self._head.zone is None:
            self._report(loc, "times need a zone: write `zone: Asia/Kolkata`, or yours, at the top of the file")
        within = [span for one in times for span in spans(one.days, one.begin, one.end)] if times else None
        return {"spans": within, "to": self.numbers_of(destination, loc), "by": by}

    def _check_apart(self, options: Sequence[tuple[Loc, Sequence[MinuteSpan] | None]]) -> None:
        """Reports options that hold at the same time. An option without times always holds."""
        for index, (loc, within) in enumerate(options):
            for before, others in options[:index]:
                if within is None or others is None or overlap(within, others):
                    there = self._document.at(before)
                    self._report(loc, f"this is ambiguous: at some time {there} says whom to ring as well")
                    break

    def _rule(self, options: list[dict[str, Any]]) -> int:
        self.rules.append(options)
        return RULE | (len(self.rules) - 1)

    def _put(self, maskings: Sequence[int], caller: int, target: int, place: int, where: str) -> None:
        """Adds a route on each masking number. `place` is its encoded position, `where` its path in the document."""
        if caller == target or target in self._maskings:
            wrong = _SELF if caller == target else _LOOP
            self.problems.append(Problem(self._places.position(place), where, wrong))
        for masking in maskings:
            try:
                self.maker.put(masking, caller, target, place)
            except RouteConflict as taken:
                there = self._places.position(taken.where)
                message = f"this is ambiguous: this caller has a route at {there}"
                self.problems.append(Problem(self._places.position(place), where, message))
                return

    def _file(self, maskings: Sequence[int], name: str, loc: Loc, folder: Path, root: Path) -> None:
        path = self._inside(name, loc, folder)
        if path is None:
            return
        self.files.append(path)
        before = len(self.problems)
        file = RouteFile(path, path.relative_to(root.resolve()).as_posix())
        number = self._places.file(file.shown)
        for row in file.rows():
            if isinstance(row, RowProblem):
                self.problems.append(Problem(row.position, "", row.message))
            else:
                place = self._places.line_of(number, row.line)
                self._put(maskings, row.caller, row.callee, place, "")
                if row.both_ways:
                    self._put(maskings, row.callee, row.caller, place, "")
            if len(self.problems) - before >= MOST_PROBLEMS:
                self._report(loc, f"more than {MOST_PROBLEMS:,} problems in this file; the rest is not read")
                return
        self.warnings += [Problem(one.position, "", one.message) for one in file.warnings]
        if file.more_warnings:
            message = f"{file.more_warnings:,} more doubtful numbers in this file"
            self.warnings.append(Problem(self._document.at(loc), dotted(loc), message))

    def _inside(self, name: str, loc: Loc, folder: Path) -> Path | None:
        """The file of that name in the environment's folder; None, with a problem, if there is none."""
        try:
            path = (named_file(folder, name) or folder / name).resolve()
            if not path.is_relative_to(folder.resolve()):
                self._report(loc, "a file of routes is in the environment's own folder")
                return None
            path.lstat()
        except (OSError, ValueError, RuntimeError) as problem:  # a loop of links, or a name that no file can have
            self._report(loc, f"cannot be read: {reason(problem)}")
            return None
        return path


_LOOP = "this is a loop: it rings a masking number, which asks this service again"
_SELF = "the caller would ring themself"
