"""A fleet: the stacks of one project that fleet.yaml covers."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from digo.fleet.failure import FleetError
from digo.fleet.file.checks import no_such_group, no_such_label, no_such_stack
from digo.fleet.file.models import FleetSettings
from digo.fleet.file.reader import read_fleet
from digo.fleet.file.selectors import LEFT_OUT, has_labels, matches_globs, unmatched
from digo.fleet.file.waves import Wave, waves_of
from digo.fleet.stacks import FleetStack
from digo.project.project_file import ProjectFile, find_project_file
from digo.source.problems import ConfigError, Problem
from digo.text.stack_names import variable_of_stack
from digo.workspace.stack_config import read_project

if TYPE_CHECKING:  # a command imports only what it uses
    from digo.fleet.changes.changed_stacks import ChangedStacks
    from digo.fleet.drift.stack_drift import FleetDrift, StackDrift
    from digo.fleet.open_stack import OpenStack
    from digo.fleet.plan.stack_plan import FleetPlan, StackPlan
    from digo.fleet.up.report import FleetReport
    from digo.fleet.up.run_view import RunView


@dataclass(frozen=True)
class Fleet:
    """The stacks of one project that fleet.yaml covers, or those of them that were selected.

    Attributes:
        root: the project's folder.
        project: the content of Pulumi.yaml.
        settings: the content of fleet.yaml.
        stacks: the stacks, by name.
        environ: the environment variables that all stacks share.
        warnings: what is odd in fleet.yaml and stops nothing.
    """

    root: Path
    project: ProjectFile
    settings: FleetSettings
    stacks: tuple[FleetStack, ...]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    warnings: tuple[Problem, ...] = ()

    @classmethod
    def load(cls, root: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None) -> Fleet:
        """The fleet of the project in a folder, or in the nearest folder above it.

        A stack with a broken file is in it, too: its plan fails, and its watch is unknown.

        Args:
            root: the folder; the working directory by default.
            environ: the environment variables; those of the process by default.

        Raises:
            ConfigError: every problem of fleet.yaml and Pulumi.yaml.
            NoProject: there is no Pulumi.yaml.
        """
        project = read_project(find_project_file(Path.cwd() if root is None else Path(root)))
        loaded = read_fleet(project)
        covered = tuple(one for one in loaded.stacks if one.groups)
        return cls(
            project.root, project, loaded.settings, covered, os.environ if environ is None else environ, loaded.warnings
        )

    def select(
        self,
        stacks: str | Sequence[str] = (),
        groups: str | Collection[str] = (),
        labels: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    ) -> Fleet:
        """The fleet with those stacks alone that all three choose; what is empty chooses all.

        Args:
            stacks: a glob or several; `!name` leaves out.
            groups: the name of a group or of several; a stack is in one of them.
            labels: keys and values, which may be globs; a stack has all of them, of one key any. A stack whose labels
                are unknown, because its file is broken, may have them, and is chosen.

        Raises:
            FleetError: a glob, group or label fits no stack, or all together choose none.
        """
        stacks = (stacks,) if isinstance(stacks, str) else stacks
        groups = (groups,) if isinstance(groups, str) else groups
        wanted: dict[str, list[str]] = {}
        for key, value in labels.items() if isinstance(labels, Mapping) else labels:
            wanted.setdefault(key, []).append(value)
        if problems := self._unknown(stacks, groups, wanted):
            raise FleetError("\n  ".join(problems))
        chosen = self.only(
            one.name
            for one in self.stacks
            if matches_globs(one.name, stacks)
            and (not groups or not set(groups).isdisjoint(one.groups))
            and has_labels(one.known_labels, wanted)
        )
        if not chosen.stacks:
            raise FleetError("no stack of the fleet is all that was asked for; `digo fleet stacks` lists what each is")
        return chosen

    def _unknown(
        self, stacks: Sequence[str], groups: Collection[str], labels: Mapping[str, Sequence[str]]
    ) -> list[str]:
        names = [one.name for one in self.stacks]
        missing = [self._no_such_stack(glob.removeprefix(LEFT_OUT), names) for glob in unmatched(stacks, names)]
        missing += [no_such_group(one, self.settings.groups) for one in groups if one not in self.settings.groups]
        return missing + [
            problem for key, values in labels.items() if (problem := no_such_label(key, values, self.stacks))
        ]

    def _no_such_stack(self, glob: str, names: Sequence[str]) -> str:
        if glob in self.project.stacks() and glob not in names:
            return f"the stack `{glob}` is not in the fleet: no group of fleet.yaml has it"
        return no_such_stack(glob, names)

    def only(self, names: Iterable[str]) -> Fleet:
        """The fleet with those stacks alone."""
        kept = set(names)
        return replace(self, stacks=tuple(one for one in self.stacks if one.name in kept))

    def changed(self, revision: str) -> ChangedStacks:
        """Which of the stacks the changes since a Git commit reach; see `changed_stacks`.

        Raises:
            FleetError: the project is in no Git repository, or that has no such commit.
        """
        from digo.fleet.changes.changed_stacks import changed_stacks

        return changed_stacks(self, revision)

    def waves(self) -> tuple[Wave, ...]:
        """The waves of an up of these stacks; see `waves_of`."""
        return waves_of(self.settings, self.stacks)

    def open(self, name: str) -> OpenStack:
        """One stack, with its own variables. A relative address of the backend counts from the project's folder.

        Raises:
            ConfigError: every problem of its file.
            SettingsError: its variables cannot be read, or this machine has none; see `stack_environment`.
            ExtraMissing: they are in files, and python-dotenv is not installed.
        """
        from digo.fleet.open_stack import OpenStack
        from digo.fleet.stack_environment import stack_environment

        if problems := next((one.problems for one in self.stacks if one.name == name), ()):
            raise ConfigError(problems)
        wanted = self.settings.environment
        environ = stack_environment(wanted, name, self.root, self.environ)
        sources = {variable: variable_of_stack(pattern, name) for variable, pattern in wanted.variables.items()}
        notes: list[str] = []
        return OpenStack(self.project, name, self.root, notes.append, environ, notes, sources)

    def plan(self, progress: Callable[[StackPlan], None] = lambda _: None) -> FleetPlan:
        """The plans of the stacks. Each account is read once, and nothing is written.

        Args:
            progress: takes each plan as it comes, in the thread of the caller.
        """
        from digo.fleet.plan.planner import plan_fleet

        return plan_fleet(self, progress)

    def drift(self, progress: Callable[[StackDrift], None] = lambda _: None) -> FleetDrift:
        """Where config, the last up and the account of each stack differ. Each account is read once.

        Args:
            progress: takes each stack as it comes, in the thread of the caller.
        """
        from digo.fleet.drift.watch import watch_fleet

        return watch_fleet(self, progress)

    def up(
        self,
        plan: FleetPlan,
        progress: Callable[[RunView], None] = lambda _: None,
        *,
        concurrency: int | None = None,
        restart: bool = False,
    ) -> FleetReport:
        """Carries out the plans of the stacks that change, in waves, and waits for the end.

        This process works on the run, together with workers elsewhere. A run that was killed goes on in place of a new
        one, if nothing has changed since. Ctrl-C lets no further stack begin; see `carry_out`.

        Args:
            plan: what `plan` returned.
            progress: takes the run as often as this process looks at it.
            concurrency: how many ups run at once; by default as fleet.yaml says.
            restart: stop an unfinished run and begin a new one.

        Raises:
            FleetError: a stack's plan is refused or has failed, and fleet.yaml says `refused: stop`; another run has
                not ended; or the database of the runs cannot be used.
            ExtraMissing: DBOS is not installed.
        """
        from digo.fleet.up_fleet import up_fleet

        return up_fleet(self, plan, progress, concurrency=concurrency, restart=restart)
