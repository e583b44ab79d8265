"""docs/troubleshooting.md: each message is one that the code has, and the commoner ones are brought about for real."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.docs.pages import DOCS, ROOT
from tests.warm.warm_python import warm_python

PAGE = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
MESSAGES = re.findall(r"^### `(.*)`$", PAGE, flags=re.MULTILINE)
LONG_WORD = re.compile(r"[A-Za-z]{4,}")
AGENTS = 'agents: {sales: {name: Sales, follow_me_number: "+1 202 555 0101"}}\n'


def texts() -> str:
    """All texts of the files that have each word of a message, those side by side joined as Python joins them."""
    found: list[str] = []
    words = [frozenset(LONG_WORD.findall(message)) for message in MESSAGES]
    for folder in ("digo", "engine", "providers", "protocol", "sandbox"):
        for path in (ROOT / folder).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            in_code = frozenset(LONG_WORD.findall(code))
            if not any(one <= in_code for one in words):
                continue
            for node in ast.walk(ast.parse(code)):
                if isinstance(node, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
                    found.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return "\n".join(found)


def pattern_of(message: str) -> str:
    """An expression for a message of the page; `…` stands for any text of a line."""
    # At an end it would make each search try each rest of each line.
    return "[^\n]*?".join(re.escape(part.strip()) for part in message.strip(" …").split("…"))


def test_each_message_is_one_of_the_code() -> None:
    found = texts()
    assert [message for message in MESSAGES if not re.search(pattern_of(message), found)] == []


def test_no_message_is_there_twice() -> None:
    assert len(MESSAGES) == len(set(MESSAGES)) > 25


def said(project: Path, *arguments: str, **environ: str) -> str:
    """What `digo` says in a project."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_"))
    }
    state = project / "state"
    state.mkdir(exist_ok=True)
    own = {"PULUMI_BACKEND_URL": f"file://{state}", "PULUMI_CONFIG_PASSPHRASE": "test", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(warm_python()), "-m", "digo", "-C", str(project), *arguments],
        env={**kept, **own, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode != 0
    return done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n", encoding="utf-8")
    (tmp_path / "Pulumi.t.yaml").write_text('config: {"digo:cps": "0"}\n', encoding="utf-8")
    (tmp_path / "config" / "t").mkdir(parents=True)
    (tmp_path / "config" / "t" / "agents.yaml").write_text(AGENTS, encoding="utf-8")
    return tmp_path


def matches(message: str, text: str) -> bool:
    """Whether the page has the message and the text as well."""
    assert message in MESSAGES, f"the page has no `{message}`"
    return re.search(pattern_of(message), text) is not None


@pytest.mark.parametrize(
    ("message", "agents"),
    [
        ("… unknown key; …", "agents: {a: {nam: A, follow_me_number: '+12025550101'}}\n"),
        ("write it with + and the country code, …", "agents: {a: {name: A, follow_me_number: '2025550101'}}\n"),
        ("YAML reads this as true or false; write it in quotes", "agents: {a: {name: on, follow_me_number: x}}\n"),
        ("… has no value: set the environment variable …", "agents: {a: {name: '${A}', follow_me_number: x}}\n"),
        (
            "… is already at …",
            "agents: {a: {name: A, follow_me_number: +12025550101}, b: {name: B, follow_me_number: '+1 2025550101'}}\n",
        ),
    ],
)
def test_messages_about_config(project: Path, message: str, agents: str) -> None:
    (project / "config" / "t" / "agents.yaml").write_text(agents, encoding="utf-8")
    assert matches(message, said(project, "validate"))


@pytest.mark.parametrize(
    ("message", "environ"),
    [
        ("no endpoint: …", {}),
        ("no token: set DIGO_AUTHORIZATION, …", {"DIGO_ENDPOINT": "https://api.example.com"}),
        (
            "… must be https: the token would travel in clear text",
            {"DIGO_ENDPOINT": "http://api.example.com", "DIGO_AUTHORIZATION": "example-token"},
        ),
        ("no connection to …: …", {"DIGO_ENDPOINT": "http://127.0.0.1:9", "DIGO_AUTHORIZATION": "example-token"}),
    ],
)
def test_messages_about_settings(project: Path, message: str, environ: dict[str, str]) -> None:
    assert matches(message, said(project, "plan", **environ))


@pytest.mark.parametrize(
    ("message", "prepare"),
    [
        ("the API refused the token (…)…", lambda sandbox: sandbox.fault("unauthorized", times="always")),
        ("… where a list of … is due…", lambda sandbox: sandbox.fault("html", times="always")),
        (
            "the account has … agents with this …",
            lambda sandbox: [sandbox.add_agent("12025550101", name=name) for name in ("A", "B")],
        ),
    ],
)
def test_messages_about_the_account(
    project: Path, sandbox: Sandbox, message: str, prepare: Callable[[Sandbox], object]
) -> None:
    prepare(sandbox)
    account = {"DIGO_ENDPOINT": sandbox.url, "DIGO_AUTHORIZATION": sandbox.token}
    assert matches(message, said(project, "plan", **account))
