"""From the program's requests to goals."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.deployment import wire
from engine.deployment.answers import Timeouts
from engine.deployment.errors import StepError
from engine.deployment.goal import AliasSpec, Goal
from engine.proto import alias_pb2, resource_pb2

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def goal_of(request: resource_pb2.RegisterResourceRequest) -> Goal:
    """The goal, its provider still as the program named it.

    Raises:
        StepError: the request makes no sense.
    """
    inputs = wire.decode(request.object)
    dependencies = list(request.dependencies)
    if request.propertyDependencies:
        by_property = {key: sorted(value.urns) for key, value in request.propertyDependencies.items()}
    else:
        by_property = dict.fromkeys(inputs, dependencies)
    delete_before_replace = None
    if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
        delete_before_replace = request.deleteBeforeReplace
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent,
        provider=request.provider,
        dependencies=sorted(dependencies),
        property_dependencies={key: by_property.get(key, []) for key in {**inputs, **by_property}},
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        delete_before_replace=delete_before_replace,
        deleted_with=request.deletedWith,
        import_id=request.importId,
        ignore_changes=list(request.ignoreChanges),
        replace_on_changes=list(request.replaceOnChanges),
        replace_with=list(request.replace_with),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        aliases=[*(AliasSpec(urn=urn) for urn in request.aliasURNs), *_aliases(request.aliases)],
        timeouts=_timeouts(request),
    )


def _aliases(aliases: Iterable[alias_pb2.Alias]) -> Iterable[AliasSpec]:
    for alias in aliases:
        if alias.HasField("urn"):
            yield AliasSpec(urn=alias.urn)
        else:
            spec = alias.spec
            yield AliasSpec(
                name=spec.name,
                type=spec.type,
                parent=spec.parentUrn,
                no_parent=spec.noParent,
                stack=spec.stack,
                project=spec.project,
            )


def _timeouts(request: resource_pb2.RegisterResourceRequest) -> Timeouts:
    if not request.HasField("customTimeouts"):
        return Timeouts()
    given = request.customTimeouts
    return Timeouts(
        create=seconds_of(given.create),
        update=seconds_of(given.update),
        delete=seconds_of(given.delete),
        read=seconds_of(given.read),
    )


def seconds_of(text: str) -> float:
    """A duration as Go writes it (`1h30m`, `1.5s`), in seconds; an empty one is 0.

    Raises:
        StepError: it is none.
    """
    if not text:
        return 0.0
    parts = _DURATION_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise StepError(f"unable to parse customTimeout Value {text}: not a duration such as 5m or 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
