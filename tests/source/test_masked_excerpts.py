"""A value of a number field is masked whole in the line that is shown, however it is spelt and wherever it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.desired import ConfigError, load_environment
from digo.masking.loader import load_routes
from digo.source.excerpt import SourceExcerpts
from digo.source.number_places import number_spans, phone_columns
from digo.source.positions import Position
from digo.source.problems import Problem

ODD = [
    "202 5550104", "+1\u2011202\u2011555\u20110104 x", "+1_202_555_0104", "\uff0b1 202 KLM 0104", "2_0_2_5_5_5_0_1_0_4",
    "+1 202 555 0104 / +1 202 555 0104", "+1 202 555 0104;ext=0104", "+1~202~555~0104", "20-25-55-01-04-",
    "2 0 2 5 5 5 0 1 0 4", "call 202 now 555 then 0104",
]  # fmt: skip
AGENTS = {
    "block": "agents:\n  a:\n    name: A\n    follow_me_number: VALUE\n",
    "flow": "agents: {a: {name: A, follow_me_number: VALUE, intercom: x}, b: {name: B}}\n",
    "an anchor": "x: &n VALUE\nagents:\n  a: {name: A, follow_me_number: *n}\n",
    "a merge": "x: &n {follow_me_number: VALUE}\nagents:\n  a: {<<: *n, name: A}\n",
    "a mapping": "agents:\n  a:\n    name: A\n    follow_me_number: {is: VALUE}\n",
    "a list": "agents:\n  a:\n    name: A\n    follow_me_number:\n      - VALUE\n",
    "a misspelt key": "agents:\n  a:\n    name: A\n    follow_me_numbr: VALUE\n    folow_me_number: VALUE\n",
    "no YAML behind it": "agents:\n  a:\n    name: A\n    follow_me_number: VALUE\n  b: {\n",
    "no YAML before it": "agents:\n  a:\n    name: 'A\n    follow_me_number: VALUE\n",
    "no YAML in it": "agents:\n  a:\n    name: A\n    follow_me_number: VALUE: x\n",
}
LISTS = {
    "phone": "lists:\n  otp:\n    id: 4711\n    leads:\n      - phone: VALUE\n",
    "field_0": "lists:\n  otp:\n    id: 4711\n    leads: [{field_0: VALUE, nam: x}]\n",
    "another name": "lists:\n  otp:\n    id: 4711\n    columns: {kunde: field_0}\n    leads: [{kunde: VALUE}]\n",
    "a default's name": "lists:\n  otp:\n    id: 4711\n    leads: [{anschluss: VALUE}]\n",
}
MASKING = {
    "numbers": "masking: {a: {numbers: [VALUE]}}\n",
    "caller": "masking: {a: {numbers: [+12025550100], routes: [{caller: VALUE, callee: +12025550101}]}}\n",
    "callee": "masking: {a: {numbers: [+12025550100], routes: [{caller: +12025550101, callee: VALUE}]}}\n",
    "pairs": "masking: {a: {numbers: [+12025550100], pairs: [[+12025550101, VALUE]]}}\n",
    "pool": "masking: {a: {numbers: [+12025550100], default: {pool: [{callee: VALUE}]}}}\n",
    "failover": "failover: {callee: VALUE}\nmasking: {}\n",
}
CASES = [("agents", one) for one in AGENTS.values()] + [("lists", one) for one in LISTS.values()]
CASES += [("masking", one) for one in MASKING.values()]
CASES += [("policy", "policy: {forbidden_numbers: [VALUE]}\n")]


def shown(root: Path, kind: str, text: str) -> list[str]:
    """All that is said of a file, with its lines."""
    folder = root / "config" / "test"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "config" / "_base").mkdir(exist_ok=True)
    (folder / "agents.yaml").write_text("agents: {}\n")
    (folder / "environment.yaml").write_text("extends: _base\n")
    (root / "config/_base/environment.yaml").write_text("defaults: {lists: {columns: {anschluss: field_0}}}\n")
    (folder / f"{kind}.yaml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_routes(folder, root) if kind == "masking" else load_environment(folder, root)
    return told(root, raised.value.problems)


def told(root: Path, problems: tuple[Problem, ...]) -> list[str]:
    sources = SourceExcerpts(root)
    return [f"{problem}\n{sources.excerpt(problem.position)}" for problem in problems]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize(("kind", "form"), CASES)
def test_a_number_is_masked_whole(tmp_path: Path, kind: str, form: str, value: str) -> None:
    texts = shown(tmp_path, kind, form.replace("VALUE", f'"{value}"'))
    assert any("***" in text for text in texts) or form in (AGENTS["no YAML behind it"], AGENTS["no YAML before it"])
    for text in texts:
        lines = "\n".join(line.partition("|")[2] for line in text.splitlines()[1:])
        assert not re.search(r"202|2.?0.?2|555|5.5.5|KLM", lines), text
        assert "5550104" not in text and "2025" not in text


@pytest.mark.parametrize("style", [">-\n      202_555\n      _0104", '"202_555\n      _0104"', "202_555\n      _0104"])
def test_a_number_over_several_lines(tmp_path: Path, style: str) -> None:
    (text,) = shown(tmp_path, "agents", f"agents:\n  a:\n    name: A\n    follow_me_number: {style}\n")
    assert text.endswith("     4 |     follow_me_number: ***\n       |                       ^")
    spans = number_spans(f"agents:\n  a:\n    name: A\n    follow_me_number: {style}\n")
    assert {line: [(span.start, span.shown) for span in found] for line, found in spans.items()}[4] == [(6, "***")]


def test_what_is_no_number_is_shown(tmp_path: Path) -> None:
    (text,) = shown(tmp_path, "agents", "agents:\n  a: {name: A, follow_me_number: none, intercom: 1001}\n")
    assert "{name: A, follow_me_number: none, intercom: 1001}" in text
    (text,) = shown(tmp_path, "agents", "agents:\n  phone: {name: Desk 20255, follow_me_number: none}\n")
    assert "phone: {name: Desk 20255, follow_me_number: none}" in text
    (text,) = shown(tmp_path, "agents", "agents:\n  a: {name: A, follow_me_number: '${NIGHT_NUMBER}'}\n")
    assert "'${NIGHT_NUMBER}'" in text


def test_numbers_are_shown_where_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "agents.yaml"
    path.write_text("agents:\n  a: {name: A, follow_me_number: 202_555_0104}\n")
    with pytest.raises(ConfigError) as raised:
        load_environment(tmp_path, tmp_path)
    excerpt = SourceExcerpts(tmp_path, numbers=True).excerpt(raised.value.problems[0].position)
    assert "follow_me_number: 202_555_0104}" in str(excerpt)


def test_a_file_that_is_nested_too_deep_is_masked_as_well(tmp_path: Path) -> None:
    depth = 2_000  # more than the recursion limit of Python
    (text,) = shown(tmp_path, "agents", f"agents: {{a: {{phone: 202_555_0104, x: {'[' * depth}{']' * depth}}}}}\n")
    assert "nested more than 50 levels deep" in text
    spans = number_spans(f"phone: 202_555_0104\nx: {'[' * depth}{']' * depth}\n")
    assert [span.shown for span in spans[0]] == ["***0104"]


@given(st.text(max_size=200))
def test_any_text_has_places_within_its_lines(text: str) -> None:
    lines = text.splitlines()
    for line, spans in number_spans(text).items():
        assert all(0 <= span.start < span.end <= len(lines[line]) for span in spans)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  digo:authorisation: example-token", "  digo:authorisation: …"),
        ('  "digo:tokn": example-token', '  "digo:tokn": …'),
        ("  digo:authorisation: {secure: example-token}", "  digo:authorisation: …"),
        ("    example-token", "…"),
        ("{config: {digo:authorisation: example-token}}", "…"),
        ("config:", "config:"),
    ],
)
@pytest.mark.parametrize("numbers", [False, True])
def test_no_value_of_a_file_of_pulumi_is_shown(tmp_path: Path, line: str, shown: str, numbers: bool) -> None:
    """A misspelt key may have the token as its value."""
    (tmp_path / "Pulumi.prod.yaml").write_text(f"{line}\n")
    excerpt = SourceExcerpts(tmp_path, numbers=numbers).excerpt(Position("Pulumi.prod.yaml", 1, 3))
    assert excerpt is not None
    assert excerpt.splitlines()[0] == f"     1 | {shown}"


@pytest.mark.parametrize("key", ["password", "password_secret", "agent_passwd", "token"])
@pytest.mark.parametrize("end", ["", "\n    name: 'A"])
def test_a_password_is_not_shown(tmp_path: Path, key: str, end: str) -> None:
    written = f"agents:\n  a:\n    follow_me_number: x\n    {key}: hunter-two{end}\n"
    (span,) = (one for found in number_spans(written).values() for one in found if one.shown == "***")
    assert span.end - span.start == len("hunter-two")
    assert not any("hunter" in text for text in shown(tmp_path, "agents", written))


def test_the_name_of_a_secret_is_shown(tmp_path: Path) -> None:
    (text,) = shown(tmp_path, "agents", "agents:\n  a: {name: A, password_secret: deskPassword, follow_me_number: x}\n")
    assert "password_secret: deskPassword" in text


@pytest.mark.parametrize("piece", ["x", "'", '"a ', "a: ", " ", "a:field_0"])
def test_a_line_of_a_megabyte_is_looked_through_once(piece: str) -> None:
    """Each of its places as a beginning of its own would take hours."""
    line = piece * (1_000_000 // len(piece))
    assert phone_columns(f"{line} kunde: field_0") >= ({"kunde"} if piece not in ("'", '"a ') else set())
