"""Manifests as YAML, each with what a reader must know on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from digo.fleet.manifests.object_names import object_name
from digo.fleet.manifests.stack_object import ManifestOptions, ManifestStack, secret_of, stack_object
from digo.text.counts import counted
from digo.text.unicode import visible

MARK = "# Made by `digo fleet manifests`"
_LIMITS = (
    "The operator knows no windows, no waits between waves, no limit of failures or of ups at once,",
    "and no notices: a wave waits until all stacks of the one before have succeeded.",
    "Pods share no lock. Stacks of one account need one pace store (DIGO_PACE_STORE or digo:paceStore).",
)
_FOLLOWS = (
    "With a branch, waves order the first up alone: a stack counts as succeeded at any commit.",
    "With --commit, a new commit is a new manifest, and its waves wait for each other.",
)


def manifest_text(stack: ManifestStack, wave: str, options: ManifestOptions) -> str:
    """The YAML document of one stack, with a comment on top."""
    lines = [f"{MARK}: run that again, and change fleet.yaml, not this file.", "#", *_comments(_LIMITS)]
    if options.source.branch:
        lines += _comments(_FOLLOWS)
    before = f", after {counted(len(stack.before), 'other stack')}" if stack.before else ""
    lines += ["#", *_comments([f"Stack {visible(stack.name)}, wave {stack.wave} ({visible(wave)}){before}."])]
    lines += _comments(f"Secret {name} has {', '.join(keys)}." for name, keys in _secrets(stack, options).items())
    dumped = yaml.dump(
        stack_object(stack, options), Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=1_000_000
    )
    return "\n".join([*lines, dumped])


def _comments(lines: Any) -> list[str]:
    return [f"# {line}" for line in lines]


def _secrets(stack: ManifestStack, options: ManifestOptions) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for variable in stack.variables:
        found.setdefault(secret_of(variable, stack.name, options), []).append(variable)
    return found


def file_name(stack: ManifestStack, waves: int) -> str:
    """The name of its file. Files sort by wave, and `kubectl apply -f FOLDER` takes them in that order."""
    return f"{str(stack.wave).zfill(len(str(waves)))}-{object_name(stack.name)}.yaml"


def stream(texts: Sequence[str]) -> str:
    """All documents in one."""
    return "---\n".join(texts)


class _Plain(yaml.SafeDumper if not hasattr(yaml, "CSafeDumper") else yaml.CSafeDumper):  # type: ignore[misc]
    """Writes each part in full: Kubernetes takes no aliases for granted."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  the library passes it
        return True


_DUMPER = _Plain
