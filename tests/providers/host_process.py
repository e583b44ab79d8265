"""The real provider host as a process, driven over gRPC as an engine drives it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from digo.settings.limits import GuardLimits
from providers.host.properties import from_struct, to_struct
from tests.warm.warm_python import warm_environment

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "providers" / "host" / "pulumi-resource-pulumi-python"
ACCOUNT = "pulumi-python:dynamic/digo:Account"
AGENT = "pulumi-python:dynamic/digo:Agent"
LEAD = "pulumi-python:dynamic/digo:Lead"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:test::pulumi-digo::{type_}::{name}"


class EngineLog(engine_pb2_grpc.EngineServicer):
    """Keeps what the host tells its engine."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    def Log(self, request: Any, context: Any) -> empty_pb2.Empty:
        self.messages.append(request)
        return empty_pb2.Empty()


class Host:
    """A running host. Its methods are the protocol's, with plain property bags."""

    def __init__(self, process: subprocess.Popen[str], port: int, log: EngineLog, project: Path) -> None:
        self.process = process
        self.log = log
        self.project = project
        self._judged = False
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.max_metadata_size", 16 << 20)])
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def configure(self, **config: str) -> None:
        args = struct_pb2.Struct()
        args.update({f"digo:{name}": value for name, value in config.items()})
        self.stub.Configure(provider_pb2.ConfigureRequest(args=args))
        self._judged = False

    def check(
        self, type_: str, name: str, news: dict[str, Any], olds: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self._judged = self._judged or type_ == ACCOUNT
        request = provider_pb2.CheckRequest(urn=urn(type_, name), news=to_struct(news), olds=to_struct(olds or {}))
        response = self.stub.Check(request)
        return from_struct(response.inputs), [(failure.property, failure.reason) for failure in response.failures]

    def judge(self) -> None:
        """Has the guards judge this run once, as the program's `Account` does. Without it the host writes nothing."""
        if self._judged:
            return
        census = {"endpoint": "http://h", "profile": "digo", "seen": 3, "unblocked": 3, "agents": {}, "leads": {}}
        run = {
            "census": census,
            "limits": GuardLimits().model_dump(),
            "plan": "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst",
            "approvals": [],
            "folder": "config/test",
        }
        self.check(ACCOUNT, "account", {"endpoint": "http://h", "profile": "digo", "seen": 3, "run": run})

    def diff(
        self,
        type_: str,
        name: str,
        id: str,
        old_inputs: dict[str, Any],
        news: dict[str, Any],
        outputs: dict[str, Any] | None = None,
    ) -> Any:
        olds = to_struct(old_inputs if outputs is None else outputs)
        request = provider_pb2.DiffRequest(
            id=id, urn=urn(type_, name), olds=olds, old_inputs=to_struct(old_inputs), news=to_struct(news)
        )
        return self.stub.Diff(request)

    def create(self, type_: str, name: str, news: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        self.judge()
        request = provider_pb2.CreateRequest(urn=urn(type_, name), properties=to_struct(news))
        response = self.stub.Create(request)
        return response.id, from_struct(response.properties)

    def create_all(self, type_: str, news: dict[str, dict[str, Any]]) -> dict[str, tuple[str, dict[str, Any]]]:
        """All at once, as an engine with enough parallelism does."""
        self.judge()
        with ThreadPoolExecutor(len(news)) as pool:
            made = pool.map(lambda item: self.create(type_, *item), news.items())
            return dict(zip(news, made, strict=True))

    def read(self, type_: str, name: str, id: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
        request = provider_pb2.ReadRequest(
            id=id, urn=urn(type_, name), inputs=to_struct(inputs), properties=to_struct(outputs)
        )
        return self.stub.Read(request)

    def update(
        self, type_: str, name: str, id: str, news: dict[str, Any], outputs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        self.judge()
        request = provider_pb2.UpdateRequest(
            id=id, urn=urn(type_, name), news=to_struct(news), olds=to_struct(outputs or {})
        )
        return from_struct(self.stub.Update(request).properties)

    def delete(self, type_: str, name: str, id: str) -> None:
        self.stub.Delete(provider_pb2.DeleteRequest(id=id, urn=urn(type_, name)))

    def cancel(self) -> None:
        self.stub.Cancel(empty_pb2.Empty())

    def words(self) -> str:
        """All that the host said or kept: messages to the engine, standard error, the journals of its runs."""
        journals = (self.project / ".digo").rglob("*.jsonl")
        kept = [path.read_text() for path in (self.project / "stderr.txt", *journals)]
        return "\n".join([*kept, *(message.message for message in self.log.messages)])

    def hang_up(self) -> None:
        """Ends the connection, and with it all that is under way on it."""
        self._channel.close()

    def stop(self) -> int:
        """Ends it as an engine does: SIGINT."""
        self.hang_up()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


def project_in(folder: Path) -> Path:
    """A project folder of its own, since the host keeps its journal where it runs."""
    project = folder / "project"
    project.mkdir(exist_ok=True)
    for name in ("digo", "providers", "engine", "protocol"):
        if not (project / name).exists():
            (project / name).symlink_to(ROOT / name)
    return project


def patience(folder: Path) -> dict[str, str]:
    """For the environment of a host that gives what is under way a minute to end. A user's gives it three seconds: on a
    busy machine those are over before a test has let it go on."""
    (folder / "sitecustomize.py").write_text(
        "from providers.host import serving\n\nassert serving.GRACE_SECONDS\nserving.GRACE_SECONDS = 60.0\n"
    )
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


def host_environ(environ: dict[str, str]) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_"))
    }
    return {**inherited, "PULUMI_RUNTIME_VIRTUALENV": str(warm_environment()), **environ}


@contextmanager
def running_host(folder: Path, environ: dict[str, str]) -> Iterator[Host]:
    log = EngineLog()
    server = grpc.server(ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(log, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    project = project_in(folder)
    with (project / "stderr.txt").open("w") as stderr:
        process = subprocess.Popen(
            [str(LAUNCHER), f"127.0.0.1:{port}"],
            cwd=project,
            env=host_environ(environ),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        assert process.stdout is not None
        yield Host(process, int(process.stdout.readline()), log, project)
    finally:
        process.kill()
        process.communicate()
        server.stop(None)
