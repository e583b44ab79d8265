"""approvals.yaml: what is wrong with it, and what a right one says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from digo.desired.approvals import GuardName
from digo.source.positions import Position
from tests.desired.environments import load, problems

AGENTS = {"agents.yaml": "agents: {}\n"}
TABLE = {
    "appr empty": (
        "",
        ["approvals.yaml:1:1: the file is empty; it begins with `approvals:` (`approvals: []` wants none)"],
    ),
    "appr map": (
        "approvals: {}\n",
        [
            "approvals.yaml:1:1: approvals: a list is due here, not a mapping; each of its items begins with `- `, "
            "or all of them are in `[…]`; write `[]` to want none"
        ],
    ),
    "appr more": (
        "approvals: []\nx: 1\n",
        ["approvals.yaml:2:1: x: unknown key; the file has one key, `approvals`"],
    ),
    "appr null": (
        "approvals:\n",
        ["approvals.yaml:1:1: approvals: has no value; write `[]` to want none"],
    ),
    "appr guard": (
        "approvals:\n  - {guard: create, reason: new shop, plan: "
        "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: 2026-12-01}\n",
        [
            "approvals.yaml:2:13: approvals.0.guard: a guard is one of: creates, updates, deletes, "
            "adoptions, unblocked, shrunk, emptied, endpoint, rows, suppressed, ledgerKey, targets"
        ],
    ),
    "appr reason": (
        'approvals:\n  - {guard: creates, reason: " ", plan: '
        "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: 2026-12-01}\n",
        ["approvals.yaml:2:30: approvals.0.reason: an approval says why"],
    ),
    "appr plan": (
        "approvals:\n  - {guard: creates, reason: new shop, plan: "
        "abcd-ghjk-lmnp-qrst-abcd-ghjk-lmnp-qrst, expires: 2026-12-01}\n",
        [
            "approvals.yaml:2:46: approvals.0.plan: a plan's hash is like bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst; a "
            "refused preview and `digo plan` print it"
        ],
    ),
    "appr short hash": (
        "approvals:\n  - {guard: creates, reason: new shop, plan: bcdf-ghjk-lmnp-qrst, expires: 2026-12-01}\n",
        [
            "approvals.yaml:2:46: approvals.0.plan: bcdf-ghjk-lmnp-qrst is a hash of 64 bits, as version 0.1.0 made "
            "them. Two plans with one such hash can be found in minutes, so it stands for no plan. Next: `digo plan` "
            "again, have it reviewed, and use its new hash of 128 bits"
        ],
    ),
    "appr date": (
        "approvals:\n  - {guard: creates, reason: new shop, plan: "
        "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: soon}\n",
        ["approvals.yaml:2:96: approvals.0.expires: a day is written YYYY-MM-DD"],
    ),
    "appr date2": (
        "approvals:\n  - {guard: creates, reason: new shop, plan: "
        "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: 2026-02-30}\n",
        ["approvals.yaml:2:96: approvals.0.expires: there is no such day"],
    ),
    "appr datetime": (
        "approvals:\n  - {guard: creates, reason: new shop, plan: "
        "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: 2026-12-01T10:00:00}\n",
        ["approvals.yaml:2:96: approvals.0.expires: a day is written YYYY-MM-DD"],
    ),
    "appr missing": (
        "approvals:\n  - {}\n",
        [
            "approvals.yaml:2:5: approvals.0.expires: is missing",
            "approvals.yaml:2:5: approvals.0.guard: is missing",
            "approvals.yaml:2:5: approvals.0.plan: is missing",
            "approvals.yaml:2:5: approvals.0.reason: is missing",
        ],
    ),
    "appr text": (
        "approvals:\n  - x\n",
        ["approvals.yaml:2:5: approvals.0: a mapping is due here, not a text"],
    ),
    "appr unknown": (
        "approvals:\n  - {guard: creates, reasons: new shop, plan: "
        "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: 2026-12-01}\n",
        [
            "approvals.yaml:2:5: approvals.0.reason: is missing",
            "approvals.yaml:2:22: approvals.0.reasons: unknown key; did you mean `reason`?",
        ],
    ),
    "appr list reason": (
        "approvals:\n  - {guard: creates, reason: [a], plan: "
        "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: 2026-12-01}\n",
        ["approvals.yaml:2:30: approvals.0.reason: a plain text is due here, not a list"],
    ),
    "appr digits date": (
        "approvals:\n  - {guard: creates, reason: new shop, plan: "
        "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst, expires: 1796000000}\n",
        ["approvals.yaml:2:96: approvals.0.expires: a day is written YYYY-MM-DD"],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_approvals_yaml(tmp_path: Path, name: str) -> None:
    text, expected = TABLE[name]
    assert problems(tmp_path, {**AGENTS, "approvals.yaml": text}) == expected


@pytest.mark.parametrize("guard", GuardName)
def test_an_approval_is_read_with_its_place(tmp_path: Path, guard: GuardName) -> None:
    rest = "  reason: a new shop\n  plan: bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst\n  expires: 2026-12-01\n"
    text = f"approvals:\n- guard: {guard.value}\n{rest}"
    (approval,) = load(tmp_path, {**AGENTS, "approvals.yaml": text}).approvals
    assert (approval.guard, approval.reason) == (guard, "a new shop")
    assert (approval.plan, approval.expires) == ("bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst", date(2026, 12, 1))
    assert approval.position == Position("approvals.yaml", 2, 3)


def test_no_approvals_are_none(tmp_path: Path) -> None:
    assert load(tmp_path, {**AGENTS, "approvals.yaml": "approvals: []\n"}).approvals == ()
    assert load(tmp_path / "without", AGENTS).approvals == ()


def test_approvals_that_cannot_be_read_are_not_taken_for_none(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    (folder / "approvals.yaml").symlink_to(folder / "nowhere")
    assert problems(tmp_path, AGENTS) == [
        "approvals.yaml:1:1: cannot be read: it is a link to something that is not there"
    ]
