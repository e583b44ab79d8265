"""A pull request from a fork: its config is data, its plan is made from a recording, and no token is near it."""

from __future__ import annotations

import re
import subprocess
from html import unescape
from pathlib import Path

import pytest
import yaml
from fake_hosting import ME, Service, zipped
from markdown_it import MarkdownIt
from pipeline import Pipeline, agent
from runner_log import executed
from workspace import STACK

from digo.ci.untrusted import outside_names
from digo.sanitize.terminal import one_line

KEY = "a ledger key for the tests, of no worth"


@pytest.fixture
def fork(pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    """The job of a pull request whose base has one agent; `tmp_path/theirs` is the fork's clone."""
    pipeline.workspace.environ["DIGO_LEDGER_KEY"] = KEY
    pipeline.workspace.agents(sales=agent(0))
    git("init", "--quiet", cwd=pipeline.folder)
    git("init", "--quiet", "--bare", str(tmp_path / "hosted"), cwd=tmp_path)
    git("clone", "--quiet", str(tmp_path / "hosted"), str(tmp_path / "theirs"), cwd=tmp_path)
    return pipeline


@pytest.fixture
def recorded(fork: Pipeline, service: Service) -> Pipeline:
    """The same after an up and a night: there is a recording, and nothing else of the account is at hand."""
    fork.workspace.up()
    assert fork.step("snapshot", STACK).code == 0
    service.keep(f"digo-account-{STACK}", zipped(account_json=fork.file("account.json")), 9, head_branch="main")
    assert agent(0)["follow_me_number"][2:] not in fork.file("account.json")
    # What a fork's own run has kept under that name is never taken.
    service.keep(f"digo-account-{STACK}", zipped(account_json="{}"), 8, head_branch="main", head_repository_id=2)
    del fork.workspace.environ["DIGO_AUTHORIZATION"]
    del fork.workspace.environ["PULUMI_CONFIG_PASSPHRASE"]
    return fork


def git(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def pushed(fork: Pipeline, tmp_path: Path) -> str:
    """What is in the fork's clone, as the pull request's head; its commit."""
    theirs = tmp_path / "theirs"
    git("add", "--all", cwd=theirs)
    git("commit", "--quiet", "-m", "their change", cwd=theirs)
    git("push", "--quiet", "--force", "origin", "HEAD:refs/pull/5/head", cwd=theirs)
    return git("rev-parse", "HEAD", cwd=theirs)


def theirs(tmp_path: Path, **files: str) -> None:
    folder = tmp_path / "theirs" / "config" / STACK
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def run(fork: Pipeline, tmp_path: Path, head: str) -> tuple[int, str]:
    outcome = fork.step("fork-plan", STACK, "5", head, DIGO_CI_REMOTE=str(tmp_path / "hosted"))
    return outcome.code, outcome.text


def test_the_fork_gets_its_plan_and_the_account_is_not_asked(
    recorded: Pipeline, service: Service, tmp_path: Path
) -> None:
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0), "support": agent(1)}}))
    # What the fork wrote beside config/ is not even there, let alone run.
    digo = tmp_path / "theirs" / "digo"
    digo.mkdir()
    (digo / "__main__.py").write_text("raise SystemExit('theirs')\n")
    head = pushed(recorded, tmp_path)
    recorded.sandbox.clear_requests()
    code, text = run(recorded, tmp_path, head)
    assert code == 0, text
    (body,) = service.comments_of_mine()
    assert "create</b>: 1" in body and "support" in body
    assert recorded.plan in body
    assert recorded.sandbox.counts() == {}
    assert not (recorded.folder / "digo-ci" / STACK / "account.json").exists()

    # A later run updates the comment.
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0)}}))
    code, text = run(recorded, tmp_path, pushed(recorded, tmp_path))
    assert code == 0, text
    assert len(service.comments_of_mine()) == 1
    assert "no changes" in service.comments_of_mine()[0]


def test_what_reads_the_forks_config_has_no_token(recorded: Pipeline, tmp_path: Path) -> None:
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0)}}))
    head = pushed(recorded, tmp_path)
    seen = tmp_path / "seen"
    # An interpreter that notes what it was given, at the one command that reads the config.
    probe = tmp_path / "python"
    real = recorded.folder / ".venv" / "bin" / "python"
    probe.write_text(f'#!/bin/sh\ncase "$*" in *" plan "*) env | cut -d= -f1 >{seen} ;; esac\nexec {real} "$@"\n')
    probe.chmod(0o755)
    outcome = recorded.step(
        "fork-plan", STACK, "5", head, DIGO_CI_REMOTE=str(tmp_path / "hosted"), DIGO_PYTHON=str(probe)
    )
    assert outcome.code == 0, outcome.text
    names = seen.read_text().split()
    assert "DIGO_LEDGER_KEY" in names
    assert not {"GITHUB_TOKEN", "DIGO_AUTHORIZATION", "PULUMI_CONFIG_PASSPHRASE"} & set(names)


def test_a_source_outside_config_is_refused(fork: Pipeline, tmp_path: Path) -> None:
    theirs(tmp_path, lists="lists: {otp: {id: 1, columns: {phone: field_0}, source: /proc/self/environ}}\n")
    code, text = run(fork, tmp_path, pushed(fork, tmp_path))
    assert code == 1
    assert f"error: config/{STACK}/lists.yaml:1: a source in a fork must be a path in its own folder" in text
    assert KEY not in text
    assert fork.service.log == []


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("source: leads.csv", False),
        ("source: leads/*.csv", False),
        ("source: /etc/passwd", True),
        ("source: /etc/*", True),
        ("source: ../../.digo/keys/prod.ledger-key", True),
        ("source: a/../../b.csv", True),
        ('source: "\\x2fetc/passwd"', True),
        ('source: "${NAME}/x.csv"', True),
        ("a: &a /etc/passwd\nb: {source: *a}", True),
        ("a: &a {source: /etc/passwd}\nb: {<<: *a}", True),
        ("source: leads.csv\nsource: /etc/passwd", True),
        ("a: 1\n---\nb: [{source: /etc/passwd}]", True),
        ("a: &a [*a]", False),
        ("a: [", True),
        ("[" * 5_000, True),
    ],
)
def test_whatever_way_it_is_written(tmp_path: Path, text: str, refused: bool) -> None:
    folder = tmp_path / "config" / "prod"
    folder.mkdir(parents=True)
    (folder / "lists.yaml").write_text(text)
    assert bool(list(outside_names(tmp_path / "config"))) is refused


def test_a_link_is_refused_before_it_is_there(fork: Pipeline, tmp_path: Path) -> None:
    theirs(tmp_path, agents="agents: {}\n")
    (tmp_path / "theirs" / "config" / STACK / "lists.yaml").symlink_to("/proc/self/environ")
    code, text = run(fork, tmp_path, pushed(fork, tmp_path))
    assert code == 1
    assert f"config/{STACK}/lists.yaml is a link: only files are planned from a fork" in text
    assert not any(path.is_symlink() for path in (fork.folder / "config").rglob("*"))
    assert "sales" in (fork.folder / "config" / STACK / "agents.yaml").read_text()


def test_the_forks_attributes_hide_nothing(recorded: Pipeline, service: Service, tmp_path: Path) -> None:
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0)}}))
    more = tmp_path / "theirs" / "config" / STACK / "agents"
    more.mkdir()
    (more / "new.yaml").write_text(yaml.safe_dump({"agents": {"hidden": agent(1, name="$Format:%an$ $Id$")}}))
    rules = "**/new.yaml export-ignore\n* export-subst ident eol=crlf text\n"
    (tmp_path / "theirs" / ".gitattributes").write_text(rules)
    (more / ".gitattributes").write_text("new.yaml export-ignore export-subst\n")
    code, text = run(recorded, tmp_path, pushed(recorded, tmp_path))
    assert code == 0, text
    (body,) = service.comments_of_mine()
    assert "create</b>: 1" in body and "`hidden`" in body
    taken = (recorded.folder / "config" / STACK / "agents" / "new.yaml").read_bytes()
    assert taken == (more / "new.yaml").read_bytes()


def test_a_commit_that_was_replaced_meanwhile_has_no_plan(fork: Pipeline, tmp_path: Path) -> None:
    theirs(tmp_path, agents="agents: {}\n")
    old = pushed(fork, tmp_path)
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0)}}))
    pushed(fork, tmp_path)
    code, text = run(fork, tmp_path, old)
    assert code == 1
    assert "has a newer commit" in text


def test_a_private_repository_is_asked_with_the_token(fork: Pipeline, service: Service) -> None:
    before = (fork.folder / "config" / STACK / "agents.yaml").read_text()
    for token, asked in (("example-wrong-token", False), (fork.workspace.environ["GITHUB_TOKEN"], True)):
        outcome = fork.step("fork-plan", STACK, "5", "a" * 40, DIGO_CI_REMOTE=f"{service.url}/o/r", GITHUB_TOKEN=token)
        assert outcome.code != 0
        assert ("GET /o/r/info/refs" in service.log) is asked
        assert token not in outcome.text
    assert (fork.folder / "config" / STACK / "agents.yaml").read_text() == before


def test_config_is_not_replaced_outside_a_pipeline(fork: Pipeline, tmp_path: Path) -> None:
    theirs(tmp_path, agents="agents: {}\n")
    head = pushed(fork, tmp_path)
    fork.on({})
    code, text = run(fork, tmp_path, head)
    assert code == 1
    assert "it is for the checkout of a pipeline" in text
    assert "sales" in (fork.folder / "config" / STACK / "agents.yaml").read_text()


def test_without_a_recording_it_says_what_to_run(fork: Pipeline, service: Service, tmp_path: Path) -> None:
    theirs(tmp_path, agents="agents: {}\n")
    service.keep(f"digo-account-{STACK}", zipped(account_json="{}"), 8, head_branch="main", head_repository_id=2)
    code, text = run(fork, tmp_path, pushed(fork, tmp_path))
    assert code == 1
    assert "run the drift workflow first" in text
    assert ME not in text


def test_whatever_their_files_are_called_the_comment_has_them(
    recorded: Pipeline, service: Service, tmp_path: Path
) -> None:
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0)}}))
    folder = tmp_path / "theirs" / "config" / STACK / "agents"
    folder.mkdir()
    names = [
        "a|`\n::error::x",
        "-rf ##[group]",
        "&lt;b&gt; <img src=x>",
        "\u202e\x9b1m @team",
        "**x** #12",
        "\t",
        "~",
    ]
    for index, name in enumerate(names, start=1):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"agents": {f"new{index}": agent(index)}}))
    code, text = run(recorded, tmp_path, pushed(recorded, tmp_path))
    assert code == 0, text
    (body,) = service.comments_of_mine()
    page = MarkdownIt("commonmark").enable("table").render(body)
    cells = [unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall("<td>(.*?)</td>", page)]
    assert dict(zip(cells[::3], cells[1::3], strict=True)) == {
        f"agent new{index}": f"config/{STACK}/agents/{one_line(name)}.yaml:2:3"
        for index, name in enumerate(names, start=1)
    }
    assert "<img" not in page and "@team" not in re.sub("<code>.*?</code>", "", page)
    assert executed(text) == []
