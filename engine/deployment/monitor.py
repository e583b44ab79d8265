"""The `ResourceMonitor` service: what the program's SDK talks to."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2

from engine.answering import engine_bug, status_text
from engine.deployment import wire
from engine.deployment.component_outputs import ComponentOutputs
from engine.deployment.default_providers import DefaultProviders
from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.goal import Goal
from engine.deployment.planner import Outcome, Planner, Registered
from engine.deployment.registration import goal_of
from engine.deployment.session import Session
from engine.deployment.urn import is_provider_type, package_of, split_reference, type_of
from engine.model import ResourceState
from engine.proto import callback_pb2, provider_pb2, resource_pb2, resource_pb2_grpc
from engine.values import UNKNOWN_SENTINEL, PropertyMap, has_unknown

Answer = TypeVar("Answer")

_FEATURES = {
    "secrets": resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    "resourceReferences": resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    "aliasSpecs": resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    "deletedWith": resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    "replaceWith": resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
}
_OUTCOMES = {
    Outcome.SUCCESS: resource_pb2.SUCCESS,
    Outcome.FAILED: resource_pb2.FAIL,
    Outcome.SKIPPED: resource_pb2.FAIL,
}


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """One program's monitor. Each call is a coroutine on the engine's event loop."""

    def __init__(
        self, session: Session, planner: Planner, defaults: DefaultProviders, outputs: ComponentOutputs
    ) -> None:
        self._session = session
        self._planner = planner
        self._defaults = defaults
        self._outputs = outputs
        self._goals: dict[str, Goal] = {}
        self._component_providers: dict[str, dict[str, str]] = {}
        self._under_way: set[asyncio.Task[Any]] = set()

    async def idle(self) -> None:
        """Wait until all that the program asked for is done, whether it still waits for it or not."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _serve(self, context: grpc.aio.ServicerContext, work: Coroutine[None, None, Answer]) -> Answer:
        """Do what a call asks for, to its end: a program that is killed meanwhile takes no step with it.

        What goes wrong is reported and ends the run, and the program is told to leave.
        """
        task = asyncio.create_task(self._reported(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        answer = await asyncio.shield(task)
        if answer is None:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "resource monitor shut down")
            raise AssertionError("abort raises")
        return answer

    async def _reported(self, work: Coroutine[None, None, Answer]) -> Answer | None:
        try:
            return await work
        except StepError as error:
            self._session.error(str(error), error.urn)
        except (AlreadyReported, Stopped):
            pass
        except (OSError, asyncio.CancelledError):
            raise  # the journal's, which the end of the run tells of; a run that is over
        except BaseException as problem:
            self._session.error(status_text(engine_bug(problem)))
        self._session.stop()
        return None

    async def GetDeploymentInfo(
        self, request: empty_pb2.Empty, context: grpc.aio.ServicerContext
    ) -> resource_pb2.DeploymentInfo:
        """What the program is being run for."""
        session = self._session
        config = session.stack.config
        return resource_pb2.DeploymentInfo(
            project=session.project.name,
            stack=session.stack.name,
            organization=session.stack.organization,
            config={key: value.text for key, value in config.items()},
            configSecretKeys=[key for key, value in config.items() if value.secret],
            dryRun=session.planning,
            parallel=session.options.parallel,
            supportedFeatures=list(_FEATURES.values()),
        )

    async def SupportsFeature(
        self, request: resource_pb2.SupportsFeatureRequest, context: grpc.aio.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        """Whether the monitor knows the feature. The SDK says clearly what a program cannot do without it."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _FEATURES)

    async def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.aio.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        """Bring a resource about."""
        if request.remote:
            await _unsupported(context, "components of another package (remote components)")
        if request.transforms:
            await _unsupported(context, "resource transforms")
        response, succeeded = await self._serve(context, self._registered(request))
        if not succeeded and not request.supportsResultReporting:
            await context.abort(grpc.StatusCode.INTERNAL, "resource registration failed")
        return response

    async def _registered(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> tuple[resource_pb2.RegisterResourceResponse, bool]:
        goal = await self._goal(request)
        registered = await self._planner.register(goal)
        self._remember(request, goal, registered.state)
        return _response(request, registered), registered.outcome is Outcome.SUCCESS

    async def _goal(self, request: resource_pb2.RegisterResourceRequest) -> Goal:
        goal = goal_of(request)
        parent = self._goals.get(goal.parent)
        if parent is not None:
            goal = goal.inheriting_from(parent)
        if is_provider_type(goal.type) and request.version:
            goal = goal.with_input("version", request.version)
        if not goal.custom or is_provider_type(goal.type):
            return goal.with_provider("")
        urn = self._session.urn(goal.parent, goal.type, goal.name)
        reference = goal.provider or self._inherited_provider(request, goal, parent)
        if not reference:
            reference = await self._defaults.reference(package_of(goal.type), request.version, urn)
        return goal.with_provider(reference)

    def _inherited_provider(
        self, request: resource_pb2.RegisterResourceRequest, goal: Goal, parent: Goal | None
    ) -> str:
        package = package_of(goal.type)
        if package in request.providers:
            return request.providers[package]
        if parent is not None and parent.provider:
            urn, _ = split_reference(parent.provider)
            if package_of(type_of(urn)) == package:
                return parent.provider
        return self._component_providers.get(goal.parent, {}).get(package, "")

    def _remember(self, request: resource_pb2.RegisterResourceRequest, goal: Goal, state: ResourceState) -> None:
        self._goals[state.urn] = goal
        if not goal.custom:
            self._component_providers[state.urn] = {
                **self._component_providers.get(goal.parent, {}),
                **request.providers,
            }

    async def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.aio.ServicerContext
    ) -> empty_pb2.Empty:
        """A component's, or the stack's, outputs."""
        return await self._serve(context, self._outputs_of(request))

    async def _outputs_of(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:
        await self._outputs.register(request.urn, wire.decode(request.outputs))
        return empty_pb2.Empty()

    async def ReadResource(
        self, request: resource_pb2.ReadResourceRequest, context: grpc.aio.ServicerContext
    ) -> resource_pb2.ReadResourceResponse:
        """Read a resource that the program does not manage."""
        return await self._serve(context, self._read(request))

    async def _read(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:
        urn = self._session.urn(request.parent, request.type, request.name)
        reference = request.provider or await self._defaults.reference(package_of(request.type), request.version, urn)
        new = ResourceState(
            urn=urn,
            type=request.type,
            custom=True,
            id=request.id,
            parent=request.parent,
            provider=reference,
            inputs=wire.decode(request.properties),
            dependencies=sorted(request.dependencies),
            additional_secret_outputs=list(request.additionalSecretOutputs),
            external=True,
        )
        registered = await self._planner.read(new, request.name)
        return resource_pb2.ReadResourceResponse(
            urn=urn,
            properties=_for_program(registered.state.outputs, request.acceptSecrets),
        )

    async def Invoke(
        self, request: resource_pb2.ResourceInvokeRequest, context: grpc.aio.ServicerContext
    ) -> resource_pb2.ResourceInvokeResponse:
        """Call a function of a provider."""
        package = package_of(request.tok)
        if package == "pulumi":
            await _unsupported(context, f"the built-in function {request.tok}")
        return await self._serve(context, self._invoke(request, package))

    async def _invoke(
        self, request: resource_pb2.ResourceInvokeRequest, package: str
    ) -> resource_pb2.ResourceInvokeResponse:
        reference = request.provider or await self._defaults.reference(package, request.version, request.tok)
        provider = await self._session.registry.ensure(reference, self._session.olds, "")
        result, failures = await provider.invoke(request.tok, wire.decode(request.args), preview=self._session.planning)
        answer = resource_pb2.ResourceInvokeResponse(
            failures=[
                provider_pb2.CheckFailure(property=failure.property, reason=failure.reason) for failure in failures
            ]
        )
        getattr(answer, "return").CopyFrom(wire.encode(result))
        return answer

    async def Call(
        self, request: resource_pb2.ResourceCallRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.CallResponse:
        """Methods of remote components."""
        await _unsupported(context, "methods of components of another package")

    async def RegisterStackTransform(
        self, request: callback_pb2.Callback, context: grpc.aio.ServicerContext
    ) -> empty_pb2.Empty:
        """Transforms of all resources."""
        await _unsupported(context, "stack transforms")

    async def RegisterStackInvokeTransform(
        self, request: callback_pb2.Callback, context: grpc.aio.ServicerContext
    ) -> empty_pb2.Empty:
        """Transforms of all function calls."""
        await _unsupported(context, "invoke transforms")

    async def RegisterResourceHook(
        self, request: resource_pb2.RegisterResourceHookRequest, context: grpc.aio.ServicerContext
    ) -> empty_pb2.Empty:
        """Hooks before and after steps."""
        await _unsupported(context, "resource hooks")

    async def RegisterErrorHook(
        self, request: resource_pb2.RegisterErrorHookRequest, context: grpc.aio.ServicerContext
    ) -> empty_pb2.Empty:
        """Hooks after failures."""
        await _unsupported(context, "error hooks")

    async def RegisterPackage(
        self, request: resource_pb2.RegisterPackageRequest, context: grpc.aio.ServicerContext
    ) -> resource_pb2.RegisterPackageResponse:
        """Parameterized packages."""
        await _unsupported(context, "parameterized packages")

    async def SignalAndWaitForShutdown(
        self, request: empty_pb2.Empty, context: grpc.aio.ServicerContext
    ) -> empty_pb2.Empty:
        """The program has registered everything. No callback into it can come any more, so it may leave."""
        return empty_pb2.Empty()


async def _unsupported(context: grpc.aio.ServicerContext, what: str) -> NoReturn:
    await context.abort(
        grpc.StatusCode.UNIMPLEMENTED, f"the embedded engine does not support {what}; use the pulumi CLI"
    )
    raise AssertionError("abort raises")


def _response(
    request: resource_pb2.RegisterResourceRequest, registered: Registered
) -> resource_pb2.RegisterResourceResponse:
    state = registered.state
    outputs = state.outputs if state.custom else {}
    if not request.supportsPartialValues:
        outputs = {key: value for key, value in outputs.items() if not has_unknown(value)}
    return resource_pb2.RegisterResourceResponse(
        urn=state.urn,
        id="" if state.id == UNKNOWN_SENTINEL and not is_provider_type(state.type) else state.id,
        object=_for_program(outputs, request.acceptSecrets),
        result=_OUTCOMES[registered.outcome],
        unknown=registered.unknown,
    )


def _for_program(outputs: PropertyMap, accepts_secrets: bool) -> struct_pb2.Struct:
    return wire.encode(outputs) if accepts_secrets else wire.encode_plain(outputs)
