"""`Pulumi.yaml`: the project's name and program, its stack files, its backend and its config defaults.

Source of the format: pulumi/pulumi, `sdk/go/common/workspace/project.go`, `project.json` and `paths.go`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from digo.project.declarations import Declaration, read_declarations
from digo.project.failure import Fault, NoProject, ProjectError
from digo.project.go_yaml import child, compose, data_of, fault, pairs, read_text
from digo.text.did_you_mean import closest, hint

PROJECT_FILE_NAMES = ("Pulumi.yaml", "Pulumi.yml")

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_NEAR = 0.75
_EXPECTED = "project to be an object with 'name' and 'runtime'"


@dataclass(frozen=True)
class Runtime:
    """The language runtime of the program. `name` is "" if the file names none."""

    name: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProjectFile:
    """The content of Pulumi.yaml.

    Paths are absolute. `plugins` maps provider plugins to their folders. `config_file` is the stack's file if
    `--config-file` names one.
    """

    path: Path
    name: str
    runtime: Runtime = field(default_factory=Runtime)
    main: Path = Path()
    config: Mapping[str, Declaration] = field(default_factory=dict)
    stack_config_dir: Path | None = None
    backend_url: str = ""
    plugins: Mapping[str, Path] = field(default_factory=dict)
    config_file: Path | None = None

    @property
    def root(self) -> Path:
        """The folder of Pulumi.yaml."""
        return self.path.parent

    @property
    def stacks_folder(self) -> Path:
        """The folder of the stacks' files."""
        return self.stack_config_dir or self.root

    def stack_file(self, stack: str) -> Path:
        """The path of the stack's file, which may not exist."""
        return self.config_file or self.stacks_folder / f"Pulumi.{stack}{self.path.suffix}"

    @property
    def virtualenv(self) -> Path | None:
        """The virtual environment that the file names, which may not exist; None if it names none."""
        folder = self.runtime.options.get("virtualenv")
        # The path is not resolved: Python finds its virtual environment by the link.
        return Path(os.path.normpath(self.root / Path(str(folder)).expanduser())) if folder else None

    def stacks(self) -> list[str]:
        """The stacks that have a file, by name."""
        ending = self.path.suffix
        found = (path.name[len("Pulumi.") : -len(ending)] for path in self.stacks_folder.glob(f"Pulumi.*{ending}"))
        return sorted(name for name in found if name)


def python_of(virtualenv: Path) -> Path:
    """The Python of a virtual environment. It may not exist."""
    return virtualenv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def find_project_file(start: Path) -> Path:
    """The Pulumi.yaml of the folder, or of the nearest folder above it.

    Raises:
        NoProject: there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        for name in PROJECT_FILE_NAMES:
            if (folder / name).is_file():
                return folder / name
    # A folder or a broken link of that name is reported as unreadable: it is not a missing file.
    for name in PROJECT_FILE_NAMES:
        if os.path.lexists(start / name):
            return start / name
    raise NoProject(start)


def projects_below(folder: Path) -> list[Path]:
    """The folders just below this one that have a Pulumi.yaml, relative to it; in order, without hidden ones."""
    found = (path for name in PROJECT_FILE_NAMES for path in folder.glob(f"*/{name}") if path.is_file())
    below = {path.parent.relative_to(folder) for path in found}
    return sorted(one for one in below if not one.name.startswith("."))


def load_project(path: Path) -> ProjectFile:
    """Reads Pulumi.yaml.

    Raises:
        ProjectError: every fault in it.
    """
    try:
        root = compose(path, read_text(path), _EXPECTED)
    except FileNotFoundError:
        raise ProjectError(path, [Fault(1, 1, "could not read it: there is no such file")]) from None
    if root is None:
        raise ProjectError(path, [Fault(1, 1, f"the file is empty: expected {_EXPECTED}")])
    return _Reading(path, root).project()


class _Reading:
    def __init__(self, path: Path, root: yaml.MappingNode) -> None:
        self._path = path
        self._root = root
        self._nodes = {name: value for name, _, value in pairs(root)}
        self._faults: list[Fault] = []

    def project(self) -> ProjectFile:
        name = self._name()
        folder, declared = self._text("stackConfigDir"), self._nodes.get("config")
        # An old spelling: `config: <folder>` is what `stackConfigDir` is today.
        if declared is not None and isinstance(data_of(declared), str):
            if folder is not None:
                self._say(declared, "both 'config' and 'stackConfigDir' name a folder; keep stackConfigDir alone")
            folder, declared = data_of(declared), None
        config, problems = read_declarations(declared, name)
        self._faults += problems
        main = self._text("main")
        found = ProjectFile(
            path=self._path,
            name=name,
            runtime=self._runtime(),
            main=_absolute(self._path.parent, main) if main else self._path.parent,
            config=config,
            stack_config_dir=_joined(self._path.parent, folder) if folder else None,
            backend_url=self._backend(),
            plugins=dict(self._plugins()),
        )
        if self._faults:
            raise ProjectError(self._path, self._faults)
        return found

    def _say(self, node: yaml.Node, message: str) -> None:
        self._faults.append(fault(node, message))

    def _name(self) -> str:
        node = self._nodes.get("name")
        if node is None:
            near = closest("name", [name for name in self._nodes if name != "main"], _NEAR)
            found = f"; found '{near}' instead" if near else ""
            self._say(self._root, f"expected project to be an object with a 'name'{found}")
            return ""
        name = data_of(node)
        if not isinstance(name, str) or not name:
            self._say(node, "'name' must be a text that is not empty")
            return ""
        if not _NAME.fullmatch(name):
            self._say(node, "'name' may only contain alphanumerics, hyphens, underscores and periods, at most 100")
        return name

    def _text(self, key: str, within: yaml.Node | None = None) -> str | None:
        node = self._nodes.get(key) if within is None else child(within, key)
        data = None if node is None else data_of(node)
        if node is not None and data is not None and not isinstance(data, str):
            self._say(node, f"'{key}' must be a text")
            return None
        return data

    def _runtime(self) -> Runtime:
        node = self._nodes.get("runtime")
        if node is None:
            return Runtime()
        data = data_of(node)
        if isinstance(data, str):
            return Runtime(data)
        if not isinstance(data, dict):
            self._say(node, "'runtime' must be a name, or a mapping with 'name' and 'options'")
            return Runtime()
        self._refuse_others(node, "runtime", ("name", "options"))
        options = data.get("options") or {}
        if not isinstance(options, dict):
            self._say(node, "'runtime.options' must be a mapping")
            options = {}
        return Runtime(self._text("name", node) or "", options)

    def _backend(self) -> str:
        node = self._nodes.get("backend")
        data = None if node is None else data_of(node)
        if node is None or data is None:
            return ""
        if not isinstance(data, dict):
            self._say(node, "'backend' must be a mapping with 'url'")
            return ""
        self._refuse_others(node, "backend", ("url",))
        return self._text("url", node) or ""

    def _plugins(self) -> Iterator[tuple[str, Path]]:
        node = self._nodes.get("plugins")
        providers = next((value for name, _, value in pairs(node) if name == "providers"), None) if node else None
        if providers is None or data_of(providers) is None:
            return
        if not isinstance(providers, yaml.SequenceNode):
            self._say(providers, "'plugins.providers' must be a list")
            return
        for provider in providers.value:
            data = data_of(provider)
            name, path = (data.get("name"), data.get("path")) if isinstance(data, dict) else (None, None)
            if isinstance(name, str) and isinstance(path, str):
                yield name, _absolute(self._path.parent, path)
            else:
                self._say(provider, "each of 'plugins.providers' must have the texts 'name' and 'path'")

    def _refuse_others(self, node: yaml.Node, where: str, known: tuple[str, ...]) -> None:
        for name, key, _ in pairs(node):
            if name not in known:
                near = hint(name, known, f"known: {', '.join(known)}", "'{}'")
                self._say(key, f"'{where}' has no '{name}'; {near}")


def _absolute(root: Path, path: str) -> Path:
    # Not resolved: the python of a virtual environment must stay a link.
    return Path(os.path.normpath(root / Path(path).expanduser()))


def _joined(root: Path, path: str) -> Path:
    """Joins as Go's `filepath.Join`: an absolute path is below the root, too."""
    return Path(os.path.normpath(f"{root}/{path}"))
