"""An S3-compatible server, where one is installed."""

from __future__ import annotations

import functools
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from sandbox.testing import held_port

START_SECONDS = 60
BUCKET = "digo-state"


@functools.cache
def moto() -> str | None:
    """moto's server, which needs no account and keeps nothing; None where it is not installed."""
    found = shutil.which("moto_server")
    if found is None:
        return None
    return found if subprocess.run([found, "--help"], capture_output=True).returncode == 0 else None


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a fresh server that has the bucket."""
    with held_port() as port:
        command = [moto() or "", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _has_bucket(url):
                assert process.poll() is None and time.monotonic() < deadline, "moto_server did not start"
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()
            process.wait()


def _has_bucket(url: str) -> bool:
    try:
        return httpx.put(f"{url}/{BUCKET}", trust_env=False).is_success
    except httpx.TransportError:
        return False
