"""The files of a new project. `pulumi new` takes the same folder."""

from __future__ import annotations

import os
from pathlib import Path

from digo.new.pipelines import pipeline_texts
from digo.new.record import RECORD, REQUIREMENTS, Record, digest
from digo.new.stacks import as_yaml, with_stacks
from digo.source.file_names import FLEET_FILE
from digo.version import VERSION

TEMPLATE = Path(__file__).resolve().parent / "template"

PROJECT_FILE = "Pulumi.yaml"
DESCRIPTION = "Agents and broadcast lists of a DIGO cloud phone system as code"
USERS_OWN = (PROJECT_FILE, "README.md")
"""Files of the template that belong to the user as soon as they are written."""

_FLEET = """\
# yaml-language-server: $schema=schemas/fleet.json
# Which stacks are planned, upped and watched together:
# https://github.com/OWNER/pulumi-digo/blob/main/docs/fleets.md
groups:
  all: {stacks: ["*"]}
environment:
  variables: {DIGO_AUTHORIZATION: "DIGO_AUTHORIZATION_{STACK}"}
"""
_OF_PULUMI_NEW = "# `pulumi new` asks for these"


def template_texts() -> dict[str, str]:
    """The text of each file that `digo upgrade` keeps up to date, by its path. Pipelines are not among them."""
    return {path: text for path, text in _texts().items() if path not in (*USERS_OWN, RECORD)}


def package_texts(ci: str, *, fleet: bool = False) -> dict[str, str]:
    """The same with the pipelines of a service; with `fleet`, those of a fleet, and the extra that it needs."""
    found = {**template_texts(), **pipeline_texts(ci, fleet=fleet)}
    if fleet:
        found[REQUIREMENTS] = found[REQUIREMENTS].replace("pulumi-digo==", "pulumi-digo[fleet]==")
    return found


def project_texts(name: str, ci: str, stack: str, *, fleet: bool = False) -> dict[str, str]:
    """All files of a new project, by their paths.

    Args:
        name: the project's name.
        ci: the service of its pipelines.
        stack: the stack that the pipelines run for.
        fleet: whether its stacks are a fleet: it has a fleet.yaml, and the pipelines are for all stacks.
    """
    own = {path: text for path, text in _texts().items() if path in USERS_OWN}
    named = own[PROJECT_FILE].partition(_OF_PULUMI_NEW)[0]
    own[PROJECT_FILE] = named.replace("${PROJECT}", as_yaml(name))
    own = {path: text.replace("${PROJECT}", name).replace("${DESCRIPTION}", DESCRIPTION) for path, text in own.items()}
    if fleet:
        own[FLEET_FILE] = _FLEET
    made = package_texts(ci, fleet=fleet)
    record = Record(VERSION, ci, {path: digest(text) for path, text in made.items()}, fleet)
    return {**own, **{path: with_stacks(text, [stack]) for path, text in made.items()}, RECORD: record.text()}


def is_executable(path: str) -> bool:
    """Whether a file of the template is a program."""
    return os.access(TEMPLATE / path, os.X_OK)


def _texts() -> dict[str, str]:
    found = (path for path in TEMPLATE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(TEMPLATE).as_posix(): path.read_text(encoding="utf-8") for path in sorted(found)}
