"""Proves an export before it is written: its files are read as any command reads them, and planned on the same account.

`agents_file` decides how a file is changed. This module checks that the result says exactly what was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from digo.api.snapshot import Snapshot
from digo.desired import Desired, load_environment
from digo.desired.state import DesiredAgent
from digo.export.model import Export, ExportError
from digo.fields.agents import WANTED_FIELDS
from digo.plan.compare import AgentPlan, Plan, compare
from digo.settings.profiles import DIGO, Profile
from digo.text.samples import sample

_SHOWN = 5


def places_of(keys: Iterable[str]) -> Mapping[str, str]:
    """The paths that problems use for entries and their fields, each with the entry's key."""
    fields = ("", *(f".{field.name}" for field in WANTED_FIELDS))
    return {f"agents.{key}{field}": key for key in keys for field in fields}


_REST = ("leads", "lists", "broadcast_lists", "approvals")
"""What an export must not change."""


@dataclass(frozen=True)
class ExportCheck:
    """What an export is checked against.

    Attributes:
        before: the current config.
        snapshot: the account.
        folder: the environment's folder.
        root: the project's folder.
        environ: where variables are looked up.
        profile: the stack's profile.
    """

    before: Desired
    snapshot: Snapshot
    folder: Path
    root: Path
    environ: Mapping[str, str]
    profile: Profile = DIGO

    def of(self, export: Export, texts: Mapping[Path, str]) -> None:
        """Reads and plans the files with their new content.

        Raises:
            ConfigError: the new content would be invalid.
            ExportError: it would say something else than was meant.
        """
        after = load_environment(self.folder, self.root, self.environ, texts)
        self._same_rest(after)
        self._as_meant(export, after)
        before, after = (one.agents_alone for one in (self.before, after))
        self._planned(export, compare(before, self.snapshot, self.profile), compare(after, self.snapshot, self.profile))

    def _same_rest(self, after: Desired) -> None:
        """Checks that only agents change."""
        if any(getattr(after, kind) != getattr(self.before, kind) for kind in _REST):
            raise ExportError("config has changed since it was read. Nothing was written; export again")

    def _as_meant(self, export: Export, after: Desired) -> None:
        """Checks that every entry means the same as before, except for the changes and the new entries."""
        meant = {agent.key: (_meaning(agent), False) for agent in self.before.agents}
        meant |= {agent.key: (_meaning(agent), True) for agent in self.before.absent}
        for change in export.changes:
            fields, absent = meant[change.wanted.key]
            meant[change.wanted.key] = ({**fields, change.field: change.value}, absent)
        for key, entry in export.new.items():
            meant[key] = ({**{field.name: entry.value(field.name) for field in WANTED_FIELDS}, "formerly": ()}, False)
        found = {agent.key: (_meaning(agent), False) for agent in after.agents}
        found |= {agent.key: (_meaning(agent), True) for agent in after.absent}
        places = {agent.key: agent.position for agent in (*after.agents, *after.absent)}
        other = [key for key in {**meant, **found} if meant.get(key) != found.get(key)]
        if other:
            raise ExportError(_otherwise(f"{places.get(key, self.folder.name)}: agents.{key}" for key in other))
        known = {(one.where, one.message) for one in self.before.warnings}
        touched = places_of([*export.new, *(change.wanted.key for change in export.changes)])
        new = [one for one in after.warnings if (one.where, one.message) not in known and one.where not in touched]
        if new:
            raise ExportError(_otherwise(map(str, new)))

    def _planned(self, export: Export, before: Plan, after: Plan) -> None:
        """Checks that the plan is the same as before, except that the exported entries are in sync."""
        changed = {(change.wanted.key, change.field) for change in export.changes}
        meant = {one.wanted.key: _outcome(one, changed) for one in before.agents}
        meant |= {key: (entry.live.eid, frozenset()) for key, entry in export.new.items()}
        found = {one.wanted.key: _outcome(one, set()) for one in after.agents}
        apart = [one.wanted for one in after.agents if found[one.wanted.key] != meant.get(one.wanted.key)]
        conflicts = {one.where for one in after.conflicts} - {one.where for one in before.conflicts}
        places = [f"{wanted.position}: agents.{wanted.key}" for wanted in apart]
        if places or conflicts:
            raise ExportError(_otherwise([*places, *sorted(conflicts)]))


def _meaning(agent: DesiredAgent) -> dict[str, object]:
    return {**{field.name: agent.value(field.name) for field in WANTED_FIELDS}, "formerly": agent.formerly}


def _outcome(one: AgentPlan, changed: set[tuple[str, str]]) -> tuple[str | None, frozenset[str]]:
    fields = (difference.field for difference in one.differences)
    return (one.live.eid if one.live else None), frozenset(f for f in fields if (one.wanted.key, f) not in changed)


def _otherwise(what: Iterable[str]) -> str:
    shown = "\n".join(f"  {line}" for line in sample(list(what), "mend these first", _SHOWN))
    return (
        "the files would say something else than was meant, so nothing was written. It is about:\n"
        f"{shown}\n"
        "  Next: write those entries in full, without `<<` and aliases, and export again"
    )
