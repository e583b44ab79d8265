"""What tells that a stack had its first up long ago: where the backend has no such stack then, its state is lost.

`python -m digo.project.signs STACK` fails where there are such signs, for `scripts/stack.sh`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from digo.project.failure import NoProject, ProjectError
from digo.project.project_file import find_project_file, load_project
from digo.project.stack_file import load_stack_file

REHEARSAL = "sandbox"
"""The repository's own stack: its file is older than any state, and its account goes with the state."""


def signs_of_age(root: Path, stack: str, file: Path, *, salted: bool) -> list[str]:
    """The signs, in words; none for a new stack. `root` is the project's folder; `salted` says whether the stack's file
    has an encryption salt."""
    signs = runs_of(root, stack)
    if salted and stack != REHEARSAL:
        signs.append(f"{file.name} has an encryptionsalt, which a stack gets when it is made")
    return signs


def runs_of(root: Path, stack: str) -> list[str]:
    """What runs on this machine left of a stack, in words."""
    left = (("journal", "the journal of its runs"), ("ledger", "the ledger of its lists"))
    return [
        f".digo/{folder}/{stack}/ has {what}" for folder, what in left if _has_file(root / ".digo" / folder / stack)
    ]


def _has_file(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def main(stack: str) -> None:
    """Exits with a message where the stack is not new."""
    project = load_project(find_project_file(Path.cwd()))
    file = load_stack_file(project.stack_file(stack), project.name)
    signs = signs_of_age(project.root, stack, file.path, salted=bool(file.encryption_salt))
    if signs and stack != REHEARSAL:
        raise SystemExit(
            f"error: the backend has no stack {stack}, and the stack is not new: {'; '.join(signs)}\n"
            "  Next: set PULUMI_BACKEND_URL to where its state is, or bring a copy back; to begin anew without it, "
            f"make the stack yourself: `pulumi stack init {stack}`. Nothing was made"
        )


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (NoProject, ProjectError) as problem:
        raise SystemExit(f"error: {problem}") from None
