"""An S3-compatible server, where one is installed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from sandbox.testing import held_port
from tests.needs.machine_needs import moto_server

START_SECONDS = 60
BUCKET = "digo-state"


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a fresh server that has the bucket."""
    with held_port() as port:
        command = [moto_server() or "", "-H", "127.0.0.1", "-p", str(port)]
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
