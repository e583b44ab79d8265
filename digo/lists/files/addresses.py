"""Addresses of objects in stores, as a `source` names them: `s3://bucket/leads.csv`, `gs://…`, `https://…`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from digo.system.child_environment import STORES
from digo.system.loopback import LOOPBACK
from digo.text.unicode import visible

SCHEMES = ("s3", "gs", "https")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WEB = ("https", "http")
_GLOB = "*?["


def is_address(name: str) -> bool:
    """Whether a source is the address of an object, and no file of this machine."""
    return _SCHEME.match(name) is not None


def check_address(text: str) -> str:
    """Returns the address if lists can be read from it.

    Raises:
        ValueError: they cannot; the message says why, and has no secret of the address.
    """
    parts = _parts(text)
    scheme = parts.scheme.lower()
    if scheme not in (*SCHEMES, "http"):
        raise ValueError(f"a source elsewhere begins with {', '.join(f'{one}://' for one in SCHEMES)}")
    if scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("http:// is not encrypted; a source on a web server begins with https://")
    if not parts.hostname or len(name_of(text)) < 2:
        raise ValueError("the address of a source has a bucket or a server, and the name of an object in it")
    if "@" in parts.netloc:
        raise ValueError(
            "an address has no user or password in it; they come from where the store's own programs find them, such "
            "as ~/.netrc or the variables of AWS and Google"
        )
    if scheme in _WEB and {".", ".."} & set(re.split(r"[/\\]", unquote(parts.path))):
        raise ValueError("an address has no `..` in its path")
    if parts.fragment and scheme in _WEB:
        raise ValueError("an address has no `#`; write %23 if the object's name has one")
    return text


def check_allowed(address: str, environ: Mapping[str, str]) -> None:
    """Checks that lists may be read from there, if the variable DIGO_STORES names places.

    Raises:
        ValueError: they may not.
    """
    places = [one.rstrip("/") + "/" for one in environ.get(STORES, "").split()]
    if places and not address.startswith(tuple(places)):
        raise ValueError(f"{STORES} names no place that has this address")


def name_of(address: str) -> str:
    """The object's name: the path, without the query of a web address."""
    scheme, _, rest = address.partition("://")
    if scheme.lower() in _WEB:
        rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    return rest.partition("/")[2]


def file_name(source: str | Path) -> str:
    """The last part of a file's or object's name, which has its ending."""
    return (name_of(source) if isinstance(source, str) and is_address(source) else str(source)).rpartition("/")[2]


def is_pattern(address: str) -> bool:
    """Whether an address is a glob. Web servers have no lists of their files, so no web address is."""
    return address.partition("://")[0].lower() not in _WEB and any(sign in name_of(address) for sign in _GLOB)


def has_secret(address: str) -> bool:
    """Whether a part of the address may be a signature: a web address with a query."""
    return address.partition("://")[0].lower() in _WEB and "?" in address


def shown_address(address: str) -> str:
    """The address for people: without its query, which may be a signature."""
    return visible(f"{address.partition('?')[0]}?***" if has_secret(address) else address)


def _parts(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("this is not an address that can be read") from None
