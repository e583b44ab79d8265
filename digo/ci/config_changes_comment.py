"""The changes of a fork's config as Markdown for its pull request, and as one line for the log."""

from __future__ import annotations

from pathlib import PurePosixPath

from digo.ci.config_changes import Change, ConfigChanges, EntryChange, FieldChange
from digo.plan.render.markdown import LIMIT, marker
from digo.sanitize.markdown import clipped, code, fenced
from digo.source.file_names import ENVIRONMENT_FILE
from digo.text.counts import counted
from digo.text.redact import mask_numbers

_NOTE = """\
This pull request comes from a fork, so this is not a plan. It compares the config of the fork with that of the base
branch. It does not ask the account, and uses no variable: `${…}` is shown as it is written. The comparison with the
account is run after a maintainer has read these changes and approves: see docs/ci/README.md, *Forks*.
"""
_MOST_PROBLEMS = 20
_MOST_FIELDS = 20
_MOST_FILES = 50  # that come first
_READ = frozenset({ENVIRONMENT_FILE, "approvals.yaml", "masking.yaml", "policy.yaml"})  # they change what a run may do
_LONGEST_PROBLEM = 2_000  # characters
_LONGEST = 300  # characters of one value
_RESERVED = 200  # characters for the line about entries that do not fit


def config_changes_markdown(changes: ConfigChanges, limit: int = LIMIT) -> str:
    """The comment, at most `limit` characters long."""
    head = (
        f"{marker(changes.environment)}\n### digo config of {code(changes.environment)}: {summary(changes)}\n\n{_NOTE}"
    )
    for problem in changes.problems[:_MOST_PROBLEMS]:
        head += f"\n**error**\n{fenced(clipped(str(problem), _LONGEST_PROBLEM))}\n"
    if changes.base_problems:
        head += f"\nThe config of the base branch has {counted(changes.base_problems, 'problem')} of its own.\n"
    room = limit - len(head) - _RESERVED
    rows = _rows(changes)
    if not rows:
        return head
    head += "\n| change | what | where | fields |\n| --- | --- | --- | --- |\n"
    kept = []
    for row in rows:
        # A long row hides no other.
        if len(row) <= room:
            room -= len(row)
            kept.append(row)
    rest = len(rows) - len(kept)
    return head + "".join(kept) + (f"\nand {rest:,} more: see the files of the pull request\n" if rest else "")


def _rows(changes: ConfigChanges) -> list[str]:
    """The table's rows. A flood of new entries must not hide what else differs, so they come last."""
    entries = {change: [_row(one) for one in changes.entries if one.change is change] for change in Change}
    known_first = sorted(
        changes.files, key=lambda one: (PurePosixPath(one.name).name not in _READ, one.change is Change.ADDED)
    )
    files = [f"| {one.change.value} | {_code(mask_numbers(one.name))} | | |\n" for one in known_first]
    before = [row for change in (Change.REMOVED, Change.RENAMED, Change.CHANGED) for row in entries[change]]
    return [*files[:_MOST_FILES], *before, *entries[Change.ADDED], *files[_MOST_FILES:]]


def summary(changes: ConfigChanges) -> str:
    """The counts: `2 added, 1 changed, 1 other file`."""
    parts = [f"{count:,} {change.value}" for change in Change if (count := changes.count(change))]
    if changes.files:
        parts.append(counted(len(changes.files), "other file"))
    if changes.problems:
        parts.append(counted(len(changes.problems), "problem"))
    return ", ".join(parts) or "no changes"


def _row(one: EntryChange) -> str:
    was = f" (was {_code(mask_numbers(one.was))})" if one.was else ""
    what = f"{one.subject.value} {_code(mask_numbers(one.key))}{was}"
    fields = [_field(field) for field in one.fields[:_MOST_FIELDS]]
    if len(one.fields) > _MOST_FIELDS:
        fields.append(f"and {counted(len(one.fields) - _MOST_FIELDS, 'more field')}")
    return f"| {one.change.value} | {what} | {_code(str(one.position))} | {'; '.join(fields)} |\n"


def _field(field: FieldChange) -> str:
    name = _code(mask_numbers(field.name))
    if field.words:
        return f"{name}: {field.words}"
    if field.before is None:
        return f"{name}: {_code(field.after or '') or 'empty'}"
    after = "removed" if field.after is None else _code(field.after) or "empty"
    if field.before == field.after:
        return f"{name}: {_code(field.before)} differs in what is not shown"
    return f"{name}: {_code(field.before) or 'empty'} → {after}"


def _code(text: str) -> str:
    return code(clipped(text, _LONGEST))
