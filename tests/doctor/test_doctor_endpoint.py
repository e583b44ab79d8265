"""The route to an endpoint with TLS, with a proxy, and with a clock of its own."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest

from digo.api.access import Access
from digo.api.errors import NotSent
from digo.doctor.account import Read, check_clock
from digo.doctor.check import Skipped, Status
from digo.doctor.endpoint import certificate_of, check_endpoint, check_tls, route_to
from tests.scenarios.two_servers import certificate, recorder

NOW = datetime.now(timezone.utc)


@pytest.mark.parametrize(
    ("days", "trusted", "status", "said"),
    [
        (100.5, True, Status.OK, "CN=localhost ends in 100 days"),
        (3.5, True, Status.WARNING, "ends in 3 days"),
        (-2, True, Status.ERROR, "the certificate of CN=localhost ended on "),
        (-2, False, Status.ERROR, "the certificate of CN=localhost ended on "),
        (100, False, Status.ERROR, "is not trusted: self-signed certificate"),
    ],
)
def test_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: float, trusted: bool, status: Status, said: str
) -> None:
    file = certificate(tmp_path, days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with recorder(tls=file) as server:
        result = check_tls(certificate_of(route_to(Access(server.url, "example-token"))), NOW)
        # A handshake is not a request.
        assert server.seen == []
    assert result.status is status and said in result.found
    assert (result.next_step == "") == (status is Status.OK)


def test_a_server_without_tls_is_no_endpoint(tmp_path: Path) -> None:
    with recorder() as server, pytest.raises(OSError):
        certificate_of(route_to(Access(server.url.replace("http:", "https:"), "example-token")))


def test_a_port_where_nobody_listens(nobody: str) -> None:
    with pytest.raises(OSError):
        certificate_of(route_to(Access(nobody.replace("http:", "https:"), "example-token")))


def test_http_has_no_certificate(nobody: str) -> None:
    with pytest.raises(Skipped, match="http"):
        certificate_of(route_to(Access(nobody, "example-token")))


def test_a_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:canary-password@proxy.example.com:3128")
    route = route_to(Access("https://api.example.com", "example-token"))
    assert check_endpoint(route).found == "https://api.example.com through the proxy http://proxy.example.com:3128"
    assert check_endpoint(route, account="north").found.endswith("proxy.example.com:3128; the account north")
    with pytest.raises(Skipped, match="proxy"):
        certificate_of(route)


def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy.example.com:1080")
    with pytest.raises(NotSent, match="not an http"):
        route_to(Access("https://api.example.com", "example-token"))


def test_a_name_that_nobody_knows(nobody: str) -> None:
    route = replace(
        route_to(Access(nobody, "example-token")), host="api.example.com", problem="Name or service not known"
    )
    result = check_endpoint(route)
    assert result.status is Status.ERROR and "the name api.example.com cannot be looked up" in result.found
    with pytest.raises(Skipped):
        certificate_of(replace(route, encrypted=True))


def test_a_name_server_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    route = route_to(Access("https://api.example.com", "example-token"))
    assert (route.addresses, route.problem) == ((), "Name or service not known")


@pytest.mark.parametrize(
    ("ahead", "status", "said"),
    [
        (0, Status.OK, "agree"),
        (50, Status.OK, "agree"),
        (-50, Status.OK, "agree"),
        (600, Status.WARNING, "10 minutes ahead of"),
        (-10800, Status.WARNING, "3 hours behind"),
    ],
)
def test_the_clock(ahead: int, status: Status, said: str) -> None:
    date = format_datetime(NOW - timedelta(seconds=ahead), usegmt=True)
    result = check_clock(Read((), None, 200, date, 0.1, NOW))
    assert result is not None and result.status is status and said in result.found


@pytest.mark.parametrize("date", ["", "yesterday", "0"])
def test_a_reply_without_a_time_says_nothing_of_the_clock(date: str) -> None:
    assert check_clock(Read((), None, 200, date, 0.1, NOW)) is None
