"""No digest that was reviewed is short: a plan's hash has 128 bits, and what it is made of has no fewer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from digo.api.snapshot import Snapshot
from digo.cli.ci import same
from digo.desired.approvals import short_hash_problem
from digo.desired.state import DesiredList, ListDigests
from digo.lists.digests.row_delta import RowDelta, RowId
from digo.lists.digests.sketch import Sketch
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey
from digo.plan.changes_since import PlanDocument, changes_since, is_same
from digo.plan.compare import compare
from digo.plan.fingerprint import agent_digest, lead_digest, plan_hash
from digo.plan.pinned_plan import pinned_plan_hash
from digo.plan.pseudonyms import Pseudonyms
from digo.plan.run_summary import changes_between, summarize
from digo.plan.snapshot_file import AccountSnapshotFile
from digo.settings.failure import SettingsError
from digo.settings.profiles import DIGO
from digo.state.last_up import LastUp
from digo.state.run_summary import RunSummary, is_digest
from tests.plan.plan_values import account, at, desired, lead, record, wanted

SHORT = "bcdf-ghjk-lmnp-qrst"
LONG = f"{SHORT}-{SHORT}"
NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
VEIL = Pseudonyms(LedgerKey("a ledger key for the tests, of no worth"))


def listed(sketch: Sketch, content: str) -> DesiredList:
    source = ListSource("4711", (Path("a.csv"),), {})
    return DesiredList("otp", source, 1, 2, at(1), digests=ListDigests("check", content, sketches=(sketch,)))


def test_hash_and_recorded_digests_have_128_bits() -> None:
    assert len(plan_hash(desired(), account()).replace("-", "")) * 4 == 128
    assert len(agent_digest(wanted("a"))) * 4 == len(lead_digest(lead("l"))) * 4 == 128


def test_a_plan_of_lists_does_not_rest_on_the_short_digests_of_the_buckets() -> None:
    buckets = Sketch.empty(0, 1).with_deltas([RowDelta(RowId(7, 1), 1, 1, 1)])
    one, other = (replace(desired(), lists=(listed(buckets, content * 64),)) for content in "ab")
    assert plan_hash(one, account()) != plan_hash(other, account())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("x", "Desk\x1f1"), ("y", "Night")], [("x", "Desk"), ("y", "1\x1fNight")]),
        ([("x", "A\x1e")], [("x", "A")]),
        ([("x", 'A", "B')], [("x", "A"), ("B", "")]),
        ([("x", "A\x1f+12025550101\x1f\x1fNone\x1ey\x1fB")], [("x", "A"), ("y", "B")]),
    ],
)
def test_no_name_on_the_account_can_look_like_a_separator(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    first, second = (Snapshot.of(record(eid, 1, None, name) for eid, name in side) for side in (one, other))
    assert first.fingerprint != second.fingerprint
    assert len(first.fingerprint) == 64


@pytest.mark.parametrize("text", [SHORT, f" {SHORT}\n"])
def test_a_pin_of_the_version_before_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        pinned_plan_hash({"DIGO_PLAN": text})
    for said in ("DIGO_PLAN: ", "64 bits", "version 0.1.0", "Next: `digo plan` again"):
        assert said in str(error.value)


@pytest.mark.parametrize("text", [LONG, "", "x", f"{SHORT}-", SHORT.upper(), f"{SHORT}-{SHORT[:14]}", f"{SHORT}\n"])
def test_only_a_whole_short_hash_is_called_one(text: str) -> None:
    assert short_hash_problem(text) is None


def document(plan: str, **more: str) -> dict[str, Any]:
    return {"plan": plan, "parts": {"config": "c", "account": "a", "tool": "0.1.0", **more}, "steps": []}


@pytest.mark.parametrize(("then", "now"), [(SHORT, SHORT), (SHORT, LONG), (LONG, SHORT)])
def test_an_artefact_of_the_version_before_is_never_the_same_plan(tmp_path: Path, then: str, now: str) -> None:
    files = [tmp_path / "then.json", tmp_path / "now.json"]
    for file, plan in zip(files, (then, now), strict=True):
        file.write_text(json.dumps(document(plan)))
    outcome = CliRunner().invoke(same, [str(file) for file in files], help_option_names=["-h", "--help"])
    assert outcome.exit_code == 1
    assert "is a hash of 64 bits" in outcome.output and "Next: " in outcome.output
    assert not is_same(*(PlanDocument.model_validate(document(plan)) for plan in (then, now)))


def test_an_artefact_of_the_version_before_is_still_compared() -> None:
    earlier, now = (
        PlanDocument.model_validate(document(SHORT)),
        PlanDocument.model_validate(document(LONG, settings="s")),
    )
    said = "\n".join(changes_since(earlier, now))
    assert f"the plan was {SHORT}, and is {LONG}" in said and "64 bits" in said
    assert "setting" not in said  # the version before did not say which settings it had
    other = PlanDocument.model_validate(document(SHORT.replace("b", "c") + f"-{SHORT}", settings="t"))
    assert "a setting has changed" in "\n".join(changes_since(other, now))


def test_the_short_digests_in_a_state_are_understood() -> None:
    entry, sent = wanted("a", 1), lead("l", 3, field_1="x")
    wants, has = desired(entry, sent), account()
    now = summarize(compare(wants, has), has, "http://h", "digo")
    before = replace(now, leads={"l": now.leads["l"][:16]}, wanted={"a": now.wanted["a"][:16]})
    assert changes_between(before, now).updates == 0
    assert is_digest(before.wanted["a"], agent_digest(entry))
    other = summarize(compare(desired(entry, lead("l", 3, field_1="y")), has), has, "http://h", "digo")
    assert changes_between(before, other).updates == changes_between(now, other).updates == 1
    # Only what the version before recorded is taken by its beginning.
    assert not is_digest(now.leads["l"][:17], now.leads["l"])
    assert not is_digest("", now.leads["l"])


@pytest.mark.parametrize("version", [1, 2])
def test_a_snapshot_of_the_version_before_is_read(version: int) -> None:
    entry, sent = wanted("a", 1, "1001"), lead("l", 3, field_1="x")
    wants, has = desired(entry, sent), account(record("x", 1, "1001"))
    summary = summarize(compare(wants, has), has, "http://h", "digo")
    if version == 1:
        summary = replace(
            summary,
            leads={key: text[:16] for key, text in summary.leads.items()},
            wanted={key: text[:16] for key, text in summary.wanted.items()},
        )
    applied = LastUp(guard_input={"census": summary.to_dict()})
    veil = replace(VEIL, size=12) if version == 1 else VEIL
    made = AccountSnapshotFile.of(has, applied, veil, "t", "http://h", NOW).model_copy(update={"version": version})
    token = made.agents[0].fields.number
    assert token is not None and len(token.token) == (24 if version == 1 else 32)
    snapshot, state = AccountSnapshotFile.model_validate_json(made.model_dump_json()).restored(VEIL, wants)
    assert compare(wants, snapshot, DIGO).agents[0].differences == ()
    assert state.summary == RunSummary.from_dict(summary.to_dict())
    assert changes_between(state.summary, summarize(compare(wants, has), has, "http://h", "digo")).updates == 0
