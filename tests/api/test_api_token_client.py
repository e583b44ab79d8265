"""A token goes to its own server and to no other, wherever a redirect leads."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from digo.api import Access, AsyncClient, Client
from digo.api.calls import list_agents
from digo.api.errors import ApiError
from digo.api.token_client import RedirectRefused, TokenClient, origin_of
from digo.ci.failure import HostingError
from digo.ci.github import GitHub
from digo.ci.gitlab import GitLab
from digo.ci.hosting import Hosting
from tests.api.api_values import HASTY
from tests.scenarios.two_servers import Recorder, certificate, recorder

TOKEN = "example-hosting-token"
ROOT = Path(__file__).resolve().parents[2]
SECRETS = [
    {"PRIVATE-TOKEN": TOKEN},
    {"Authorization": f"Bearer {TOKEN}"},
    {"JOB-TOKEN": TOKEN, "X-Api-Key": TOKEN, "Cookie": f"session={TOKEN}"},
]


@pytest.fixture
def own() -> Iterator[Recorder]:
    with recorder() as server:
        yield server


@pytest.fixture
def other() -> Iterator[Recorder]:
    with recorder() as server:
        yield server


def client(own: Recorder, secret: dict[str, str] | None = None) -> TokenClient:
    return TokenClient(own.url, secret or SECRETS[0], {"Accept": "application/json"}, 10, 1 << 20)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: next(iter(secret)))
def test_another_port_is_another_server(own: Recorder, other: Recorder, secret: dict[str, str], status: int) -> None:
    own.redirects["/file"] = (status, f"{other.url}/there")
    reply = client(own, secret).request("GET", "/file")
    assert reply.json() == {"path": "/there"}
    assert TOKEN in own.texts()
    ((_, _, headers),) = other.seen
    assert TOKEN not in other.texts() and "example-cookie" not in other.texts()
    assert headers["accept"] == "application/json"


def test_another_name_of_the_same_machine_is_another_server(own: Recorder) -> None:
    own.redirects["/file"] = (302, own.url.replace("127.0.0.1", "localhost") + "/there")
    client(own).request("GET", "/file")
    assert [TOKEN in str(headers) for _, _, headers in own.seen] == [True, False]


@pytest.mark.parametrize("location", ["/there", "there", "?a=b", "{url}/there", "//{host}/there", "{upper}/there"])
def test_the_same_server_keeps_the_token(own: Recorder, location: str) -> None:
    host = own.url.removeprefix("http://")
    own.redirects["/file"] = (302, location.format(url=own.url, host=host, upper=f"HTTP://{host}"))
    assert client(own).request("GET", "/file").is_success
    assert [headers["private-token"] for _, _, headers in own.seen] == [TOKEN, TOKEN]


def test_the_way_back_is_without_the_token(own: Recorder, other: Recorder) -> None:
    own.redirects["/file"] = (302, f"{other.url}/there")
    other.redirects["/there"] = (302, f"{own.url}/secret?by=them")
    client(own).request("GET", "/file")
    assert ["private-token" in headers for _, _, headers in own.seen] == [True, False]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("status", [302, 307])
def test_what_writes_is_sent_nowhere_else(own: Recorder, other: Recorder, method: str, status: int) -> None:
    own.redirects["/notes"] = (status, f"{other.url}/there")
    with pytest.raises(RedirectRefused, match=r"a redirect to http://127\.0\.0\.1:\d+/there, and only a GET"):
        client(own).request(method, "/notes", json={"body": "a plan"})
    assert other.seen == []


def test_from_https_to_http_nothing_is_sent(tmp_path: Path, other: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with recorder(file) as own:
        own.redirects["/file"] = (302, f"{other.url}/there?signature=abc")
        with pytest.raises(RedirectRefused, match=r"from https to http://127\.0\.0\.1:\d+/there, which is not enc"):
            client(own).request("GET", "/file")
        assert other.seen == []


def test_the_certificate_is_checked_where_a_redirect_goes_from_http_to_https(tmp_path: Path, own: Recorder) -> None:
    with recorder(certificate(tmp_path)) as other:
        own.redirects["/file"] = (302, f"{other.url}/there")
        with pytest.raises(httpx.ConnectError):
            client(own).request("GET", "/file")
        assert other.seen == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "javascript:alert(1)", "http://[::1", "ftp://127.0.0.1/x"])
def test_what_is_no_http_address_is_refused(own: Recorder, location: str) -> None:
    own.redirects["/file"] = (302, location)
    with pytest.raises(httpx.HTTPError):
        client(own).request("GET", "/file")
    assert len(own.seen) == 1


def test_a_circle_ends(own: Recorder) -> None:
    own.redirects["/file"] = (302, "/file")
    with pytest.raises(RedirectRefused, match="more than 5 redirects"):
        client(own).request("GET", "/file")


def test_a_user_in_the_location_is_neither_used_nor_shown(own: Recorder, other: Recorder) -> None:
    host = other.url.removeprefix("http://")
    own.redirects["/file"] = (302, f"http://user:example-password@{host}/there")
    client(own).request("GET", "/file")
    assert "authorization" not in other.seen[0][2]
    with pytest.raises(RedirectRefused) as refused:
        client(own).request("POST", "/file")
    assert "example-password" not in str(refused.value)


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("https://a.example", "https://A.example:443/x", True),
        ("http://a.example:80", "http://a.example./y", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://b.a.example", False),
        ("https://a.example", "https://a.example.evil.example", False),
        ("https://a.example", "https://a.example@evil.example", False),
    ],
)
def test_what_one_server_is(one: str, another: str, same: bool) -> None:
    assert (origin_of(httpx.URL(one)) == origin_of(httpx.URL(another))) is same


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_each_hosting_service_keeps_its_token(own: Recorder, other: Recorder, service: str, tmp_path: Path) -> None:
    """A list is asked for, and a comment is written, on a service that sends everything to another server."""
    (tmp_path / "event.json").write_text('{"pull_request": {"number": 5, "head": {"sha": "a"}}}')
    hosting: Hosting
    if service == "github":
        path = "/repos/o/r/issues/5/comments"
        hosting = GitHub(
            {
                "GITHUB_API_URL": own.url,
                "GITHUB_REPOSITORY": "o/r",
                "GITHUB_TOKEN": TOKEN,
                "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            }
        )
    else:
        path = "/projects/1/merge_requests/5/notes"
        hosting = GitLab(
            {
                "CI_API_V4_URL": own.url,
                "CI_PROJECT_ID": "1",
                "CI_MERGE_REQUEST_IID": "5",
                "DIGO_GITLAB_TOKEN": TOKEN,
            }
        )
    for address in (path, f"{path}?per_page=100&page=1", "/user"):
        own.redirects[address] = (307, f"{other.url}/there")
    with pytest.raises((HostingError, KeyError, TypeError, AttributeError)):
        list(hosting.comments())
    with pytest.raises(HostingError, match="only a GET is sent on"):
        hosting.add_comment("text")
    assert other.seen and own.seen
    assert TOKEN in own.texts() and TOKEN not in other.texts()


def test_the_accounts_clients_follow_no_redirect(own: Recorder, other: Recorder) -> None:
    access = Access(own.url, f"Bearer {TOKEN}")
    call = list_agents()
    own.redirects[f"/{call.path}"] = (307, f"{other.url}/v1/agents")
    with Client(access, limits=HASTY) as blocking, pytest.raises(ApiError, match="sends us to"):
        blocking.send(call)

    async def ask(connections: int) -> None:
        async with AsyncClient(access, limits=HASTY, connections=connections) as several:
            await several.send(call)

    for connections in (1, 4):
        with pytest.raises(ApiError, match="sends us to"):
            asyncio.run(ask(connections))
    assert len(own.seen) >= 3 and TOKEN in own.texts() and other.seen == []


def test_no_other_client_follows_redirects() -> None:
    """A new client with a token belongs into `TokenClient`."""
    found, looked_at = [], set()
    options = ("follow_redirects", "allow_redirects")
    # The Python library's own client follows redirects with all headers.
    own = ("urlopen", "urlretrieve")
    for package in ("digo", "providers", "engine", "protocol", "sandbox", "policy", "scripts", "bench"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if not any(word in text for word in (*options, *own)):
                continue
            looked_at.add(path.name)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.keyword) and node.arg in options:
                    follows = not (isinstance(node.value, ast.Constant) and node.value.value is False)
                    found += [path.name] if follows else []
                if isinstance(node, ast.Attribute) and node.attr in own:
                    found.append(path.name)
    assert found == [] and "token_client.py" in looked_at
