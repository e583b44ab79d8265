"""The certificate authorities that servers are checked against.

They come from `SSL_CERT_FILE` or `SSL_CERT_DIR`, as in httpx, else from certifi.
"""

from __future__ import annotations

import os
import ssl

import httpx

from digo.api.errors import NotSent
from digo.text.unicode import visible

_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def ssl_verification(*, encrypted: bool) -> ssl.SSLContext | bool:
    """The `verify` argument of a transport; False if nothing is encrypted.

    Raises:
        NotSent: the certificates cannot be read.
    """
    if not encrypted:
        return False
    variable = next((name for name in _VARIABLES if os.environ.get(name)), None)
    try:
        if variable == "SSL_CERT_DIR":
            os.scandir(os.environ[variable]).close()  # OpenSSL treats a missing folder as an empty one
        return httpx.create_ssl_context()
    except OSError as problem:
        raise _unreadable(variable, problem) from None


def _unreadable(variable: str | None, problem: OSError) -> NotSent:
    if isinstance(problem, ssl.SSLError):
        reason = "it has no certificate in PEM form"
    else:
        reason = problem.strerror or type(problem).__name__
    what = "folder" if variable == "SSL_CERT_DIR" else "file"
    named = f"the {what} that {variable} names, {visible(os.environ[variable])}," if variable else ""
    place = named or "certifi's file of certificates"
    step = f"set {variable} to a {what} of certificates, or take it away" if variable else "install certifi again"
    return NotSent(
        f"{place} cannot be used to check servers: {reason}",
        next_step=f"{step}, and run again; nothing was sent",
        method="CONNECT",
        path=variable or "certifi",
    )
