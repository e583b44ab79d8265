"""The service as DIGO meets it: the page's request and reply, secrets, limits, reloads, workers, metrics."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from digo.masking.reload import Reloader
from digo.masking.routes_link import RoutesFeed
from sandbox.testing import NO_TLS
from tests.masking.masking_project import SECRET, Project, Service
from tests.warm.warm_sandbox import start_sandbox

MASKING, OTHER_MASKING = "+12025550100", "+12025550110"
CALLER, CALLEE, OTHER, DEFAULT, FAILOVER = (f"+120255501{n}" for n in ("01", "42", "43", "98", "99"))
Start = Callable[..., Service]


def routes(callee: str = CALLEE, **more: Any) -> dict[str, Any]:
    return {"masking": {"rides": {"numbers": [MASKING], "routes": [{"caller": CALLER, "callee": callee}], **more}}}


STANDING = routes(default={"callee": DEFAULT}) | {"failover": {"callee": FAILOVER}}


@pytest.fixture
def service(project: Project, start: Start) -> Service:
    project.write("masking.yaml", STANDING)
    return start()


@pytest.fixture(scope="module")
def shared_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for the tests that only ask."""
    project = Project(tmp_path_factory.mktemp("service") / "project")
    project.write("masking.yaml", STANDING)
    service = Service(project, warm=True)
    yield service
    service.stop()


def test_it_answers_the_pages_request_with_the_pages_reply(shared_service: Service) -> None:
    response = shared_service.ask(MASKING, CALLER)
    assert response.content == b'[{"transfer":{"type":"number","data":["+12025550142"]}}]'
    assert response.headers["content-type"] == "application/json"
    # The page writes a dash after the country code.
    assert shared_service.rings("+1-2025550100", "+1-2025550101") == CALLEE
    assert shared_service.rings(MASKING, OTHER) == DEFAULT
    assert shared_service.rings("+12025550177", CALLER) == FAILOVER
    assert shared_service.rings("", "anonymous") == FAILOVER


def test_nobody_is_an_empty_list_of_actions(project: Project, start: Start) -> None:
    project.write("masking.yaml", routes())
    service = start()
    assert service.ask(MASKING, OTHER).json() == []
    assert "left to DIGO's own failover" in service.log


def test_numbers_go_out_without_a_plus_where_the_stack_says_so(project: Project, start: Start) -> None:
    (project.folder / "Pulumi.test.yaml").write_text("config: {'digo:numberForm': digits}\n")
    project.write("masking.yaml", routes())
    assert start().rings(MASKING, CALLER) == CALLEE[1:]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"null",
        b"1",
        b"{}",
        b'{"caller_id_number": "+12025550101"}',
        b"[" * 5000,
        b'"' + b"x" * 3000 + b'"',
    ],
)
def test_what_is_no_request_is_refused_and_harms_nobody(shared_service: Service, body: bytes) -> None:
    response = shared_service.http.post("/masking", content=body)
    assert (response.status_code, response.json()["error"]) == (400, "bad request")
    assert response.json()["reason"]
    assert shared_service.rings(MASKING, CALLER) == CALLEE


def test_a_large_body_and_another_method_are_refused(shared_service: Service) -> None:
    assert shared_service.http.post("/masking", content=b"x" * 10_000).status_code == 413
    assert shared_service.http.get("/masking").status_code == 405
    assert shared_service.http.post("/elsewhere").status_code == 404
    assert shared_service.rings(MASKING, CALLER) == CALLEE


def test_a_request_that_does_not_come_to_its_end_is_given_up(shared_service: Service) -> None:
    host, port = shared_service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"POST /masking HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        assert connection.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_secret_in_header_or_path_is_needed(project: Project, start: Start) -> None:
    project.write("masking.yaml", routes())
    service = start(DIGO_MASKING_SECRET=SECRET)
    for options in (
        {},
        {"headers": {"X-Digo-Secret": "wrong"}},
        {"path": "/masking/wrong"},
        {"headers": {"X-Other": SECRET}},
        {"headers": {"X-Digo-Secret": ""}},
    ):
        response = service.ask(MASKING, CALLER, **options)
        assert (response.status_code, response.json()) == (401, {"error": "unauthorized"}), options
    for options in ({"headers": {"X-Digo-Secret": SECRET}}, {"path": f"/masking/{SECRET}"}):
        assert service.ask(MASKING, CALLER, **options).json()[0]["transfer"]["data"] == [CALLEE]
    assert service.http.get("/healthz").status_code == 200
    service.stop()
    assert SECRET not in service.log + service.access


def test_strangers_are_not_let_in_by_mistake(project: Project) -> None:
    project.write("masking.yaml", routes())
    done = project.run("masking", "serve", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 1
    assert "set DIGO_MASKING_SECRET" in done.stderr
    (project.folder / "Pulumi.test.yaml").write_text(f"config: {{'digo:maskingSecret': {SECRET}}}\n")
    done = project.run("masking", "serve", "--port", "0")
    assert (done.returncode, "digo:maskingSecret is in clear text" in done.stderr) == (1, True)


def test_the_access_log_has_masked_numbers_and_one_line_a_request(service: Service) -> None:
    service.ask(MASKING, CALLER)
    service.ask(MASKING, OTHER, call="1.2\nmasking: status=200 forged")
    service.wait(lambda: len(service.access.splitlines()) >= 2)
    first, second = service.access.splitlines()
    assert "status=200 outcome=route call=1642000000.000012 to=***0100 from=***0101 rings=***0142 ms=" in first
    assert "outcome=default call=1.2?masking??status?200?forged" in second
    assert "2025550" not in service.access


def test_a_reader_of_the_log_that_stands_still_holds_up_no_call(project: Project, start: Start) -> None:
    project.write("masking.yaml", routes())
    reader, writer = os.pipe()
    requests = 1000  # whose lines are more than a pipe takes
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        requests = 200
    try:
        service = start(access=writer)
        assert {service.ask(MASKING, CALLER, call="1" * 64).status_code for _ in range(requests)} == {200}
        assert service.stop() == 0
    finally:
        os.close(reader)
        os.close(writer)


def test_a_changed_file_is_taken_over(project: Project, service: Service) -> None:
    project.write("masking.yaml", routes(OTHER))
    service.wait(lambda: service.rings(MASKING, CALLER) == OTHER)
    assert service.http.get("/healthz").json()["problem"] is None


def test_an_agent_of_the_base_is_taken_over_as_well(project: Project, start: Start) -> None:
    def base(number: str) -> None:
        project.write("../_base/agents.yaml", {"agents": {"sales": {"name": "Sales", "follow_me_number": number}}})

    base(CALLEE)
    project.write("environment.yaml", {"extends": "_base"})
    project.write("routes.txt", f"caller,callee\n{DEFAULT},{CALLEE}\n")
    rides = {"numbers": [MASKING], "routes": [{"caller": CALLER, "agent": "sales"}], "files": ["routes.txt"]}
    project.write("masking.yaml", {"masking": {"rides": rides}})
    service = start()
    assert service.rings(MASKING, CALLER) == CALLEE
    base(OTHER)
    service.wait(lambda: service.rings(MASKING, CALLER) == OTHER)
    project.write("routes.txt", f"caller,callee\n{DEFAULT},{OTHER}\n")
    service.wait(lambda: service.rings(MASKING, DEFAULT) == OTHER)


def test_a_broken_file_keeps_the_old_routes_and_says_so(project: Project, service: Service) -> None:
    project.write("masking.yaml", 'masking:\n  rides:\n    numbers: ["+1202"]\n')
    problem = service.wait(lambda: service.http.get("/healthz").json()["problem"])
    assert "config/test/masking.yaml:3:15: masking.rides.numbers.0: " in problem
    assert service.rings(MASKING, CALLER) == CALLEE
    service.wait(lambda: "the routes before it stay in force" in service.log)
    assert "digo_masking_config_ok 0.0" in service.http.get("/metrics").text
    project.write("masking.yaml", routes(OTHER))
    service.wait(lambda: service.rings(MASKING, CALLER) == OTHER)
    service.wait(lambda: service.http.get("/healthz").json()["problem"] is None)
    assert "digo_masking_config_ok 1.0" in service.http.get("/metrics").text


def test_a_file_that_vanishes_keeps_the_old_routes(project: Project, service: Service) -> None:
    (project.config / "masking.yaml").unlink()
    assert "cannot be read" in service.wait(lambda: service.http.get("/healthz").json()["problem"])
    assert service.rings(MASKING, CALLER) == CALLEE


def test_a_clean_up_of_temporary_files_finds_nothing_to_take(project: Project, start: Start, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    project.write("masking.yaml", routes())
    service = start(TMPDIR=str(tmp_path / "tmp"))
    assert service.rings(MASKING, CALLER) == CALLEE
    project.write("masking.yaml", routes(OTHER))
    service.wait(lambda: service.rings(MASKING, CALLER) == OTHER)
    assert service.http.get("/metrics").status_code == 200
    assert list((tmp_path / "tmp").iterdir()) == []
    assert service.stop() == 0


def wait_for_reloads(service: Service, before: int) -> None:
    service.wait(lambda: service.log.count("new routes are in force") > before)


def wait_for_answer(service: Service, answers: Mapping[str | None, int], callee: str, before: int) -> None:
    service.wait(lambda: answers.get(callee, 0) > before)


def test_nothing_is_dropped_while_routes_change(project: Project, start: Start) -> None:
    project.write("masking.yaml", routes(CALLEE))
    service = start("--workers", "2", "--no-access-log")
    answers: dict[str | None, int] = {}
    failures: list[Exception] = []
    over = threading.Event()

    def load() -> None:
        with httpx.Client(base_url=service.url, verify=NO_TLS, trust_env=False, timeout=60) as http:
            body = {"call_to_number": MASKING, "caller_id_number": CALLER}
            while not over.wait(0.002):
                try:
                    number = http.post("/masking", json=body).raise_for_status().json()[0]["transfer"]["data"][0]
                    answers[number] = answers.get(number, 0) + 1
                except Exception as problem:
                    failures.append(problem)

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for reload in range(3):
        callee = (OTHER, CALLEE)[reload % 2]
        project.write("masking.yaml", routes(callee))
        wait_for_reloads(service, reload)
        answered = answers.get(callee, 0)
        wait_for_answer(service, answers, callee, answered)
    over.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert set(answers) == {CALLEE, OTHER}


def test_metrics_are_of_all_workers(project: Project, start: Start) -> None:
    project.write("masking.yaml", routes())
    service = start("--workers", "2", DIGO_MASKING_SECRET=SECRET)
    for _ in range(20):
        with httpx.Client(base_url=service.url, verify=NO_TLS, trust_env=False) as http:
            body = {"call_to_number": MASKING, "caller_id_number": CALLER}
            http.post("/masking", json=body, headers={"X-Digo-Secret": SECRET})
            http.post("/masking", json=body)

    def metrics() -> str:
        return httpx.get(f"{service.url}/metrics", verify=NO_TLS, trust_env=False).text

    # A request is counted after its answer.
    service.wait(lambda: "digo_masking_seconds_count 40.0" in metrics())
    for _ in range(5):
        text = metrics()
        assert 'digo_masking_requests_total{outcome="route"} 20.0' in text
        assert 'digo_masking_requests_total{outcome="unauthorized"} 20.0' in text
        assert "digo_masking_seconds_count 40.0" in text
        assert "digo_masking_routes 2.0" in text
    assert "2025550" not in text


def test_a_worker_that_dies_is_replaced(project: Project, start: Start) -> None:
    project.write("masking.yaml", routes())
    service = start("--workers", "2")
    service.wait(lambda: len(service.workers()) == 2)
    first, second = service.workers()
    first.kill()
    service.wait(lambda: len(service.workers() - {first}) == 2)
    assert second in service.workers()
    assert service.rings(MASKING, CALLER) == CALLEE


def test_a_broken_config_or_a_taken_port_does_not_start(project: Project) -> None:
    project.write("masking.yaml", {"masking": {"rides": {}}})
    done = project.run("masking", "serve", "--port", "0")
    assert (done.returncode, "masking.rides.numbers: is missing" in done.stderr) == (1, True)
    project.write("masking.yaml", routes())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = project.run("masking", "serve", "--port", str(taken.getsockname()[1]))
    assert (done.returncode, "cannot be used" in done.stderr) == (1, True)


def test_the_sandbox_rings_whom_the_service_says(project: Project, start: Start, tmp_path: Path) -> None:
    project.write("masking.yaml", routes(anonymous={"callee": DEFAULT}))
    service = start(DIGO_MASKING_SECRET=SECRET)
    (tmp_path / "account").mkdir()
    with start_sandbox(
        tmp_path / "account",
        masking_url=f"{service.url}/masking",
        masking_header=f"X-Digo-Secret: {SECRET}",
        masking_failover=FAILOVER,
    ) as sandbox:
        came_of_it = sandbox.inbound(CALLER, MASKING)
        assert (came_of_it["outcome"], came_of_it["destination"]) == ("transferred", CALLEE)
        came_of_it = sandbox.inbound(OTHER, MASKING)
        assert (came_of_it["outcome"], came_of_it["destination"]) == ("failover", FAILOVER)
        came_of_it = sandbox.inbound("anonymous", MASKING)
        assert (came_of_it["outcome"], came_of_it["destination"]) == ("transferred", DEFAULT)
        service.stop()
        came_of_it = sandbox.inbound(CALLER, MASKING)
        assert (came_of_it["outcome"], came_of_it["problem"]) == ("failover", "no reply: ConnectError")
        assert json.dumps(came_of_it)


@pytest.mark.usefixtures("warm_tables")
def test_a_half_written_file_of_routes_is_not_taken_over(project: Project, tmp_path: Path) -> None:
    routes = project.write("routes.csv", f"caller,callee\n{CALLER},{CALLEE}\n")
    project.write("masking.yaml", {"masking": {"rides": {"numbers": [MASKING], "files": ["routes.csv"]}}})
    told: list[str] = []
    feed = RoutesFeed()
    reloader = Reloader(project.config, project.folder, feed, told.append)
    assert reloader.first().problem is None
    with routes.open("w") as file:
        file.write("caller,callee\n")
        for number in range(20):
            file.write(f"+12125550{100 + number},{OTHER}\n")
            file.flush()
            reloader.look()
        file.write(f"{CALLER},{OTHER}\n")
    reloader.look()
    assert told == []
    reloader.look()
    assert told == ["masking: new routes are in force: 22"]
    reloader.look()
    assert len(told) == 1
    feed.close()
