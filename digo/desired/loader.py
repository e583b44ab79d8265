"""Loads an environment's folder: reads, checks each file, then checks what only all files together show."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from digo.desired.approvals import Approval, ApprovalEntry, approval_of
from digo.desired.explain import explain
from digo.desired.leads import lead_keys, read_leads
from digo.desired.lists import read_wanted_list
from digo.desired.models import AgentEntry, ListEntry, check_key
from digo.desired.positions import Document, Loc, Position, YamlProblem, dotted, read_yaml
from digo.desired.problems import ConfigError, Problem
from digo.desired.state import Desired, WantedAgent, WantedLead, WantedList

E = TypeVar("E", AgentEntry, ListEntry)

_KINDS = ("agents", "lists")
_KNOWN = (*_KINDS, "approvals", "masking")


@dataclass(frozen=True)
class _File(Generic[E]):
    """A file and its entries that are right by themselves; what is wrong with the others is told already."""

    document: Document
    entries: dict[str, E]


@dataclass
class _Loading:
    root: Path
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def shown(self, path: Path) -> str:
        """How a position names a file: relative to the project, where it is inside it."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()


def load_environment(folder: Path, root: Path | None = None) -> Desired:
    """The desired state in `folder`: `agents.yaml`, `lists.yaml`, and any `agents/*.yaml` and `lists/*.yaml`.

    Args:
        folder: the environment's folder, such as `config/sandbox`.
        root: what file names in positions are relative to; the working directory where left out.

    Raises:
        ConfigError: all problems of all files at once.
    """
    loading = _Loading((root or Path.cwd()).resolve())
    folder = folder.resolve()
    paths = {kind: _paths(folder, kind) for kind in _KINDS}
    if not any(paths.values()):
        raise ConfigError([_nothing_there(loading, folder)])
    agents_files = _read_all(loading, paths["agents"], "agents", AgentEntry)
    lists_files = _read_all(loading, paths["lists"], "lists", ListEntry)
    loading.warnings.extend(_strays(loading, folder))
    agents = _agents(loading, agents_files)
    leads, lists = _lists(loading, folder, lists_files)
    approvals = _approvals(loading, folder / "approvals.yaml")
    if loading.problems:
        raise ConfigError(loading.problems)
    return Desired(
        environment=folder.name,
        agents=tuple(agents),
        leads=tuple(leads),
        lists=tuple(lists),
        approvals=tuple(approvals),
        warnings=tuple(sorted(loading.warnings)),
    )


def _paths(folder: Path, kind: str) -> list[Path]:
    found = [folder / f"{kind}{ending}" for ending in (".yaml", ".yml")]
    inner = folder / kind
    nested = sorted([*inner.glob("*.yaml"), *inner.glob("*.yml")]) if inner.is_dir() else []
    # A folder or a dangling link of that name is told as unreadable: it is not an absent file.
    return [path for path in found if path.exists() or path.is_symlink()] + nested


def _nothing_there(loading: _Loading, folder: Path) -> Problem:
    position = Position(loading.shown(folder), 1, 1)
    if not folder.is_dir():
        return Problem(
            position,
            "",
            "there is no such folder; a stack NAME reads config/NAME/ unless its config says digo:environment",
        )
    return Problem(position, "", "it has neither agents.yaml nor lists.yaml; write `agents: {}` to want no agents")


def _strays(loading: _Loading, folder: Path) -> list[Problem]:
    found = []
    read = {"approvals.yaml", "masking.yaml", *(f"{kind}{ending}" for kind in _KINDS for ending in (".yaml", ".yml"))}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in (".yaml", ".yml") or path.name in read:
            continue
        near = difflib.get_close_matches(path.stem.lower(), _KNOWN, n=1)
        hint = f"; did you mean {near[0]}.yaml?" if near else ""
        found.append(Problem(Position(loading.shown(path), 1, 1), "", f"this file is not read{hint}"))
    return found


def _read_all(loading: _Loading, paths: Iterable[Path], kind: str, model: type[E]) -> list[_File[E]]:
    files = (_read(loading, path, kind, model) for path in paths)
    return [file for file in files if file is not None]


def _document(loading: _Loading, path: Path) -> Document | None:
    shown = loading.shown(path)
    try:
        document, problems = read_yaml(path, shown)
    except YamlProblem as problem:
        loading.problems.append(Problem(problem.position, "", problem.message))
        return None
    except OSError as problem:
        loading.problems.append(Problem(Position(shown, 1, 1), "", f"cannot be read: {problem.strerror}"))
        return None
    loading.problems.extend(Problem(p.position, "", p.message) for p in problems)
    return document


def _read(loading: _Loading, path: Path, kind: str, model: type[E]) -> _File[E] | None:
    document = _document(loading, path)
    if document is None:
        return None
    entries: dict[str, E] = {}
    for key, raw in _raw_entries(loading, document, kind).items():
        loc: Loc = (kind, key)
        try:
            check_key(key)
        except ValueError as problem:
            loading.problems.append(Problem(document.key_at(loc), dotted(loc), str(problem)))
            continue
        try:
            entries[key] = model.model_validate(raw)
        except ValidationError as invalid:
            loading.problems.extend(explain(document, model, loc, error) for error in invalid.errors())
    return _File(document, entries)


def _approvals(loading: _Loading, path: Path) -> list[Approval]:
    document = _document(loading, path) if path.exists() or path.is_symlink() else None
    if document is None:
        return []
    raw = document.data.get("approvals") if isinstance(document.data, dict) and len(document.data) == 1 else None
    if not isinstance(raw, list):
        loading.problems.append(Problem(document.at(()), "", "the file has one key, `approvals`, with a list"))
        return []
    found = []
    for index, item in enumerate(raw):
        loc: Loc = ("approvals", index)
        try:
            found.append(approval_of(ApprovalEntry.model_validate(item), document.at(loc)))
        except ValidationError as invalid:
            loading.problems.extend(explain(document, ApprovalEntry, loc, error) for error in invalid.errors())
    return found


def _raw_entries(loading: _Loading, document: Document, kind: str) -> dict[str, Any]:
    """The mapping under the file's one key, or nothing and a problem told."""
    if not isinstance(document.data, dict):
        what = "the file is empty" if document.data is None else "the file is no mapping"
        loading.problems.append(
            Problem(document.at(()), "", f"{what}; it begins with `{kind}:` (`{kind}: {{}}` wants none)")
        )
        return {}
    for key in document.data:
        if key != kind:
            near = difflib.get_close_matches(key, [kind], n=1)
            hint = f"did you mean `{kind}`?" if near else f"the file has one key, `{kind}`"
            loading.problems.append(Problem(document.key_at((key,)), key, f"unknown key; {hint}"))
    entries = document.data.get(kind)
    if isinstance(entries, dict):
        return entries
    if kind in document.data:
        message = "has no value; write `{}` to want none" if entries is None else "a mapping of keys is due here"
        loading.problems.append(Problem(document.key_at((kind,)), kind, message))
    elif not document.data:
        loading.problems.append(Problem(document.at(()), kind, "is missing"))
    return {}


def _agents(loading: _Loading, files: Iterable[_File[AgentEntry]]) -> list[WantedAgent]:
    wanted: list[WantedAgent] = []
    places: dict[str, dict[str, list[tuple[str, Position]]]] = {
        "key": defaultdict(list),
        "follow_me_number": defaultdict(list),
        "intercom": defaultdict(list),
    }
    for file in files:
        for key, entry in file.entries.items():
            loc: Loc = ("agents", key)
            at = {name: file.document.at((*loc, name)) for name in entry.model_fields_set}
            agent = WantedAgent(key, entry.name, entry.follow_me_number, entry.intercom, file.document.key_at(loc), at)
            wanted.append(agent)
            places["key"][key].append((key, agent.position))
            places["follow_me_number"][agent.number.digits].append((key, at["follow_me_number"]))
            if agent.intercom is not None:
                places["intercom"][agent.intercom].append((key, at["intercom"]))
            if not agent.number.assigned:
                loading.warnings.append(_unassigned(at["follow_me_number"], f"agents.{key}.follow_me_number"))
    for what, found in places.items():
        loading.problems.extend(_twice("agents", what, found))
    return wanted


def _twice(kind: str, what: str, found: dict[str, list[tuple[str, Position]]]) -> Iterable[Problem]:
    for uses in found.values():
        first_key, first = uses[0]
        for key, position in uses[1:]:
            where = f"{kind}.{key}" if what == "key" else f"{kind}.{key}.{what}"
            owner = "this key" if what == "key" else f"`{first_key}` has the same {what}; it"
            yield Problem(position, where, f"{owner} stands already at {first}")


def _lists(
    loading: _Loading, folder: Path, files: Iterable[_File[ListEntry]]
) -> tuple[list[WantedLead], list[WantedList]]:
    keys: dict[str, list[tuple[str, Position]]] = defaultdict(list)
    ids: dict[str, list[tuple[str, Position]]] = defaultdict(list)
    leads: list[WantedLead] = []
    lists: list[WantedList] = []
    for file in files:
        for key, entry in file.entries.items():
            loc: Loc = ("lists", key)
            keys[key].append((key, file.document.key_at(loc)))
            ids[entry.id].append((key, file.document.at((*loc, "id"))))
            read, problems = read_leads(file.document, key, entry)
            leads.extend(read)
            if entry.source is not None and not problems:
                wanted, problems = read_wanted_list(file.document, key, entry, folder, loading.shown)
                lists.extend(wanted)
            loading.problems.extend(problems)
    loading.problems.extend(_twice("lists", "key", keys))
    loading.problems.extend(_twice("lists", "id", ids))
    loading.warnings.extend(
        _unassigned(lead.position, f"lists.{lead.list_key}") for lead in leads if not lead.number.assigned
    )
    return lead_keys(leads), lists


def _unassigned(position: Position, where: str) -> Problem:
    return Problem(position, where, "the number is in no range that the phone library knows to be in use; is it right?")
