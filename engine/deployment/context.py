"""The input and the result of a deployment: project, stack, options, result."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digo.project.values import Value
from engine.model import Deployment, Op


@dataclass(frozen=True)
class Project:
    """The Pulumi project and the paths of its parts.

    `root` is the folder of Pulumi.yaml and the working directory of the program and of the provider hosts.
    `main` is the program: a file, or a folder whose `__main__.py` is run.
    `hosts` maps a package name to the folder (or the file itself) of its `pulumi-resource-<name>` executable.
    """

    root: Path
    name: str
    main: Path
    python: Path = field(default_factory=lambda: Path(sys.executable))
    virtualenv: Path | None = None
    hosts: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Stack:
    """The stack and its config: full key (`namespace:name`) to value."""

    name: str
    organization: str = "organization"
    config: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """The options of a run. `targets` and `replace` are URNs; they may have the globs `*` (within a part) and `**`."""

    parallel: int = 16
    targets: tuple[str, ...] = ()
    target_dependents: bool = False
    replace: tuple[str, ...] = ()
    refresh: bool = False
    continue_on_error: bool = False
    debug: bool = False


@dataclass(frozen=True)
class RunInput:
    """The input of a run. A preview and the run after it have the same. `base` is the state before the run."""

    project: Project
    stack: Stack
    base: Deployment
    options: Options = Options()


@dataclass(frozen=True)
class ImportRequest:
    """One resource to import. `parent` is a URN; empty means the stack."""

    type: str
    name: str
    id: str
    parent: str = ""
    protect: bool = True


@dataclass(frozen=True)
class Result:
    """The result of a run. After a preview, `deployment` is the unchanged base.

    `failed`: there was an error; `Diagnostic` events have reported it.
    """

    deployment: Deployment
    changes: Mapping[Op, int]
    failed: bool
    cancelled: bool = False
