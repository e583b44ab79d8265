"""The environment variables of one stack: those that all share, its files, and its own variables.

fleet.yaml says where they are (`environment`); they never leave the machine that runs the stack.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from digo.fleet.file.models import StackVariables
from digo.settings.failure import SettingsError, unreadable_secret
from digo.source.problems import printable
from digo.system.extras import need
from digo.system.regular_file import read_file
from digo.text.stack_names import file_of_stack, variable_of_stack

# They belong to one run of one stack, and not to each stack of a fleet.
OF_ONE_RUN = frozenset({"PULUMI_STACK", "DIGO_PLAN", "DIGO_PLAN_REST_OF", "DIGO_RETRY", "DIGO_REVIEWED"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def stack_environment(wanted: StackVariables, stack: str, root: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of a stack.

    Each file that is there is read, and the later one wins; `variables` win over files. A variable that `variables`
    names is never the one that all stacks share: a stack whose own is not set would use the token of another. Where
    fleet.yaml names files, one of them must be there, unless one of `variables` is set: a machine without the secrets
    of a stack must say so.

    Args:
        wanted: what fleet.yaml says.
        stack: the stack's name.
        root: the folder that names of files are relative to.
        environ: the variables that all stacks share.

    Raises:
        SettingsError: a file cannot be read or has other lines than NAME=VALUE, or nothing has the stack's variables.
        ExtraMissing: there are files, and python-dotenv is not installed.
    """
    shared = {name: value for name, value in environ.items() if name not in OF_ONE_RUN and name not in wanted.variables}
    own: dict[str, str] = {}
    read = [one for pattern in wanted.files if (one := _file(root, file_of_stack(pattern, stack))) is not None]
    for one in read:
        own.update(one)
    sources = {name: variable_of_stack(pattern, stack) for name, pattern in wanted.variables.items()}
    given = {name: environ[source] for name, source in sources.items() if source in environ}
    if wanted.files and not read and not given:
        raise SettingsError([_nothing(wanted, stack, tuple(sources.values()))])
    return {**shared, **own, **given}


def _nothing(wanted: StackVariables, stack: str, sources: tuple[str, ...]) -> str:
    files = ", ".join(printable(file_of_stack(pattern, stack)) for pattern in wanted.files)
    others = f", and none of these variables is set: {', '.join(sources)}" if sources else ""
    return (
        f"this machine has no variables for the stack {printable(stack)}: none of the files that `environment` of "
        f"fleet.yaml names is here ({files}){others}; bring the file, or an empty one if the stack needs none"
    )


def _file(root: Path, name: str) -> dict[str, str] | None:
    """The variables of a file; None where there is no such file."""
    need("fleet", "`environment.files` of fleet.yaml", "dotenv")
    path = root / name
    try:
        text = read_file(path).decode("utf-8-sig")
    except FileNotFoundError:
        if path.is_symlink():
            raise SettingsError([f"{printable(name)} is a link to something that is not there"]) from None
        return None
    except (OSError, ValueError) as problem:
        raise SettingsError([f"{printable(name)} cannot be read: {unreadable_secret(problem)}"]) from None
    return dict(_variables(text, name))


def _variables(text: str, name: str) -> Iterator[tuple[str, str]]:
    """The variables of a file's text. Nothing in a value is replaced: a password may have a `$` in it."""
    from dotenv.parser import parse_stream

    wrong = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.key is None and not binding.error:
            continue  # an empty line, or a comment
        if binding.error or binding.key is None or binding.value is None or not _NAME.fullmatch(binding.key):
            wrong.append(f"{printable(name)}:{binding.original.line}:1: a line is written NAME=VALUE")
        elif "\0" in binding.value:
            wrong.append(f"{printable(name)}:{binding.original.line}:1: no variable can have a NUL in its value")
        else:
            yield binding.key, binding.value
    if wrong:
        raise SettingsError(wrong)
