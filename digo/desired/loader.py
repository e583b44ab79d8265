"""Loads an environment's folder: reads it, validates each entry, then validates across all files."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from digo.desired.approvals import Approval, ApprovalEntry, approval_of
from digo.desired.broadcast_lists import check_identity, named_list
from digo.desired.environment_reader import EnvironmentReader, entries_of
from digo.desired.keys import alike, duplicate_problems, duplicate_renames
from digo.desired.leads import lead_keys, read_leads
from digo.desired.list_models import ListEntry
from digo.desired.lists import not_asked, read_wanted_list
from digo.desired.models import AgentEntry, check_key
from digo.desired.overlays import read_layers
from digo.desired.policy import read_policies
from digo.desired.rules import check
from digo.desired.state import Desired, DesiredAgent, DesiredBroadcastList, DesiredLead, DesiredList
from digo.desired.suppress import SuppressReader
from digo.fields.agents import OTHER_FIELDS
from digo.fields.types import canonical_login
from digo.phone.number import PhoneNumber
from digo.source.due import A_LIST, Head
from digo.source.explain import explain
from digo.source.positions import Document, Loc, Position, dotted
from digo.source.problems import ConfigError, Problem
from digo.text.names import normal_name

E = TypeVar("E", AgentEntry, ListEntry)


@dataclass(frozen=True)
class _File(Generic[E]):
    """A file and its valid entries. The problems of its other entries are reported already."""

    document: Document
    entries: dict[str, E]


def load_environment(
    folder: Path,
    root: Path | None = None,
    environ: Mapping[str, str] | None = None,
    texts: Mapping[Path, str] | None = None,
    *,
    offline: bool = False,
) -> Desired:
    """The desired state in `folder`, merged over the environment that its `environment.yaml` extends.

    It reads `agents.yaml`, `lists.yaml`, and any `agents/*.yaml` and `lists/*.yaml`.

    Args:
        folder: the environment's folder, such as `config/sandbox`.
        root: the folder that file names in positions are relative to; the working directory by default.
        environ: where `${NAME}` is looked up, as `DIGO_VAR_NAME`; the process's environment by default.
        texts: new content of files that are not written yet, by resolved path; other files are read from disk.
        offline: asks no address, with a warning in its place. What is loaded is then no whole desired state.

    Raises:
        ConfigError: all problems of all files at once.
    """
    reading = EnvironmentReader(
        (root or Path.cwd()).resolve(), os.environ if environ is None else environ, texts=texts or {}, offline=offline
    )
    folder = folder.resolve()
    documents = read_layers(reading, folder)
    agents_files = [_checked(reading, document, "agents", AgentEntry) for document in documents["agents"]]
    lists_files = [_checked(reading, document, "lists", ListEntry) for document in documents["lists"]]
    agents, absent = _agents(reading, agents_files)
    suppress = SuppressReader(reading, folder)
    all_leads, lists, broadcast_lists = _lists(reading, folder, lists_files, suppress)
    leads, suppressions = suppress.split(all_leads, lists)
    approvals = _approvals(reading, folder)
    policies = read_policies(reading)
    desired = Desired(
        environment=folder.name,
        agents=tuple(agents),
        absent=tuple(absent),
        leads=tuple(leads),
        lists=tuple(lists),
        broadcast_lists=tuple(broadcast_lists),
        suppressions=suppressions,
        approvals=tuple(approvals),
        warnings=tuple(sorted(reading.warnings)),
    )
    reading.problems.extend(check(desired, policies))
    if reading.all_problems:
        raise ConfigError(reading.all_problems)
    return desired


def _checked(reading: EnvironmentReader, document: Document, kind: str, model: type[E]) -> _File[E]:
    entries: dict[str, E] = {}
    for key, raw in entries_of(document, kind).items():
        loc: Loc = (kind, key)
        try:
            check_key(key)
        except ValueError as problem:
            reading.problems.append(Problem(document.key_at(loc), dotted(loc), str(problem)))
            continue
        try:
            entries[key] = model.model_validate(raw)
        except ValidationError as invalid:
            reading.problems.extend(explain(document, model, loc, error) for error in invalid.errors())
    return _File(document, entries)


def _approvals(reading: EnvironmentReader, folder: Path) -> list[Approval]:
    path = folder / "approvals.yaml"
    document = reading.document(path, folder) if path.exists() or path.is_symlink() else None
    if document is None:
        return []
    reading.problems.extend(Head("approvals", A_LIST, "[]").problems(document))
    raw = document.data.get("approvals") if isinstance(document.data, dict) else None
    found = []
    for index, item in enumerate(raw if isinstance(raw, list) else []):
        loc: Loc = ("approvals", index)
        try:
            found.append(approval_of(ApprovalEntry.model_validate(item), document.at(loc)))
        except ValidationError as invalid:
            reading.problems.extend(explain(document, ApprovalEntry, loc, error) for error in invalid.errors())
    return found


def _agents(
    reading: EnvironmentReader, files: Iterable[_File[AgentEntry]]
) -> tuple[list[DesiredAgent], list[DesiredAgent]]:
    """The wanted agents, and the agents that must be absent."""
    wanted: list[DesiredAgent] = []
    absent: list[DesiredAgent] = []
    places: dict[str, dict[str, list[tuple[str, Position]]]] = {
        "follow_me_number": defaultdict(list),
        "intercom": defaultdict(list),
        "login_id": defaultdict(list),
    }
    keys: dict[str, list[tuple[str, Position]]] = defaultdict(list)
    formerly: list[tuple[str, str, Position]] = []
    for file in files:
        for key, entry in file.entries.items():
            loc: Loc = ("agents", key)
            at = {name: file.document.at((*loc, name)) for name in entry.model_fields_set}
            agent = DesiredAgent(
                key,
                entry.name,
                entry.follow_me_number,
                entry.intercom,
                file.document.key_at(loc),
                at,
                entry.formerly,
                _other_fields(entry),
                entry.password_secret or "",
            )
            (absent if entry.absent else wanted).append(agent)
            keys[key].append((key, agent.position))
            places["follow_me_number"][agent.number.digits].append((key, at["follow_me_number"]))
            if agent.intercom is not None:
                places["intercom"][agent.intercom].append((key, at["intercom"]))
            if entry.login_id is not None and not entry.absent:
                places["login_id"][canonical_login(entry.login_id)].append((key, at["login_id"]))
            formerly += [(old, key, at["formerly"]) for old in entry.formerly]
            for name in at:
                warnings = value.warnings if isinstance(value := getattr(entry, name), PhoneNumber) else ()
                reading.warnings += [Problem(at[name], f"agents.{key}.{name}", warning) for warning in warnings]
    for what, found in places.items():
        reading.problems.extend(duplicate_problems("agents", what, found))
    reading.problems.extend(alike("agents", keys))
    reading.problems.extend(duplicate_renames("agents", formerly, keys))
    return wanted, absent


def _other_fields(entry: AgentEntry) -> dict[str, str]:
    """The values of OTHER_FIELDS that the entry sets."""
    values = {field.name: getattr(entry, field.name) for field in OTHER_FIELDS}
    return {
        name: value.e164 if isinstance(value, PhoneNumber) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _lists(
    reading: EnvironmentReader, folder: Path, files: Iterable[_File[ListEntry]], suppress: SuppressReader
) -> tuple[list[DesiredLead], list[DesiredList], list[DesiredBroadcastList]]:
    """The inline leads, with those that are suppressed, the lists from files, and the lists that config names."""
    keys: dict[str, list[tuple[str, Position]]] = defaultdict(list)
    ids: dict[str, list[tuple[str, Position]]] = defaultdict(list)
    names: dict[str, list[tuple[str, Position]]] = defaultdict(list)
    formerly: list[tuple[str, str, Position]] = []
    leads: list[DesiredLead] = []
    lists: list[DesiredList] = []
    named: list[DesiredBroadcastList] = []
    for file in files:
        for key, entry in file.entries.items():
            loc: Loc = ("lists", key)
            keys[key].append((key, file.document.key_at(loc)))
            reading.problems.extend(check_identity(file.document, key, entry))
            if entry.id is not None:
                ids[entry.id].append((key, file.document.at((*loc, "id"))))
            if (wanted_list := named_list(file.document, key, entry)) is not None:
                named.append(wanted_list)
                names[normal_name(wanted_list.name)].append((key, wanted_list.position))
            formerly += [(old, key, file.document.at((*loc, "formerly"))) for old in entry.formerly]
            read, problems = read_leads(file.document, key, entry)
            leads.extend(read)
            reading.warnings.extend(not_asked(file.document, key, entry) if reading.offline else ())
            paths = suppress.paths(file.document, key, entry)
            if reading.asks(entry.source) and not problems and paths is not None:
                # A path is relative to the environment that contains it.
                base = reading.folders.get(file.document.at((*loc, "source")).file, folder)
                left_out = (paths, suppress.files) if paths else None
                wanted, problems, warnings = read_wanted_list(file.document, key, entry, base, reading.shown, left_out)
                lists.extend(wanted)
                reading.warnings.extend(warnings)
            reading.problems.extend(problems)
    reading.problems.extend(duplicate_problems("lists", "id", ids))
    reading.problems.extend(duplicate_problems("lists", "name", names))
    reading.problems.extend(alike("lists", keys))
    reading.problems.extend(duplicate_renames("lists", formerly, keys))
    reading.warnings.extend(
        Problem(lead.position, f"lists.{lead.list_key}", warning) for lead in leads for warning in lead.number.warnings
    )
    return lead_keys(leads), lists, named
