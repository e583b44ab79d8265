"""Whether a stack that the backend does not have is misspelt, new, or lost.

Traces of earlier runs show that a stack is not new, so its state is lost.
`python -m digo.project.earlier_runs STACK` fails if the name is misspelt or there are such
traces; `scripts/stack.sh` uses it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from digo.project.failure import NoProject, ProjectError
from digo.project.project_file import ProjectFile, find_project_file, load_project
from digo.project.stack_choice import StackSource
from digo.project.stack_file import load_stack_file
from digo.system.command_name import engine_command, pasteable
from digo.text.counts import some
from digo.text.did_you_mean import closest

SANDBOX = "sandbox"
"""The repository's own stack: its file is older than any state, and its account goes with the state."""


def no_such_stack(project: ProjectFile, stack: str, source: StackSource = StackSource.OPTION) -> str | None:
    """The error for a stack that has neither a file nor a folder under config/; None for any other stack.

    `source` says where the name comes from: a user who did not type it must know where to change it.
    """
    file = project.stack_file(stack)
    if file.is_file() or (project.root / "config" / stack).is_dir():
        return None
    named = "" if source in (StackSource.OPTION, StackSource.ONLY) else f" ({source.value})"
    shown = file.relative_to(project.root) if file.is_relative_to(project.root) else file
    return (
        f"there is no stack {stack}{named}: neither {shown.as_posix()} nor config/{stack}/ is there; "
        f"{stacks_there_are(stack, project.stacks())}; `digo init {stack}` makes a new one"
    )


def earlier_run_signs(root: Path, stack: str, file: Path, *, salted: bool) -> list[str]:
    """The traces of earlier runs, as sentences; empty for a new stack.

    `root` is the project's folder. `salted` says whether the stack's file has an encryption salt.
    """
    signs = earlier_runs(root, stack)
    if salted and stack != SANDBOX:
        signs.append(f"{file.name} has an encryptionsalt, which a stack gets when it is made")
    return signs


def earlier_runs(root: Path, stack: str) -> list[str]:
    """What earlier runs of a stack left on this machine, as sentences."""
    left = (("journal", "the journal of its runs"), ("ledger", "the ledger of its lists"))
    return [
        f".digo/{folder}/{stack}/ has {what}" for folder, what in left if _has_file(root / ".digo" / folder / stack)
    ]


def stacks_there_are(stack: str, stacks: Sequence[str], place: str = "the project") -> str:
    """The stacks of a place, for a stack that is none of them: `did you mean prod? The project has dev, prod`."""
    if not stacks:
        return f"{place} has no stack"
    near = closest(stack, stacks)
    question = "" if near is None else f"did you mean {near}? "
    return f"{question}{(place[:1].upper() if question else place[:1]) + place[1:]} has {some(stacks)}"


def _has_file(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def main(stack: str) -> None:
    """Exits with a message if the stack is not a new one of the project."""
    project = load_project(find_project_file(Path.cwd()))
    if problem := no_such_stack(project, stack):
        raise SystemExit(f"error: {pasteable(problem)}")
    file = load_stack_file(project.stack_file(stack), project.name)
    signs = earlier_run_signs(project.root, stack, file.path, salted=bool(file.encryption_salt))
    if signs and stack != SANDBOX:
        raise SystemExit(
            f"error: the backend has no stack {stack}, and the stack is not new: {'; '.join(signs)}\n"
            "  Next: set PULUMI_BACKEND_URL to where its state is, or bring a copy back; to begin anew without it, "
            f"make the stack yourself: `{engine_command()} stack init {stack}`. Nothing was made"
        )


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (NoProject, ProjectError) as problem:
        raise SystemExit(f"error: {problem}") from None
