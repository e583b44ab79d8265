"""The check of fleet.yaml: the file, the extra, and whether this machine has the stack's own variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from digo.doctor.check import Result, ok, warning
from digo.fleet.file.reader import FleetFile, read_fleet, read_fleet_file
from digo.fleet.file.sentences import stacks_are
from digo.fleet.stack_environment import stack_environment
from digo.project.project_file import ProjectFile
from digo.settings.failure import SettingsError
from digo.source.file_names import FLEET_FILE
from digo.source.problems import ConfigError
from digo.system.extras import MODULES, how_to_get, lacking
from digo.text.counts import counted
from digo.text.stack_names import file_of_stack


def check_fleet(project: ProjectFile, stack: str | None, environ: Mapping[str, str]) -> Result:
    """Whether `digo fleet` can be used here.

    Args:
        project: the project.
        stack: the stack that the other checks are about; None if none is known.
        environ: the environment variables.

    Raises:
        ConfigError: fleet.yaml has problems.
    """
    path = project.root / FLEET_FILE
    if not path.exists() and not path.is_symlink():
        return ok(f"no {FLEET_FILE}, so each stack is by itself")
    fleet = read_fleet(project)
    members = [one.name for one in fleet.stacks if one.groups]
    said = f"{counted(len(members), 'stack')}, {counted(len(fleet.settings.groups), 'group')}"
    if lack := lacking("fleet", FLEET_FILE, *MODULES["fleet"]):
        without = lack.partition(", which ")[0].removeprefix(f"{FLEET_FILE} needs ")
        return warning(
            f"{said}; without {without}",
            "`digo fleet up`, files of variables and webhooks do not work; plan and drift do",
            how_to_get("fleet"),
        )
    if stack in members and (lacks := _lacking_variables(fleet, str(stack), project, environ)):
        return warning(
            f"{said}; {lacks}",
            "`digo fleet` cannot plan or up this stack from this machine",
            f"bring what `environment` of {FLEET_FILE} names",
        )
    if broken := [one for one in fleet.stacks if one.problems and one.groups]:
        return warning(
            f"{said}; {stacks_are([one.name for one in broken])} refused: {broken[0].problems[0]}",
            "the commands of the fleet refuse what has a broken file, and go on with the others",
            "`digo validate --all` lists every problem",
        )
    if fleet.warnings:
        return warning(
            f"{said}, {counted(len(fleet.warnings), 'warning')}: {fleet.warnings[0]}",
            "the fleet can be used, and something in it is doubtful",
            "`digo validate` lists it",
        )
    return ok(said)


def files_of_variables(project: ProjectFile, stack: str) -> list[Path]:
    """The files that a stack's variables are read from and that are here; none without a sound fleet.yaml."""
    try:
        patterns = read_fleet_file(project.root)[0].environment.files
    except ConfigError:
        return []
    found = (project.root / file_of_stack(pattern, stack) for pattern in patterns)
    return [path for path in found if path.is_file()]


def _lacking_variables(fleet: FleetFile, stack: str, project: ProjectFile, environ: Mapping[str, str]) -> str:
    """Why the stack has no variables here; "" if it has."""
    try:
        stack_environment(fleet.settings.environment, stack, project.root, environ)
    except SettingsError as problem:
        return "; ".join(problem.problems)
    return ""
