"""The `Stack` object of one stack, as the operator's schema has it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from digo.fleet.manifests.git_source import GitSource
from digo.fleet.manifests.object_names import named_for, object_name

WAVE_LABEL = "digo-wave"
WORKSPACE = "pulumi"  # the operator's name of the container
SOURCE_FOLDER = "/share/source"  # where the operator puts the repository
_USER = 1000  # of the images `pulumi/pulumi:*-nonroot`


@dataclass(frozen=True)
class ObjectNames:
    """The names of other objects in the cluster.

    Attributes:
        namespace: the namespace of all; "" for that of `kubectl`.
        service_account: the service account of the pods.
        secret: the Secret with a stack's DIGO_… variables, with `{stack}`.
        pulumi_secret: the Secret with the other variables.
        git_secret: the Secret for a private repository; "" if it is public.
        claim: the PersistentVolumeClaim for `.digo/`, with `{stack}`; "" to keep nothing.
    """

    namespace: str = ""
    service_account: str = "pulumi"
    secret: str = "digo-{stack}"
    pulumi_secret: str = "digo-pulumi"
    git_secret: str = ""
    claim: str = ""


@dataclass(frozen=True)
class ManifestOptions:
    """What holds for all stacks.

    Attributes:
        source: where the project is.
        objects: the names of other objects.
        backend: the address of the state; "" for the operator's default, Pulumi Cloud.
        organization: the organization of Pulumi Cloud; "" for the token's own.
        image: the image of the pods; "" for the operator's own.
        look_every: how often the operator looks for new commits, or ups again.
        repeat: whether it ups again at a commit that it has upped.
    """

    source: GitSource
    objects: ObjectNames = ObjectNames()
    backend: str = ""
    organization: str = ""
    image: str = ""
    look_every: timedelta = timedelta(minutes=5)
    repeat: bool = False


@dataclass(frozen=True)
class ManifestStack:
    """What is one stack's own: its name, wave (from 1), variables, the stacks before it, and the hash of its plan."""

    name: str
    wave: int
    variables: Sequence[str] = ()
    before: Sequence[str] = ()
    plan_hash: str = ""


def secret_of(variable: str, stack: str, options: ManifestOptions) -> str:
    """The name of the Secret that has a variable."""
    return named_for(options.objects.secret if variable.startswith("DIGO_") else options.objects.pulumi_secret, stack)


def stack_object(stack: ManifestStack, options: ManifestOptions) -> dict[str, Any]:
    """The object, ready for YAML."""
    metadata: dict[str, Any] = {"name": object_name(stack.name), "labels": {WAVE_LABEL: str(stack.wave)}}
    if options.objects.namespace:
        metadata["namespace"] = options.objects.namespace
    qualified = f"{options.organization}/{stack.name}" if options.organization else stack.name
    spec: dict[str, Any] = {
        "stack": qualified,
        "serviceAccountName": options.objects.service_account,
        **_source(options),
        **({"backend": options.backend} if options.backend else {}),
        "envRefs": _variables(stack, options),
        # Whoever deletes the object does not mean the agents.
        "destroyOnFinalize": False,
        "resyncFrequencySeconds": int(options.look_every.total_seconds()),
        "continueResyncOnCommitMatch": options.repeat,
        "workspaceReclaimPolicy": "Delete",
    }
    if stack.before:
        spec["prerequisites"] = [{"name": object_name(name)} for name in stack.before]
    if workspace := _workspace(stack, options):
        spec["workspaceTemplate"] = {"spec": workspace}
    return {"apiVersion": "pulumi.com/v1", "kind": "Stack", "metadata": metadata, "spec": spec}


def _source(options: ManifestOptions) -> dict[str, Any]:
    source = options.source
    fields: dict[str, Any] = {"projectRepo": source.repository}
    if source.folder:
        fields["repoDir"] = source.folder
    fields |= {"branch": source.branch} if source.branch else {"commit": source.commit}
    if options.objects.git_secret and source.over_ssh:
        fields["gitAuth"] = {"sshAuth": {"sshPrivateKey": _secret(options.objects.git_secret, "sshPrivateKey")}}
    elif options.objects.git_secret:
        fields["gitAuth"] = {"accessToken": _secret(options.objects.git_secret, "accessToken")}
    return fields


def _secret(name: str, key: str) -> dict[str, Any]:
    return {"type": "Secret", "secret": {"name": name, "key": key}}


def _variables(stack: ManifestStack, options: ManifestOptions) -> dict[str, Any]:
    found = {name: _secret(secret_of(name, stack.name, options), name) for name in stack.variables}
    if stack.plan_hash:
        found["DIGO_PLAN"] = {"type": "Literal", "literal": {"value": stack.plan_hash}}
    return dict(sorted(found.items()))


def _workspace(stack: ManifestStack, options: ManifestOptions) -> dict[str, Any]:
    fields: dict[str, Any] = {"image": options.image} if options.image else {}
    if options.objects.claim:
        folder = "/".join(part for part in (SOURCE_FOLDER, options.source.folder, ".digo") if part)
        mount = {"name": "digo", "mountPath": folder}
        claim = {"name": "digo", "persistentVolumeClaim": {"claimName": named_for(options.objects.claim, stack.name)}}
        fields["podTemplate"] = {
            "spec": {
                "securityContext": {"fsGroup": _USER},
                "containers": [{"name": WORKSPACE, "volumeMounts": [mount]}],
                "volumes": [claim],
            }
        }
    return fields
