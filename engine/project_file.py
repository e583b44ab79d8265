"""Pulumi.yaml: where the project lies, which program it runs, which provider hosts it starts.

Source of the format: pulumi/pulumi, `sdk/go/common/workspace/project.go` and `paths.go`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from digo.environment import broken_folder
from engine.deployment.context import Project
from engine.failure import ConfigurationFailure, ProjectNotFound

PROJECT_FILE_NAMES = ("Pulumi.yaml", "Pulumi.yml")

_NAME = re.compile(r"^[A-Za-z0-9_.-]{1,100}$")


class ConfigDeclaration(BaseModel):
    """One entry of Pulumi.yaml's `config` block: what a config key is and what it is where the stack is silent."""

    model_config = ConfigDict(extra="ignore")

    type: str | None = None
    default: Any = None
    value: Any = None
    secret: bool = False

    @model_validator(mode="before")
    @classmethod
    def _accept_shorthand(cls, data: Any) -> Any:
        # `key: 5` is short for `key: {default: 5}`; keys of other packages take `value` in the same way.
        return data if isinstance(data, dict) else {"default": data}

    @property
    def fallback(self) -> Any:
        """The value where the stack has none; None where there is no such value."""
        return self.default if self.value is None else self.value


class _Provider(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str
    path: str


class _Plugins(BaseModel):
    model_config = ConfigDict(extra="ignore")
    providers: list[_Provider] = Field(default_factory=list)


class _Backend(BaseModel):
    model_config = ConfigDict(extra="ignore")
    url: str = ""


class _Runtime(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str
    options: dict[str, Any] = Field(default_factory=dict)


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str
    runtime: _Runtime
    main: str = ""
    config: dict[str, ConfigDeclaration] = Field(default_factory=dict)
    stackConfigDir: str = ""
    backend: _Backend = Field(default_factory=_Backend)
    plugins: _Plugins = Field(default_factory=_Plugins)

    @field_validator("runtime", mode="before")
    @classmethod
    def _accept_runtime_name(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else data

    @field_validator("config", "plugins", "backend", mode="before")
    @classmethod
    def _accept_empty(cls, data: Any) -> Any:
        return {} if data is None else data

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not _NAME.match(name):
            raise ValueError("may only contain alphanumerics, hyphens, underscores and periods, at most 100")
        return name


@dataclass(frozen=True)
class ProjectFile:
    """What Pulumi.yaml says, with paths made absolute. `virtualenv` is None where the file names none."""

    path: Path
    name: str
    main: Path
    virtualenv: Path | None = None
    hosts: Mapping[str, Path] = field(default_factory=dict)
    config: Mapping[str, ConfigDeclaration] = field(default_factory=dict)
    stack_config_dir: Path | None = None
    backend_url: str = ""

    @property
    def root(self) -> Path:
        """The folder of Pulumi.yaml."""
        return self.path.parent

    def stack_file(self, stack: str) -> Path:
        """Where the stack's config lies, whether or not it exists."""
        return (self.stack_config_dir or self.root) / f"Pulumi.{stack}{self.path.suffix}"

    def to_run(self) -> Project:
        """The project as a deployment needs it; raises `ConfigurationFailure` where the virtualenv is missing."""
        python = Path(sys.executable)
        if self.virtualenv is not None:
            python = _interpreter(self.virtualenv)
            if not python.exists():
                raise ConfigurationFailure(
                    f"the 'virtualenv' option in {self.path.name} is set to '{self.virtualenv}', but there is no "
                    f"Python in it; create it with\n  {Path(sys.executable).name} -m venv {self.virtualenv}\n"
                    f"  {python} -m pip install -r {self.root / 'requirements.txt'}"
                )
        return Project(
            root=self.root,
            name=self.name,
            main=self.main,
            python=python,
            virtualenv=self.virtualenv,
            hosts=dict(self.hosts),
        )


def find_project_file(start: Path) -> Path:
    """The Pulumi.yaml of the folder or the nearest one above it; raises `ProjectNotFound`."""
    start = start.resolve()
    if problem := broken_folder(start):
        raise ProjectNotFound(problem)
    for folder in (start, *start.parents):
        for name in PROJECT_FILE_NAMES:
            candidate = folder / name
            if candidate.is_file():
                return candidate
    raise ProjectNotFound(
        f"no Pulumi.yaml project file found (searching upwards from {start}); "
        "change into the project's folder or name it with --cwd"
    )


def load_project(path: Path) -> ProjectFile:
    """Reads Pulumi.yaml; raises `ConfigurationFailure` that names the file and what is wrong in it."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationFailure(f"could not read {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigurationFailure(f"could not read {path}: it is not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise ConfigurationFailure(f"could not parse {path}: {error}") from error
    if not isinstance(data, dict):
        raise ConfigurationFailure(f"{path}: expected project to be an object with 'name' and 'runtime'")
    # An old spelling: `config: <folder>` is what `stackConfigDir` is today.
    if isinstance(data.get("config"), str):
        data["stackConfigDir"] = data.pop("config")
    try:
        document = _Document.model_validate(data)
    except ValidationError as error:
        raise ConfigurationFailure(f"{path}: {_first_problem(error)}") from error
    if document.runtime.name != "python":
        raise ConfigurationFailure(
            f"{path}: the embedded engine runs Python programs only, and the runtime is "
            f"'{document.runtime.name}'; use the pulumi CLI for this project"
        )
    return _resolve(path, document)


def _resolve(path: Path, document: _Document) -> ProjectFile:
    root = path.parent
    virtualenv = document.runtime.options.get("virtualenv")
    return ProjectFile(
        path=path,
        name=document.name,
        main=_absolute(root, document.main) if document.main else root,
        virtualenv=_absolute(root, str(virtualenv)) if virtualenv else None,
        hosts={provider.name: _absolute(root, provider.path) for provider in document.plugins.providers},
        config={
            key if ":" in key else f"{document.name}:{key}": declaration for key, declaration in document.config.items()
        },
        stack_config_dir=_absolute(root, document.stackConfigDir) if document.stackConfigDir else None,
        backend_url=document.backend.url,
    )


def _absolute(root: Path, path: str) -> Path:
    # Not resolved: a virtualenv's python is a link that must stay one.
    return Path(os.path.normpath(root / Path(path).expanduser()))


def _interpreter(virtualenv: Path) -> Path:
    return virtualenv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"'{where}': {problem['msg']}"
