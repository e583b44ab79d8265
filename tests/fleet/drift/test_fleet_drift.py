"""`digo fleet drift` on real stacks and accounts: what it reads, says, keeps and tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from sandbox.account_side import AccountSide
from sandbox.testing import Sandbox
from tests.fleet.fleet_workspace import FleetWorkspace
from tests.fleet.notices.receiver import Receiver, running_receiver
from tests.warm.warm_sandbox import start_sandbox

*_, EMPTY = NAMES = ("chennai-1", "delhi-1", "pune-1")
TOKENS = {name: f"canary-token-of-{name}" for name in NAMES}
SECRET = "whsec_ZXhhbXBsZS1zZWNyZXQtb2YtYS13ZWJob29r"
NOTICES = """notices:
  - {webhook: {urlVariable: HOOK, secretVariable: HOOK_SECRET}, on: [drift]}
  - {chat: {service: slack, urlVariable: CHAT}, on: [drift]}
"""
NOTHING, UNREAD, CORRECTED, STUCK = 0, 1, 2, 3


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path, account=[f"{name}={token}" for name, token in TOKENS.items()]) as sandbox:
        yield sandbox


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def fleet(tmp_path: Path, accounts: Sandbox, receiver: Receiver) -> FleetWorkspace:
    """Two stacks with an agent each, and one whose config and account are empty."""
    workspace = FleetWorkspace(tmp_path / "project", accounts)
    for number, name in enumerate(NAMES):
        agents = {"sales": {"name": "Sales", "follow_me_number": f"+1202555010{number}"}} if name != EMPTY else {}
        workspace.add(name, accounts.account(name), **agents)
        if agents:
            workspace.up_stack(name)
    hooks = {"HOOK": receiver.url("/hook-key"), "HOOK_SECRET": SECRET, "CHAT": receiver.url("/chat-key")}
    workspace.environ.update(hooks)
    workspace.write_fleet(NOTICES)
    return workspace


def reads(accounts: Sandbox) -> dict[str, dict[str, int]]:
    """The requests to each account since the last time."""
    found = {}
    for name in NAMES:
        found[name] = accounts.account(name).counts()
        accounts.account(name).clear_requests()
    return found


def renamed(account: AccountSide, name: str) -> None:
    account.edit_agent(account.agents()[0]["eid"], name=name)


def test_watch_after_watch(fleet: FleetWorkspace, accounts: Sandbox, receiver: Receiver, tmp_path: Path) -> None:
    reads(accounts)
    first = fleet.fleet("drift", "--detailed-exitcode")
    assert first.code == NOTHING, first.text
    assert reads(accounts) == {name: {"GET /v1/agents": 1} for name in NAMES}, "one request an account"
    assert "no drift in 3 stacks; no last watch to compare with" in first.stdout
    assert receiver.requests == [], "nothing to tell"

    renamed(accounts.account("chennai-1"), "Other")
    renamed(accounts.account("delhi-1"), "Other")
    fault = accounts.account("pune-1").fault("status", status=403, times="always")
    files = [f"{tmp_path}/drift.{form}" for form in ("json", "md", "html")]
    writes = [word for file in files for word in ("--write", file)]
    second = fleet.fleet("drift", "--detailed-exitcode", *writes)
    assert second.code == UNREAD, second.text
    assert "agent sales: name (cannot converge)" in second.stdout and "chennai-1, delhi-1" in second.stdout
    assert "changed on the account" in second.stdout and "unknown, could not be read" in second.stdout
    assert "2 of 2 stacks drifted, 2 so that no up corrects it; 1 could not be read" in second.stdout
    assert all(set(counts) <= {"GET /v1/agents"} for counts in reads(accounts).values()), "a watch writes nothing"
    document = json.loads(Path(files[0]).read_text())
    assert [(one["stack"], one["outcome"]) for one in document["stacks"]] == [
        ("chennai-1", "no up corrects it"), ("delhi-1", "no up corrects it"), ("pune-1", "unknown")
    ]  # fmt: skip
    assert [one["stacks"] for one in document["equal"]] == [["chennai-1", "delhi-1"]] and document["exitCode"] == UNREAD
    assert document["stacks"][0]["findings"][0]["origin"] == "account"
    _, hook = sorted(receiver.requests, key=lambda got: got.path)  # they are told side by side
    assert [got.path for got in receiver.requests if got is not hook] == ["/chat-key"]
    told = Webhook(SECRET).verify(hook.body, hook.headers)
    sections = {one["kind"]: one["lines"] for one in told["data"]["sections"]}
    assert [line["stacks"] for line in sections["new"]] == [["chennai-1", "delhi-1"]]
    assert [line["stacks"] for line in sections["exceptions"]] == [["pune-1"]]

    again = fleet.fleet("drift")
    assert again.code == UNREAD and ": 2 as before" in again.stdout
    assert len(receiver.requests) == 2, "the same drift is not told twice"

    renamed(accounts.account("chennai-1"), "Sales")
    accounts.account("pune-1").lift(fault)
    shown = fleet.fleet("drift", "--notices", "print")
    assert shown.code == NOTHING and len(receiver.requests) == 2 and '"kind":"gone"' in shown.stderr
    receiver.replies_to["/hook-key"] = [(400, {})]
    last = fleet.fleet("drift", "--detailed-exitcode")
    assert last.code == STUCK, "a notice that fails changes no exit code"
    assert "warning: notice: webhook HOOK got no notice: 127.0.0.1 refused the notice: 400" in last.stderr
    assert "notice: chat slack: sent" in last.stderr and len(receiver.requests) == 4
    assert "1 gone, 1 as before, 1 stack that can be read again" in last.stdout
    fleet.fleet("drift")
    assert [got.path for got in receiver.requests[4:]] == ["/hook-key"], "who was not told is told at the next watch"
    fleet.fleet("drift")
    assert len(receiver.requests) == 5

    printed = [one.text for one in (first, second, last, shown)] + [Path(file).read_text() for file in files]
    assert_nothing_secret(fleet, [got.body for got in receiver.requests], printed)


def assert_nothing_secret(fleet: FleetWorkspace, sent: list[str], printed: list[str]) -> None:
    everything = "".join([*sent, *printed, fleet.everything_left()])
    for secret in (*TOKENS.values(), SECRET, "hook-key", "chat-key"):
        assert secret not in everything, secret
    watched = (fleet.folder / ".digo/fleet/watch.json").read_text()
    assert "2025550100" not in watched + "".join(sent)


def test_some_stacks_and_files_of_earlier_watches(fleet: FleetWorkspace, accounts: Sandbox, tmp_path: Path) -> None:
    renamed(accounts.account("delhi-1"), "Other")
    assert fleet.fleet("drift").code == NOTHING
    kept = fleet.folder / ".digo/fleet/watch.json"
    before = kept.read_text()
    reads(accounts)
    some = fleet.fleet("drift", "--stack", "pune-*", "--notices", "none", "--format", "json")
    assert [one["stack"] for one in json.loads(some.stdout)["stacks"]] == ["pune-1"]
    assert reads(accounts) == {"chennai-1": {}, "delhi-1": {}, "pune-1": {"GET /v1/agents": 1}}
    assert kept.read_text() == before, "a watch that tells nobody does not become the last one"
    assert fleet.finished([fleet.python, "-m", "digo", "--stack", "pune-1", "fleet", "drift"]).code == NOTHING
    assert json.loads(kept.read_text())["watch"]["stacks"]["delhi-1"]["findings"], "the others stay as they were"

    other = tmp_path / "artefact.json"
    first = fleet.fleet("drift", "--since", str(other), "--notices", "none")
    assert first.code == NOTHING and "is not there, and counts as no last watch" in first.stderr
    other.write_text(before)
    same = fleet.fleet("drift", "--since", str(other), "--notices", "none")
    assert ": 1 as before" in same.stdout, same.text
    other.write_text("{")
    broken = fleet.fleet("drift", "--since", str(other), "--notices", "none")
    assert broken.code == UNREAD and "artefact.json is damaged, or is not a file of `digo fleet drift`" in broken.stderr
    kept.write_text('{"version": 9}')
    newer = fleet.fleet("drift")
    assert newer.code == NOTHING and "kept as watch.unread-1.json" in newer.stderr, newer.text
    assert (kept.parent / "watch.unread-1.json").read_text() == '{"version": 9}'

    (fleet.folder / ".digo/fleet").rename(fleet.folder / ".digo/other")
    (fleet.folder / ".digo/fleet").write_text("no folder")
    unkept = fleet.fleet("drift")
    assert (
        unkept.code == NOTHING and "Not a directory). Every finding is new, and this watch is not kept" in unkept.stderr
    )

    misspelt = fleet.fleet("drift", "--stack", "pone-1")
    assert misspelt.code == UNREAD and "pune-1" in misspelt.stderr
    wrong = fleet.fleet("drift", "--write", "drift.pdf")
    assert wrong.code == UNREAD and "--write drift.pdf: a file ends in .json, .md, .html" in wrong.stderr
    reads(accounts)
    for option in ("--write", "--output"):
        nowhere = fleet.fleet("drift", option, "nowhere/drift.json")
        assert nowhere.code == UNREAD and "nowhere/drift.json cannot be written" in nowhere.stderr
    assert all(counts == {} for counts in reads(accounts).values()), "that is seen before the accounts are read"
