"""Files as people write them, in any mixture: an export changes only what it said, and the second one nothing."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from digo.api.models import AgentRecord
from tests.export.export_project import export_into, put, record, wanted

NAMES = ("Desk", "Night shift", "a: b", "# x", "\U0001f3a7", "O'Neil", 'The "best"', "yes", "*x", "${X}")
"""Names of agents; `${X}` is not a variable in the account."""


@dataclass(frozen=True)
class Written:
    """An entry: its index, by which the account finds it, what it says, and its lines."""

    index: int
    name: str
    intercom: str | None
    lines: tuple[str, ...]
    shared: bool

    @property
    def key(self) -> str:
        return f"k{self.index}"


@dataclass(frozen=True)
class Scene:
    """A file, the entries in it, and an account."""

    text: str
    entries: tuple[Written, ...]
    account: tuple[AgentRecord, ...]


def scalar(draw: st.DrawFn, text: str, flow: bool) -> str:
    """A text in one of the spellings that YAML has for it."""
    ways = [f"'{text.replace(chr(39), chr(39) * 2)}'", '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"']
    if text.replace(" ", "").isalnum() and text.isascii() and text != "yes":
        ways.append(text)
    if not flow:
        ways.append(f">-\n          {text}")
    return draw(st.sampled_from(ways)).replace("${", "$${")


def comment(draw: st.DrawFn, number: list[int]) -> str:
    """A comment of its own, or none."""
    number[0] += 1
    return draw(st.sampled_from(["", f" # c{number[0]}"]))


def entry(draw: st.DrawFn, index: int, number: list[int], column: int, merged: Written | None) -> Written:
    name = draw(st.sampled_from(NAMES))
    intercom = draw(st.sampled_from([None, f"{1000 + index}", f"0{100 + index}"]))
    pad, inner = " " * column, " " * (column * 2)
    anchor = f" &k{index}"
    flow = draw(st.booleans())
    inherits = merged is not None and draw(st.booleans())
    fields = {"follow_me_number": scalar(draw, f"+1 202 555 {100 + index:04}", flow)}
    if merged is not None and inherits:
        name = merged.name
        anchored = any(f"&n{merged.index} " in line for line in merged.lines)
        how = draw(st.sampled_from(["<<", "list", "alias"] if anchored else ["<<", "list"]))
        fields |= {"name": f"*n{merged.index} "} if how == "alias" else {}
        fields |= {} if how == "alias" else {"<<": f"[*k{merged.index}]" if how == "list" else f"*k{merged.index}"}
        if merged.intercom is not None and intercom is None and how != "alias":
            fields["intercom"] = "~"
    else:
        fields["name"] = f"&n{index} {scalar(draw, name, True)}"
    if intercom is not None:
        fields["intercom"] = draw(st.sampled_from([intercom, f"'{intercom}'"]))
    order = draw(st.permutations(list(fields)))
    if flow:
        lines = [f"{pad}k{index}:{anchor} {{{comment(draw, number)}"]
        lines += [f"{inner}{name}: {fields[name]}{comment(draw, number)}\n{inner}," for name in order]
        lines += [f"{pad} }}{comment(draw, number)}"]
    else:
        lines = [f"{pad}k{index}:{anchor}{comment(draw, number)}"]
        for one in order:
            block = fields[one].startswith(">-")
            lines.append(f"{inner}{one}: {fields[one]}{'' if block else comment(draw, number)}")
            lines += draw(st.sampled_from([[], [""], [f"{inner}# under {index} {one}"]]))
    return Written(index, name, intercom, tuple("\n".join(lines).split("\n")), merged is not None)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    number = [0]
    column = draw(st.sampled_from([1, 2, 4]))
    entries: list[Written] = []
    for index in range(draw(st.integers(1, 4))):
        merged = draw(st.sampled_from(entries)) if entries and bool(draw(st.booleans())) else None
        entries.append(entry(draw, index, number, column, merged))
    head = draw(st.sampled_from([[], ["# head"], ["%YAML 1.1", "# head", "--- # begin"], ["---"]]))
    foot = draw(st.sampled_from([[], [""], ["# foot"], ["  # foot", "", "# foot"], ["... # end", "# after"]]))
    lines = [*head, f"agents:{comment(draw, number)}", *(line for one in entries for line in one.lines), *foot]
    ends = draw(st.sampled_from(["\n", "\r\n"]))
    text = draw(st.sampled_from(["", "\ufeff"])) + ends.join(lines) + draw(st.sampled_from(["", ends]))
    account = []
    for one in entries:
        change = draw(st.sampled_from(["same", "same", "name", "intercom", "gone", "all"]))
        if change == "gone":
            continue
        name = draw(st.sampled_from(NAMES)) if change in ("name", "all") else one.name
        intercom = (
            draw(st.sampled_from([None, f"{2000 + one.index}"])) if change in ("intercom", "all") else one.intercom
        )
        account.append(record(one.index, name, intercom))
    new = [record(50 + index, draw(st.sampled_from(NAMES))) for index in range(draw(st.integers(0, 2)))]
    return Scene(text, tuple(entries), (*account, *new))


def comments(text: str) -> Counter[str]:
    """All comments, as another reader of YAML finds them."""
    tokens = YAML(typ="rt").scan(io.StringIO(text.removeprefix("\ufeff")))
    gaps, at = [], 0
    text = text.removeprefix("\ufeff")
    for token in tokens:
        start, end = token.start_mark.index, token.end_mark.index
        gaps.append(text[at:start])
        at = max(at, end)
    return Counter(line.strip() for gap in [*gaps, text[at:]] for line in gap.splitlines() if line.strip()[:1] == "#")


@given(scene=scenes())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_export_changes_only_what_it_said(tmp_path: Path, scene: Scene) -> None:
    path = put(tmp_path, scene.text)
    export_into(tmp_path, scene.account)
    said = path.read_bytes().decode()
    live = {one.follow_me_number: one for one in scene.account}
    found = {one.number.e164: one for one in wanted(tmp_path).agents}
    for one in scene.entries:
        agent, number = live.get(f"+1202555{100 + one.index:04}"), f"+1202555{100 + one.index:04}"
        assert found[number].key == one.key
        due = _due(one, agent)
        assert (found[number].name, found[number].intercom) == due
    assert len(found) == len({*live, *(f"+1202555{100 + one.index:04}" for one in scene.entries)})
    assert comments(said) == comments(scene.text)
    _rest_stays(scene, live, said)
    again = export_into(tmp_path, scene.account)
    assert (again.texts, path.read_bytes().decode()) == ({}, said)


def _due(one: Written, live: AgentRecord | None) -> tuple[str | None, str | None]:
    """Name and intercom that an entry says after the export. An intercom that config leaves out is left alone."""
    if live is None:
        return one.name, one.intercom
    return live.name, live.intercom if one.intercom is not None else None


def _rest_stays(scene: Scene, live: dict[str | None, AgentRecord], said: str) -> None:
    """Of a file in which no entry has anything from another one, each entry that does not change stays as it was."""
    if any(one.shared for one in scene.entries):
        return
    ends = "\r\n" if "\r\n" in scene.text else "\n"
    for one in scene.entries:
        agent = live.get(f"+1202555{100 + one.index:04}")
        if _due(one, agent) == (one.name, one.intercom):
            assert ends.join(one.lines) in said
