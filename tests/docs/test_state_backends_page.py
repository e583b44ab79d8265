"""docs/howto/state-backends.md, walked through on each backend that can run here."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.docs.pages import DOCS, START, Walk, copy_of_the_project
from tests.docs.s3_server import BUCKET, s3_server
from tests.pace.servers import postgres_server
from tests.warm.warm_python import warm_environment
from tests.warm.warm_sandbox import start_sandbox

PAGE = (DOCS / "howto" / "state-backends.md").read_text(encoding="utf-8")
AGENTS = 'agents: {sales: {name: Sales, follow_me_number: "+1 202 555 0101"}}\n'
ABROAD = "the embedded engine keeps state in a folder"

pytestmark = pytest.mark.timeout(600)


def walked(tmp_path: Path, backend: str, replaced: dict[str, str]) -> Walk:
    """Walks through the part on one backend, and moves the stack to a folder at the end."""
    with start_sandbox(tmp_path) as sandbox:
        own = {"https://api.example.com": sandbox.url, "$HOME/digo-state": str(tmp_path / "state")}
        walk = Walk(copy_of_the_project(tmp_path / "pulumi-digo", warm_environment()), {**own, **replaced})
        walk.sh(START)
        (walk.project / "config" / "prod" / "agents.yaml").write_text(AGENTS, encoding="utf-8")
        walk.page(PAGE, backend, "move")
        assert [agent["name"] for agent in sandbox.agents()] == ["Sales"]
    return walk


def test_a_folder(tmp_path: Path) -> None:
    walked(tmp_path, "folder", {})
    for state in ("state", "state-2"):
        assert (tmp_path / state / ".pulumi" / "stacks" / "pulumi-digo" / "prod.json").is_file()
        assert list((tmp_path / state / ".pulumi").rglob("locks/**/*.json")) == []


@pytest.mark.needs("pulumi", "moto")
def test_s3_compatible_storage(tmp_path: Path) -> None:
    with s3_server() as url:
        walked(tmp_path, "s3", {"http://127.0.0.1:9000": url})
        keys = re.findall(r"<Key>(.*?)</Key>", httpx.get(f"{url}/{BUCKET}", trust_env=False).text)
    assert ".pulumi/stacks/pulumi-digo/prod.json" in keys


@pytest.mark.needs("pulumi", "postgres")
def test_postgres(tmp_path: Path) -> None:
    with postgres_server() as url:
        walked(
            tmp_path, "postgres", {"postgres://digo@127.0.0.1:5432/postgres": url.replace("postgresql:", "postgres:")}
        )
        with psycopg.connect(url) as connection:
            keys = [key for (key,) in connection.execute("select key from pulumi_state")]
    assert any(key.endswith("stacks/pulumi-digo/prod.json") for key in keys)


@pytest.mark.parametrize("url", ["s3://digo-state", "postgres://digo@127.0.0.1:5432/postgres"])
def test_the_embedded_engine_says_what_it_cannot_use(tmp_path: Path, url: str) -> None:
    walk = Walk(copy_of_the_project(tmp_path / "pulumi-digo", warm_environment()), {})
    said = walk.sh(f"export PULUMI_BACKEND_URL={url}\n.venv/bin/python -m engine stack ls # fails\n")
    assert ABROAD in said and "use the pulumi CLI" in said
    assert "digo@" not in said
