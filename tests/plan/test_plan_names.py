"""Names are compared as people see them, everywhere by one function; what does not show is spelt out."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.api.snapshot import Snapshot
from digo.desired import ConfigError, load_environment
from digo.plan.compare import compare
from digo.plan.drift import agent_drift
from digo.plan.fingerprint import agent_digest, plan_hash
from digo.plan.render.sentences import drift_line
from digo.plan.side_by_side import compare_side_by_side, side_agents
from digo.text.names import invisible_difference, look_alike, normal_name, same_name
from tests.plan.plan_values import desired, record, wanted

NFC, NFD = "Bj\u00f6rn Caf\u00e9", "Bjo\u0308rn Cafe\u0301"
SAME = {
    "NFC and NFD": (NFC, NFD),
    "a no-break space": ("Sales desk", "Sales\u00a0desk"),
    "a narrow no-break space": ("Sales desk", "Sales\u202fdesk"),
    "an ideographic space": ("Sales desk", "Sales\u3000desk"),
    "two kinds of space": ("Sales\u2009desk", "Sales\u00a0desk"),
    "a Hangul syllable and its letters": ("\ud55c", "\u1112\u1161\u11ab"),
}
UNSEEN = {
    "zero width": ("Salesdesk", "Sales\u200bdesk", "nothing against U+200B (zero width space) at character 6"),
    "a joiner": ("Salesdesk", "Sales\u200ddesk", "nothing against U+200D (zero width joiner) at character 6"),
    "a soft hyphen": ("Sales\u00addesk", "Salesdesk", "U+00AD (soft hyphen) against nothing at character 6"),
    "a mark of direction": ("Sales", "Sales\u200e", "nothing against U+200E (left-to-right mark) at character 6"),
    "a space at the end": ("Sales", "Sales ", "nothing against U+0020 (space) at character 6"),
    "a space at the beginning": (" Sales", "Sales", "U+0020 (space) against nothing at character 1"),
    "two spaces": ("Sales desk", "Sales  desk", "nothing against U+0020 (space) at character 7"),
    "a Cyrillic letter": (
        "Sales",
        "S\u0430les",
        "U+0061 (latin small letter a) against U+0430 (cyrillic small letter a) at character 2",
    ),
    "a Greek letter": (
        "Omega",
        "\u039fmega",
        "U+004F (latin capital letter o) against U+039F (greek capital letter omicron) at character 1",
    ),
    "a dash": ("A-B", "A\u2011B", "U+002D (hyphen-minus) against U+2011 (non-breaking hyphen) at character 2"),
    "l and I": (
        "Sales l",
        "Sales I",
        "U+006C (latin small letter l) against U+0049 (latin capital letter i) at character 7",
    ),
}
SEEN = [("Sales", "sales"), ("Sales", "Support"), ("Stra\u00dfe", "Strasse"), ("Caf\u00e9", "Cafe"), ("A", "A B")]


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_names_that_look_the_same_are_the_same_everywhere(one: str, other: str) -> None:
    agent, live = replace(wanted("a", 1), name=one), record("e", 1, name=other)
    plan = compare(desired(agent), Snapshot.of([live]))
    assert plan.agents[0].differences == ()
    assert agent_drift(agent, live, None, config_changed=None) == ()
    sides = compare_side_by_side(side_agents(desired(agent)), side_agents(Snapshot.of([live])))
    assert sides.same
    other_agent, other_live = replace(agent, name=other), record("e", 1, name=one)
    assert agent_digest(agent) == agent_digest(other_agent)
    assert plan_hash(desired(agent), Snapshot.of([live])) == plan_hash(desired(other_agent), Snapshot.of([other_live]))
    assert invisible_difference(one, other) == ""


@pytest.mark.parametrize(("one", "other", "told"), UNSEEN.values(), ids=UNSEEN)
def test_a_difference_that_does_not_show_is_spelt_out(one: str, other: str, told: str) -> None:
    agent, live = replace(wanted("a", 1), name=one), record("e", 1, name=other)
    sentence = f"(the names look alike and differ: {told})"
    (warning,) = compare(desired(agent), Snapshot.of([live])).warnings
    assert sentence in warning
    (drift,) = agent_drift(agent, live, None, config_changed=None)
    assert sentence in drift_line(drift)
    (pair,) = compare_side_by_side(side_agents(desired(agent)), side_agents(Snapshot.of([live]))).pairs
    assert (pair.fields, f"({pair.invisible})") == (("name",), sentence)


@pytest.mark.parametrize(("one", "other"), SEEN)
def test_a_difference_that_shows_is_one(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert invisible_difference(one, other) == ""


@given(st.text(), st.sampled_from(["NFC", "NFD"]))
def test_any_name_is_the_same_in_each_form(name: str, form: Literal["NFC", "NFD"]) -> None:
    assert same_name(name, unicodedata.normalize(form, name))
    assert normal_name(normal_name(name)) == normal_name(name)


@given(st.text(max_size=20), st.text(max_size=20))
def test_names_that_are_told_apart_differ(one: str, other: str) -> None:
    if invisible_difference(one, other):
        assert not same_name(one, other)
    assert look_alike(look_alike(one)) == look_alike(one)


ENTRY = '{{name: A, follow_me_number: "+1202555010{}"}}'


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("caf\u00e9", "cafe\u0301", "they differ only in the spelling of their characters"),
        ("the desk", "the\u00a0desk", "they differ only in the spelling of their characters"),
        ("desk", "d\u0435sk", "U+0435 (cyrillic small letter ie) against U+0065 (latin small letter e) at character 2"),
    ],
)
@pytest.mark.parametrize("kind", ["agents", "lists"])
def test_keys_that_nobody_can_tell_apart(tmp_path: Path, kind: str, one: str, other: str, why: str) -> None:
    entries = [ENTRY.format(1), ENTRY.format(2)] if kind == "agents" else ["{id: 1}", "{id: 2}"]
    (tmp_path / f"{kind}.yaml").write_text(f"{kind}:\n  {one}: {entries[0]}\n", encoding="utf-8")
    (tmp_path / kind).mkdir()
    (tmp_path / kind / "more.yaml").write_text(f"{kind}:\n  {other}: {entries[1]}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_environment(tmp_path, tmp_path)
    (problem,) = raised.value.problems
    assert str(problem.position) == f"{kind}/more.yaml:2:3"
    assert f"this key looks like the one at {kind}.yaml:2:3" in problem.message
    assert why in problem.message


@pytest.mark.parametrize("kind", ["agents", "lists"])
def test_a_key_with_a_character_that_nobody_can_see_is_refused(tmp_path: Path, kind: str) -> None:
    entry = ENTRY.format(1) if kind == "agents" else "{id: 1}"
    (tmp_path / f"{kind}.yaml").write_text(f"{kind}:\n  de\u200bsk: {entry}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_environment(tmp_path, tmp_path)
    (problem,) = raised.value.problems
    assert str(problem) == (
        f"{kind}.yaml:2:3: a key has characters that nobody can see (U+200B); write it without them"
    )


def test_keys_that_only_resemble_each_other_are_two(tmp_path: Path) -> None:
    lines = "".join(f"  {key}: {ENTRY.format(at)}\n" for at, key in enumerate(["desk1", "deskl", "Desk1", "d-esk1"]))
    (tmp_path / "agents.yaml").write_text(f"agents:\n{lines}")
    assert len(load_environment(tmp_path, tmp_path).agents) == 4
