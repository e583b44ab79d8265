"""Pulumi's ResourceProvider protocol, on asyncio: as many resources at once as the engine asks for.

Source: the protocol's own definition, `pulumi/provider.proto` in Pulumi's repository.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import grpc
import grpc.aio
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2

from digo.api.errors import ApiError
from digo.sanitize.annotations import for_log
from digo.settings.failure import SettingsError
from digo.system.command_name import pasteable
from digo.system.extras import ExtraMissing
from digo.text.redact import Redactor
from digo.version import VERSION
from protocol.answering import bug_text, end_with, status_text
from protocol.messages import plugin_pb2, provider_pb2, provider_pb2_grpc
from protocol.tokens import RESOURCE_TYPE_PREFIX
from protocol.urn import name_of, root_stack_of, stack_of, type_of
from providers.host.errors import HandlerError
from providers.host.handler import Diff, PartialFailure, Properties, Report, ResourceHandler, ResourceState
from providers.host.handlers import handlers_of
from providers.host.permits import Permits
from providers.host.properties import PROVIDER_KEY, from_struct, to_struct
from providers.host.recording import recorded
from providers.host.reports import EngineReporter
from providers.host.session import Session

_NO_CODE = (
    "no code is written for an import, because resources here are entries of the config. What was imported is in the "
    "state. Next: write its entry in config/<environment>/; `--generate-code=false` leaves this message out"
)

PATIENCE_SECONDS = 5.0  # a pipeline's runner kills a job seven or more seconds after its signal

Answer = TypeVar("Answer")
Method = Callable[[Any, Any, Any], Awaitable[Answer]]


def _with_short_errors(method: Method[Answer]) -> Method[Answer]:
    """Answers the engine with a redacted sentence, whatever the error is."""

    @wraps(method)
    async def guarded(self: Servicer, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Answer:
        try:
            return await method(self, request, context)
        except grpc.aio.AbortError:
            raise
        except BaseException as problem:
            await end_with(context, problem, self.error_text)

    return guarded


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the requests of one engine.

    Args:
        reports: the way to show messages and statuses.
        root: the project's folder.
        handlers: the resource types; None for the project's own, which are made for the first request.
        patience: how many seconds a cancelled run waits for replies.
    """

    def __init__(
        self,
        reports: EngineReporter,
        root: Path,
        handlers: Mapping[str, ResourceHandler] | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._reports = reports
        self._root = root
        self._config: dict[str, str] = {}
        self._session: Session | None = None
        self._permits: Permits | None = None
        self._patience = patience
        self._cancelled = False
        self._handlers: Mapping[str, ResourceHandler] = handlers or {}
        self._checked: set[str] = set()
        self._imported: dict[str, str] = {}
        self.redact = Redactor()

    def error_text(self, problem: BaseException) -> str:
        """The message of an error, without traceback, token or phone number."""
        foreseen = isinstance(problem, (ApiError, ExtraMissing, HandlerError, SettingsError))
        return for_log(self.redact(pasteable(str(problem)) if foreseen else bug_text(problem, "the provider host")))

    @_with_short_errors
    async def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        """The host's version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    @_with_short_errors
    async def GetSchema(self, request: Any, context: Any) -> NoReturn:
        """There is none. `pulumi import` asks for it after an import, to write code; resources here are config."""
        raise HandlerError(_NO_CODE)

    @_with_short_errors
    async def CheckConfig(self, request: Any, context: Any) -> provider_pb2.CheckResponse:
        """Accepts the config: it is checked when it is used."""
        return provider_pb2.CheckResponse(inputs=request.news)

    @_with_short_errors
    async def DiffConfig(self, request: Any, context: Any) -> provider_pb2.DiffResponse:
        """Reports every changed setting as a change that replaces nothing.

        On "no changes" the engine would configure the host with the last run's config, while the program reads the new
        one.
        """
        old = request.old_inputs if request.old_inputs.fields else request.olds
        same = from_struct(old) == from_struct(request.news)
        response = provider_pb2.DiffResponse
        return response(changes=response.DIFF_NONE if same else response.DIFF_SOME)

    @_with_short_errors
    async def Configure(self, request: Any, context: Any) -> provider_pb2.ConfigureResponse:
        """Keeps the stack's config. The account is first read when a resource needs it."""
        self._config = {name: str(value) for name, value in from_struct(request.args).items()}
        if self._session is not None:
            self._session.begin_run()
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=False, acceptResources=False)

    @_with_short_errors
    async def Check(self, request: Any, context: Any) -> provider_pb2.CheckResponse:
        """See `ResourceHandler.check`."""
        news, provider = self._properties(request.news)
        previous, _ = self._properties(request.olds)
        handler = self._handler(request.urn)
        inputs, failures = await handler.check(previous, news)
        if not failures:
            self._checked.add(request.urn)
            # Only a program gives the provider. `pulumi import` runs no program, and what it takes over is not a plan.
            if provider is not None and request.urn in self._imported:
                await self._permit(request.urn, handler, {}, inputs, adopted=self._imported[request.urn])
            elif provider is not None and not previous:
                await self._permit(request.urn, handler, {}, inputs)
            elif provider is not None and self._session is not None and handler.writes:
                self._session.judgement.expect(handler.change(request.urn, previous, inputs))
        if not previous and not failures and (text := await handler.create_note(inputs)):
            await self._reports.message(request.urn, self.redact(text))
        return provider_pb2.CheckResponse(
            inputs=to_struct({**inputs, PROVIDER_KEY: provider}),
            failures=[provider_pb2.CheckFailure(property=name, reason=for_log(reason)) for name, reason in failures],
        )

    @_with_short_errors
    async def Diff(self, request: Any, context: Any) -> provider_pb2.DiffResponse:
        """See `ResourceHandler.diff`.

        A refresh calls Diff without Check, and sends nothing. So a resource that cannot be read back has no difference
        in a refresh.
        """
        news, _ = self._properties(request.news)
        handler = self._handler(request.urn)
        is_comparable = handler.reads_back or request.urn in self._checked
        old = self._old(request)
        found = await handler.diff(old, news) if is_comparable else Diff()
        if request.urn in self._checked and (found.changed or found.replaces):
            await self._permit(request.urn, handler, old.inputs, news)
        if found.reason:
            await self._reports.message(request.urn, self.redact(found.reason))
        return _diff_response(found)

    @_with_short_errors
    async def Create(self, request: Any, context: Any) -> provider_pb2.CreateResponse:
        """See `ResourceHandler.create`."""
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        news, provider = self._properties(request.properties)
        handler = self._handler(request.urn)
        await self._permit(request.urn, handler, {}, news)
        try:
            async with self._writing(request.urn) as report:
                with recorded(self._session, handler, request.urn, self.error_text) as done:
                    found = await handler.create(name_of(request.urn), news, report)
                    done(found)
        except PartialFailure as part:
            await self._partly(part, handler, provider, context)
        return provider_pb2.CreateResponse(id=found.id, properties=_outputs(found, handler, provider))

    @_with_short_errors
    async def Read(self, request: Any, context: Any) -> provider_pb2.ReadResponse:
        """See `ResourceHandler.read`. An empty id means proven absent. An unknown read is an error."""
        inputs, provider = self._properties(request.inputs)
        outputs, old_provider = self._properties(request.properties)
        handler = self._handler(request.urn)
        if not inputs and not outputs:
            self._imported[request.urn] = request.id
        found = await handler.read(request.id, inputs, outputs)
        if found is None:
            return provider_pb2.ReadResponse()
        provider = provider or old_provider
        return provider_pb2.ReadResponse(
            id=found.id,
            inputs=to_struct({**found.inputs, PROVIDER_KEY: provider}, handler.secret),
            properties=_outputs(found, handler, provider),
        )

    @_with_short_errors
    async def Update(self, request: Any, context: Any) -> provider_pb2.UpdateResponse:
        """See `ResourceHandler.update`."""
        if request.preview:
            return provider_pb2.UpdateResponse(properties=request.news)
        news, provider = self._properties(request.news)
        handler = self._handler(request.urn)
        old = self._old(request)
        await self._permit(request.urn, handler, old.inputs, news)
        try:
            async with self._writing(request.urn) as report:
                with recorded(self._session, handler, request.urn, self.error_text) as done:
                    found = await handler.update(name_of(request.urn), old, news, report)
                    done(found)
        except PartialFailure as part:
            await self._partly(part, handler, provider, context)
        return provider_pb2.UpdateResponse(properties=_outputs(found, handler, provider))

    @_with_short_errors
    async def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:
        """See `ResourceHandler.delete`."""
        handler = self._handler(request.urn)
        outputs, _ = self._properties(request.properties)
        inputs, _ = self._properties(request.old_inputs)
        old = ResourceState(request.id, inputs or outputs, outputs)
        key = name_of(request.urn)
        if (change := handler.removal(request.urn, old)) is None:
            await handler.delete(key, old, _no_report)
            return empty_pb2.Empty()
        if self._permits is not None:
            await self._permits.permit_removal(request.urn, handler, change, old)
        async with self._writing(request.urn) as report:
            with recorded(self._session, handler, request.urn, self.error_text) as done:
                await handler.delete(key, old, report)
                done(old)
        return empty_pb2.Empty()

    @_with_short_errors
    async def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        """The user pressed Ctrl-C: no further write begins."""
        self.stop_writing(self._patience)
        return empty_pb2.Empty()

    def stop_writing(self, patience: float) -> None:
        """Lets no further write begin, also in a session that is made later. See `Session.cancel`."""
        self._cancelled = True
        self._patience = patience
        if self._session is not None:
            self._session.cancel(patience)

    async def close(self, *, orphaned: bool) -> None:
        """Closes the session's connections. An engine that is gone (`orphaned`) has not stored the results."""
        if self._session is not None:
            await self._session.close(settled=not orphaned)

    def _handler(self, urn: str) -> ResourceHandler:
        """The handler of the type in the URN. The pickled provider in the properties is never unpickled."""
        type_ = type_of(urn)
        if not self._handlers:
            self._session = Session.of(self._config, os.environ, self._root, stack_of(urn))
            self._permits = Permits(self._session, self.error_text)
            self.redact = self._session.settings.redactor
            self._handlers = handlers_of(self._session)
            if self._cancelled:
                self._session.cancel(self._patience)
        handler = (
            self._handlers.get(type_.removeprefix(RESOURCE_TYPE_PREFIX))
            if type_.startswith(RESOURCE_TYPE_PREFIX)
            else None
        )
        if handler is None:
            known = ", ".join(RESOURCE_TYPE_PREFIX + name for name in self._handlers)
            raise HandlerError(
                f"this project's provider host has no type {type_} (it has: {known}). Dynamic resources of other "
                "kinds need a project of their own"
            )
        return handler

    async def _permit(
        self,
        urn: str,
        handler: ResourceHandler,
        previous: Properties,
        inputs: Properties,
        *,
        adopted: str | None = None,
    ) -> None:
        if self._permits is not None:
            await self._permits.permit(urn, handler, previous, inputs, adopted=adopted)

    @contextlib.asynccontextmanager
    async def _writing(self, urn: str) -> AsyncIterator[Report]:
        """Inside, a resource is created or updated. Gives the function that shows its status."""
        async with contextlib.AsyncExitStack() as stack:
            if self._session is not None and self._handler(urn).writes:
                stack_status = self._reports.status(root_stack_of(urn), self.redact)
                await stack.enter_async_context(self._session.progress.writing(urn, stack_status))
            yield stack.enter_context(self._reports.status_while(urn, self.redact))

    def _old(self, request: Any) -> ResourceState:
        """The resource in the state. Older engines send no old inputs; the old outputs have the same names."""
        outputs, _ = self._properties(request.olds)
        inputs, _ = self._properties(request.old_inputs)
        return ResourceState(request.id, inputs or outputs, outputs)

    async def _partly(self, part: PartialFailure, handler: ResourceHandler, provider: Any, context: Any) -> NoReturn:
        """Answers with the protocol's error for a partly made resource: the engine stores that part."""
        text = status_text(for_log(self.redact(str(part))))
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=part.found.id, properties=_outputs(part.found, handler, provider), reasons=[text]
            )
        )
        code = grpc.StatusCode.UNKNOWN
        status = status_pb2.Status(code=code.value[0], message=text, details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        await context.abort(code, text)
        raise AssertionError("abort raises")

    @staticmethod
    def _properties(struct: Any) -> tuple[dict[str, Any], Any]:
        properties = from_struct(struct)
        return properties, properties.pop(PROVIDER_KEY, None)


def _no_report(text: str, *, lasting: bool = False) -> None:
    """Nothing is written, so there is no progress."""


def _outputs(found: ResourceState, handler: ResourceHandler, provider: Any) -> Any:
    return to_struct({**found.outputs, PROVIDER_KEY: provider}, handler.secret)


def _diff_response(found: Diff) -> provider_pb2.DiffResponse:
    response = provider_pb2.DiffResponse
    if not found.changed and not found.replaces:
        return response(changes=response.DIFF_NONE)
    kinds = dict.fromkeys(found.changed, provider_pb2.PropertyDiff.UPDATE)
    kinds |= dict.fromkeys(found.replaces, provider_pb2.PropertyDiff.UPDATE_REPLACE)
    return response(
        changes=response.DIFF_SOME,
        replaces=list(found.replaces),
        diffs=list(kinds),
        hasDetailedDiff=True,
        detailedDiff={name: provider_pb2.PropertyDiff(kind=kind, inputDiff=True) for name, kind in kinds.items()},
    )
