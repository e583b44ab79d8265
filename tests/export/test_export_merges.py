"""`<<`, aliases and anchors: only the entry changes that was meant, and every other one says what it said."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.api.models import AgentRecord
from digo.export.model import ExportError
from tests.export.export_project import export_into, put, record, wanted

DAY = """\
agents:
  day: &base
    name: Desk   # the desk
    follow_me_number: "+1 202 555 0101"
"""
BASE = {
    "base/agents.yaml": """\
agents:
  day: {name: Day, follow_me_number: "+12025550101", intercom: 1001}
  night: {name: Night, follow_me_number: "+12025550102", intercom: 1002}
""",
    "t/environment.yaml": "extends: base\n",
}

# What the file says, the account, what it says then.
SCENARIOS: dict[str, tuple[str, list[AgentRecord], str]] = {
    "who merges": (
        DAY + "  night:\n    <<: *base   # as day\n    follow_me_number: '+12025550102'\n",
        [record(1, "Desk"), record(2, "Night")],
        DAY + "  night:\n    <<: *base   # as day\n    name: \"Night\"\n    follow_me_number: '+12025550102'\n",
    ),
    "who is merged": (
        DAY + "  night:\n    <<: *base\n    follow_me_number: '+12025550102'\n",
        [record(1, "Day"), record(2, "Desk")],
        DAY.replace("Desk ", '"Day" ')
        + "  night:\n    <<: *base\n    name: \"Desk\"\n    follow_me_number: '+12025550102'\n",
    ),
    "both to the same": (
        DAY + "  night: {<<: *base, follow_me_number: '+12025550102'}\n",
        [record(1, "Day"), record(2, "Day")],
        DAY.replace("Desk ", '"Day" ') + "  night: {<<: *base, follow_me_number: '+12025550102'}\n",
    ),
    "a list of mappings, and a merge of a merge": (
        DAY
        + "  b: &b {<<: *base, follow_me_number: '+12025550102'}\n"
        + "  c: {<<: [*b, *base], follow_me_number: '+12025550103'} # c\n"
        + "  d: {<<: *b, follow_me_number: '+12025550104'}\n",
        [record(1, "Desk"), record(2, "B"), record(3, "Desk"), record(4, "D")],
        DAY
        + "  b: &b {<<: *base, name: \"B\", follow_me_number: '+12025550102'}\n"
        + "  c: {<<: [*b, *base], name: \"Desk\", follow_me_number: '+12025550103'} # c\n"
        + "  d: {<<: *b, name: \"D\", follow_me_number: '+12025550104'}\n",
    ),
    "an alias of a text": (
        "agents:\n  a: {name: &n A, follow_me_number: '+12025550101'}\n"
        "  b: {name: *n , follow_me_number: '+12025550102'} # b\n",
        [record(1, "A"), record(2, "B")],
        "agents:\n  a: {name: &n A, follow_me_number: '+12025550101'}\n"
        "  b: {name: \"B\" , follow_me_number: '+12025550102'} # b\n",
    ),
    "the text of two aliases": (
        "agents:\n  a:\n    name: &n 'A' # a\n    follow_me_number: '+12025550101'\n"
        "  b: {name: *n , follow_me_number: '+12025550102'}\n  c: {name: *n , follow_me_number: '+12025550103'}\n",
        [record(1, "Other"), record(2, "A"), record(3, "A")],
        "agents:\n  a:\n    name: \"Other\" # a\n    follow_me_number: '+12025550101'\n"
        "  b: {name: &n 'A' , follow_me_number: '+12025550102'}\n  c: {name: *n , follow_me_number: '+12025550103'}\n",
    ),
    "the first alias changes as well": (
        "agents:\n  a: {name: &n A, follow_me_number: '+12025550101'}\n"
        "  b: {name: *n , follow_me_number: '+12025550102'}\n  c: {name: *n , follow_me_number: '+12025550103'}\n",
        [record(1, "Other"), record(2, "Other"), record(3, "A")],
        "agents:\n  a: {name: \"Other\", follow_me_number: '+12025550101'}\n"
        "  b: {name: \"Other\" , follow_me_number: '+12025550102'}\n"
        "  c: {name: &n A , follow_me_number: '+12025550103'}\n",
    ),
    "an alias in another field": (
        "agents:\n  a:\n    name: &n >- # why\n      A\n    follow_me_number: '+12025550101'\n"
        "  b: {name: B, follow_me_number: '+12025550102', formerly: [*n , b2]}\n",
        [record(1, "Other"), record(2, "B")],
        "agents:\n  a:\n    name: \"Other\" # why\n    follow_me_number: '+12025550101'\n"
        "  b: {name: B, follow_me_number: '+12025550102', formerly: [&n \"A\" , b2]}\n",
    ),
    "a key with an anchor": (
        "agents:\n  &k a:\n    name: *k\n    follow_me_number: '+12025550101'\n"
        "  b: {name: *k , follow_me_number: '+12025550102'}\n",
        [record(1, "Other"), record(2, "a")],
        "agents:\n  &k a:\n    name: \"Other\"\n    follow_me_number: '+12025550101'\n"
        "  b: {name: *k , follow_me_number: '+12025550102'}\n",
    ),
    "an intercom that is gone is not merged again": (
        "agents:\n  a: &a {name: A, follow_me_number: '+12025550101', intercom: null}\n"
        "  b: {<<: *a, name: B, follow_me_number: '+12025550102', intercom: 1002} # b\n",
        [record(1, "A"), record(2, "B")],
        "agents:\n  a: &a {name: A, follow_me_number: '+12025550101', intercom: null}\n"
        "  b: {<<: *a, name: B, follow_me_number: '+12025550102', intercom: null} # b\n",
    ),
    "a mapping that is merged where it is written": (
        "agents:\n  <<: {a: {name: A, follow_me_number: '+12025550101'}}\n"
        "  b:\n    <<:\n      name: B # b\n    follow_me_number: '+12025550102'\n",
        [record(1, "Other"), record(2, "Another")],
        "agents:\n  <<: {a: {name: \"Other\", follow_me_number: '+12025550101'}}\n"
        "  b:\n    <<:\n      name: B # b\n    name: \"Another\"\n    follow_me_number: '+12025550102'\n",
    ),
    "a variable that is merged": (
        "agents:\n  a: &a {name: '${NAME}', follow_me_number: '+12025550101'}\n"
        "  b: {<<: *a, follow_me_number: '+12025550102'}\n  c: {<<: *a, follow_me_number: '+12025550103'}\n",
        [record(1, "A"), record(2, "B"), record(3, "A")],
        "agents:\n  a: &a {name: '${NAME}', follow_me_number: '+12025550101'}\n"
        "  b: {<<: *a, name: \"B\", follow_me_number: '+12025550102'}\n"
        "  c: {<<: *a, follow_me_number: '+12025550103'}\n",
    ),
}


def said(root: Path) -> dict[str, tuple[str, str, str | None]]:
    return {one.key: (one.name, one.number.e164, one.intercom) for one in wanted(root, NAME="A").agents}


def of_account(agents: list[AgentRecord]) -> set[tuple[str | None, str | None, str | None]]:
    return {(one.name, one.follow_me_number, one.intercom) for one in agents}


@pytest.mark.parametrize("name", SCENARIOS)
def test_only_the_entry_changes_that_was_meant(tmp_path: Path, name: str) -> None:
    before, account, after = SCENARIOS[name]
    path = put(tmp_path, before)
    export_into(tmp_path, account, NAME="A")
    assert path.read_text() == after
    assert set(said(tmp_path).values()) == of_account(account)
    assert not export_into(tmp_path, account, NAME="A").texts


@pytest.mark.parametrize(
    ("before", "account", "after"),
    [
        (
            "agents:\n  day: &d {name: Same}\n  night: *d # c\n",
            [record(1, "Same", "1001"), record(2, "Other", "1002")],
            'agents:\n  day: &d {name: Same}\n  night: {<<: *d, name: "Other"} # c\n',
        ),
        (
            "agents:\n  day: &d\n    name: Same\n  night: *d\n",
            [record(1, "Other", "1001"), record(2, "Same")],
            'agents:\n  day: &d\n    name: "Other"\n  night: {<<: *d, name: "Same", intercom: null}\n',
        ),
        (
            "agents:\n  day: { # ours\n  }\n  night:\n    name: Night\n",
            [record(1, "Other", "1001"), record(2, "Night")],
            'agents:\n  day: {name: "Other" # ours\n  }\n  night:\n    name: Night\n    intercom: null\n',
        ),
    ],
)
def test_entries_over_those_of_another_environment(
    tmp_path: Path, before: str, account: list[AgentRecord], after: str
) -> None:
    for name, text in BASE.items():
        put(tmp_path, text, name)
    path = put(tmp_path, before)
    export_into(tmp_path, account)
    assert path.read_text() == after
    assert (tmp_path / "config/base/agents.yaml").read_text() == BASE["base/agents.yaml"]
    assert set(said(tmp_path).values()) == of_account(account)
    assert not export_into(tmp_path, account).texts


def test_an_intercom_that_only_the_base_has_is_said_to_be_none(tmp_path: Path) -> None:
    for name, text in BASE.items():
        put(tmp_path, text, name)
    export_into(tmp_path, [record(1, "Day"), record(2, "Night", "1002")])
    assert (tmp_path / "config/t/agents.yaml").read_text().endswith("agents:\n  day:\n    intercom: null\n")
    assert said(tmp_path)["day"] == ("Day", "+12025550101", None)


def test_who_got_a_value_from_a_changed_entry_is_told(tmp_path: Path) -> None:
    before, account, _ = SCENARIOS["who is merged"]
    put(tmp_path, before)
    assert export_into(tmp_path, account).pinned == ("config/t/agents.yaml:6: agents.night.name",)


def test_what_an_entry_would_get_from_another_one_is_refused(tmp_path: Path) -> None:
    """`night` merges `day`; a name written into `day` would be `night`'s too, in place of the base's."""
    for name, text in BASE.items():
        put(tmp_path, text, name)
    before = "agents:\n  day: &d {intercom: 1001}\n  night: {<<: *d, intercom: 1002}\n"
    path = put(tmp_path, before)
    account = [record(1, "Other", "1001"), record(2, "Night", "1002")]
    with pytest.raises(ExportError) as told:
        export_into(tmp_path, account)
    assert "config/t/agents.yaml:3: agents.night merges another entry of this file" in str(told.value)
    assert "write name into agents.night itself" in str(told.value)
    assert path.read_text() == before

    path.write_text(before.replace("{<<", "{name: Night, <<"))
    export_into(tmp_path, account)
    assert said(tmp_path)["day"][0] == "Other"
