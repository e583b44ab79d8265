"""Whatever goes wrong in the host, the engine gets an answer: each method, each kind of failure, over real gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import grpc
import grpc.aio
import pytest
from google.protobuf import empty_pb2

from engine.deployment.provider import CHANNEL_OPTIONS
from protocol.answering import MOST_BYTES, AnswerInterceptor
from protocol.messages import plugin_pb2, provider_pb2, provider_pb2_grpc
from providers.host.handler import Diff, PartialFailure, ResourceState
from providers.host.properties import from_struct, to_struct
from providers.host.reports import EngineReporter
from providers.host.servicer import Servicer
from tests.providers.host_process import AGENT, urn
from tests.providers.odd_failures import FAILURES

URN = urn(AGENT, "a")
BAG = to_struct({"name": "Desk", "follow_me_number": "+12025550101"})
SECONDS = 20.0  # none of the answers takes one; without an answer there would be no end
REQUESTS: dict[str, Any] = {
    "Handshake": provider_pb2.ProviderHandshakeRequest(),
    "Parameterize": provider_pb2.ParameterizeRequest(),
    "GetSchema": provider_pb2.GetSchemaRequest(),
    "CheckConfig": provider_pb2.CheckRequest(urn=URN, news=BAG),
    "DiffConfig": provider_pb2.DiffRequest(urn=URN, news=BAG),
    "Configure": provider_pb2.ConfigureRequest(args=BAG),
    "Invoke": provider_pb2.InvokeRequest(),
    "Call": provider_pb2.CallRequest(),
    "Check": provider_pb2.CheckRequest(urn=URN, news=BAG),
    "Diff": provider_pb2.DiffRequest(urn=URN, id="1", olds=BAG, news=BAG),
    "Create": provider_pb2.CreateRequest(urn=URN, properties=BAG),
    "Read": provider_pb2.ReadRequest(urn=URN, id="1", properties=BAG),
    "Update": provider_pb2.UpdateRequest(urn=URN, id="1", olds=BAG, news=BAG),
    "Delete": provider_pb2.DeleteRequest(urn=URN, id="1"),
    "Construct": provider_pb2.ConstructRequest(),
    "Cancel": empty_pb2.Empty(),
    "GetPluginInfo": empty_pb2.Empty(),
    "Attach": plugin_pb2.PluginAttach(),
    "GetMapping": provider_pb2.GetMappingRequest(),
    "GetMappings": provider_pb2.GetMappingsRequest(),
}
OWN = [name for name in REQUESTS if name in vars(Servicer)]
OF_A_KIND = ["Check", "Diff", "Create", "Read", "Update", "Delete"]


class Torn:
    """A kind of resource whose every method ends in a failure."""

    secret: frozenset[str] = frozenset({"follow_me_number"})
    reads_back = True

    def __init__(self, failure: Callable[[], BaseException]) -> None:
        self._failure = failure

    async def _fail(self, *_: Any) -> NoReturn:
        raise self._failure()

    check = diff = create = read = update = delete = _fail

    async def create_note(self, news: Any) -> str:
        return ""

    def removal(self, urn: str, old: Any) -> None:
        return None


class Sound(Torn):
    """A kind that answers with what it is given."""

    def __init__(self, outputs: dict[str, Any], words: str = "") -> None:
        self._outputs = outputs
        self._words = words

    async def check(self, olds: Any, news: Any) -> Any:
        return news, []

    async def create_note(self, news: Any) -> str:
        return self._words

    async def diff(self, old: Any, news: Any) -> Any:
        return Diff(replaces=("name",), reason=self._words)

    async def create(self, key: str, news: Any, report: Any) -> Any:
        report(self._words)
        return ResourceState("1", news, self._outputs)

    async def read(self, id: str, inputs: Any, outputs: Any) -> Any:
        return ResourceState("1", {}, self._outputs)

    async def update(self, key: str, old: Any, news: Any, report: Any) -> Any:
        raise PartialFailure(self._words, ResourceState("1", news, self._outputs))


@asynccontextmanager
async def serving(kind: Any = None, options: Any = ()) -> AsyncIterator[tuple[Servicer, Any]]:
    """A host's servicer on a server like the host's, and a stub for it."""
    reports = EngineReporter("127.0.0.1:1")
    servicer = Servicer(reports, Path.cwd(), None if kind is None else {"Agent": kind})
    server = grpc.aio.server(interceptors=[AnswerInterceptor(servicer.error_text)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
            yield servicer, provider_pb2_grpc.ResourceProviderStub(channel)
    finally:
        await server.stop(None)
        await reports.close()


async def told(stub: Any, name: str) -> str:
    """The text of the error that a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asyncio.wait_for(getattr(stub, name)(REQUESTS[name]), SECONDS)
    text = caught.value.details()
    assert text and len(quote(text, " ")) < MOST_BYTES * 1.4 and "\0" not in text
    assert caught.value.code() is not grpc.StatusCode.CANCELLED
    return text


def test_every_method_of_the_protocol_is_tried() -> None:
    methods = {name for name in dir(provider_pb2_grpc.ResourceProviderServicer) if not name.startswith("_")}
    assert methods - REQUESTS.keys() <= {"List", "StreamInvoke"}  # streams, which the host has none of
    assert set(OF_A_KIND) < set(OWN)


@pytest.mark.parametrize("failure", FAILURES)
def test_each_method_answers_whatever_its_kind_ends_in(failure: str) -> None:
    async def ask_all() -> None:
        async with serving(Torn(FAILURES[failure])) as (_, stub):
            for name in OF_A_KIND:
                assert "bug" in await told(stub, name)
            assert (await stub.GetPluginInfo(empty_pb2.Empty())).version

    asyncio.run(ask_all())


@pytest.mark.parametrize("failure", FAILURES)
def test_a_method_that_nobody_guarded_answers_too(monkeypatch: pytest.MonkeyPatch, failure: str) -> None:
    """One net is under all methods: each failure falls into it from some, and each method with some failures."""
    place = list(FAILURES).index(failure)
    names = [name for at, name in enumerate(REQUESTS) if (at - place) % 5 == 0]

    async def fail(self: Any, request: Any, context: Any) -> NoReturn:
        raise FAILURES[failure]()

    for name in names:
        monkeypatch.setattr(Servicer, name, fail)

    async def ask_all() -> None:
        async with serving() as (_, stub):
            for name in names:
                assert "bug" in await told(stub, name)

    asyncio.run(ask_all())


def test_each_of_its_own_methods_is_guarded_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the server's net: what a method cannot do is an answer."""

    def fail(*_: Any, **__: Any) -> NoReturn:
        raise SystemExit("\ud83d")

    async def ask_all() -> None:
        servicer = Servicer(EngineReporter("127.0.0.1:1"), Path.cwd())
        server = grpc.aio.server()
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        for name in ("from_struct", "plugin_pb2", "provider_pb2", "HandlerError"):
            monkeypatch.setattr(f"providers.host.servicer.{name}", fail)
        monkeypatch.setattr(servicer, "stop_writing", fail)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            for name in OWN:
                await told(stub, name)
        await server.stop(None)

    asyncio.run(ask_all())


def test_what_the_redactor_cannot_redact_is_not_shown() -> None:
    async def ask() -> None:
        async with serving(Torn(lambda: ValueError("example-token of +12025550101"))) as (servicer, stub):

            def redact(text: str) -> NoReturn:
                raise RuntimeError(text)

            servicer.redact = redact  # type: ignore[assignment]
            for name in OF_A_KIND:
                text = await told(stub, name)
                assert "ValueError" in text
                assert "example-token" not in text and "5550101" not in text

    asyncio.run(ask())


DEEP: list[Any] = []
for _ in range(300):
    DEEP = [DEEP]
UNHOLDABLE = {
    "name": "Sales \ud83d",
    "big": 10**400,
    "exact": 2**53,
    "deep \ud83d": DEEP,
    "set": {1},
    "nested": {"\udce9": ["\udce9", None, True, 1.5, object]},
    "follow_me_number": "+1202\ud83d",
}


def test_a_resource_that_is_there_is_answered_whatever_its_properties_are() -> None:
    async def ask() -> None:
        async with serving(Sound(UNHOLDABLE, "Bad \ud83d\0 " + "x" * 10_000), CHANNEL_OPTIONS) as (_, stub):
            found = from_struct((await stub.Create(REQUESTS["Create"])).properties)
            assert found["name"] == r"Sales \ud83d"
            assert found["follow_me_number"] == r"+1202\ud83d"
            assert (found["big"], found["exact"]) == (str(10**400), 2**53)
            assert found["nested"][r"\udce9"][:4] == [r"\udce9", None, True, 1.5]
            assert r"deep \ud83d" in found and found["set"] == "{1}"
            assert (await stub.Read(REQUESTS["Read"])).id == "1"
            assert (await stub.Check(REQUESTS["Check"])).inputs.fields
            assert (await stub.Diff(REQUESTS["Diff"])).replaces == ["name"]
            assert (await told(stub, "Update")).startswith("Bad \\ud83d\N{REPLACEMENT CHARACTER} xxx")

    asyncio.run(ask())


def test_the_end_of_a_long_text_stays() -> None:
    async def ask() -> None:
        async with serving(Torn(FAILURES["a megabyte"])) as (_, stub):
            text = await told(stub, "Create")
            assert text.startswith("a bug in the provider host: ValueError: long long")
            assert " […] " in text and "Next: end (test_host_answers.py:" in text

    asyncio.run(ask())


def test_a_call_that_the_engine_gives_up_ends() -> None:
    """A real cancellation is none to be answered, and is passed on."""
    ended = asyncio.Event()

    class Slow(Torn):
        async def create(self, *_: Any) -> NoReturn:
            try:
                await asyncio.sleep(600)
            finally:
                ended.set()
            raise AssertionError

    async def ask() -> None:
        async with serving(Slow(ValueError)) as (_, stub):
            call = stub.Create(REQUESTS["Create"])
            await asyncio.sleep(0.2)
            call.cancel()
            await asyncio.wait_for(ended.wait(), SECONDS)
            assert (await stub.GetPluginInfo(empty_pb2.Empty())).version

    asyncio.run(ask())
