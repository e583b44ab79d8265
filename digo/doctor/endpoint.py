"""Checks of the way to the endpoint: name, proxy, certificate."""

from __future__ import annotations

import socket
import ssl
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from datetime import datetime

import httpx

from digo.api.access import Access
from digo.api.certificates import ssl_verification
from digo.doctor.check import Result, Skipped, error, ok, warning
from digo.doctor.patience import within
from digo.project.backend import without_user
from digo.settings.sandbox_port import how_to_reach_it
from digo.text.counts import counted
from digo.text.unicode import visible

NAME_SECONDS = 5.0
TLS_SECONDS = 10.0
SOON_DAYS = 14
_PORTS = {"http": 80, "https": 443}
_DAY = 86_400
_SHOWN = 3


@dataclass(frozen=True)
class EndpointRoute:
    """How requests go to the endpoint.

    Attributes:
        address: the endpoint, with the sandbox's port where one is set.
        host: its host.
        port: its port.
        encrypted: whether it is https.
        proxy: the proxy without user and password, or None.
        addresses: the host's IP addresses; none where a proxy looks them up.
        problem: why the name has no addresses; "" where it has.
    """

    address: str
    host: str
    port: int
    encrypted: bool
    proxy: str | None
    addresses: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Certificate:
    """The server's certificate. `problem` says why it is not trusted; it is "" if it is."""

    ends: datetime
    issuer: str
    problem: str = ""


def route_to(access: Access) -> EndpointRoute:
    """Looks up the endpoint's name.

    Raises:
        NotSent: the environment's proxy cannot be used.
    """
    url = httpx.URL(access.address)
    proxy = access.proxy
    shown = None if proxy is None else without_user(proxy)
    route = EndpointRoute(access.address, url.host, url.port or _PORTS[url.scheme], url.scheme == "https", shown)
    if proxy is not None:
        return route
    try:
        found = within(NAME_SECONDS, lambda: socket.getaddrinfo(route.host, route.port, type=socket.SOCK_STREAM))
    except Late:
        return EndpointRoute(**{**vars(route), "problem": f"no answer about {route.host} within {NAME_SECONDS:g} s"})
    except (OSError, UnicodeError) as problem:
        return EndpointRoute(**{**vars(route), "problem": getattr(problem, "strerror", None) or str(problem)})
    return EndpointRoute(**{**vars(route), "addresses": tuple(dict.fromkeys(str(one[4][0]) for one in found))})


def check_endpoint(route: EndpointRoute, sandbox: int | None = None, account: str = "") -> Result:
    """Whether the endpoint's name is known, which proxy is asked, and which of its accounts it is.

    Args:
        route: how requests go there.
        sandbox: the port of the project's running sandbox, if it is not the one that is asked.
        account: the name of the account by `digo:account`; "" if it has none.
    """
    named = f"; the account {visible(account)}" if account else ""
    if sandbox is not None:
        return warning(
            f"{route.address}, and this project's sandbox is at port {sandbox}",
            "who answers has another account, often that of another project's sandbox",
            f"{how_to_reach_it(sandbox)}, if the sandbox is meant",
        )
    if route.proxy is not None:
        return ok(f"{route.address} through the proxy {route.proxy}{named}")
    if route.problem:
        return error(
            f"{route.address}: the name {route.host} cannot be looked up: {route.problem}",
            "no request can be sent",
            "correct digo:endpoint (or DIGO_ENDPOINT); or look at this machine's name server, VPN or proxy variables",
        )
    known = "" if route.host in route.addresses else f" is {', '.join(route.addresses[:_SHOWN])}"
    return ok(f"{route.address}{known}, without a proxy{named}")


def certificate_of(route: EndpointRoute) -> Certificate:
    """The certificate that the server shows. A handshake is not a request: the account sees none.

    Raises:
        Skipped: there is none to see.
        OSError: there is no connection.
        NotSent: the authorities that this machine trusts cannot be read.
    """
    if not route.encrypted:
        raise Skipped("the endpoint is http, on this machine")
    if route.proxy is not None:
        raise Skipped("the proxy makes the connection; a request says whether the certificate is right")
    if route.problem:
        raise Skipped("the endpoint's name is not known")
    trusted = ssl_verification(encrypted=True)
    assert isinstance(trusted, ssl.SSLContext)
    try:
        return within(TLS_SECONDS, lambda: _certificate(route, trusted))
    except Late:
        raise OSError(f"no TLS handshake with {route.host} within {TLS_SECONDS:g} s") from None


def _certificate(route: EndpointRoute, trusted: ssl.SSLContext) -> Certificate:
    try:
        return _read(_handshake(route, trusted))
    except ssl.SSLCertVerificationError as problem:
        anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anything.check_hostname = False
        anything.verify_mode = ssl.CERT_NONE
        return _read(_handshake(route, anything), problem.verify_message or "it is not trusted")


def _handshake(route: EndpointRoute, context: ssl.SSLContext) -> bytes:
    with (
        socket.create_connection((route.host, route.port), TLS_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=route.host) as encrypted,
    ):
        return encrypted.getpeercert(binary_form=True) or b""


def _read(der: bytes, problem: str = "") -> Certificate:
    from cryptography import x509  # takes as long to import as some other commands run

    certificate = x509.load_der_x509_certificate(der)
    return Certificate(certificate.not_valid_after_utc, certificate.issuer.rfc4514_string(), problem)


def check_tls(certificate: Certificate, now: datetime) -> Result:
    """Whether the certificate is trusted, and when it ends."""
    left = (certificate.ends - now).total_seconds()
    said = f"the certificate of {certificate.issuer} ends in {counted(int(left // _DAY), 'day')}"
    if left <= 0:
        return error(
            f"the certificate of {certificate.issuer} ended on {certificate.ends:%Y-%m-%d}",
            "no request is sent to a server whose certificate has ended",
            "tell the service; if this machine's clock is wrong, set it",
        )
    if certificate.problem:
        return error(
            f"{said}, and is not trusted: {certificate.problem}",
            "somebody else may answer in the place of the service; no request is sent",
            "correct digo:endpoint; behind a company's proxy, set SSL_CERT_FILE to its certificates",
        )
    if left < SOON_DAYS * _DAY:
        return warning(said, "runs fail after that", "tell the service; nothing else")
    return ok(said)
