"""The addresses that notices go to. An address may be a secret, so messages name its host and nothing else of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from digo.fleet.notices.failure import NoticeFailed
from digo.system.loopback import is_loopback
from digo.text.unicode import is_unicode


@dataclass(frozen=True)
class Address:
    """An http(s) address.

    Attributes:
        origin: scheme, host and port.
        target: path and query, which often have a secret.
        host: the host, for messages.
    """

    origin: str
    target: str = field(repr=False)
    host: str


def address_in(environ: Mapping[str, str], variable: str) -> Address:
    """The address in an environment variable.

    Raises:
        NoticeFailed: the variable is not set, or has no usable address.
    """
    text = environ.get(variable, "").strip()
    if not text:
        raise NoticeFailed(f"the environment variable {variable}, which fleet.yaml names for the address, is not set")
    return address_of(text, variable)


def address_of(text: str, source: str) -> Address:
    """The address in a text. `source` says in messages where it is from.

    Raises:
        NoticeFailed: it is not an http(s) address, it is not encrypted, or it has a user or a password.
    """
    try:
        url = httpx.URL(text) if is_unicode(text) else httpx.URL()
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise NoticeFailed(f"{source} has no address that begins with https://")
    if url.userinfo:
        raise NoticeFailed(f"the address of {source} has a user or a password in it; services take a path or a header")
    if url.scheme == "http" and not is_loopback(url.host):
        raise NoticeFailed(f"the address of {source} begins with http://, and a notice is sent by https:// only")
    target = url.raw_path.decode("ascii")
    return Address(str(url.copy_with(raw_path=b"/", fragment=None)).rstrip("/"), target, url.host)
