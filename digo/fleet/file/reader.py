"""Reads fleet.yaml: the models, with every problem at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from digo.desired.environment_reader import read_document
from digo.fleet.file.checks import FleetChecks
from digo.fleet.file.models import FleetSettings
from digo.fleet.file.selectors import groups_of
from digo.fleet.stacks import FleetStack, read_stacks
from digo.project.project_file import ProjectFile
from digo.source.due import Head
from digo.source.explain import explain, is_echo
from digo.source.file_names import FLEET_FILE
from digo.source.positions import Document, Loc, Position
from digo.source.problems import ConfigError, Problem
from digo.text.did_you_mean import closest

_HEAD = Head(
    "groups",
    "a mapping of groups",
    '{all: {stacks: ["*"]}}',
    "all stacks in one group",
    tuple(field.alias or name for name, field in FleetSettings.model_fields.items() if name != "groups"),
)


@dataclass(frozen=True)
class FleetFile:
    """fleet.yaml and the project's stacks, checked against each other.

    Attributes:
        settings: the content of fleet.yaml.
        stacks: all stacks of the project, by name, those with a broken file too. Those in no group are not of the
            fleet.
        warnings: what is odd and stops nothing.
    """

    settings: FleetSettings
    stacks: tuple[FleetStack, ...]
    warnings: tuple[Problem, ...] = ()


def read_fleet(project: ProjectFile) -> FleetFile:
    """Reads fleet.yaml and the stacks' files. Problems of a stack's file alone are that stack's, and no error.

    Raises:
        ConfigError: every problem of fleet.yaml, and then those of the stacks' files too.
    """
    stacks = read_stacks(project)
    of_stacks = [problem for one in stacks for problem in one.problems]
    try:
        settings, document = read_fleet_file(project.root)
    except ConfigError as error:
        raise ConfigError([*of_stacks, *error.problems]) from None
    stacks = tuple(replace(one, groups=groups_of(one.name, one.known_labels, settings.groups)) for one in stacks)
    checks = FleetChecks(settings, document, stacks, project.root)
    checks.run()
    if checks.problems:
        raise ConfigError([*of_stacks, *checks.problems])
    return FleetFile(settings, stacks, tuple(sorted(checks.warnings)))


def read_fleet_file(root: Path, text: str | None = None) -> tuple[FleetSettings, Document]:
    """The content of fleet.yaml, and where each part of it is.

    Args:
        root: the project's folder.
        text: the content to read instead, such as that of an earlier commit.

    Raises:
        ConfigError: there is no such file, or every problem of it.
    """
    path = root / FLEET_FILE
    if text is None and not path.exists() and not path.is_symlink():
        missing = 'there is no such file; `groups: {all: {stacks: ["*"]}}` in it makes a fleet of all stacks'
        raise ConfigError([Problem(Position(FLEET_FILE, 1, 1), "", missing)])
    document, problems = read_document(path, root, text)
    problems += _HEAD.problems(document)
    if problems or not isinstance(document.data, Mapping):
        raise ConfigError(problems)
    try:
        return FleetSettings.model_validate(document.data), document
    except ValidationError as invalid:
        errors = [error for error in invalid.errors() if not is_echo(error)]
        raise ConfigError(
            explain(document, _model_at(error["loc"]), (), error) for error in errors if not _is_misspelt(error, errors)
        ) from None


def _is_misspelt(missing: Any, errors: Sequence[Any]) -> bool:
    """Whether a missing key is there misspelt, which is a problem of its own."""
    *place, key = missing["loc"]
    strange = (one["loc"] for one in errors if one["type"] == "extra_forbidden")
    return missing["type"] == "missing" and any(
        list(loc[:-1]) == place and closest(str(loc[-1]), [key]) is not None for loc in strange
    )


def _model_at(loc: Loc) -> type[BaseModel]:
    """The model that the last part of a path is a field of."""
    found: type[BaseModel] = FleetSettings
    for part in loc[:-1]:
        field = next((one for name, one in found.model_fields.items() if part in (one.alias or name, name)), None)
        if field is not None:
            found = next(_models_in(field.annotation), found)
    return found


def _models_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
