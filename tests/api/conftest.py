"""A running sandbox, and clients that pause briefly between tries so that tests are quick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from digo.api import Access, Client
from sandbox.testing import Sandbox
from tests.api.api_values import HASTY


@pytest.fixture
def connect(sandbox: Sandbox) -> Iterator[Callable[..., Client]]:
    """Makes clients for the sandbox: `connect(limits=…, read_only=…, endpoint=…, authorization=…)`."""
    clients: list[Client] = []

    def make(**options: Any) -> Client:
        access = Access(options.pop("endpoint", sandbox.url), options.pop("authorization", sandbox.token))
        clients.append(Client(access, **{"limits": HASTY, **options}))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    return connect()


@pytest.fixture(scope="session")
def page() -> Callable[[str], str]:
    """The text of one of the vendor page's samples."""
    folder = Path(__file__).resolve().parents[1] / "fixtures" / "page"
    return lambda name: (folder / f"{name}.txt").read_text(encoding="utf-8")
