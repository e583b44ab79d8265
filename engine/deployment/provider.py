"""One provider as the engine sees it: a configured host, and calls in terms of property values.

A host that does not accept secrets gets what they hold, and its answers become secret again wherever the request was.
Source of these rules: Pulumi's `provider_plugin.go`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2

from engine.deployment import wire
from engine.deployment.answers import CheckFailure, Difference, Live, difference_of
from engine.deployment.error_details import details_of
from engine.deployment.errors import PartialFailure, StepError
from engine.deployment.host import HostProcess
from engine.deployment.urn import name_of, package_of, type_of
from engine.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from engine.values import PropertyMap, PropertyValue, has_unknown

CHANNEL_OPTIONS = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # A half-done resource comes in the error's metadata; the limits are those of Pulumi's gRPC.
    ("grpc.max_metadata_size", 16 << 20),
    ("grpc.absolute_max_metadata_size", 16 << 20),
    ("grpc.enable_http_proxy", 0),  # gRPC would ask the environment's proxy for this machine's own addresses, too
]
_STREAM_LOST = "Stream removed"
_SECONDS_TO_NOTICE_DEATH = 1.0


@dataclass(frozen=True)
class _Protocol:
    """What the host understands."""

    accepts_secrets: bool = False
    accepts_resources: bool = False
    supports_preview: bool = False


@dataclass
class Provider:
    """A host and what it was configured with. `configured` is False while its config holds unknowns (previews)."""

    host: HostProcess
    channel: grpc.aio.Channel
    stub: Any
    protocol: _Protocol = field(default_factory=_Protocol)
    shook_hands: bool = False
    configured: bool = False

    @classmethod
    async def connect(cls, host: HostProcess, engine_address: str, directory: str) -> Provider:
        """Open the channel and shake hands. A host that does not know the handshake is fine."""
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{host.port}", options=CHANNEL_OPTIONS)
        provider = cls(host, channel, provider_pb2_grpc.ResourceProviderStub(channel))
        request = provider_pb2.ProviderHandshakeRequest(
            engine_address=engine_address,
            root_directory=directory,
            program_directory=directory,
            configure_with_urn=True,
            invoke_with_preview=True,
        )
        try:
            answer = await provider.stub.Handshake(request, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.UNIMPLEMENTED:
                raise await provider._failure(error) from error
            await provider._attach(engine_address)
        else:
            provider.shook_hands = True
            provider.protocol = _Protocol(
                accepts_secrets=answer.accept_secrets,
                accepts_resources=answer.accept_resources,
                supports_preview=True,
            )
        return provider

    async def _attach(self, engine_address: str) -> None:
        """Tell an older host the engine's address once more; most have it from their arguments and refuse."""
        try:
            await self.stub.Attach(plugin_pb2.PluginAttach(address=engine_address))
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.UNIMPLEMENTED:
                raise await self._failure(error) from error

    async def info(self) -> str:
        """The host's version, empty where it does not say."""
        try:
            return str((await self.stub.GetPluginInfo(empty_pb2.Empty())).version)
        except grpc.aio.AioRpcError:
            return ""

    async def check_config(
        self, urn: str, olds: PropertyMap, news: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        """CheckConfig: the config as the provider wants it, and what is wrong with it."""
        request = provider_pb2.CheckRequest(
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            olds=wire.encode_plain(olds),
            news=wire.encode_plain(news),
        )
        try:
            answer = await self.stub.CheckConfig(request)
        except grpc.aio.AioRpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return news, []
            raise await self._failure(error) from error
        failures = [CheckFailure(failure.property, failure.reason) for failure in answer.failures]
        return wire.with_secrets_like(wire.decode(answer.inputs), news), failures

    async def diff_config(
        self,
        urn: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        news: PropertyMap,
        ignore_changes: list[str],
    ) -> Difference:
        """DiffConfig: `changed` is None where the provider does not implement it."""
        request = provider_pb2.DiffRequest(
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            old_inputs=wire.encode_plain(old_inputs),
            olds=wire.encode_plain(old_outputs),
            news=wire.encode_plain(news),
            ignoreChanges=ignore_changes,
        )
        try:
            answer = await self.stub.DiffConfig(request)
        except grpc.aio.AioRpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return Difference(changed=None)
            raise await self._failure(error) from error
        return difference_of(answer)

    async def configure(self, urn: str, id_: str, inputs: PropertyMap) -> None:
        """Configure, unless the config holds unknowns: then the provider stays unable to tell in this preview."""
        config = {key: value for key, value in inputs.items() if key != "version"}
        if any(has_unknown(value) for value in config.values()):
            return
        package = package_of(type_of(urn))
        request = provider_pb2.ConfigureRequest(
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            id=id_,
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            variables={f"{package}:config:{key}": _as_text(value) for key, value in config.items()},
            args=wire.encode(inputs),
        )
        try:
            answer = await self.stub.Configure(request)
        except grpc.aio.AioRpcError as error:
            raise await self._configure_failure(error) from error
        if not self.shook_hands:
            self.protocol = _Protocol(
                accepts_secrets=answer.acceptSecrets,
                accepts_resources=answer.acceptResources,
                supports_preview=answer.supportsPreview,
            )
        self.configured = True

    async def check(
        self, urn: str, olds: PropertyMap | None, news: PropertyMap, random_seed: bytes
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        """Check: the inputs as the provider wants them, and what is wrong with them."""
        if not self.configured:
            return news, []
        request = provider_pb2.CheckRequest(
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            olds=self._encode(olds) if olds is not None else None,
            news=self._encode(news),
            randomSeed=random_seed,
        )
        try:
            answer = await self.stub.Check(request)
        except grpc.aio.AioRpcError as error:
            raise await self._failure(error) from error
        failures = [CheckFailure(failure.property, failure.reason) for failure in answer.failures]
        return self._decode(answer.inputs, news), failures

    async def diff(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        news: PropertyMap,
        ignore_changes: list[str],
    ) -> Difference:
        """Diff: `changed` is None where the provider cannot say."""
        request = provider_pb2.DiffRequest(
            id=id_,
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            old_inputs=self._encode(old_inputs),
            olds=self._encode(old_outputs),
            news=self._encode(news),
            ignoreChanges=ignore_changes,
        )
        try:
            answer = await self.stub.Diff(request)
        except grpc.aio.AioRpcError as error:
            raise await self._failure(error) from error
        return difference_of(answer)

    async def create(self, urn: str, inputs: PropertyMap, timeout: float) -> Live:
        """Create. A half-done one comes back with its `failure`."""
        request = self._create_request(urn, inputs, timeout)
        return await self._created(request, inputs)

    async def preview_create(self, urn: str, inputs: PropertyMap) -> Live:
        """What Create would answer, as far as the host can tell; else the inputs, with no id yet."""
        if not self.configured:
            return Live("", {})
        if not self.protocol.supports_preview:
            return Live("", inputs)
        request = self._create_request(urn, inputs, 0.0)
        request.preview = True
        return await self._created(request, inputs)

    def _create_request(self, urn: str, inputs: PropertyMap, timeout: float) -> provider_pb2.CreateRequest:
        return provider_pb2.CreateRequest(
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            properties=self._encode(inputs),
            timeout=timeout,
        )

    async def _created(self, request: provider_pb2.CreateRequest, inputs: PropertyMap) -> Live:
        try:
            answer = await self.stub.Create(request)
        except grpc.aio.AioRpcError as error:
            live = await self._partial(error, inputs)
            if not live.id:
                raise StepError(f"plugin returned empty resource.ID from create '{request.urn}'") from error
            return live
        return Live(answer.id, self._decode(answer.properties, inputs))

    async def update(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        news: PropertyMap,
        ignore_changes: list[str],
        timeout: float,
    ) -> Live:
        """Update. A half-done one comes back with its `failure`."""
        request = self._update_request(urn, id_, old_inputs, old_outputs, news, ignore_changes, timeout)
        return await self._updated(request, news)

    async def preview_update(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        news: PropertyMap,
        ignore_changes: list[str],
    ) -> Live:
        """What Update would answer, as far as the host can tell; else the new inputs."""
        if not self.configured:
            return Live(id_, {})
        if not self.protocol.supports_preview:
            return Live(id_, news)
        request = self._update_request(urn, id_, old_inputs, old_outputs, news, ignore_changes, 0.0)
        request.preview = True
        return await self._updated(request, news)

    def _update_request(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        news: PropertyMap,
        ignore_changes: list[str],
        timeout: float,
    ) -> provider_pb2.UpdateRequest:
        return provider_pb2.UpdateRequest(
            id=id_,
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            old_inputs=self._encode(old_inputs),
            olds=self._encode(old_outputs),
            news=self._encode(news),
            ignoreChanges=ignore_changes,
            timeout=timeout,
        )

    async def _updated(self, request: provider_pb2.UpdateRequest, news: PropertyMap) -> Live:
        try:
            answer = await self.stub.Update(request)
        except grpc.aio.AioRpcError as error:
            return replace(await self._partial(error, news), id=request.id)
        return Live(request.id, self._decode(answer.properties, news))

    async def read(self, urn: str, id_: str, inputs: PropertyMap | None, state: PropertyMap, timeout: float) -> Live:
        """Read. `inputs` None asks for a resource that the state does not know (an import)."""
        if not self.configured:
            return Live(id_, {}, {})
        request = provider_pb2.ReadRequest(
            id=id_,
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            properties=self._encode(state),
            inputs=self._encode(inputs) if inputs is not None else None,
            timeout=timeout,
        )
        try:
            answer = await self.stub.Read(request)
        except grpc.aio.AioRpcError as error:
            return await self._partial(error, state, inputs)
        return self._live(answer.id, answer, state, inputs)

    async def delete(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap, timeout: float) -> None:
        """Delete."""
        request = provider_pb2.DeleteRequest(
            id=id_,
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            properties=self._encode(outputs),
            old_inputs=self._encode(inputs),
            timeout=timeout,
        )
        try:
            await self.stub.Delete(request)
        except grpc.aio.AioRpcError as error:
            raise await self._failure(error) from error

    async def invoke(self, token: str, args: PropertyMap, *, preview: bool) -> tuple[PropertyMap, list[CheckFailure]]:
        """Invoke a function of the provider."""
        request = provider_pb2.InvokeRequest(tok=token, args=self._encode(args), preview=preview)
        try:
            answer = await self.stub.Invoke(request)
        except grpc.aio.AioRpcError as error:
            raise await self._failure(error) from error
        failures = [CheckFailure(failure.property, failure.reason) for failure in answer.failures]
        return wire.decode(getattr(answer, "return")), failures

    async def cancel(self) -> None:
        """Ask the host to give up what it is doing, as far as that is safe."""
        try:
            await self.stub.Cancel(empty_pb2.Empty(), timeout=5)
        except grpc.aio.AioRpcError:
            return

    async def close(self) -> None:
        """End the host."""
        await self.channel.close(None)
        await self.host.close()

    def _encode(self, properties: PropertyMap) -> struct_pb2.Struct:
        if not self.protocol.accepts_resources:
            properties = {key: wire.without_references(value) for key, value in properties.items()}
        if self.protocol.accepts_secrets:
            return wire.encode(properties)
        return wire.encode_plain(properties)

    def _decode(self, struct: struct_pb2.Struct, pattern: Mapping[str, PropertyValue]) -> PropertyMap:
        properties = wire.decode(struct)
        return properties if self.protocol.accepts_secrets else wire.with_secrets_like(properties, pattern)

    def _live(self, id_: str, answer: Any, state: PropertyMap, inputs: PropertyMap | None) -> Live:
        return Live(
            id=id_,
            outputs=self._decode(answer.properties, state) if id_ and answer.HasField("properties") else None,
            inputs=self._decode(answer.inputs, inputs or {}) if answer.HasField("inputs") else None,
        )

    async def _partial(
        self, error: grpc.aio.AioRpcError, state: PropertyMap, inputs: PropertyMap | None = None
    ) -> Live:
        """What an `ErrorResourceInitFailed` in the error's details tells of the resource.

        Raises:
            StepError: there is none; the call failed as a whole.
        """
        half_done = provider_pb2.ErrorResourceInitFailed()
        for detail in details_of(error):
            if detail.Unpack(half_done):
                live = self._live(half_done.id, half_done, state, inputs)
                return replace(live, failure=PartialFailure(list(half_done.reasons)))
        raise await self._failure(error) from error

    async def _failure(self, error: grpc.aio.AioRpcError) -> StepError:
        details = error.details() or error.code().name
        lost = error.code() == grpc.StatusCode.UNAVAILABLE or details.startswith(_STREAM_LOST)
        # The connection breaks a moment before the process counts as ended.
        if lost and await self.host.ends_within(_SECONDS_TO_NOTICE_DEATH):
            return StepError(f"the provider host of package {self.host.package} ended in the middle of the call")
        return StepError(details)

    async def _configure_failure(self, error: grpc.aio.AioRpcError) -> StepError:
        missing = provider_pb2.ConfigureErrorMissingKeys()
        for detail in details_of(error):
            if detail.Unpack(missing):
                return StepError(
                    "\n".join(
                        f'missing required configuration key "{key.name}": {key.description}\n'
                        f"Set a value using the command `pulumi config set {key.name} <value>`."
                        for key in missing.missingKeys
                    )
                )
        return await self._failure(error)


def _as_text(value: PropertyValue) -> str:
    plain = wire.revealed({"": value})[""]
    return plain if isinstance(plain, str) else json.dumps(plain)
