"""Environments that extend others, and defaults: what `environment.yaml` says.

The rule: **a field of the entry wins over a default; then the nearer environment wins, field by field.** Values are
never merged: a list or mapping is taken whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from digo.desired.environment_reader import (
    KINDS,
    EnvironmentReader,
    config_files,
    entries_of,
    no_files_problem,
    unread_files,
)
from digo.desired.keys import duplicate_problems
from digo.desired.list_models import Columns, Country, Suppress
from digo.desired.models import Written
from digo.source.due import kind_of_value
from digo.source.explain import explain
from digo.source.file_names import ENVIRONMENT_FILE, is_environment_name
from digo.source.positions import Document, Loc, Position
from digo.source.problems import Problem


def _folder_name(text: str) -> str:
    if not is_environment_name(text):
        raise ValueError("an environment is the name of a folder beside this one")
    return text


class ListDefaults(BaseModel):
    """Fields that every list of the environment has unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    columns: Columns | None = Field(default=None, description="The columns of every list without its own.")
    country: Country | None = Field(default=None, description="The country of every list without its own.")
    suppress: Suppress | None = Field(
        default=None, description="The files of numbers that are never sent, for every list without its own."
    )


class Defaults(BaseModel):
    """Defaults by kind. An agent has no field that it could share with others."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    lists: ListDefaults = Field(default_factory=ListDefaults, description="Fields for every list.")


class EnvironmentEntry(BaseModel):
    """The content of `environment.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    extends: Annotated[Written, AfterValidator(_folder_name)] | None = Field(
        default=None,
        description="The environment that this one extends: its entries apply here, too, unless overridden.",
    )
    defaults: Defaults = Field(default_factory=Defaults, description="Fields for all entries of a kind that lack them.")


@dataclass(frozen=True)
class _Layer:
    """One environment of the chain. `head` is its environment file, if it has a valid one."""

    folder: Path
    head: Document | None


def read_layers(reading: EnvironmentReader, folder: Path) -> dict[str, list[Document]]:
    """The documents of each kind: the folder's, merged over those of the environments that it extends."""
    layers = list(_chain(reading, folder))
    reading.chain = [layer.folder for layer in layers]
    if not any(config_files(layer.folder, kind, reading.texts) for layer in layers for kind in KINDS):
        reading.problems.append(no_files_problem(reading, folder))
        return {kind: [] for kind in KINDS}
    for layer in layers:
        reading.warnings.extend(unread_files(reading, layer.folder))
    found = {}
    for kind in KINDS:
        documents: list[Document] = []
        for layer in reversed(layers):
            near = reading.documents(layer.folder, kind)
            reading.problems.extend(_twice(kind, near))
            documents = _merge(kind, near, documents)
        for layer in layers:
            if layer.head is not None:
                documents = [_with_defaults(document, kind, layer.head) for document in documents]
        found[kind] = documents
    return found


def folders_of(reading: EnvironmentReader, folder: Path) -> list[Path]:
    """The folders of the environment and of those that it extends, the nearest first."""
    return [layer.folder for layer in _chain(reading, folder)]


def _chain(reading: EnvironmentReader, folder: Path) -> Iterator[_Layer]:
    """The environment and those that it extends, the nearest first."""
    seen: list[Path] = []
    while True:
        seen.append(folder)
        head = _head(reading, folder)
        yield _Layer(folder, head)
        base = head.data.get("extends") if head is not None else None
        if base is None or head is None:
            return
        at, folder = head.at(("extends",)), folder.parent / base
        if folder in seen:
            names = " → ".join(path.name for path in [*seen[seen.index(folder) :], folder])
            reading.problems.append(Problem(at, "extends", f"the environments extend each other: {names}"))
            return
        if not folder.is_dir():
            reading.problems.append(Problem(at, "extends", f"there is no folder `{base}` beside this one"))
            return


def _head(reading: EnvironmentReader, folder: Path) -> Document | None:
    path = folder / ENVIRONMENT_FILE
    document = reading.document(path, folder) if path.exists() or path.is_symlink() else None
    if document is None:
        return None
    if not isinstance(document.data, dict):
        what = "the file is empty" if document.data is None else f"the file is {kind_of_value(document.data)}"
        message = f"{what}; it has the keys {' and '.join(EnvironmentEntry.model_fields)}, or one of them"
        reading.problems.append(Problem(document.at(()), "", message))
        return None
    try:
        EnvironmentEntry.model_validate(document.data)
    except ValidationError as invalid:
        reading.problems.extend(explain(document, EnvironmentEntry, (), error) for error in invalid.errors())
        return None
    return document


def _twice(kind: str, documents: list[Document]) -> Iterable[Problem]:
    """A problem for a key in two files of one environment. Merging would hide one of the two."""
    keys: dict[str, list[tuple[str, Position]]] = defaultdict(list)
    for document in documents:
        for key in entries_of(document, kind):
            keys[key].append((key, document.key_at((kind, key))))
    return duplicate_problems(kind, "key", keys)


def _merge(kind: str, near: list[Document], far: list[Document]) -> list[Document]:
    if not far:
        return near
    beneath = {key: _Source(document, (kind, key)) for document in far for key in entries_of(document, kind)}
    named = {key for document in near for key in entries_of(document, kind)}
    over = [_completed(document, kind, beneath) for document in near]
    return [*over, *(_without(document, kind, named) for document in far)]


@dataclass(frozen=True)
class _Source:
    """The mapping at `loc` of a document, which fields are taken from."""

    document: Document
    loc: Loc

    @property
    def fields(self) -> dict[str, Any]:
        value = self.document.data
        for part in self.loc:
            value = value.get(part) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}


def _with_defaults(document: Document, kind: str, head: Document) -> Document:
    source = _Source(head, ("defaults", kind))
    return _completed(document, kind, dict.fromkeys(entries_of(document, kind), source)) if source.fields else document


def _completed(document: Document, kind: str, sources: dict[str, _Source]) -> Document:
    """The document with the fields that its entries lack, each with its original position."""
    entries = dict(entries_of(document, kind))
    values, keys = dict(document.values), dict(document.keys)
    inside = _Inside()
    for key, entry in entries.items():
        source = sources.get(key)
        if source is None or not isinstance(entry, dict):
            continue
        lacking = [name for name in source.fields if name not in entry]
        entries[key] = {**entry, **{name: source.fields[name] for name in lacking}}
        for name in lacking:
            old: Loc = (*source.loc, name)
            for loc in inside.of(source.document, old):
                new = (kind, key, name, *loc[len(old) :])
                _copy(source.document.values, loc, values, new)
                _copy(source.document.keys, loc, keys, new)
    if not isinstance(document.data, dict):
        return document
    return replace(document, data={**document.data, kind: entries}, values=values, keys=keys)


def _copy(old: dict[Loc, Position], at: Loc, new: dict[Loc, Position], to: Loc) -> None:
    if at in old:
        new[to] = old[at]


class _Inside:
    """The paths inside a value. Each document is indexed once."""

    def __init__(self) -> None:
        self._found: dict[int, dict[Loc, list[Loc]]] = {}

    def of(self, document: Document, loc: Loc) -> Iterable[Loc]:
        """The value's own path and all paths below it; `loc` has three parts."""
        if id(document) not in self._found:
            found: dict[Loc, list[Loc]] = defaultdict(list)
            for one in document.values.keys() | document.keys.keys():
                found[one[: len(loc)]].append(one)
            self._found[id(document)] = found
        return self._found[id(document)].get(loc, ())


def _without(document: Document, kind: str, named: set[str]) -> Document:
    entries = entries_of(document, kind)
    if named.isdisjoint(entries):
        return document
    return replace(document, data={**document.data, kind: {k: v for k, v in entries.items() if k not in named}})
