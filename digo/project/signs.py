"""What tells that a stack had its first up long ago: where the backend has no such stack then, its state is lost."""

from __future__ import annotations

from pathlib import Path

from digo.project.stack_file import StackFile

REHEARSAL = "sandbox"
"""The repository's own stack: its file is older than any state, and its account goes with the state."""


def signs_of_age(root: Path, stack: str, file: StackFile) -> list[str]:
    """The signs, in words; none for a new stack. `root` is the project's folder."""
    signs = runs_of(root, stack)
    if file.encryption_salt and stack != REHEARSAL:
        signs.append(f"{file.path.name} has an encryptionsalt, which a stack gets when it is made")
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
