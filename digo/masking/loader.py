"""Reads `masking.yaml` and its files, and makes the table. All problems are reported at once, with positions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from digo.desired.environment_reader import read_document
from digo.desired.loader import load_environment
from digo.desired.models import check_key
from digo.desired.state import DesiredAgent
from digo.masking.entries import EntryCompiler
from digo.masking.models import HEAD_KEYS, Destination, MaskingEntry, MaskingHeader, Route, Times, Window
from digo.masking.number_warnings import number_warnings
from digo.masking.route_positions import RoutePositions
from digo.masking.table import TableMaker
from digo.phone.number import PhoneNumber
from digo.source.due import Head
from digo.source.explain import explain, is_echo
from digo.source.positions import Document, Loc, Position, dotted
from digo.source.problems import ConfigError, Problem

FILE = "masking.yaml"
_HEAD = Head("masking", beside=HEAD_KEYS)


@dataclass(frozen=True)
class Routes:
    """Validated routes, ready to be written by `maker.write(path, rules)`.

    `numbers` counts the masking numbers; `files` are the files of routes.
    """

    maker: TableMaker
    rules: Mapping[str, Any]
    warnings: tuple[Problem, ...]
    numbers: int
    files: tuple[Path, ...] = ()

    @property
    def count(self) -> int:
        """The number of routes, including those for every caller of a masking number."""
        return self.maker.routes


@dataclass
class _Reading:
    folder: Path
    root: Path
    document: Document
    problems: list[Problem] = field(default_factory=list)

    def report(self, loc: Loc, message: str) -> None:
        self.problems.append(Problem(self.document.at(loc), dotted(loc), message))


_AgentsOf = Callable[[_Reading, MaskingHeader, Mapping[str, MaskingEntry]], Mapping[str, PhoneNumber] | None]


def load_routes(folder: Path, root: Path) -> Routes:
    """The routes of an environment.

    Args:
        folder: the environment's folder, such as `config/sandbox`.
        root: the folder that file names in positions are relative to.

    Raises:
        ConfigError: all problems of all files at once.
    """
    return _load(folder, root, _agents)


def load_routes_beside(folder: Path, root: Path, agents: Iterable[DesiredAgent] | None) -> Routes:
    """The routes of an environment whose agents are read already.

    `agents` is None if they are invalid. Then destinations that name an agent are not checked.

    Raises:
        ConfigError: all problems of `masking.yaml` and its files at once.
    """
    known = None if agents is None else {agent.key: agent.number for agent in agents}
    return _load(folder, root, lambda *_: known)


def _load(folder: Path, root: Path, agents_of: _AgentsOf) -> Routes:
    document, found = _document(folder / FILE, root)
    reading = _Reading(folder, root, document, [*found, *_HEAD.problems(document)])
    head = _head(reading)
    is_sound = not reading.problems
    entries = _entries(reading)
    agents = agents_of(reading, head, entries)
    wrong_entries = len(reading.problems)
    maskings = _masking_numbers(reading, entries)
    # Routes with a wrong head, or of a masking number with two owners, would have problems that are only consequences.
    if not is_sound or len(reading.problems) > wrong_entries:
        raise ConfigError(reading.problems)
    places = RoutePositions()
    compiler = EntryCompiler(head, agents, maskings, document, places)
    for key, entry in entries.items():
        compiler.entry(key, entry, folder, root)
    failover = compiler.numbers_of(head.failover, ("failover",)) if head.failover else []
    reading.problems.extend(compiler.problems)
    if reading.problems:
        raise ConfigError(reading.problems)
    rules = {
        "zone": head.zone.key if head.zone else None,
        "country_code": head.country_code,
        "failover": failover,
        "rules": compiler.rules,
        "routes": compiler.maker.routes,
    }
    warnings = () if head.failover else tuple(_dead_ends(document, entries))
    warnings = (*warnings, *number_warnings(document, head, entries), *compiler.warnings)
    return Routes(compiler.maker, rules, warnings, len(maskings), tuple(compiler.files))


def _document(path: Path, root: Path) -> tuple[Document, list[Problem]]:
    document, found = read_document(path, root)
    if not isinstance(document.data, dict) or not isinstance(document.data.get("masking"), dict):
        raise ConfigError([*found, *_HEAD.problems(document)])
    return document, found


def _head(reading: _Reading) -> MaskingHeader:
    raw = {name: value for name, value in reading.document.data.items() if name != "masking"}
    try:
        return MaskingHeader.model_validate(raw)
    except ValidationError as invalid:
        for error in invalid.errors():
            if is_echo(error):
                continue
            if error["type"] != "extra_forbidden" or len(error["loc"]) > 1:
                reading.problems.append(explain(reading.document, _model_of(error["loc"], MaskingHeader), (), error))
        return MaskingHeader()


def _entries(reading: _Reading) -> dict[str, MaskingEntry]:
    entries: dict[str, MaskingEntry] = {}
    for key, raw in reading.document.data["masking"].items():
        loc: Loc = ("masking", key)
        try:
            check_key(key)
            entries[key] = MaskingEntry.model_validate(raw)
        except ValidationError as invalid:
            reading.problems.extend(
                explain(reading.document, _model_of(error["loc"], MaskingEntry), loc, error)
                for error in invalid.errors()
                if not is_echo(error)
            )
        except ValueError as problem:
            reading.problems.append(Problem(reading.document.key_at(loc), dotted(loc), str(problem)))
    return entries


def _model_of(path: Sequence[str | int], model: type[BaseModel]) -> type[BaseModel]:
    """The model that contains the last part of a path. The path begins in `model`."""
    for part in path[:-1]:
        if part == "windows":
            model = Times if model is Route else Window
        elif part == "routes":
            model = Route
        elif part in ("default", "anonymous", "failover", "pool"):
            model = Destination
    return model


def _agents(
    reading: _Reading, head: MaskingHeader, entries: Mapping[str, MaskingEntry]
) -> dict[str, PhoneNumber] | None:
    """Config's agents by key; None if they are wrong. They are read only if a destination names one."""
    if not any(_names_agent(one) for one in _destinations(head, entries)):
        return {}
    try:
        desired = load_environment(reading.folder, reading.root)
    except ConfigError as problem:
        reading.problems.extend(problem.problems)
        return None
    return {agent.key: agent.number for agent in desired.agents}


def _destinations(head: MaskingHeader, entries: Mapping[str, MaskingEntry]) -> Iterable[Destination]:
    if head.failover:
        yield head.failover
    for entry in entries.values():
        yield from (*entry.routes, *entry.windows)
        if entry.default:
            yield entry.default
        if isinstance(entry.anonymous, Destination):
            yield entry.anonymous


def _names_agent(destination: Destination) -> bool:
    return destination.agent is not None or any(_names_agent(one) for one in destination.pool or ())


def _masking_numbers(reading: _Reading, entries: Mapping[str, MaskingEntry]) -> set[int]:
    owners: dict[int, Position] = {}
    for key, entry in entries.items():
        for index, number in enumerate(entry.numbers):
            loc: Loc = ("masking", key, "numbers", index)
            digits = int(number.digits)
            if digits in owners:
                reading.report(loc, f"this masking number is already at {owners[digits]}; it would be ambiguous")
            owners.setdefault(digits, reading.document.at(loc))
    return set(owners)


def _dead_ends(document: Document, entries: Mapping[str, MaskingEntry]) -> Iterable[Problem]:
    for key, entry in entries.items():
        if entry.default is None:
            loc: Loc = ("masking", key)
            yield Problem(
                document.key_at(loc),
                dotted(loc),
                "it has no `default`, and the file no `failover`: whoever has no route is left to DIGO's own failover",
            )
