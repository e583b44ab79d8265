"""All manifests of a fleet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from digo.fleet.failure import FleetError
from digo.fleet.file.addresses import has_password
from digo.fleet.fleet import Fleet
from digo.fleet.manifests.manifest_text import MARK, file_name, manifest_text
from digo.fleet.manifests.pod_variables import variables_of
from digo.fleet.manifests.prerequisites import prerequisites
from digo.fleet.manifests.stack_object import ManifestOptions, ManifestStack
from digo.fleet.plan.stack_plan import FleetPlan
from digo.project.backend import BACKEND_VARIABLE, is_folder
from digo.source.problems import ConfigError
from digo.system.atomic_file import write_all
from digo.text.counts import counted
from digo.workspace.stack_config import StackConfig

HASH_LACKING = "the plan has no stack {}: plan the same stacks again (`digo fleet plan --format json`)"


@dataclass(frozen=True)
class Manifests:
    """Manifests by the names of their files, in the order of waves.

    Attributes:
        texts: the documents.
        stacks: the stack of each file.
        left_out: the stacks that no wave has.
    """

    texts: Mapping[str, str]
    stacks: Mapping[str, str]
    left_out: tuple[str, ...]

    def only(self, names: Iterable[str]) -> Manifests:
        """Those of some stacks."""
        kept = set(names)
        texts = {file: text for file, text in self.texts.items() if self.stacks[file] in kept}
        return Manifests(texts, self.stacks, tuple(name for name in self.left_out if name in kept))


def backend_of(fleet: Fleet, given: str | None) -> str:
    """The address of the state: the given one, that of the environment, or that of Pulumi.yaml.

    Raises:
        FleetError: none is given, or it is a folder, which pods do not share, or it has a password in it.
    """
    url = given or fleet.environ.get(BACKEND_VARIABLE) or fleet.project.backend_url
    step = "give --backend URL, such as s3://… or https://app.pulumi.com"
    if not url:
        raise FleetError(f"no backend: the state is in a folder of this machine, and each pod has its own; {step}")
    if is_folder(url):
        raise FleetError(f"the backend is a folder, and each pod has its own; {step}")
    if has_password(url):
        raise FleetError(
            "the backend's address has a password in it, and everybody reads a manifest who can read the cluster's "
            "objects; give the address without it, and the password to the pods by a variable of that service (--env)"
        )
    return url


def fleet_manifests(
    fleet: Fleet, options: ManifestOptions, more: Collection[str], plan: FleetPlan | None = None
) -> Manifests:
    """The manifests of a fleet's stacks.

    Args:
        fleet: the stacks.
        options: what holds for all of them.
        more: names of variables that each pod gets, besides those that its config and fleet.yaml need.
        plan: a reviewed plan: each stack carries out exactly its part of it, or nothing.

    Raises:
        ConfigError: every problem of every stack's file: without its manifest, a stack would be taken off the cluster.
        FleetError: the plan lacks a stack, or has a refused one.
    """
    if problems := [problem for one in fleet.stacks for problem in one.problems]:
        raise ConfigError(problems)
    waves = fleet.waves()
    before = prerequisites(waves, fleet.stacks)
    names = {*fleet.settings.environment.variables, *more}
    cloud = options.backend.startswith(("http://", "https://"))
    hashes = {} if plan is None else _hashes(plan)
    texts: dict[str, str] = {}
    stacks: dict[str, str] = {}
    for number, wave in enumerate(waves, start=1):
        for name in wave.stacks:
            variables = variables_of(StackConfig(fleet.project, name, dict), names, cloud=cloud)
            one = ManifestStack(name, number, variables, before[name])
            if plan is not None:
                if name not in hashes:
                    raise FleetError(HASH_LACKING.format(name))
                one = replace(one, plan_hash=hashes[name])
            file = file_name(one, len(waves))
            texts[file], stacks[file] = manifest_text(one, wave.name, options), name
    ordered = set(stacks.values())
    return Manifests(texts, stacks, tuple(one.name for one in fleet.stacks if one.name not in ordered))


def _hashes(plan: FleetPlan) -> dict[str, str]:
    if plan.refused:
        raise FleetError(
            f"the plan is refused or has failed for {counted(len(plan.refused), 'stack')}, the first is"
            f" {plan.refused[0].stack}; no manifest was written"
        )
    return {one.stack: one.plan_hash for one in plan.stacks}


def write_manifests(folder: Path, manifests: Manifests, *, whole: bool) -> list[str]:
    """Writes one file a stack. Returns the names of files that were removed.

    Those of an earlier time that are no longer due are removed: with `whole`, of all stacks, otherwise of the same
    stacks in another wave. Files that `digo fleet manifests` has not made stay as they are.

    Raises:
        OSError: a file cannot be written.
        FleetError: a file of another origin has the name of one of ours.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ours = {path.name for path in folder.glob("*.yaml") if _is_ours(path)}
    for name in manifests.texts:
        if name not in ours and (folder / name).exists():
            raise FleetError(f"{folder / name} was not made by `digo fleet manifests`, so it is left as it is")
    write_all({folder / name: text for name, text in manifests.texts.items()})
    objects = {name.partition("-")[2] for name in manifests.texts}
    gone = sorted(name for name in ours - manifests.texts.keys() if whole or name.partition("-")[2] in objects)
    for name in gone:
        (folder / name).unlink()
    return gone


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK.encode()
