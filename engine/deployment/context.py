"""What a deployment is about: the project, the stack, the options, and what the caller gets back."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from digo.project.values import Value
from engine.journal import JournalEntry
from engine.model import Deployment, Op


@dataclass(frozen=True)
class Project:
    """The Pulumi project and where its parts lie.

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
    """How to run. `targets` and `replace` are URNs, with Pulumi's `*` (within a part) and `**` globs."""

    parallel: int = 16
    targets: tuple[str, ...] = ()
    target_dependents: bool = False
    replace: tuple[str, ...] = ()
    refresh: bool = False
    continue_on_error: bool = False
    debug: bool = False


@dataclass(frozen=True)
class Subject:
    """What a run works on: the same for a preview and for the change after it. `base` is the state it starts from."""

    project: Project
    stack: Stack
    base: Deployment
    options: Options = Options()


@dataclass(frozen=True)
class ImportRequest:
    """One resource that `pulumi import` is to take over. `parent` is a URN, empty for the stack."""

    type: str
    name: str
    id: str
    parent: str = ""
    protect: bool = True


@dataclass(frozen=True)
class Result:
    """How a run ended. Of a preview, `deployment` is the base, untouched.

    `failed`: something went wrong, and `Diagnostic` events said what.
    """

    deployment: Deployment
    changes: Mapping[Op, int]
    failed: bool
    cancelled: bool = False


class Recorder(Protocol):
    """Where the journal goes. Called from one thread at a time."""

    def record(self, entries: Sequence[JournalEntry]) -> None:
        """Store the entries, in their order; return once they are durable, or raise `OSError` where they cannot be.

        Entries that came up at the same time arrive together, so that one flush to the disk serves them all.
        They come in the order of their sequence numbers. Where none of them is `durable`, they may wait in memory
        for the next that is: losing them loses nothing.
        """
