"""Describes where a 3xx reply points.

The clients follow no redirect, because that would send the token to another address.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from digo.text.redact import Redactor
from digo.text.unicode import visible

_MOST_SHOWN = 200


def describe_redirect(location: str, address: str, redact: Redactor) -> str:
    """The end of a sentence: `sends us to https://example.com/v1/agents`.

    It shows no user, password or query. `location` is the header's value, which may be relative. `address` is the
    request's URL, "" if it is not known.
    """
    target = _target(location, address)
    return "names no address that can be read" if target is None else f"sends us to {_shown(target, redact)}"


def redirect_next_step(location: str, address: str, path: str, redact: Redactor) -> str:
    """What the user can do about a redirect. `path` is the call's, such as `/v1/agents`."""
    target = _target(location, address)
    if target is None:
        return "check digo:endpoint and the service"
    here, there = urlsplit(address), target.path.rstrip("/")
    if there.endswith(path):
        endpoint = _shown(target._replace(path=there.removesuffix(path)), redact)
        if endpoint.rstrip("/") != _shown(here._replace(path=here.path.removesuffix(path)), redact).rstrip("/"):
            return f"if that is the API's own address, set digo:endpoint to {endpoint}"
    return (
        "look at that address in a browser: it may be a login page or another product's; check digo:endpoint and the "
        "token"
    )


def _target(location: str, address: str) -> SplitResult | None:
    try:
        target = urlsplit(urljoin(address, visible(location).strip()))
        target.port  # noqa: B018  reading it checks it
        netloc = target.netloc.rpartition("@")[2]
    except ValueError:
        return None
    return target._replace(netloc=netloc, query="", fragment="") if netloc or target.path else None


def _shown(target: SplitResult, redact: Redactor) -> str:
    text = redact("".join(one if one.isprintable() else "?" for one in urlunsplit(target)))
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
