"""A hosting service for tests: the few calls of GitHub and GitLab that a pipeline makes, over real HTTP."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "example-hosting-token"
ME, OTHER = "github-actions[bot]", "somebody"
ME_ID, OTHER_ID = 7, 8
Reply = tuple[int, Any]


def _author(login: str) -> dict[str, int]:
    return {"id": ME_ID if login == ME else OTHER_ID}


def zipped(**files: str) -> bytes:
    """An artefact as it is downloaded; a file's name has `_` for its dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return made.getvalue()


@dataclass
class Service:
    """What the service stores. Notes have GitHub's and GitLab's fields at once. `strangers` are requests for files on
    another host, with the token that they brought. `moved` is where git is sent; `asked_elsewhere` counts who comes."""

    notes: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    files: dict[int, bytes] = field(default_factory=dict)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    merges: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pipelines: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    head_pipelines: dict[int, dict[str, Any]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    strangers: list[str | None] = field(default_factory=list)
    port: int = 0
    moved: str = ""
    asked_elsewhere: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add_note(self, body: str, login: str = OTHER) -> dict[str, Any]:
        """A comment, as if somebody had written it."""
        number = len(self.notes) + 1
        note = {"id": number, "body": body, "user": {"login": login}, "author": _author(login),
                "html_url": f"{self.url}/comment/{number}", "noteable_iid": 5}  # fmt: skip
        self.notes.append(note)
        return note

    def add_issue(self, body: str, labels: list[str], login: str = ME) -> dict[str, Any]:
        """An issue, as if somebody had opened it."""
        number = 100 + len(self.issues)
        issue = {"id": 1000 + number, "number": number, "iid": number, "body": body, "description": body,
                 "labels": labels, "state": "open", "user": {"login": login}, "author": _author(login),
                 "html_url": f"{self.url}/issue/{number}", "web_url": f"{self.url}/issue/{number}"}  # fmt: skip
        self.issues.append(issue)
        return issue

    def keep(self, name: str, content: bytes, run: int, *, expired: bool = False, **origin: Any) -> None:
        """An artefact of a run."""
        number = len(self.artifacts) + 1
        self.files[number] = content
        workflow_run = {"id": run, "head_branch": "topic", "repository_id": 1, "head_repository_id": 1, **origin}
        self.artifacts.append({"id": number, "name": name, "expired": expired, "workflow_run": workflow_run,
                               "created_at": f"2026-11-25T00:00:{number:02}Z"})  # fmt: skip

    def ran(
        self,
        number: int,
        head: str,
        *,
        event: str = "pull_request",
        conclusion: str = "success",
        repository: int = 1,
        branch: str = "topic",
    ) -> None:
        """A run of a workflow."""
        self.runs[number] = {"event": event, "conclusion": conclusion, "head_sha": head, "head_branch": branch,
                             "head_repository": {"id": repository}, "repository": {"id": 1}}  # fmt: skip

    def comments_of_mine(self) -> list[str]:
        return [note["body"] for note in self.notes if note["user"]["login"] == ME]

    def open_issues(self) -> list[str]:
        return [issue["body"] for issue in self.issues if issue["state"] == "open"]

    def answer(self, method: str, path: str, query: dict[str, str], content: dict[str, Any]) -> Reply:
        """The reply to a request, as GitHub or GitLab would give it."""
        self.log.append(f"{method} {path}")
        for expected, pattern, handle in ROUTES:
            if method == expected and (match := re.fullmatch(pattern, path)):
                return handle(self, match.groups(), query, content)
        return 404, {"message": f"no such call: {method} {path}"}


def _page(found: list[Any], query: dict[str, str]) -> Reply:
    size, number = min(100, int(query.get("per_page", "20"))), int(query.get("page", "1"))
    return 200, found[(number - 1) * size : number * size]


def _add_note(service: Service, groups: Any, query: Any, content: dict[str, Any]) -> Reply:
    return 201, service.add_note(content["body"], ME)


def _edit_note(service: Service, groups: Any, query: Any, content: dict[str, Any]) -> Reply:
    note = service.notes[int(groups[0]) - 1]
    note["body"] = content["body"]
    return 200, note


def _issues(service: Service, groups: Any, query: dict[str, str], content: Any) -> Reply:
    return _page([one for one in service.issues if one["state"] == "open" and query["labels"] in one["labels"]], query)


def _add_issue(service: Service, groups: Any, query: Any, content: dict[str, Any]) -> Reply:
    labels = content["labels"] if isinstance(content["labels"], list) else content["labels"].split(",")
    return 201, service.add_issue(content.get("body") or content["description"], labels)


def _edit_issue(service: Service, groups: Any, query: Any, content: dict[str, Any]) -> Reply:
    issue = next(one for one in service.issues if one["number"] == int(groups[0]))
    issue["body"] = issue["description"] = content.get("body") or content["description"]
    if content.get("state") == "closed" or content.get("state_event") == "close":
        issue["state"] = "closed"
    return 200, issue


def _artifacts(service: Service, groups: Any, query: dict[str, str], content: Any) -> Reply:
    return 200, {"artifacts": [one for one in service.artifacts if one["name"] == query["name"]]}


def _zip(service: Service, groups: Any, query: Any, content: Any) -> Reply:
    return 302, f"http://localhost:{service.port}/elsewhere/{groups[0]}"


def _merge_request(service: Service, groups: Any, query: Any, content: Any) -> Reply:
    return 200, {"iid": int(groups[0]), "head_pipeline": service.head_pipelines.get(int(groups[0]))}


def _lets_in(headers: Message) -> bool:
    """Whether a request has the token, in the form of either service or of git."""
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        return base64.b64decode(value).decode() == f"x-access-token:{TOKEN}"
    return TOKEN in (value, headers.get("PRIVATE-TOKEN"))


Handle = Callable[[Service, Any, dict[str, str], dict[str, Any]], Reply]
HUB, LAB = r"/repos/o/r", r"/projects/1"
KEPT = "digo-ci/(?:test/|fleet-)plan.json"
ROUTES: list[tuple[str, str, Handle]] = [
    ("GET", rf"{HUB}/issues/5/comments", lambda s, g, q, c: _page(s.notes, q)),
    ("POST", rf"{HUB}/issues/5/comments", _add_note),
    ("PATCH", rf"{HUB}/issues/comments/(\d+)", _edit_note),
    ("GET", rf"{HUB}/issues", _issues),
    ("POST", rf"{HUB}/issues", _add_issue),
    ("PATCH", rf"{HUB}/issues/(\d+)", _edit_issue),
    ("GET", rf"{HUB}/commits/(\w+)/pulls", lambda s, g, q, c: _page(s.merges.get(g[0], []), q)),
    ("GET", rf"{HUB}/actions/artifacts", _artifacts),
    ("GET", rf"{HUB}/actions/artifacts/(\d+)/zip", _zip),
    ("GET", rf"{HUB}/actions/runs/(\d+)", lambda s, g, q, c: (200, s.runs[int(g[0])])),
    ("GET", r"/user", lambda s, g, q, c: (200, {"id": ME_ID})),
    ("GET", rf"{LAB}/merge_requests/5/notes", lambda s, g, q, c: _page(s.notes, q)),
    ("POST", rf"{LAB}/merge_requests/5/notes", _add_note),
    ("PUT", rf"{LAB}/merge_requests/5/notes/(\d+)", _edit_note),
    ("GET", rf"{LAB}/issues", _issues),
    ("POST", rf"{LAB}/issues", _add_issue),
    ("PUT", rf"{LAB}/issues/(\d+)", _edit_issue),
    ("GET", rf"{LAB}/repository/commits/(\w+)/merge_requests", lambda s, g, q, c: _page(s.merges.get(g[0], []), q)),
    ("GET", rf"{LAB}/merge_requests/(\d+)", _merge_request),
    ("GET", rf"{LAB}/pipelines/(\d+)/jobs", lambda s, g, q, c: _page(s.pipelines[int(g[0])], q)),
    ("GET", rf"{LAB}/jobs/(\d+)/artifacts/{KEPT}", lambda s, g, q, c: (200, s.files[int(g[0])])),
]  # fmt: skip


@contextmanager
def running_service() -> Iterator[Service]:
    """The service on a free port of the loopback."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length)) if length else {}
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path.startswith("/elsewhere/o/r"):
                service.asked_elsewhere += 1
                self._reply(404, {})
            elif service.moved and "/info/refs" in parts.path:
                self._reply(302, f"{service.moved}{self.path}")
            elif parts.path.startswith("/elsewhere/"):
                service.strangers.append(self.headers.get("Authorization"))
                self._reply(200, service.files[int(parts.path.rsplit("/", 1)[-1])])
            elif not _lets_in(self.headers):
                self._reply(401, {"message": "Bad credentials"})
            else:
                self._reply(*service.answer(self.command, unquote(parts.path), query, content))

        def _reply(self, status: int, content: Any) -> None:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", content)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815  # http.server names them

        def log_message(self, format: str, *args: Any) -> None:
            """The log is the service's."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # seconds until it notices its end
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
