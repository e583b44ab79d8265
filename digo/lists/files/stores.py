"""Reads objects of stores and web servers, each into a copy that is gone after the reading.

fsspec knows the stores. Credentials come from where the stores' own programs find them; none is in config. A library's
own text may have an address with a signature in it, so no message repeats it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from fsspec.callbacks import Callback

from digo.lists.files.addresses import check_allowed, file_name, is_pattern
from digo.lists.files.byte_scan import SizeLimit
from digo.lists.files.copy_folder import copy_folder
from digo.lists.files.file_problem import FileProblem
from digo.lists.files.source import ENDINGS
from digo.lists.files.source_files import SourceFiles, is_hidden_name
from digo.system.child_environment import STORES
from digo.system.loopback import LOOPBACK

CONNECT_SECONDS, ANSWER_SECONDS = 15, 60
SLOWEST = 16 << 10  # bytes a second on average, after the first minute
_TRIES = 3
_CUT_OFF = "the download was cut off; run again"
_VERSIONS = ("ETag", "etag", "generation", "size")


def find_objects(address: str) -> SourceFiles:
    """The objects that an address names: itself, or those that match its glob.

    An object with exactly this name is meant, even if it has signs of a glob.

    Raises:
        ValueError: the store cannot be asked. The text says why.
    """
    check_allowed(address, os.environ)
    if not is_pattern(address):
        return SourceFiles((address,))
    scheme = address.partition("://")[0]
    try:
        store = _store(address)
        if store.exists(address):
            return SourceFiles((address,))
        found = sorted(f"{scheme}://{name}" for name in store.glob(address))
    except Exception as problem:  # each store's library has its own errors
        raise ValueError(_why(problem)) from None
    hidden = tuple(name for name in found if is_hidden_name(file_name(name)))
    return SourceFiles(tuple(name for name in found if name not in hidden), hidden)


@contextmanager
def local_copy(address: str) -> Iterator[Path]:
    """A copy of the object, which exists inside the context.

    Raises:
        FileProblem: it cannot be read, or not to its end; it is too large; it changed meanwhile.
    """
    try:
        check_allowed(address, os.environ)
    except ValueError as problem:
        raise FileProblem(str(problem)) from None
    with copy_folder() as folder:
        name = file_name(address).lower()
        path = folder / ("list" + max((one for one in ENDINGS if name.endswith(one)), key=len, default=".csv"))
        try:
            _download(address, path)
        except FileProblem:
            raise
        except Exception as problem:  # each store's library has its own errors
            raise FileProblem(_why(problem)) from None
        yield path


def _download(address: str, path: Path) -> None:
    store = _store(address)
    progress = Progress()
    web = address.lower().startswith("http")
    # An address may be signed for one kind of request, so a web server gets a single one.
    version = None if web else _version(store, address, progress)
    store.get_file(address, str(path), callback=progress)
    if progress.size is not None and path.stat().st_size != progress.size:
        raise FileProblem(_CUT_OFF)
    if not web and _version(store, address, progress) != version:
        raise FileProblem("the object changed while it was read; run again")


def _version(store: Any, address: str, progress: Progress) -> tuple[object, ...]:
    found = store.info(address)
    if found.get("type") == "directory":
        raise FileNotFoundError
    progress.set_size(found.get("size"))
    return tuple(found.get(name) for name in _VERSIONS)


class Progress(Callback):  # type: ignore[misc]  # fsspec has no types
    """Ends a download that is too large or too slow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._limit = SizeLimit()
        self._clock = clock
        self._start = clock()
        self._done = 0

    def set_size(self, size: int | None) -> None:
        """Checks the size that the store states."""
        self.size = size
        if size is not None:
            SizeLimit().add(size)

    def relative_update(self, inc: int = 1) -> None:
        """Counts bytes that have come."""
        self._limit.add(inc)
        self._done += inc
        passed = self._clock() - self._start
        if passed > ANSWER_SECONDS and self._done < passed * SLOWEST:
            raise FileProblem(f"it comes too slowly: {self._done:,} bytes in {passed:.0f} s; run again")


def _store(address: str) -> Any:
    """The file system of an address, which keeps nothing of earlier ones."""
    scheme = address.partition("://")[0].lower()
    fresh = {"skip_instance_cache": True, "use_listings_cache": False}
    if scheme == "s3":
        config = {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": ANSWER_SECONDS,
            "retries": {"max_attempts": _TRIES, "mode": "standard"},
        }
        from s3fs import S3FileSystem

        store = S3FileSystem(config_kwargs=config, **fresh)
        store.retries = _TRIES
        return store
    if scheme == "gs":
        # The package's own GCSFileSystem is another one, which asks for more rights than reading.
        from gcsfs.core import GCSFileSystem

        return GCSFileSystem(access="read_only", **fresh)
    from fsspec.implementations.http import HTTPFileSystem

    client = {
        "trust_env": True,  # proxies, and ~/.netrc
        "auto_decompress": False,
        "timeout": aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS),
        "trace_configs": [_watched()],
    }
    return HTTPFileSystem(
        client_kwargs=client,
        encoded=address.isascii() and " " not in address,
        headers={"Accept-Encoding": "identity"},
        **fresh,
    )


def _watched() -> aiohttp.TraceConfig:
    """Looks at each reply of a web server before its body is read."""
    watched = aiohttp.TraceConfig()
    watched.on_request_redirect.append(_check_redirect)
    watched.on_request_end.append(_check_length)
    return watched


async def _check_redirect(_session: Any, _context: Any, reply: aiohttp.TraceRequestRedirectParams) -> None:
    """Refuses a redirect that loses the encryption."""
    target = urlsplit(urljoin(str(reply.response.url), reply.response.headers.get("Location", "")))
    safe = target.scheme == "https" or (reply.response.url.scheme == "http" and target.hostname in LOOPBACK)
    if not safe:
        raise FileProblem("the server sends on to an address without https://, which is not followed")


async def _check_length(_session: Any, _context: Any, reply: aiohttp.TraceRequestEndParams) -> None:
    """Refuses a body whose end nobody could see: a download that was cut off would look whole."""
    headers = reply.response.headers
    if reply.response.ok and "Content-Length" not in headers and "chunked" not in headers.get("Transfer-Encoding", ""):
        raise FileProblem("the server does not say how long the file is, so that its end cannot be seen")


def _why(problem: BaseException) -> str:
    """Why a store could not be read, in our words."""
    name = type(problem).__name__
    status = getattr(problem, "status" if hasattr(problem, "status") else "code", None)
    if isinstance(problem, FileNotFoundError) or status == 404:
        return "there is no such object"
    if name in ("NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError", "RefreshError"):
        return (
            "there are no credentials for the store; give them as its own programs take them. A key in a variable "
            f"reaches a run only if {STORES} names the store's address"
        )
    forbidden = isinstance(problem, OSError) and str(problem).startswith("Forbidden")  # gcsfs has no type for it
    if forbidden or isinstance(problem, PermissionError) or status in (401, 403):
        return "the store refuses it: no object of this name, or credentials that may not read it"
    if isinstance(problem, asyncio.TimeoutError | TimeoutError) or "Timeout" in name:
        return f"the store does not answer within {ANSWER_SECONDS} s; run again"
    if isinstance(problem, aiohttp.ClientPayloadError) or name in ("ResponseStreamingError", "IncompleteReadError"):
        return _CUT_OFF
    if isinstance(problem, aiohttp.ClientConnectionError) or name in ("EndpointConnectionError", "ConnectionError"):
        return "the store cannot be reached"
    answered = f" with status {status}" if status else ""
    return f"the store cannot be read{answered} ({name})"
