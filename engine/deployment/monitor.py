"""The `ResourceMonitor` service, which the program's SDK calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2

from engine.deployment.component_outputs import ComponentOutputs
from engine.deployment.default_provider import DefaultProvider
from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.goal import Goal, goal_of
from engine.deployment.planner import Planner
from engine.deployment.run import Run
from engine.deployment.unsupported import CALLS, FEATURES, refusal, refuse_registration
from protocol import wire
from protocol.answering import engine_bug, status_text
from protocol.messages import resource_pb2, resource_pb2_grpc
from protocol.values import UNKNOWN_SENTINEL

Answer = TypeVar("Answer")


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The servicer for one program. Each call is a coroutine on the engine's event loop."""

    def __init__(self, run: Run, planner: Planner, provider: DefaultProvider, outputs: ComponentOutputs) -> None:
        self._run = run
        self._planner = planner
        self._provider = provider
        self._outputs = outputs
        self._goals: dict[str, Goal] = {}
        self._under_way: set[asyncio.Task[Any]] = set()

    async def idle(self) -> None:
        """Wait until every call is done, including calls that the program no longer waits for."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def serve(self, context: grpc.aio.ServicerContext[Any, Any], work: Coroutine[None, None, Answer]) -> Answer:
        """Do the work of a call to its end, even if the program is killed meanwhile.

        A failure is reported and ends the run. The program then gets the status UNAVAILABLE, on which it exits.
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
            self._run.error(str(error), error.urn)
        except (AlreadyReported, Stopped):
            pass
        except (OSError, asyncio.CancelledError):
            raise  # an OSError comes from the journal, and the end of the run reports it
        except BaseException as problem:
            self._run.error(status_text(engine_bug(problem)))
        self._run.stop()
        return None

    async def GetDeploymentInfo(
        self, _request: empty_pb2.Empty, _context: grpc.aio.ServicerContext[Any, Any]
    ) -> resource_pb2.DeploymentInfo:
        """Return project, stack, config and options."""
        run_input = self._run.input
        config = run_input.stack.config
        return resource_pb2.DeploymentInfo(
            project=run_input.project.name,
            stack=run_input.stack.name,
            organization=run_input.stack.organization,
            config={key: value.text for key, value in config.items()},
            configSecretKeys=[key for key, value in config.items() if value.secret],
            dryRun=self._run.planning,
            parallel=run_input.options.parallel,
            supportedFeatures=FEATURES,
        )

    async def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> resource_pb2.RegisterResourceResponse:
        """Register a resource: take the step that it needs."""
        return await self.serve(context, self._register(request))

    async def _register(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        urn = self._run.urn(request.parent, request.type, request.name)
        refuse_registration(request, urn)
        goal = goal_of(request)
        if goal.parent in self._goals:
            goal = goal.inheriting_from(self._goals[goal.parent])
        if goal.custom:
            goal = replace(goal, provider=await self._provider.reference(urn))
        registered = await self._planner.register(goal)
        state = registered.state
        self._goals[state.urn] = goal
        return resource_pb2.RegisterResourceResponse(
            urn=state.urn,
            id="" if state.id == UNKNOWN_SENTINEL else state.id,
            object=wire.encode(state.outputs if state.custom else {}),
            result=resource_pb2.FAIL if registered.failed else resource_pb2.SUCCESS,
            unknown=registered.unknown,
        )

    async def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> empty_pb2.Empty:
        """Take the outputs of a component or of the stack."""
        return await self.serve(context, self._outputs_of(request))

    async def _outputs_of(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:
        await self._outputs.register(request.urn, wire.decode(request.outputs))
        return empty_pb2.Empty()

    async def SignalAndWaitForShutdown(
        self, _request: empty_pb2.Empty, _context: grpc.aio.ServicerContext[Any, Any]
    ) -> empty_pb2.Empty:
        """Let the program exit: this engine makes no callbacks into it."""
        return empty_pb2.Empty()


def _refusing(what: str) -> Callable[..., Awaitable[None]]:
    async def refuse() -> None:
        raise refusal(what)

    async def handle(monitor: Monitor, _request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        await monitor.serve(context, refuse())

    return handle


for _name, _what in CALLS.items():
    setattr(Monitor, _name, _refusing(_what))
