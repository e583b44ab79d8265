"""docs/masking.md: its config is right, its commands run, and its request has the reply that it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable

import pytest

from tests.masking.masking_project import ROOT, SECRET, Project, Service

PAGE = (ROOT / "docs" / "masking.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def page(project: Project) -> Project:
    """A project with the page's config, and with what that names."""
    (config,) = (text for language, text in BLOCKS if language == "yaml")
    agents = {
        "sales": {"name": "Sales", "follow_me_number": "+1 202 555 0150"},
        "support": {"name": "Support", "follow_me_number": "+1 202 555 0151"},
    }
    project.write("agents.yaml", {"agents": agents})
    project.write("masking/rides.csv", "caller,callee,both_ways\n+12025550106,+12025550107,yes\n")
    project.write("masking.yaml", config)
    return project


def test_the_request_has_the_reply_that_the_page_shows(page: Project, start: Callable[..., Service]) -> None:
    (command,) = (text for language, text in BLOCKS if language == "sh" and "call_to_number" in text)
    (reply,) = (text for language, text in BLOCKS if language == "json")
    service = start(DIGO_MASKING_SECRET=SECRET)
    assert "http://127.0.0.1:8080" in command
    done = subprocess.run(
        ["bash", "-c", command.replace("http://127.0.0.1:8080", service.url)],
        env=page.environ(DIGO_MASKING_SECRET=SECRET, NO_PROXY="127.0.0.1"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, reply.strip(), "")


def test_the_commands_of_the_page_run(page: Project) -> None:
    lines = re.findall(r"^digo --stack prod (masking (?:check|lookup).*?)(?: +#.*)?$", PAGE, flags=re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        done = page.run(*shlex.split(line))
        assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "***0142 by route\n"
    assert page.run("validate").stdout.startswith("test: 2 agents, 1 masking number with ")
    done = page.run("masking", "lookup", "--dialled", "+12025550100", "--caller", "anonymous")
    assert done.stdout == "***0151 by anonymous\n"


def test_the_page_names_every_error_of_the_service() -> None:
    named = set(re.findall(r"`([a-z ]+)`", PAGE))
    sources = "".join((ROOT / "digo" / "masking" / f"{name}.py").read_text() for name in ("service", "error_boundary"))
    errors = set(re.findall(r"_Refused\(\d{3}, \"([a-z ]+)\"", sources)) | set(
        re.findall(r"\"error\": \"([a-z ]+)\"", sources)
    )
    assert errors - {"gone"} <= named
