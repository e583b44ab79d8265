"""The stacks of a project, with what a fleet needs to know of each: environment, labels, account, endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from digo.project.go_yaml import pairs
from digo.project.project_file import ProjectFile
from digo.settings.environment import environment_of
from digo.settings.failure import SettingsError
from digo.settings.labels import parse_labels
from digo.settings.namespace import NAMESPACE
from digo.source.positions import Position, shown_path
from digo.source.problems import ConfigError, Problem
from digo.text.unicode import visible
from digo.workspace.stack_config import StackConfig

# What a fleet must know of each stack on a machine that has no passphrase.
_READ = ("labels", "environment", "account")
_PLAIN = "a fleet reads it without a passphrase, so set it again without --secret"


@dataclass(frozen=True)
class FleetStack:
    """One stack of a fleet.

    Attributes:
        name: the stack's name.
        environment: the name of its folder under `config/`; "" if a problem of its file hides it.
        labels: its labels, by `digo:labels`.
        groups: the groups of fleet.yaml that it is in, in the file's order.
        account: what `digo:account` says; "" if it is left out.
        endpoint: what `digo:endpoint` says; "" if it is left out or encrypted.
        file: its file, relative to the project, for messages.
        problems: why its file cannot be used; none if it can. Its plan fails, and other stacks go on.
        has_unknown_labels: whether a problem hides the labels.
    """

    name: str
    environment: str
    labels: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    account: str = ""
    endpoint: str = ""
    file: str = ""
    problems: tuple[Problem, ...] = ()
    has_unknown_labels: bool = False

    @property
    def known_labels(self) -> Mapping[str, str] | None:
        """Its labels; None if a problem of its file hides them."""
        return None if self.has_unknown_labels else self.labels


def read_stacks(project: ProjectFile) -> tuple[FleetStack, ...]:
    """All stacks that have a file, by name, in no group yet. Encrypted values are not decrypted.

    A file that cannot be used stops no other stack: its problems are the stack's.
    """
    return tuple(_stack(project, name) for name in project.stacks())


def _stack(project: ProjectFile, name: str) -> FleetStack:
    path = project.stack_file(name)
    file = shown_path(path, project.root)
    try:
        if visible(name) != name:
            raise ConfigError([Problem(Position(file, 1, 1), "", "the name is not UTF-8")])
        config = StackConfig(project, name, dict)
    except ConfigError as error:
        return FleetStack(name, "", file=file, problems=error.problems, has_unknown_labels=True)
    return _described(project, config, FleetStack(name, "", file=file))


def _described(project: ProjectFile, config: StackConfig, stack: FleetStack) -> FleetStack:
    """A stack with what its config says."""

    def value(key: str) -> str | None:
        return config.get(f"{NAMESPACE}:{key}")

    hidden = [
        key
        for key in _READ
        if f"{NAMESPACE}:{key}" in config.file.entries and not config.is_plain(f"{NAMESPACE}:{key}")
    ]
    problems = [_problem(config, project, key, f"digo:{key} is encrypted; {_PLAIN}") for key in hidden]
    labels, wrong = ({}, []) if "labels" in hidden else parse_labels(value("labels"))
    problems += [_problem(config, project, "labels", one) for one in wrong]
    environment = ""
    try:
        environment = "" if "environment" in hidden else environment_of(stack.name, value)
    except SettingsError as error:
        problems += [_problem(config, project, "environment", one) for one in error.problems]
    return replace(
        stack,
        environment=environment,
        labels={} if wrong else labels,
        account="" if "account" in hidden else value("account") or "",
        endpoint=value("endpoint") or "",
        problems=tuple(sorted(problems)),
        has_unknown_labels=bool(wrong) or "labels" in hidden,
    )


def _problem(config: StackConfig, project: ProjectFile, key: str, message: str) -> Problem:
    """A problem of a setting, at its place in the stack's file, or at the beginning of Pulumi.yaml."""
    entry = config.file.entries.get(f"{NAMESPACE}:{key}")
    if entry is None:
        return Problem(Position(shown_path(project.path, project.root), 1, 1), "", message)
    inner = message.partition(f"{key}.")[2].partition(" ")[0]
    mark = next((place for name, place, _ in pairs(entry.node) if name == inner), entry.node).start_mark
    return Problem(Position(shown_path(config.file.path, project.root), mark.line + 1, mark.column + 1), "", message)
