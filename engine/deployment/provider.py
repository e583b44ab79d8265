"""The calls to a provider host, in terms of resources.

The host gets secrets in the clear. Where a request had a secret, the reply's value becomes a secret again.
Source of these rules: Pulumi's `provider_plugin.go`, for a host that accepts no secrets and previews nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import grpc
from google.protobuf import empty_pb2

from engine.deployment.errors import PartialFailure, StepError
from engine.deployment.host import HostProcess
from engine.deployment.provider_responses import Difference, ReadResult, difference_of
from engine.model import ResourceState
from protocol import wire
from protocol.error_details import details_of
from protocol.messages import provider_pb2, provider_pb2_grpc
from protocol.tokens import DYNAMIC_PACKAGE
from protocol.urn import name_of, type_of
from protocol.values import PropertyMap, without_secrets

CHANNEL_OPTIONS = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # A partly created resource comes in the error's metadata. The limits are those of Pulumi's gRPC.
    ("grpc.max_metadata_size", 16 << 20),
    ("grpc.absolute_max_metadata_size", 16 << 20),
    ("grpc.enable_http_proxy", 0),  # gRPC would use the environment's proxy even for loopback addresses
]
_STREAM_LOST = "Stream removed"
_SECONDS_TO_NOTICE_DEATH = 1.0
_SECONDS_TO_CANCEL = 5.0

Checked = tuple[PropertyMap, Sequence[provider_pb2.CheckFailure]]
"""The inputs that the provider returned, and the problems that it found.

A problem is of one property, or of the whole resource if its `property` is empty.
"""


class Provider:
    """A host. `config` is what it was configured with, None before that."""

    def __init__(self, host: HostProcess) -> None:
        self.host = host
        self.config: PropertyMap | None = None
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{host.port}", options=CHANNEL_OPTIONS)
        self._stub: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)

    async def configure(self, urn: str, id_: str, config: PropertyMap) -> None:
        """Configure. It comes once, before any call for a resource. CheckConfig and DiffConfig are not called."""
        await self._call(
            "Configure",
            provider_pb2.ConfigureRequest(
                **_names(urn),
                id=id_,
                acceptSecrets=True,
                acceptResources=True,
                sends_old_inputs=True,
                sends_old_inputs_to_delete=True,
                variables={
                    f"{DYNAMIC_PACKAGE}:config:{key}": str(without_secrets(text)) for key, text in config.items()
                },
                args=wire.encode(config),
            ),
        )
        self.config = config

    async def check(self, urn: str, before: PropertyMap | None, wanted: PropertyMap) -> Checked:
        """Check."""
        request = provider_pb2.CheckRequest(
            **_names(urn),
            olds=wire.encode_plain(before) if before is not None else None,
            news=wire.encode_plain(wanted),
        )
        answer = await self._call("Check", request)
        return _decode(answer.inputs, wanted), answer.failures

    async def diff(self, old: ResourceState, new: ResourceState) -> Difference:
        """Diff."""
        return difference_of(await self._call("Diff", _change_request(provider_pb2.DiffRequest, old, new)))

    async def create(self, new: ResourceState) -> ReadResult:
        """Create. A partly created resource is returned with its `failure`."""
        request = provider_pb2.CreateRequest(**_names(new.urn), properties=wire.encode_plain(new.inputs))
        try:
            answer = await self._stub.Create(request)
        except grpc.aio.AioRpcError as error:
            return await self._partial(error, new.inputs)
        return ReadResult(answer.id, _decode(answer.properties, new.inputs))

    async def update(self, old: ResourceState, new: ResourceState) -> ReadResult:
        """Update. A partly updated resource is returned with its `failure`."""
        try:
            answer = await self._stub.Update(_change_request(provider_pb2.UpdateRequest, old, new))
        except grpc.aio.AioRpcError as error:
            return replace(await self._partial(error, new.inputs), id=old.id)
        return ReadResult(old.id, _decode(answer.properties, new.inputs))

    async def read(self, urn: str, id_: str, known: ResourceState | None = None) -> ReadResult:
        """Read. `known` is the resource in the state; an import has none."""
        request = provider_pb2.ReadRequest(
            **_names(urn),
            id=id_,
            properties=wire.encode_plain(known.outputs if known else {}),
            inputs=wire.encode_plain(known.inputs) if known else None,
        )
        answer = await self._call("Read", request)
        return _live(answer, known.outputs if known else {}, known.inputs if known else {})

    async def delete(self, state: ResourceState) -> None:
        """Delete."""
        request = provider_pb2.DeleteRequest(
            **_names(state.urn),
            id=state.id,
            properties=wire.encode_plain(state.outputs),
            old_inputs=wire.encode_plain(state.inputs),
        )
        await self._call("Delete", request)

    async def cancel(self) -> None:
        """Cancel: ask the host to stop as soon as that is safe."""
        with suppress(grpc.aio.AioRpcError):
            await self._stub.Cancel(empty_pb2.Empty(), timeout=_SECONDS_TO_CANCEL)

    async def close(self) -> None:
        """Close the channel and end the host."""
        await self._channel.close(None)
        await self.host.close()

    async def _call(self, method: str, request: Any) -> Any:
        try:
            return await getattr(self._stub, method)(request)
        except grpc.aio.AioRpcError as error:
            raise await self._failure(error) from error

    async def _partial(self, error: grpc.aio.AioRpcError, wanted: PropertyMap) -> ReadResult:
        """The resource in an `ErrorResourceInitFailed` of the error's details.

        Raises:
            StepError: there is none, so the whole call failed.
        """
        partial = provider_pb2.ErrorResourceInitFailed()
        for detail in details_of(error):
            if detail.Unpack(partial):
                return replace(_live(partial, wanted, {}), failure=PartialFailure(list(partial.reasons)))
        raise await self._failure(error) from error

    async def _failure(self, error: grpc.aio.AioRpcError) -> StepError:
        details = error.details() or error.code().name
        lost = error.code() == grpc.StatusCode.UNAVAILABLE or details.startswith(_STREAM_LOST)
        # The connection breaks shortly before the process has ended.
        if lost and await self.host.child.ends_within(_SECONDS_TO_NOTICE_DEATH):
            return StepError(f"the provider host of package {DYNAMIC_PACKAGE} ended in the middle of the call")
        return StepError(details)


def _names(urn: str) -> dict[str, Any]:
    return {"urn": urn, "name": name_of(urn), "type": type_of(urn)}


def _change_request(request: Any, old: ResourceState, new: ResourceState) -> Any:
    """A Diff or Update request: the old resource, and the new one's inputs."""
    return request(
        **_names(new.urn),
        id=old.id,
        old_inputs=wire.encode_plain(old.inputs),
        olds=wire.encode_plain(old.outputs),
        news=wire.encode_plain(new.inputs),
    )


def _decode(struct: Any, pattern: Mapping[str, Any]) -> PropertyMap:
    return wire.with_secrets_like(wire.decode(struct), pattern)


def _live(answer: Any, outputs: PropertyMap, inputs: PropertyMap) -> ReadResult:
    return ReadResult(
        id=answer.id,
        outputs=_decode(answer.properties, outputs) if answer.id and answer.HasField("properties") else None,
        inputs=_decode(answer.inputs, inputs) if answer.HasField("inputs") else None,
    )
