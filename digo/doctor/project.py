"""Checks of the project's files: Pulumi.yaml, the stack, config and settings."""

from __future__ import annotations

from pathlib import Path

from digo.desired.state import Desired
from digo.doctor.check import Result, error, ok, warning
from digo.project.project_file import ProjectFile, python_of
from digo.project.stack_choice import StackChoice
from digo.settings.stack_settings import Settings
from digo.text.counts import counted


def check_project(project: ProjectFile, *, has_pulumi: bool) -> Result:
    """Whether Pulumi.yaml names a program, a Python and provider hosts that are there.

    Args:
        project: the file.
        has_pulumi: whether the `pulumi` command runs the program; it needs the virtual environment that the file names.
    """
    said = f"{project.name} in {project.root}"
    if project.runtime.name != "python":
        return error(
            f"{said}, runtime {project.runtime.name or 'not named'}",
            "the program is Python, so no engine can run this project",
            f"write `runtime: python` in {project.path.name}; or is this another project's folder?",
        )
    environment, folder = project.runtime.options.get("virtualenv"), project.virtualenv
    if folder is not None and not folder.exists() and not has_pulumi:
        said = f"{said}; no `{environment}`, so the embedded engine uses its own Python"
    elif folder is not None and not python_of(folder).exists():
        return error(
            f"{said}: there is no Python in `{environment}`",
            "an up starts the program with the Python of that virtual environment",
            f"run `{_set_up(project.root)}`",
        )
    if lost := [f"{name} ({path})" for name, path in project.plugins.items() if not path.is_dir()]:
        return error(
            f"{said}: no folder for the provider {', '.join(lost)}",
            "agents and lists are written by that provider",
            f"correct `plugins` in {project.path.name}, or bring the folder back",
        )
    if not (project.root / "config").is_dir():
        return warning(
            f"{said}, without config/",
            "there is nothing to plan; or it is another project's folder",
            "go to the project, or give -C FOLDER; `digo init NAME` makes config/NAME/",
        )
    return ok(said)


def _set_up(root: Path) -> str:
    """The command that makes the virtual environment: the tool's own repository has a Makefile."""
    return "make setup" if (root / "scripts" / "setup.sh").is_file() else "pulumi install"


def check_stack(choice: StackChoice, file: Path, root: Path) -> Result:
    """Which stack is meant, who said so, and whether its file is there."""
    shown = file.relative_to(root) if file.is_relative_to(root) else file
    said = f"{choice.name}, {choice.source.value}"
    if file.is_file():
        return ok(f"{said}; {shown}")
    return warning(
        f"{said}; there is no {shown}",
        "only Pulumi.yaml and the environment give settings",
        f"run `digo init {choice.name}`, or bring the file to this machine",
    )


def check_config(desired: Desired, folder: Path, root: Path) -> Result:
    """What config wants."""
    rows = sum(one.count for one in desired.lists)
    wanted = [counted(len(desired.agents), "agent"), counted(len(desired.leads), "lead")]
    if desired.lists:
        wanted.append(f"{counted(len(desired.lists), 'list')} from files with {counted(rows, 'row')}")
    said = f"{folder.relative_to(root)}/: {', '.join(wanted)}"
    if desired.warnings:
        return warning(
            f"{said}, {counted(len(desired.warnings), 'warning')}",
            "config can be planned, and something in it is doubtful",
            "`digo validate` lists it",
        )
    return ok(said)


def check_settings(settings: Settings) -> Result:
    """The settings that decide how a run goes."""
    pace = f"{settings.cps} calls a second" if settings.cps else "no limit of calls a second"
    return ok(f"profile {settings.profile.name}, {pace}, scheme {settings.scheme.value}")
