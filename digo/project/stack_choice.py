"""Which stack a command means, and who said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from digo.project.backend import backend_url
from digo.project.failure import ProjectFailure
from digo.project.project_file import ProjectFile
from digo.project.selection import selected_stack
from digo.text.counts import some

STACK_VARIABLE = "PULUMI_STACK"


class StackSource(str, Enum):
    """Where the stack's name comes from, for messages."""

    OPTION = "named by --stack"
    VARIABLE = "named by PULUMI_STACK"
    SELECTED = "selected with `stack select`"
    ONLY = "the project's only stack"


@dataclass(frozen=True)
class StackChoice:
    """A stack's name, without organization and project, and where it comes from."""

    name: str
    source: StackSource


class NoStackChosen(ProjectFailure):
    """Nothing names a stack, and the project has several or none; or the name is empty."""


def choose_stack(project: ProjectFile, option: str | None, environ: Mapping[str, str]) -> StackChoice:
    """The stack: the option, `PULUMI_STACK`, the selected one, or the only stack of the project. Pulumi's order.

    Raises:
        NoStackChosen: see there.
    """
    if option:
        return _named(option, StackSource.OPTION)
    if variable := environ.get(STACK_VARIABLE):
        return _named(variable, StackSource.VARIABLE)
    url = backend_url(project.root, project.backend_url, environ)
    if selected := selected_stack(project.path, project.name, url, environ):
        return _named(selected, StackSource.SELECTED)
    stacks = project.stacks()
    if broken := [_visible(name) for name in stacks if _visible(name) != name]:
        raise NoStackChosen(f"Pulumi.{broken[0]}.yaml has a name that is not UTF-8; rename it")
    if len(stacks) == 1:
        return StackChoice(stacks[0], StackSource.ONLY)
    have = f"the project has {some(stacks)}" if stacks else "the project has no Pulumi.<stack>.yaml"
    raise NoStackChosen(
        f"which stack? Give --stack, set PULUMI_STACK, or choose one with `pulumi stack select`; {have}"
    )


def _named(text: str, source: StackSource) -> StackChoice:
    name = text.rsplit("/", 1)[-1]
    if not name:
        raise NoStackChosen(f"`{text}` names no stack: nothing follows its last `/`")
    return StackChoice(name, source)


def _visible(name: str) -> str:
    """A file's name in UTF-8, with bytes that are none spelt out."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
