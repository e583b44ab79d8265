"""What the host says: bugs without tracebacks or folders, no token, no number; and the vendor page's own replies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import pytest

from providers.host.properties import from_struct
from tests.providers.host_process import ACCOUNT, AGENT, LEAD, ROOT, Host, running_host
from tests.providers.host_values import WANTED, refusal
from tests.warm.warm_sandbox import start_sandbox

PAGE = ROOT / "tests" / "fixtures" / "page"
TOKEN = "canary-token-9d41"
EID, NUMBER = "600000000000001", "+915000001234"


@pytest.mark.parametrize(
    ("type_", "news", "says"),
    [
        (ACCOUNT, {}, "a bug in the provider host: KeyError: 'run' (account.py:"),
        (
            ACCOUNT,
            {"run": {"plan": "", "limits": {"maxCreates": "ask +12025550101"}, "census": {}}},
            "ValidationError: ",
        ),
        (ACCOUNT, {"run": {"plan": "", "limits": {}, "census": {"seen": "+1 202 555 0101"}}}, "ValueError: "),
    ],
)
def test_a_bug_is_one_short_text(quiet_host: Host, type_: str, news: dict[str, Any], says: str) -> None:
    told = refusal(quiet_host.check, type_, "x", news)
    assert told.startswith("a bug in the provider host: ")
    assert says in told
    assert "Traceback" not in told and 'File "' not in told
    assert str(ROOT) not in told and "/home" not in told and "site-packages" not in told
    assert "5550101" not in told and "555 0101" not in told


LEAD_WANTED = {"list_id": "4711", "phone": "+12025550101", "fields": {"field_1": "x"}}
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("status", {"status": 422, "message": f"+12025550101 was sent with {TOKEN}"}),
    ("status", {"status": 500, "message": f"12025550101 {TOKEN}"}),
    ("success-false", {"message": f"(202) 555-0101, {TOKEN}"}),
    ("unauthorized", {}),
    ("html", {}),
    ("lost-before", {}),
    ("truncated-json", {}),
    ("status", {"status": 429}),
]


def test_no_token_and_no_number_in_any_answer_or_log(tmp_path: Path) -> None:
    """Every way in which a request fails, one after another, on reads and on writes."""
    answers: list[str] = []

    def ask(call: Any, *arguments: Any) -> None:
        try:
            call(*arguments)
        except grpc.RpcError as problem:
            answers.append(str(problem.details()))  # type: ignore[attr-defined]

    with (
        start_sandbox(tmp_path, token=TOKEN) as sandbox,
        running_host(tmp_path, {"DIGO_AUTHORIZATION": TOKEN}) as host,
    ):
        host.configure(endpoint=sandbox.url, cps="0", lateSeconds="0")
        for method in ("GET", "POST"):
            for kind, parameters in FAULTS:
                sandbox.clear_faults()
                sandbox.fault(kind, method=method, times=4, **parameters)
                ask(host.create, AGENT, "a", WANTED)
                ask(host.read, AGENT, "a", "gone", {}, {})
                ask(host.create, LEAD, "l", LEAD_WANTED)
        ask(host.check, AGENT, "+12025550101", {"name": "", "follow_me_number": "+1202555010101010101"})
        said = "\n".join([host.words(), *answers])
    assert len(answers) > len(FAULTS)
    assert TOKEN not in said
    assert "***0101" in said and "[secret]" in said
    bare = "".join(char for char in said if char not in " ()-")
    assert "2025550101" not in bare
    assert "Traceback" not in said and str(ROOT) not in said


class PagesService(BaseHTTPRequestHandler):
    """Answers with the vendor page's samples as they are printed; only the X's of the list stand for digits."""

    created = False

    def do_GET(self) -> None:
        text = (PAGE / "list_agents_reply.txt").read_text()
        text = text.replace("+91XXXXXXXXXX", NUMBER).replace("XXXXXXXXXXXXXXX", EID)
        self._answer(text if type(self).created else "[]")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).created = True
        self._answer((PAGE / "add_agent_reply.txt").read_text())

    def _answer(self, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on the tests' output."""


@contextmanager
def pages_service() -> Iterator[str]:
    PagesService.created = False
    server = ThreadingHTTPServer(("127.0.0.1", 0), PagesService)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_pages_samples_as_replies(tmp_path: Path) -> None:
    """The page's reply to a create is not JSON, so the list decides; it shows the agent, once."""
    wanted = {"name": "Test Agent", "follow_me_number": NUMBER}
    with pages_service() as url, running_host(tmp_path, {"DIGO_AUTHORIZATION": TOKEN}) as host:
        host.configure(endpoint=url, cps="0", lateSeconds="0")
        eid, outputs = host.create(AGENT, "a", wanted)
        assert (eid, outputs["numeric_id"], outputs["custom_status"]) == (EID, "111111", 0)
        assert outputs["sticky_settings"] == {"timeout": None, "ring_strategy": None, "alternate_numbers": [""]}
        read = host.read(AGENT, "a", EID, {}, {})
        assert from_struct(read.inputs) == wanted
        assert not host.diff(AGENT, "a", EID, wanted, wanted).replaces
        assert host.create(AGENT, "a", wanted)[0] == EID
