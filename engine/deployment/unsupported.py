"""The features that only the pulumi CLI has. The embedded engine refuses each of them and ignores none.

The engine supports the dynamic resources of a Python program with one provider host. It configures the host from the
stack's config.
"""

from __future__ import annotations

from google.protobuf.message import Message

from engine.deployment.errors import StepError
from engine.model import Deployment, ResourceState
from protocol.messages import resource_pb2
from protocol.tokens import DYNAMIC_PACKAGE
from protocol.urn import is_default_provider, is_provider_type, package_of, split_reference

CALLS = {
    "ExistsResource": "questions of the program whether a resource exists",
    "ReadResource": "resources that the program only reads (`get`, or the option `id`)",
    "Invoke": "functions of a provider (invokes)",
    "Call": "methods of components of another package",
    "RegisterStackTransform": "stack transforms",
    "RegisterStackInvokeTransform": "invoke transforms",
    "RegisterResourceHook": "resource hooks",
    "RegisterErrorHook": "error hooks",
    "RegisterPackage": "parameterized packages",
}
"""The unsupported calls of the resource monitor, and what a program needs each for."""

DELETED_FIRST = "replacements that delete the old resource before the new one exists (delete_before_replace)"

_OPTIONS = {
    "aliasURNs": "the aliases of an older Pulumi SDK",
    "customTimeouts": "the option custom_timeouts",
    "deleteBeforeReplace": DELETED_FIRST,
    "deletedWith": "the option deleted_with",
    "envVarMappings": "the option env_var_mappings",
    "hideDiffs": "the option hide_diffs",
    "hooks": "resource hooks",
    "ignoreChanges": "the option ignore_changes",
    "packageRef": "parameterized packages",
    "pluginChecksums": "downloads of plugins",
    "pluginDownloadURL": "downloads of plugins (the option plugin_download_url)",
    "provider": "explicit providers (the option provider)",
    "providers": "explicit providers (the option providers)",
    "remote": "components of another package (remote components)",
    "replaceOnChanges": "the option replace_on_changes",
    "replace_with": "the option replace_with",
    "replacement_trigger": "the option replacement_trigger",
    "state_migrations": "state migrations",
    "transforms": "resource transforms",
    "version": "versions of a provider (the option version)",
}
"""The unsupported fields of a registration. All others are supported, or are for debuggers."""

_STATE_FIELDS = {
    "customTimeouts": _OPTIONS["customTimeouts"],
    "external": CALLS["ReadResource"],
    "extensionRef": _OPTIONS["packageRef"],
    "ignoreChanges": _OPTIONS["ignoreChanges"],
    "pendingReplacement": DELETED_FIRST,
    "replaceOnChanges": _OPTIONS["replaceOnChanges"],
    "replaceWith": _OPTIONS["replace_with"],
    "viewOf": "views of other resources",
}
"""The unsupported fields of a resource in the state."""

FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    # Without these the SDK would ask for a newer CLI. With them it makes the call, and the refusal says what to do.
    resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
)


def refusal(what: str, urn: str = "") -> StepError:
    """The error for a feature that only the pulumi CLI has."""
    return StepError(f"the embedded engine does not support {what}; use the pulumi CLI", urn)


def refuse_registration(request: resource_pb2.RegisterResourceRequest, urn: str) -> None:
    """Check that the engine supports all fields of the registration.

    Raises:
        StepError: it does not.
    """
    for field, value in request.ListFields():
        # The SDK sends an empty message if the program binds no hooks.
        if field.name in _OPTIONS and not (isinstance(value, Message) and not value.ListFields()):
            raise refusal(_OPTIONS[field.name], urn)
    refuse_type(request.type, urn, custom=request.custom)


def refuse_type(type_: str, urn: str, *, custom: bool = True) -> None:
    """Check that the engine supports resources of the type.

    Raises:
        StepError: it does not.
    """
    if is_provider_type(type_):
        raise refusal("providers that the program registers", urn)
    package = package_of(type_)
    if custom and package != DYNAMIC_PACKAGE:
        raise refusal(f"resources of the package '{package}', only dynamic resources of Python programs", urn)


def refuse_state(deployment: Deployment) -> None:
    """Check that the engine supports every resource of the state.

    Raises:
        StepError: it does not. `stack export` and `state delete` still work on such a state.
    """
    for state in deployment.resources:
        what = _foreign(state)
        if what:
            raise refusal(f"{what}, which the state has for {state.urn}", state.urn)


def _foreign(state: ResourceState) -> str:
    if state.deleted_with:
        return _OPTIONS["deletedWith"]
    fields = [words for field, words in _STATE_FIELDS.items() if state.extra.get(field)]
    if fields:
        return fields[0]
    provider = state.urn if is_provider_type(state.type) else split_reference(state.provider)[0]
    if provider and not (is_default_provider(provider) and provider.endswith(f":{DYNAMIC_PACKAGE}::default")):
        return f"providers other than the default one of {DYNAMIC_PACKAGE}"
    package = package_of(state.type)
    if state.custom and not is_provider_type(state.type) and package != DYNAMIC_PACKAGE:
        return f"resources of the package '{package}'"
    return ""
