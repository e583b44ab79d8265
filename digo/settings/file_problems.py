"""Settings in a stack's file, or in Pulumi.yaml, that no run takes, each at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from digo.project.declarations import declared_keys
from digo.project.failure import Fault
from digo.project.go_yaml import fault, pairs
from digo.project.project_file import ProjectFile
from digo.settings.namespace import NAMESPACE
from digo.settings.stack_settings import unknown_keys, wrong_settings
from digo.source.problems import Problem
from digo.workspace.stack_config import StackConfig, project_problem


def file_problems(project: ProjectFile, config: StackConfig) -> Iterator[Problem]:
    """The unknown settings of a stack's file, and the wrong values of its config. Nothing is decrypted.

    Args:
        project: the project.
        config: the stack's config.
    """
    path, root = config.file.path, project.root
    for key, entry in config.file.entries.items():
        if key.startswith(f"{NAMESPACE}:"):
            for message in unknown_keys([key.removeprefix(f"{NAMESPACE}:")]):
                yield project_problem(path, root, fault(entry.key, message))
    declared = dict(declared_keys(project.config, NAMESPACE))
    full = f"{NAMESPACE}:{{}}".format
    for name, message in wrong_settings(
        lambda key: config.get(full(key)) if config.is_plain(full(key)) else None,
        lambda key: config.is_plain(full(key)),
    ):
        found = config.file.entries.get(full(name))
        if found is not None:
            yield project_problem(path, root, fault(_inner(found.node, message), message))
        else:
            yield project_problem(project.path, root, Fault(*declared[name].position, message))


def _inner(node: yaml.Node, message: str) -> yaml.Node:
    """The part of a mapping's value that the message names as `digo:guards.maxCreates`; otherwise the whole."""
    return next((key for name, key, _ in pairs(node) if re.match(rf"\S+\.{re.escape(name)} ", message)), node)
