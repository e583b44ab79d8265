"""Pulumi.yaml for a deployment: the Python that runs the program, and the provider hosts."""

from __future__ import annotations

import sys
from pathlib import Path

from digo.project import project_file
from digo.project.failure import NoProject
from digo.project.project_file import ProjectFile, python_of
from digo.system.environment import broken_folder
from engine.deployment.context import Project
from engine.failure import ConfigurationFailure


def project_to_run(file: ProjectFile) -> Project:
    """The project for a deployment.

    Where the virtual environment does not exist, program and host run with the engine's own Python, which has all that
    a digo program needs.

    Raises:
        ConfigurationFailure: the virtual environment exists and has no Python.
    """
    python, virtualenv = Path(sys.executable), file.virtualenv
    # A link to nowhere is an environment that was lost: another Python might have other packages.
    if virtualenv is not None and not virtualenv.exists() and not virtualenv.is_symlink():
        virtualenv = None
    if virtualenv is not None:
        python = python_of(virtualenv)
        if not python.exists():
            raise ConfigurationFailure(
                f"the 'virtualenv' option in {file.path.name} is set to '{virtualenv}', but there is no "
                f"Python in it; create it with\n  {Path(sys.executable).name} -m venv --clear {virtualenv}\n"
                f"  {python} -m pip install -r {_requirements(file.root)}"
            )
    return Project(
        root=file.root,
        name=file.name,
        main=file.main,
        python=python,
        virtualenv=virtualenv,
        hosts=file.plugins,
    )


def _requirements(root: Path) -> Path:
    """The file with what a run needs; `pulumi` has one name for it, and this project has one with tests beside it."""
    run = root / "requirements-run.txt"
    return run if run.is_file() else root / "requirements.txt"


def find_project_file(start: Path) -> Path:
    """The Pulumi.yaml of the folder or the nearest one above it; raises `ConfigurationFailure`."""
    if problem := broken_folder(start.resolve()):
        raise ConfigurationFailure(problem)
    try:
        return project_file.find_project_file(start)
    except NoProject as problem:
        raise ConfigurationFailure(f"{problem}; change into the project's folder or name it with --cwd") from None


def load_project(path: Path) -> ProjectFile:
    """Reads Pulumi.yaml; raises `ConfigurationFailure` if it is not a Python project."""
    found = project_file.load_project(path)
    if not found.runtime.name:
        raise ConfigurationFailure(f"{path}: 'runtime' is missing; write `runtime: python`")
    if found.runtime.name != "python":
        raise ConfigurationFailure(
            f"{path}: the embedded engine runs Python programs only, and the runtime is "
            f"'{found.runtime.name}'; use the pulumi CLI for this project"
        )
    return found
