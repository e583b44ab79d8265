"""The messages and services of Pulumi's protocol, out of the SDK's folder and without the SDK.

Importing `pulumi.runtime.proto` imports all of `pulumi` first, which takes twice as long as all of the engine's own
modules. The engine and the provider host speak the protocol and have no other use for the SDK. The generated modules
import each other by relative names, so that they load as submodules of this package just as well. The message classes
are those of the SDK where both are loaded: protobuf keeps one class for a message.
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
    from pulumi.runtime.proto import status_pb2 as status_pb2


def _folder() -> str:
    """Where the SDK has them.

    Raises:
        ModuleNotFoundError: the SDK is not installed.
    """
    spec = find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the Pulumi SDK is not installed", name="pulumi")
    return str(Path(spec.submodule_search_locations[0], "runtime", "proto"))


__path__.append(_folder())
