"""Problems of the project's own files: Pulumi.yaml and the stacks' files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import yaml

from digo.cli.context import Context
from digo.desired import ConfigError, Desired, Problem
from digo.project.declarations import declared_keys
from digo.project.failure import Fault
from digo.project.go_yaml import fault, is_text, pairs
from digo.project.stack_file import StackFile
from digo.project.values import value_of
from digo.settings.file_problems import file_problems
from digo.settings.namespace import NAMESPACE
from digo.settings.stack_settings import COMMAND_KEYS, KEYS, unknown_keys
from digo.text.did_you_mean import closest
from digo.workspace.stack_config import StackConfig, project_problem

if TYPE_CHECKING:  # most environments have no masking numbers
    from digo.masking.loader import Routes

_STACK_KEYS = ("config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment")
_NEAR = 0.8
_SECRETS = ("authorization", "loginPassword", "apiKey", "maskingSecret", "ledgerKey", "paceStore")
_SHOWN = {f"{NAMESPACE}:{name}" for name in (*KEYS, *COMMAND_KEYS) if name not in _SECRETS}


@dataclass(frozen=True)
class Finding:
    """The problems of one environment or file.

    Attributes:
        name: the environment or file.
        problems: the errors.
        warnings: the warnings.
        desired: the desired state; None for a file, and where there are problems.
        routes: the masking routes; None where `desired` is, or where there are no masking numbers.
        words: what a file has, in words, if it is right; "" if there is nothing to say.
    """

    name: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    desired: Desired | None = None
    routes: Routes | None = None
    words: str = ""

    @property
    def all_problems(self) -> Iterator[tuple[str, Problem]]:
        """All problems and warnings, each with its severity."""
        yield from (("error", problem) for problem in self.problems)
        yield from (("warning", warning) for warning in self.warnings)


def project_findings(context: Context, stacks: Sequence[str] | None) -> list[Finding]:
    """The problems of Pulumi.yaml and of the files of these stacks; none where `stacks` is None."""
    if stacks is None:
        return []
    try:
        project = context.project
    except ConfigError as error:
        return [Finding("Pulumi.yaml", error.problems)]
    own = [
        project_problem(project.path, project.root, Fault(*one.position, message))
        for name, one in declared_keys(project.config, NAMESPACE)
        for message in unknown_keys([name])
    ]
    found = [_stack_finding(context, stack) for stack in stacks]
    # A wrong default of the project is wrong in each stack that has no value of its own.
    shared = {one for finding in found for one in finding.problems if one.position.file == project.path.name}
    stacks_own = [replace(one, problems=tuple(it for it in one.problems if it not in shared)) for one in found]
    return [Finding(project.path.name, tuple(sorted({*own, *shared}))), *stacks_own]


def _stack_finding(context: Context, stack: str) -> Finding:
    project = context.project
    path = project.stack_file(stack)
    name = path.relative_to(project.root).as_posix() if path.is_relative_to(project.root) else path.as_posix()
    try:
        config = StackConfig(project, stack, dict)
    except ConfigError as error:
        return Finding(name, error.problems)
    warnings = sorted(project_problem(path, project.root, one) for one in _suspicious(config.file))
    return Finding(name, tuple(sorted(file_problems(project, config))), tuple(warnings))


def _suspicious(file: StackFile) -> Iterator[Fault]:
    """Warnings of values that Pulumi reads differently than they are written, or not at all."""
    for name, place, _ in pairs(file.root) if file.root is not None else ():
        if name not in _STACK_KEYS and (near := closest(name, _STACK_KEYS, _NEAR)):
            yield fault(place, f"Pulumi does not read `{name}`; did you mean `{near}`?")
    for key, entry in file.entries.items():
        if meant := _meant(key):
            yield fault(entry.key, f"`{entry.key.value}` is not a setting of digo; did you mean `{meant}`?")
        if key not in _SHOWN or not isinstance(entry.node, yaml.ScalarNode):
            continue
        written, read = str(entry.node.value), value_of(entry.node, str).text
        if not entry.node.style and not is_text(written) and (not written or written.lower() != read):
            text = f"Pulumi reads `{written}` as `{read}`" if read else f"`{key}` has no value: it is the empty text"
            yield fault(entry.node if read else entry.key, f"{text}; write it in quotes to keep it")


def _meant(key: str) -> str | None:
    """The setting that a key means which has another namespace; a key without one has that of the project."""
    namespace, _, name = key.partition(":")
    return f"{NAMESPACE}:{name}" if namespace != NAMESPACE and name in {**KEYS, **COMMAND_KEYS} else None
