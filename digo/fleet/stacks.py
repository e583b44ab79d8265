"""The stacks of a project, with what a fleet needs to know of each: environment, labels, account, endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from digo.project.declarations import with_defaults
from digo.project.failure import ProjectError
from digo.project.project_file import ProjectFile
from digo.project.stack_file import load_stack_file
from digo.source.positions import Position, shown_path
from digo.source.problems import ConfigError, Problem

ENCRYPTED = "[secret]"


@dataclass(frozen=True)
class FleetStack:
    """One stack of a fleet.

    Attributes:
        name: the stack's name.
        environment: the name of its folder under `config/`.
        labels: its labels, by `digo:labels`.
        groups: the groups of fleet.yaml that it is in, in the file's order.
        account: what `digo:account` says; "" if it is left out.
        endpoint: what `digo:endpoint` says; "" if it is left out.
    """

    name: str
    environment: str
    labels: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    account: str = ""
    endpoint: str = ""


def read_stacks(project: ProjectFile) -> tuple[FleetStack, ...]:
    """All stacks that have a file, by name, in no group yet.

    Raises:
        ConfigError: every problem of every file.
    """
    found: list[FleetStack] = []
    problems: list[Problem] = []
    for name in project.stacks():
        try:
            found.append(_stack(project, name))
        except ProjectError as error:
            shown = shown_path(error.path, project.root)
            problems += [Problem(Position(shown, one.line, one.column), "", one.message) for one in error.faults]
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def _stack(project: ProjectFile, name: str) -> FleetStack:
    file = load_stack_file(project.stack_file(name), project.name)
    values = with_defaults(name, file.values(lambda _ciphertext: ENCRYPTED), project.config)

    def config(key: str) -> str:
        value = values.get(f"digo:{key}")
        return "" if value is None else value.text

    labels = json.loads(config("labels") or "{}")
    return FleetStack(name, config("environment") or name, labels, (), config("account"), config("endpoint"))
