"""A provider host for tests: `host.py FOLDER ENGINE_ADDRESS`. `resident_host` has it in the test's own process.

What it manages lies in `FOLDER/world/<id>.json`, one file a resource, so that tests see it and it outlives the
process. Each call is a line in `FOLDER/calls.jsonl`. `FOLDER/behaviour.json` says how the host is made (`diff`: false
for a host that leaves that to the engine).
Inputs steer single resources: `fail` names a method that fails, `partial` one that ends half-done, `replace_on` and
`delete_first` the keys whose change replaces, `wait` seconds that Create takes unless it is cancelled, `deaf` seconds
that it takes anyway, `die` a method in which the host kills itself (`create-after`: once the thing exists), `after` a
thing whose Create must have begun first, `invalid` what Check objects to, `status` a line to log.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, json_format, struct_pb2
from google.rpc import status_pb2

if __name__ == "__main__":
    # A script has its own folder on the path, not the repository; and the SDK would take most of its start.
    sys.path.insert(0, str(Path(__file__).parents[3]))
from protocol.messages import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_BEGIN_SECONDS = 60
SIGNATURE = "4dabf18193072939515e22adb298388d"


def as_dict(struct: struct_pb2.Struct) -> dict[str, Any]:
    return json_format.MessageToDict(struct)


def as_struct(values: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def opened(value: Any) -> Any:
    """The value with secrets opened: a host that accepts secrets gets them marked."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return opened(value["value"])
        return {key: opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [opened(item) for item in value]
    return value


class Host(provider_pb2_grpc.ResourceProviderServicer):
    """The servicer. `address` tells the engine's address, and `die` ends the host in the middle of a call."""

    def __init__(self, folder: Path, address: Callable[[], str], die: Callable[[], None]) -> None:
        self._folder = folder
        self._address = address
        self._die = die
        self._world = folder / "world"
        self._world.mkdir(exist_ok=True)
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._cancelled = threading.Event()
        self._begun: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self._behaviour = behaviour_of(self._folder)

    def let_go(self) -> None:
        """Ends the calls that wait."""
        self._cancelled.set()

    def _record(self, method: str, request: Any, **more: Any) -> None:
        line = {
            "method": method,
            "urn": getattr(request, "urn", ""),
            "id": getattr(request, "id", ""),
            "time": time.monotonic(),
            **more,
        }
        with self._lock, (self._folder / "calls.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def _steer(self, method: str, inputs: dict[str, Any], context: grpc.ServicerContext) -> None:
        if inputs.get("die") == method:
            self._die()
        if inputs.get("fail") == method:
            context.abort(grpc.StatusCode.UNKNOWN, f"{method} was told to fail")

    def _file(self, id_: str) -> Path:
        return self._world / f"{id_}.json"

    # The provider itself

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version="0.0.1")

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._begin()
        self._record("configure", request, args=as_dict(request.args), variables=dict(request.variables))
        if self._behaviour.get("configure") == "fail":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the token is missing")
        return provider_pb2.ConfigureResponse()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._record("cancel", request)
        self._cancelled.set()
        return empty_pb2.Empty()

    # Resources

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        news = as_dict(request.news)
        self._record("check", request, olds=as_dict(request.olds), news=news)
        failures = []
        if "invalid" in news:
            failures.append(provider_pb2.CheckFailure(property="invalid", reason=str(opened(news["invalid"]))))
        if "hopeless" in news:
            failures.append(provider_pb2.CheckFailure(reason="it is hopeless"))
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        olds, news = as_dict(request.old_inputs), as_dict(request.news)
        self._record("diff", request, olds=olds, news=news)
        changed = [key for key in {**olds, **news} if olds.get(key) != news.get(key)]
        changed = [key for key in changed if key not in ("ignored_by_host", "wait")]
        replaces = [key for key in changed if key in opened(news).get("replace_on", [])]
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some if changed else none,
            diffs=changed,
            replaces=replaces,
            deleteBeforeReplace=bool(news.get("delete_first")),
        )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        inputs = as_dict(request.properties)
        self._record("create", request, inputs=inputs, preview=request.preview, timeout=request.timeout)
        plain = opened(inputs)
        self._begun[request.name].set()
        if "after" in plain:
            self._begun[plain["after"]].wait(_BEGIN_SECONDS)
        if request.preview:
            outputs = {**inputs, "size": UNKNOWN}
            return provider_pb2.CreateResponse(properties=as_struct(outputs))
        if "status" in plain:
            self._log(plain["status"], request.urn)
        self._steer("create", plain, context)
        if plain.get("wait"):
            self._cancelled.wait(plain["wait"])
        if plain.get("deaf"):
            time.sleep(plain["deaf"])
        with self._lock:
            number = len(list(self._world.iterdir())) + 1
            id_ = f"{request.name}-{number}"
            self._file(id_).write_text(json.dumps(plain))
        if plain.get("die") == "create-after":
            self._die()
        outputs = {**inputs, "size": len(str(plain.get("value", "")))}
        if plain.get("partial") == "create":
            self._half_done(context, id_, outputs)
        self._record("created", request, made=id_)
        return provider_pb2.CreateResponse(id=id_, properties=as_struct(outputs))

    def _log(self, message: str, urn: str) -> None:
        with grpc.insecure_channel(self._address()) as channel:
            engine = engine_pb2_grpc.EngineStub(channel)
            for ephemeral in (True, False):
                engine.Log(
                    engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=ephemeral)
                )

    def _half_done(self, context: grpc.ServicerContext, id_: str, outputs: dict[str, Any]) -> None:
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=id_, properties=as_struct(outputs), reasons=["it did not become ready"]
            )
        )
        status = status_pb2.Status(code=2, message="half done", details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, "half done")

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        state = as_dict(request.properties)
        self._record("read", request, has_inputs=request.HasField("inputs"))
        self._steer("read", opened(state), context)
        file = self._file(request.id)
        if not file.exists():
            return provider_pb2.ReadResponse()
        found = json.loads(file.read_text())
        return provider_pb2.ReadResponse(
            id=request.id,
            inputs=as_struct(found),
            properties=as_struct({**found, "size": len(str(found.get("value", "")))}),
        )

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        news = as_dict(request.news)
        self._record("update", request, olds=as_dict(request.old_inputs), news=news, preview=request.preview)
        plain = opened(news)
        outputs = {**news, "size": len(str(plain.get("value", "")))}
        if request.preview:
            return provider_pb2.UpdateResponse(properties=as_struct(outputs))
        self._steer("update", plain, context)
        self._file(request.id).write_text(json.dumps(plain))
        if plain.get("partial") == "update":
            self._half_done(context, request.id, outputs)
        return provider_pb2.UpdateResponse(properties=as_struct(outputs))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._record("delete", request)
        self._steer("delete", opened(as_dict(request.old_inputs)), context)
        self._file(request.id).unlink(missing_ok=True)
        self._record("deleted", request)
        return empty_pb2.Empty()


def behaviour_of(folder: Path) -> dict[str, Any]:
    file = folder / "behaviour.json"
    return json.loads(file.read_text()) if file.exists() else {}


def serve(host: Host) -> tuple[grpc.Server, int]:
    """A running server of the host, and its port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=32))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def main() -> None:
    atexit.register(gc.freeze)
    folder, address = Path(sys.argv[1]), sys.argv[-1]
    with (folder / "started.jsonl").open("a") as file:
        file.write(
            json.dumps(
                {
                    "pid": os.getpid(),
                    "argv": sys.argv[2:],
                    "cwd": str(Path.cwd()),
                    "env": {key: value for key, value in os.environ.items() if key.startswith("PULUMI_")},
                }
            )
            + "\n"
        )
    if behaviour_of(folder).get("start") == "fail":
        sys.exit("the host was told not to start")
    server, port = serve(Host(folder, lambda: address, lambda: os.kill(os.getpid(), signal.SIGKILL)))
    # An engine that has nothing to do ends the host as soon as it has read the port.
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    print(port, flush=True)
    print("the host says hello", file=sys.stderr, flush=True)
    stop.wait()
    server.stop(0.1).wait()


if __name__ == "__main__":
    main()
