"""A pull request from a fork: its config is data, its changes are shown, and the account has no part in that."""

from __future__ import annotations

import re
import subprocess
from html import unescape
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

from digo.ci.untrusted import outside_names
from digo.sanitize.terminal import one_line
from tests.ci.fake_hosting import TOKEN, Service
from tests.ci.pipeline import HEAD, Pipeline, agent, github
from tests.ci.runner_log import executed
from tests.scenarios.workspace import STACK

KEY = "a ledger key for the tests, of no worth"
VARIABLE = "a value that no stranger has seen"


@pytest.fixture
def fork(pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    """The job of a pull request whose base has one agent, with a variable by mistake; `tmp_path/theirs` is the fork's
    clone."""
    pipeline.workspace.environ.update(DIGO_LEDGER_KEY=KEY, DIGO_VAR_DESK=VARIABLE)
    pipeline.workspace.agents(sales=agent(0))
    git("init", "--quiet", cwd=pipeline.folder)
    git("init", "--quiet", "--bare", str(tmp_path / "hosted"), cwd=tmp_path)
    git("clone", "--quiet", str(tmp_path / "hosted"), str(tmp_path / "theirs"), cwd=tmp_path)
    return pipeline


@pytest.fixture
def base(fork: Pipeline) -> Pipeline:
    """The same after an up. The account has more agents than config."""
    fork.workspace.up()
    fork.sandbox.add_agent(agent(7)["follow_me_number"], name="Nobody knows", intercom=1907)
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


def probe(tmp_path: Path, real: Path, command: str) -> tuple[Path, Path]:
    """An interpreter that notes the variables it was given, at the one command that reads the config."""
    seen, made = tmp_path / "seen", tmp_path / "python"
    made.write_text(f'#!/bin/sh\ncase "$*" in *" {command} "*) env | cut -d= -f1 >{seen} ;; esac\nexec {real} "$@"\n')
    made.chmod(0o755)
    return made, seen


def test_the_fork_gets_its_changes_and_the_account_is_not_asked(
    base: Pipeline, service: Service, tmp_path: Path
) -> None:
    """Number 7 is an agent of the account, and 8 is not. A stranger who proposes both sees no difference."""
    their = {"sales": agent(0, name="Sales"), "one": agent(7, name="${DESK}"), "two": agent(8, name="${DESK}")}
    theirs(tmp_path, agents=yaml.safe_dump({"agents": their}))
    # What the fork wrote beside config/ is not even there, let alone run.
    digo = tmp_path / "theirs" / "digo"
    digo.mkdir()
    (digo / "__main__.py").write_text("raise SystemExit('theirs')\n")
    head = pushed(base, tmp_path)
    base.sandbox.clear_requests()
    code, text = run(base, tmp_path, head)
    assert code == 0, text
    (body,) = service.comments_of_mine()
    assert "2 added, 1 changed" in body
    one, two = (line for line in body.splitlines() if line.startswith("| added"))
    assert one.replace("one", "two").replace("1007", "1008").replace("0107", "0108").split("|")[4] == two.split("|")[4]
    assert "`${DESK}`" in one
    for shown in (body, text):
        assert "adopt" not in shown and "cannot converge" not in shown and "unmanaged" not in shown
        assert VARIABLE not in shown and "Nobody knows" not in shown and "eid" not in shown.lower()
    assert "The comparison with the\naccount is run after a maintainer" in body
    assert base.sandbox.counts() == {}
    assert sorted(path.name for path in (base.folder / "digo-ci" / STACK).iterdir()) == ["plan.md"]

    # A later run updates the comment.
    theirs(tmp_path, agents=(base.folder / "config" / STACK / "agents.yaml").read_text())
    code, text = run(base, tmp_path, pushed(base, tmp_path))
    assert code == 0, text
    assert len(service.comments_of_mine()) == 1
    assert "no changes" in service.comments_of_mine()[0]


def test_what_reads_the_forks_config_has_no_secret_and_no_variable(fork: Pipeline, tmp_path: Path) -> None:
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0)}}))
    head = pushed(fork, tmp_path)
    python, seen = probe(tmp_path, fork.folder / ".venv" / "bin" / "python", "config-changes")
    given = {"AWS_SECRET_ACCESS_KEY": "example", "ACTIONS_RUNTIME_TOKEN": "example", "PULUMI_ACCESS_TOKEN": "example"}
    outcome = fork.step(
        "fork-plan", STACK, "5", head, DIGO_CI_REMOTE=str(tmp_path / "hosted"), DIGO_PYTHON=str(python), **given
    )
    assert outcome.code == 0, outcome.text
    names = set(seen.read_text().split())
    assert "PATH" in names
    secret = {"GITHUB_TOKEN", "DIGO_AUTHORIZATION", "DIGO_LEDGER_KEY", "PULUMI_CONFIG_PASSPHRASE", "DIGO_VAR_DESK"}
    assert not (secret | given.keys()) & names


def test_a_maintainer_plans_the_fork_on_the_account(base: Pipeline, service: Service, tmp_path: Path) -> None:
    """People with write access start this job. The token is gone before a file of the fork comes."""
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0), "one": agent(7, name="Nobody knows")}}))
    head = pushed(base, tmp_path)
    base.on(github(service, base.folder / "event.json", commit="c" * 40))  # the event of a run by hand
    without = base.step("approved-plan", STACK, "5", head, DIGO_CI_REMOTE=str(tmp_path / "hosted"))
    assert without.code == 1 and f"run docs/ci/steps/snapshot.sh {STACK} first" in without.text
    assert base.step("snapshot", STACK).code == 0
    assert agent(0)["follow_me_number"][2:] not in base.file("account.json")

    python, seen = probe(tmp_path, base.folder / ".venv" / "bin" / "python", "plan")
    base.sandbox.clear_requests()
    outcome = base.step(
        "approved-plan", STACK, "5", head, DIGO_CI_REMOTE=str(tmp_path / "hosted"), DIGO_PYTHON=str(python)
    )
    assert outcome.code == 0, outcome.text
    (body,) = service.comments_of_mine()
    assert "adopt</b>: 1" in body and f"Commit {head[:12]}" in body and base.plan in body
    assert base.sandbox.counts() == {}
    names = set(seen.read_text().split())
    assert "DIGO_LEDGER_KEY" in names
    assert not {"GITHUB_TOKEN", "DIGO_AUTHORIZATION", "PULUMI_CONFIG_PASSPHRASE", "DIGO_VAR_DESK"} & names
    assert not (base.folder / "digo-ci" / STACK / "account.json").exists()


def test_a_variable_is_not_shown_to_a_fork_that_is_approved(base: Pipeline, service: Service, tmp_path: Path) -> None:
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0, name="${DESK}")}}))
    head = pushed(base, tmp_path)
    assert base.step("snapshot", STACK).code == 0
    outcome = base.step("approved-plan", STACK, "5", head, DIGO_CI_REMOTE=str(tmp_path / "hosted"))
    assert outcome.code == 1
    assert "`${DESK}` has no value" in outcome.text
    assert VARIABLE not in outcome.text + service.comments_of_mine()[0]


def test_problems_are_shown_and_fail_the_job(fork: Pipeline, service: Service, tmp_path: Path) -> None:
    theirs(tmp_path, agents="agents:\n  a: {name: A}\n  a: {name: B}\n")
    code, text = run(fork, tmp_path, pushed(fork, tmp_path))
    assert code == 1, text
    assert "the key `a`" in service.comments_of_mine()[0] or "twice" in service.comments_of_mine()[0]


def test_a_fork_without_config_removes_everything(fork: Pipeline, service: Service, tmp_path: Path) -> None:
    (tmp_path / "theirs" / "README.md").write_text("nothing else\n")
    code, text = run(fork, tmp_path, pushed(fork, tmp_path))
    assert code == 0, text
    assert "1 removed" in service.comments_of_mine()[0]


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
        ("source: s3://leads/a.csv", True),
        ("source: HTTPS://leads.example/a.csv", True),
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


@pytest.mark.parametrize("name", ["lists/.yaml", "lists/a.yml", "lists/.b.yaml", "common/lists.yml", "x/y/z.yaml"])
def test_whatever_file_it_is_in(tmp_path: Path, name: str) -> None:
    """Everything that is read as config, and everything that an environment could extend."""
    path = tmp_path / "config" / "prod" / name
    path.parent.mkdir(parents=True)
    path.write_text("lists: {a: {source: /etc/x.csv}}\n")
    assert list(outside_names(tmp_path / "config")) == [
        f"config/prod/{name}:1: a source in a fork must be a path in its own folder"
    ]


def test_a_link_is_refused_before_it_is_there(fork: Pipeline, tmp_path: Path) -> None:
    theirs(tmp_path, agents="agents: {}\n")
    (tmp_path / "theirs" / "config" / STACK / "lists.yaml").symlink_to("/proc/self/environ")
    code, text = run(fork, tmp_path, pushed(fork, tmp_path))
    assert code == 1
    assert f"config/{STACK}/lists.yaml is a link: only files are planned from a fork" in text
    assert not any(path.is_symlink() for path in (fork.folder / "config").rglob("*"))
    assert "sales" in (fork.folder / "config" / STACK / "agents.yaml").read_text()


def test_the_forks_attributes_hide_nothing(fork: Pipeline, service: Service, tmp_path: Path) -> None:
    theirs(tmp_path, agents=yaml.safe_dump({"agents": {"sales": agent(0)}}))
    more = tmp_path / "theirs" / "config" / STACK / "agents"
    more.mkdir()
    (more / "new.yaml").write_text(yaml.safe_dump({"agents": {"hidden": agent(1, name="$Format:%an$ $Id$")}}))
    rules = "**/new.yaml export-ignore\n* export-subst ident eol=crlf text\n"
    (tmp_path / "theirs" / ".gitattributes").write_text(rules)
    (more / ".gitattributes").write_text("new.yaml export-ignore export-subst\n")
    code, text = run(fork, tmp_path, pushed(fork, tmp_path))
    assert code == 0, text
    (body,) = service.comments_of_mine()
    assert "1 added" in body and "`hidden`" in body and "$Format:%an$ $Id$" in body


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


def test_the_token_for_git_follows_no_redirect(fork: Pipeline, service: Service) -> None:
    """git sends its own headers to wherever it is redirected."""
    service.moved = f"http://localhost:{service.port}/elsewhere"
    outcome = fork.step("fork-plan", STACK, "5", HEAD, DIGO_CI_REMOTE=f"{service.url}/o/r")
    assert outcome.code != 0
    assert service.asked_elsewhere == 0
    assert TOKEN not in outcome.text


@pytest.mark.parametrize("number", ["", "5/../6", "head", "-1", "5 6"])
def test_a_pull_request_has_a_number(fork: Pipeline, number: str) -> None:
    outcome = fork.step("fork-plan", STACK, number, HEAD)
    assert outcome.code == 1
    assert "is not a number of a pull request" in outcome.stderr


def test_whatever_their_files_are_called_the_comment_has_them(fork: Pipeline, service: Service, tmp_path: Path) -> None:
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
    code, text = run(fork, tmp_path, pushed(fork, tmp_path))
    assert code == 0, text
    (body,) = service.comments_of_mine()
    page = MarkdownIt("commonmark").enable("table").render(body)
    cells = [unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall("<td>(.*?)</td>", page)]
    assert dict(zip(cells[1::4], cells[2::4], strict=True)) == {
        f"agent new{index}": f"config/{STACK}/agents/{one_line(name)}.yaml:2:3"
        for index, name in enumerate(names, start=1)
    }
    assert "<img" not in page and "@team" not in re.sub("<code>.*?</code>", "", page)
    assert executed(text) == []
