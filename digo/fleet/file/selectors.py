"""Which stacks a glob, a label or a group means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from digo.fleet.file.models import GroupEntry

LEFT_OUT = "!"


def matches_globs(name: str, globs: Sequence[str]) -> bool:
    """Whether a stack is meant: by one of the globs, and by none that begins with `!`.

    Where all begin with `!`, the other stacks are meant.
    """
    taken = [glob for glob in globs if not glob.startswith(LEFT_OUT)]
    left_out = (glob.removeprefix(LEFT_OUT) for glob in globs if glob.startswith(LEFT_OUT))
    if any(fnmatchcase(name, glob) for glob in left_out):
        return False
    return not taken or any(fnmatchcase(name, glob) for glob in taken)


def has_labels(labels: Mapping[str, str] | None, wanted: Mapping[str, Sequence[str]]) -> bool:
    """Whether all labels are there, each with one of its wanted values, which may be globs.

    Labels that are unknown (None) may be those: such a stack is never left out because of a label.
    """
    return labels is None or all(
        key in labels and any(fnmatchcase(labels[key], glob) for glob in globs) for key, globs in wanted.items()
    )


def groups_of(name: str, labels: Mapping[str, str] | None, groups: Mapping[str, GroupEntry]) -> tuple[str, ...]:
    """The groups that a stack is in, in the file's order; with unknown labels (None), those that it may be in."""
    return tuple(
        group
        for group, entry in groups.items()
        if matches_globs(name, entry.stacks) and has_labels(labels, entry.labels)
    )


def unmatched(globs: Iterable[str], names: Sequence[str]) -> list[str]:
    """The globs that match no name, with their `!`."""
    return [glob for glob in globs if not any(fnmatchcase(name, glob.removeprefix(LEFT_OUT)) for name in names)]


def is_glob(text: str) -> bool:
    """Whether the text has a sign of globs."""
    return bool({"*", "?", "["} & set(text))
