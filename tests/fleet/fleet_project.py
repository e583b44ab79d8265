"""A project with several stacks and a fleet.yaml, for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from digo.fleet.file.reader import FleetFile, read_fleet
from digo.fleet.fleet import Fleet
from digo.source.problems import ConfigError
from digo.workspace.stack_config import read_project

ALL = 'groups:\n  all: {stacks: ["*"]}\n'


class FleetProject:
    """A project's folder, without engine or state."""

    def __init__(self, folder: Path, stacks: Mapping[str, Mapping[str, str]], fleet: str = ALL) -> None:
        """Writes the project.

        Args:
            folder: the project's folder.
            stacks: the labels of each stack.
            fleet: the text of fleet.yaml.
        """
        self.folder = folder
        folder.mkdir(exist_ok=True)
        (folder / "Pulumi.yaml").write_text("name: pulumi-digo\nruntime: python\n")
        for name, labels in stacks.items():
            self.stack(name, **({"labels": dict(labels)} if labels else {}))
        self.write(fleet)

    def stack(self, name: str, **settings: Any) -> Path:
        """Writes a stack's file and an environment without agents."""
        environment = self.folder / "config" / settings.get("environment", name)
        environment.mkdir(parents=True, exist_ok=True)
        if not (environment / "agents.yaml").exists():
            (environment / "agents.yaml").write_text("agents: {}\n")
        values = {"endpoint": "http://127.0.0.1:9", **settings}
        path = self.folder / f"Pulumi.{name}.yaml"
        path.write_text(yaml.safe_dump({"config": {f"digo:{key}": value for key, value in values.items()}}))
        return path

    def agents(self, name: str, content: str) -> None:
        """Writes the agents of a stack's environment."""
        (self.folder / "config" / name / "agents.yaml").write_text(content, encoding="utf-8")

    def write(self, fleet: str) -> None:
        """Writes fleet.yaml."""
        (self.folder / "fleet.yaml").write_text(fleet, encoding="utf-8")

    def read(self) -> FleetFile:
        """fleet.yaml and the stacks, checked."""
        return read_fleet(read_project(self.folder / "Pulumi.yaml"))

    def load(self, **environ: str) -> Fleet:
        """The fleet, with these environment variables alone."""
        return Fleet.load(self.folder, environ)

    def problems(self) -> list[str]:
        """What is wrong, of fleet.yaml and of the stacks' files, a line for each problem; none if all can be used."""
        try:
            found = self.read()
        except ConfigError as error:
            return [str(one) for one in error.problems]
        return [str(problem) for one in found.stacks for problem in one.problems]
