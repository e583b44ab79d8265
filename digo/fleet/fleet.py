"""A fleet: the stacks of one project that fleet.yaml covers."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from digo.fleet.file.models import FleetSettings
from digo.fleet.file.reader import read_fleet_file
from digo.fleet.file.selectors import groups_of, has_labels, matches_globs
from digo.fleet.file.waves import Wave, waves_of
from digo.fleet.stacks import FleetStack, read_stacks
from digo.project.project_file import ProjectFile, find_project_file, load_project


@dataclass(frozen=True)
class Fleet:
    """The stacks of one project that fleet.yaml covers, or those of them that were selected.

    Attributes:
        root: the project's folder.
        project: the content of Pulumi.yaml.
        settings: the content of fleet.yaml.
        stacks: the stacks, by name.
        environ: the environment variables that all stacks share.
    """

    root: Path
    project: ProjectFile
    settings: FleetSettings
    stacks: tuple[FleetStack, ...]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @classmethod
    def load(cls, root: Path | None = None, environ: Mapping[str, str] | None = None) -> Fleet:
        """The fleet of the project in a folder, or in the nearest folder above it.

        Args:
            root: the folder; the working directory by default.
            environ: the environment variables; those of the process by default.

        Raises:
            ConfigError: every problem of fleet.yaml, Pulumi.yaml and the stacks' files.
            NoProject: there is no Pulumi.yaml.
        """
        project = load_project(find_project_file(root or Path.cwd()))
        settings, _ = read_fleet_file(project.root)
        stacks = (replace(one, groups=groups_of(one.name, one.labels, settings.groups)) for one in read_stacks(project))
        covered = tuple(one for one in stacks if one.groups)
        return cls(project.root, project, settings, covered, os.environ if environ is None else environ)

    def select(
        self,
        stacks: Sequence[str] = (),
        groups: Collection[str] = (),
        labels: Iterable[tuple[str, str]] = (),
    ) -> Fleet:
        """The fleet with those stacks alone that all three choose; what is empty chooses all.

        Args:
            stacks: globs; `!name` leaves out.
            groups: names of groups; a stack is in one of them.
            labels: keys and values, which may be globs; a stack has all of them, of one key any.
        """
        wanted: dict[str, list[str]] = {}
        for key, value in labels:
            wanted.setdefault(key, []).append(value)
        return self.only(
            one.name
            for one in self.stacks
            if matches_globs(one.name, stacks)
            and (not groups or not set(groups).isdisjoint(one.groups))
            and has_labels(one.labels, wanted)
        )

    def only(self, names: Iterable[str]) -> Fleet:
        """The fleet with those stacks alone."""
        kept = set(names)
        return replace(self, stacks=tuple(one for one in self.stacks if one.name in kept))

    def waves(self) -> tuple[Wave, ...]:
        """The waves of an up of these stacks; see `waves_of`."""
        return waves_of(self.settings, self.stacks)
