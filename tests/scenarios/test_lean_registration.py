"""What the program leaves out to register thousands of resources faster, and what it must not leave out."""

from __future__ import annotations

import asyncio
import gc
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, resource
from pulumi.runtime.proto import source_pb2

from providers.agent import Agent
from providers.program import fast_registration
from sandbox.testing import Sandbox
from tests.scenarios.workspace import Workspace


@pytest.fixture(autouse=True)
def process_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(pulumi.log, "debug", pulumi.log.debug)  # and back again at the end
    # The SDK takes the thread's loop; another test's `asyncio.run` may have left the thread without one.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
    gc.enable()


def test_the_limit_ends_with_the_registration() -> None:
    with fast_registration():
        assert len(traceback.extract_stack()) < 12
    assert not hasattr(sys, "tracebacklimit")
    with pytest.raises(ZeroDivisionError), fast_registration():
        1 / 0  # noqa: B018
    assert not hasattr(sys, "tracebacklimit")


def test_each_resource_still_says_where_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    traces: list[source_pb2.StackTrace] = []
    taken = resource._get_stack_trace  # noqa: SLF001  # the SDK has no public one

    def take() -> source_pb2.StackTrace:
        traces.append(taken())
        return traces[-1]

    class Mocks(mocks.Mocks):
        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
            return "1", {}

        def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
            return {}, None

    monkeypatch.setattr(resource, "_get_stack_trace", take)
    mocks.set_mocks(Mocks())

    @pulumi.runtime.test
    def program() -> None:
        with fast_registration():
            Agent("front-desk", name="Front desk", follow_me_number="+12025550101")

    program()
    trace = traces[-1]  # the stack itself is registered before
    assert trace.frames[1].pc.uri.endswith("tests/scenarios/test_lean_registration.py")


def test_the_sdks_debug_messages_come_when_asked_for(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_agent("12025550101", name="Front desk", intercom="1001")
    workspace.agents(desk={"name": "Front desk", "follow_me_number": "+12025550101", "intercom": 1001})
    told = "registering resource: ty=pulumi-python:dynamic/digo:Agent, name=desk"
    assert told not in workspace.run("preview", "--debug").text
    workspace.environ["DIGO_DEBUG"] = "1"
    assert told in workspace.run("preview", "--debug").text
    assert told not in workspace.run("preview").text
