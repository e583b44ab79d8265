"""A second export keeps what people wrote: comments, order, quotes, spelling, variables and overlays."""

from __future__ import annotations

import stat
from pathlib import Path

from digo.api.models import AgentRecord
from digo.desired import load_environment
from tests.export.export_project import export_into, put, record

WRITTEN = """\
# Ours, since long ago.
agents:

    night:   # the night desk
        name: 'Night'
        follow_me_number: +12025550102   # as the contract has it
        intercom: 0012

    sales: {name: Sales desk, follow_me_number: "+1 (202) 555-0101"}   # in one line
    # the last one
"""


def export(root: Path, *agents: AgentRecord, **variables: str) -> tuple[dict[str, str], list[str]]:
    """What the files of `config/t` say after an export, and the variables that stay."""
    ready = export_into(root, agents, **variables)
    return {path.relative_to(root / "config").as_posix(): text for path, text in ready.texts.items()}, list(ready.kept)


def test_a_file_that_is_right_is_not_touched(tmp_path: Path) -> None:
    path = put(tmp_path, WRITTEN)

    def touched() -> tuple[int, int]:
        return path.stat().st_ino, path.stat().st_ctime_ns

    before = touched()
    assert export(tmp_path, record(1, "Sales desk"), record(2, "Night", "12")) == ({}, [])
    assert touched() == before


def test_only_the_lines_that_differ_change(tmp_path: Path) -> None:
    put(tmp_path, WRITTEN)
    texts, _ = export(tmp_path, record(1, "Sales desk"), record(2, "Night shift", "12"), record(3, "New"))
    old, new = WRITTEN.splitlines(), texts["t/agents.yaml"].splitlines()
    assert [line for line in old if line not in new] == ["        name: 'Night'"]
    assert [line for line in new if line not in old] == [
        '        name: "Night shift"',
        "    new:",
        '        name: "New"',
        '        follow_me_number: "+12025550103"',
    ]


def test_lines_end_as_they_did(tmp_path: Path) -> None:
    path = put(tmp_path, WRITTEN)
    path.write_bytes(WRITTEN.replace("\n", "\r\n").encode())
    export(tmp_path, record(1, "Sales desk"), record(2, "Night shift", "12"))
    old, new = WRITTEN.split("\n"), path.read_bytes().decode().split("\r\n")
    assert [line for line in new if line not in old] == ['        name: "Night shift"']
    assert len(new) == len(old)


def test_a_link_and_who_may_read_a_file_stay_as_they_were(tmp_path: Path) -> None:
    shared = put(tmp_path, 'agents:\n  sales: {name: Sales, follow_me_number: "+1 202 555 0101"}\n', "shared.yaml")
    shared.chmod(0o600)
    link = tmp_path / "config" / "t" / "agents.yaml"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(shared)
    export(tmp_path, record(1, "Support"))
    assert link.is_symlink() and "Support" in shared.read_text()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o600
    assert not list(tmp_path.rglob("*.new"))


def test_an_intercom_that_is_gone_is_left_alone_from_then_on(tmp_path: Path) -> None:
    put(tmp_path, WRITTEN)
    texts, _ = export(tmp_path, record(1, "Sales desk"), record(2, "Night"))
    assert "intercom" not in texts["t/agents.yaml"]
    assert "# as the contract has it" in texts["t/agents.yaml"]


def test_a_number_that_moved_is_found_by_its_intercom(tmp_path: Path) -> None:
    put(tmp_path, WRITTEN)
    texts, _ = export(tmp_path, record(1, "Sales desk"), record(9, "Night", "12"))
    assert '        follow_me_number: "+12025550109"' in texts["t/agents.yaml"]


def test_each_entry_is_changed_in_its_own_file(tmp_path: Path) -> None:
    put(tmp_path, "agents: {a: {name: A, follow_me_number: '+12025550101'}}\n", "t/agents/one.yaml")
    put(tmp_path, "agents: {b: {name: B, follow_me_number: '+12025550102'}}\n", "t/agents/two.yaml")
    texts, _ = export(tmp_path, record(1, "A"), record(2, "Other"), record(3, "New"))
    assert set(texts) == {"t/agents/two.yaml", "t/agents.yaml"}
    assert 'name: "Other"' in texts["t/agents/two.yaml"]
    assert texts["t/agents.yaml"].startswith("# yaml-language-server: $schema=../../docs/schema/agents.json\n")


def test_a_variable_stays_a_variable(tmp_path: Path) -> None:
    put(tmp_path, "agents:\n  a: {name: '${NAME}', follow_me_number: '${NUMBER}'}\n")
    number = "+12025550101"
    assert export(tmp_path, record(1, "A"), NAME="A", NUMBER=number) == ({}, [])
    texts, kept = export(tmp_path, record(1, "Other"), NAME="A", NUMBER=number)
    assert texts == {}
    assert kept == ["config/t/agents.yaml:2:13: agents.a.name"]


def test_a_name_that_looks_like_a_variable_is_none(tmp_path: Path) -> None:
    put(tmp_path, "agents: {}\n")
    export(tmp_path, record(1, "${HOME} $${x}"))
    (agent,) = load_environment(tmp_path / "config" / "t", tmp_path, {}).agents
    assert agent.name == "${HOME} $${x}"


def test_what_the_base_says_is_said_otherwise_in_the_overlay(tmp_path: Path) -> None:
    base = put(tmp_path, "agents: {a: {name: A, follow_me_number: '+12025550101'}}\n", "base/agents.yaml")
    put(tmp_path, "extends: base\n", "t/environment.yaml")
    before = base.read_text()
    texts, _ = export(tmp_path, record(1, "Other"))
    assert base.read_text() == before
    assert texts["t/agents.yaml"].endswith('agents:\n  a:\n    name: "Other"\n')
    assert load_environment(tmp_path / "config" / "t", tmp_path, {}).agents[0].name == "Other"
