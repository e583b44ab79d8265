"""The messages and services of Pulumi's protocol, loaded from the SDK's folder without importing the SDK.

Importing `pulumi.runtime.proto` imports all of `pulumi` first. That takes twice as long as all of the engine's own
modules, and neither the engine nor the provider host needs more of the SDK. The generated modules import each other by
relative names, so they also load as submodules of this package. Where the SDK is loaded too, the message classes are
the same: protobuf keeps one class for each message.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import alias_pb2 as alias_pb2
    from pulumi.runtime.proto import callback_pb2 as callback_pb2
    from pulumi.runtime.proto import engine_pb2 as engine_pb2
    from pulumi.runtime.proto import engine_pb2_grpc as engine_pb2_grpc
    from pulumi.runtime.proto import plugin_pb2 as plugin_pb2
    from pulumi.runtime.proto import provider_pb2 as provider_pb2
    from pulumi.runtime.proto import provider_pb2_grpc as provider_pb2_grpc
    from pulumi.runtime.proto import resource_pb2 as resource_pb2
    from pulumi.runtime.proto import resource_pb2_grpc as resource_pb2_grpc


def _folder() -> str:
    """The SDK's folder of generated modules.

    Raises:
        ModuleNotFoundError: the SDK is not installed.
    """
    spec = find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the Pulumi SDK is not installed", name="pulumi")
    return str(Path(spec.submodule_search_locations[0], "runtime", "proto"))


__path__.append(_folder())
