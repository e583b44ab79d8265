"""What config cannot have as the account has it is named, with the EID and the reason, and the rest is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.api.models import AgentRecord
from digo.export.model import ExportError
from tests.export.export_account import MakeWorkspace
from tests.export.export_project import export_into, put, record, wanted

A = "agents:\n  a: {name: Desk A, follow_me_number: '+12025550101', intercom: 1001}\n"
POLICY = "policy:\n  name_pattern: 'Desk .*'\n  intercoms: ['1000-1999']\n"


def left_out(root: Path, *agents: AgentRecord) -> list[str]:
    found = export_into(root, agents).export
    return [str(one) for one in (*found.left_out, *found.intercoms)]


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (record(9, ""), "agent eid e9: a name cannot be empty"),
        (record(9, "a\x1b[2Jb"), 'agent "a\ufffd[2Jb" (eid e9): a name has no control characters'),
        (record(9, "a\x7fb"), 'agent "a\ufffdb" (eid e9): a name has no control characters'),
        (record(9, "a\ud83d"), 'agent "a\\ud83d" (eid e9): its name has characters that no file can hold'),
        (AgentRecord(eid="e9", name="Odd", follow_me_number="+12"), 'agent "Odd" (eid e9): it is not a phone number'),
        (AgentRecord(eid="e9", name="Odd", follow_me_number="ext. 7"), 'agent "Odd" (eid e9): the account writes'),
        (AgentRecord(eid="e9", name="Odd"), 'agent "Odd" (eid e9): it has no number'),
        (record(9, "Odd", "99"), 'agent "Odd" (eid e9): its intercom 99 is written as 0099'),
        (record(9, "Odd", "12345"), 'agent "Odd" (eid e9): its intercom 12345 is left alone: an intercom is exactly'),
        (record(9, "Odd", "12a4"), 'agent "Odd" (eid e9): its intercom 12a4 is left alone: an intercom is exactly'),
    ],
)
def test_an_agent_is_named_with_the_reason(tmp_path: Path, agent: AgentRecord, said: str) -> None:
    put(tmp_path, A)
    (told,) = left_out(tmp_path, record(1, "Desk A", "1001"), agent)
    assert told.startswith(said)
    assert {one.name for one in wanted(tmp_path).agents} <= {"Desk A", "Odd"}


def test_an_intercom_that_two_have_is_left_alone_and_told(tmp_path: Path) -> None:
    put(tmp_path, A)
    told = left_out(tmp_path, record(1, "Desk A", "1001"), record(2, "B", "1002"), record(3, "C", "1002"))
    assert told == [
        f'agent "{name}" (eid {eid}): its intercom 1002 is left alone: other agents of the account have it too'
        for name, eid in (("B", "e2"), ("C", "e3"))
    ]


def test_what_a_rule_is_against_is_left_out(tmp_path: Path) -> None:
    """The config that comes of it is right, so a second export says the same and writes nothing."""
    put(tmp_path, POLICY, "t/policy.yaml")
    put(tmp_path, A)
    account = (record(1, "Bad", "2001"), record(2, "Bad too"), record(3, "Desk C", "2002"), record(4, "Desk D", "1004"))
    told = left_out(tmp_path, *account)
    assert [line.split(" (rule")[0] for line in told] == [
        'agent "Bad too" (eid e2): the name does not match `Desk .*`',
        'agent "Desk C" (eid e3): the intercom is not in 1000-1999',
        'agent "Bad" (eid e1): agents.a.name stays as it is: the name does not match `Desk .*`',
        'agent "Bad" (eid e1): agents.a.intercom stays as it is: the intercom is not in 1000-1999',
    ]
    assert {one.key: one.name for one in wanted(tmp_path).agents} == {"a": "Desk A", "desk-d": "Desk D"}
    assert not export_into(tmp_path, account).texts


def test_where_config_would_be_wrong_as_a_whole_nothing_is_written(tmp_path: Path) -> None:
    put(tmp_path, "policy:\n  max_agents: 1\n", "t/policy.yaml")
    path = put(tmp_path, A)
    with pytest.raises(ExportError) as told:
        export_into(tmp_path, [record(1, "Desk", "1001"), record(2, "B")])
    assert "so nothing was written:\n  config/t/policy.yaml:2:3: agents: 2 agents are wanted" in str(told.value)
    assert path.read_text() == A


def test_of_two_entries_that_are_one_agent_only_the_one_that_rings_it_changes(tmp_path: Path) -> None:
    path = put(tmp_path, A + "  b: {name: B, follow_me_number: '+12025550109', intercom: 1002}\n")
    told = left_out(tmp_path, record(1, "Desk AA", "1002"))
    assert "agents.b.intercom: the account's agent that has this intercom (eid e1) is that of `a`" in told[0]
    assert "agents.a.intercom stays as it is: another entry of the config has that intercom" in told[1]
    assert path.read_text() == A.replace("Desk A,", '"Desk AA",') + (
        "  b: {name: B, follow_me_number: '+12025550109', intercom: 1002}\n"
    )


def test_two_entries_change_places_and_a_number_that_is_free_again_is_a_new_agents(tmp_path: Path) -> None:
    put(tmp_path, A + "  b: {name: B, follow_me_number: '+12025550102', intercom: 1002}\n")
    account = [record(3, "Desk A", "1001"), record(2, "B", "1004"), record(1, "New", "1002")]
    assert left_out(tmp_path, *account) == []
    said = {one.key: (one.number.e164[-2:], one.intercom) for one in wanted(tmp_path).agents}
    assert said == {"a": ("01", "1002"), "b": ("02", "1004"), "desk-a": ("03", "1001")}
    assert not export_into(tmp_path, account).texts


def test_a_key_is_not_one_that_looks_like_another_one(tmp_path: Path) -> None:
    """The key that is there is spelt with a combining accent."""
    put(tmp_path, "agents:\n  cafe\u0301: {name: X, follow_me_number: '+12025550101'}\n")
    export_into(tmp_path, [record(1, "X"), record(2, "Caf\u00e9"), record(3, "Sales"), record(4, "sales!")])
    assert [one.key for one in wanted(tmp_path).agents] == ["cafe\u0301", "caf\u00e9-0102", "sales-0103", "sales-0104"]


def test_the_command_refuses_and_tells(account: MakeWorkspace) -> None:
    workspace, _ = account([("Desk A", "12025550101", "1001"), ("B", "12025550102", None)])
    workspace.write("agents.yaml", A)
    workspace.write("policy.yaml", "policy:\n  max_agents: 1\n")
    done = workspace.digo("export")
    assert (done.code, done.stdout) == (1, "")
    assert "2 agents are wanted; at most 1 is allowed" in done.stderr
    assert "Next: change that in config or in the panel, and export again" in done.stderr
    assert (workspace.folder / "config/test/agents.yaml").read_text() == A


def test_the_command_changes_one_entry_of_those_that_share_a_mapping(account: MakeWorkspace) -> None:
    workspace, _ = account([("Day", "12025550101", None), ("Desk", "12025550102", None)])
    workspace.write(
        "agents.yaml",
        "agents:\n  day: &base\n    name: Desk # why\n    follow_me_number: '+12025550101'\n"
        "  night: {<<: *base, follow_me_number: '+12025550102'}\n... # end\n",
    )
    done = workspace.digo("export")
    assert done.code == 0, done.text
    assert "0 new, 1 changed, 0 left out" in done.stdout
    assert "config/test/agents.yaml:5: agents.night.name" in done.stderr
    assert (workspace.folder / "config/test/agents.yaml").read_text() == (
        "agents:\n  day: &base\n    name: \"Day\" # why\n    follow_me_number: '+12025550101'\n"
        "  night: {<<: *base, name: \"Desk\", follow_me_number: '+12025550102'}\n... # end\n"
    )
    assert workspace.digo("plan", "--detailed-exitcode").code == 2
    assert "0 new, 0 changed, 0 left out" in workspace.digo("export").stdout
