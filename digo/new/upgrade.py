"""What the installed package changes in a project that an earlier one made. Nothing here writes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from digo.new.record import REQUIREMENTS, Record, digest
from digo.new.stacks import kept_stacks, with_stacks
from digo.text.unicode import is_unicode
from digo.version import VERSION

_IGNORED = ".gitignore"
_EXTRAS = re.compile(r"\[([^\]]*)\]")
_PIN = re.compile(
    r"^(?P<name>[ \t]*pulumi[-_.]digo[ \t]*(?:\[[^\]\n]*\])?)[ \t]*(?:(?:===|==|~=|>=|<=|!=|<|>)[^;#\n\\]*?)?"
    r"(?P<rest>[ \t]*(?:[;#][^\n]*)?)$",
    flags=re.MULTILINE | re.IGNORECASE,
)
_NAMED = re.compile(r"^[^#\n]*pulumi[-_.]digo", flags=re.MULTILINE | re.IGNORECASE)


class Kind(Enum):
    """What an upgrade does with a file; the value is the word in messages."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    KEEP = "keep"
    CONFLICT = "conflict"
    REMOVED = "removed"


@dataclass(frozen=True)
class FileChange:
    """One file that differs from what the package has.

    Attributes:
        path: its path in the project.
        kind: what an upgrade does with it. KEEP: the package no longer has it, and the user changed it. CONFLICT: the
            user changed it, and so did the package. REMOVED: the user removed it, and the package changed it.
        before: the text in the project; "" where there is no file.
        after: the text of the package; "" where it has no such file any more.
    """

    path: str
    kind: Kind
    before: str
    after: str

    def diff(self) -> Iterator[str]:
        """The lines of a unified diff. A new or removed file has /dev/null on the other side, as in Git."""
        old = f"a/{self.path}" if self.before else "/dev/null"
        new = f"b/{self.path}" if self.after else "/dev/null"
        return difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), old, new, lineterm="")


@dataclass(frozen=True)
class Upgrade:
    """The changes of an upgrade, in the order of paths, and the record that belongs to the project after it."""

    changes: tuple[FileChange, ...]
    record: Record


def plan_upgrade(
    record: Record, found: Mapping[str, str], wanted: Mapping[str, str], stacks: Sequence[str] = ()
) -> Upgrade:
    """Compares a project with the package.

    Args:
        record: what was written before.
        found: the texts of the project's files, of those that the record or `wanted` names.
        wanted: the package's texts: see `package_texts`.
        stacks: the project's stacks, for its first pipelines.
    """
    kept = (kept_stacks(found[path], wanted.get(path, "")) for path in sorted(found))
    stacks = next(filter(None, kept), stacks)
    changes, digests = [], dict(record.files)
    for path in sorted({*record.files, *wanted}):
        after = wanted.get(path, "")
        change = _change(
            path, record.files.get(path), found.get(path), _with_users_part(found.get(path), after, stacks)
        )
        if change is not None:
            changes.append(change)
        if path in wanted:
            digests[path] = digest(after)
        else:
            del digests[path]
    return Upgrade(tuple(changes), Record(VERSION, record.ci, digests, record.fleet))


def _with_users_part(found: str | None, after: str, stacks: Sequence[str]) -> str:
    """The package's text with the stacks of the project's pipelines."""
    names = kept_stacks(found or "", after) or stacks
    return with_stacks(after, names) if names else after


def _change(path: str, recorded: str | None, found: str | None, after: str) -> FileChange | None:
    if found is None:
        if not after or recorded == digest(after):
            return None  # gone on both sides, or removed by the user while the package has it as before
        return FileChange(path, Kind.CREATE if recorded is None else Kind.REMOVED, "", after)
    if digest(found) == digest(after):
        return None
    if recorded == digest(found):
        return FileChange(path, Kind.UPDATE if after else Kind.DELETE, found, after)
    if not after:
        return FileChange(path, Kind.KEEP, found, after)
    if (merged := _merged(path, found, after)) is not None:
        return None if merged == found else FileChange(path, Kind.UPDATE, found, merged)
    if recorded == digest(after):
        return None  # only the user changed it
    return FileChange(path, Kind.CONFLICT, found, after)


def _merged(path: str, found: str, after: str) -> str | None:
    """A file of lines with the package's lines and the user's; None for other files, and where it cannot be said."""
    if not is_unicode(found):
        return None
    if path == REQUIREMENTS:
        return _pinned(found, after)
    return _ignoring(found, after) if path == _IGNORED else None


def _pinned(found: str, after: str) -> str | None:
    """The user's requirements with the package's pin, and its extras. Extras, markers and comments of that line stay.

    None where the package comes from an address or a file, or has hashes.
    """
    if _PIN.search(found) is None:
        return None if _NAMED.search(found) else after.rstrip("\n") + "\n" + found
    wanted = _PIN.search(after)
    extras = _extras(wanted["name"]) if wanted else []
    return _PIN.sub(
        lambda match: f"{_with_extras(match['name'].rstrip(), extras)}=={VERSION}{match['rest']}", found, count=1
    )


def _with_extras(name: str, more: Sequence[str]) -> str:
    """The name of a requirement, with its own extras and those that it lacks."""
    own = _extras(name)
    if set(more) <= set(own):
        return name
    return f"{_EXTRAS.sub('', name)}[{','.join(dict.fromkeys([*own, *more]))}]"


def _extras(name: str) -> list[str]:
    found = _EXTRAS.search(name)
    return [one.strip() for one in found[1].split(",") if one.strip()] if found else []


def _ignoring(found: str, after: str) -> str:
    """The user's .gitignore with the patterns that it lacks."""
    present = {line.strip() for line in found.splitlines()}
    lacking = [line for line in after.splitlines() if line and not line.startswith("#") and line not in present]
    if not lacking:
        return found
    return "\n".join([found.rstrip("\n"), "# Added by `digo upgrade`", *lacking]).lstrip("\n") + "\n"
