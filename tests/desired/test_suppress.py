"""`suppress` in config: alone or in a list, for rows and for inline leads, laid over, and each problem once."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.desired import ConfigError, load_environment
from tests.desired.environments import load, problems

A, B, C = "+12025550101", "+12025550102", "+12025550103"
ROWS = f"phone\n{A}\n{B}\n{C}\n"
DND = f"phone\n{A}\n"
COLUMNS = "columns: {phone: field_0}"


def test_rows_and_leads_of_several_lists_share_a_file(tmp_path: Path) -> None:
    lists = (
        "lists:\n"
        f"  rows: {{id: 1, source: a.csv, {COLUMNS}, suppress: dnd.csv}}\n"
        f"  more: {{id: 2, source: a.csv, {COLUMNS}, suppress: ['*nd.csv', 'x/*.csv']}}\n"
        f"  leads: {{id: 3, suppress: dnd.csv, leads: [{{phone: '{A}'}}, {{phone: '{C}'}}]}}\n"
        f"  all: {{id: 4, source: a.csv, {COLUMNS}}}\n"
    )
    desired = load(tmp_path, {"lists.yaml": lists, "a.csv": ROWS, "dnd.csv": DND, "x/b.csv": f"phone\n{C}\n"})
    assert [(one.key, one.count, one.suppressed) for one in desired.lists] == [
        ("rows", 2, 1),
        ("more", 1, 2),
        ("all", 3, 0),
    ]
    assert [lead.number.e164 for lead in desired.leads] == [C]
    found = {
        one.key: ([Path(path).name for path in one.files], one.rows, one.suppressed) for one in desired.suppressions
    }
    assert found == {
        "rows": (["dnd.csv"], 3, 1),
        "more": (["dnd.csv", "b.csv"], 3, 2),
        "leads": (["dnd.csv"], 2, 1),
    }
    assert desired.warnings == ()


def test_leads_keep_their_resource_names(tmp_path: Path) -> None:
    other = "+12035550101"
    text = f"lists:\n  l: {{id: 3, suppress: dnd.csv, leads: [{{phone: '{A}'}}, {{phone: '{other}'}}]}}\n"
    before = load(tmp_path, {"lists.yaml": text, "dnd.csv": "phone\n"})
    after = load(tmp_path, {"lists.yaml": text, "dnd.csv": DND})
    assert {lead.number.e164: lead.key for lead in before.leads} == {A: "l-0101", other: "l-0101-2"}
    assert {lead.number.e164: lead.key for lead in after.leads} == {other: "l-0101-2"}
    (found,) = after.suppressions
    assert [lead.key for lead in found.leads] == ["l-0101"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("nowhere.csv", "lists.yaml:2:58: lists.l.suppress: there is no file `nowhere.csv` in "),
        ("[dnd.csv, 'x/*.csv']", "lists.yaml:2:68: lists.l.suppress.1: there is no file `x/*.csv` in "),
        ("dnd.cvs", "lists.yaml:2:58: lists.l.suppress: a source is a file or a glob that ends in .csv"),
        ("[1.csv, on]", "lists.yaml:2:58: lists.l.suppress: YAML reads this as true or false"),
        ("{a: b}", "lists.yaml:2:58: lists.l.suppress: "),
        ("empty.csv", "empty.csv:1:1: lists.l.suppress: the file is empty"),
        ("DND.csv", "lists.yaml:2:58: lists.l.suppress: there is no file `DND.csv` in .; did you mean `dnd.csv`?"),
    ],
)
def test_what_is_wrong_with_it(tmp_path: Path, value: str, told: str) -> None:
    text = f"lists:\n  l: {{id: 3, leads: [{{phone: '{A}'}}], suppress: {value}}}\n"
    (found,) = problems(tmp_path, {"lists.yaml": text, "dnd.csv": DND, "empty.csv": ""})
    assert found.startswith(told), found


@pytest.mark.parametrize(("source", "value"), [("a.csv", "'*.csv'"), ("'*.csv'", "dnd.csv")])
def test_a_file_cannot_be_the_source_as_well(tmp_path: Path, source: str, value: str) -> None:
    text = f"lists:\n  l: {{id: 3, source: {source}, {COLUMNS}, suppress: {value}}}\n"
    (found,) = problems(tmp_path, {"lists.yaml": text, "a.csv": ROWS, "dnd.csv": DND})
    both = "dnd.csv" if value == "dnd.csv" else "a.csv"
    said = f"lists.l.suppress: `{both}` is a file of `source` as well, so that none of its rows would be sent"
    assert found.startswith("lists.yaml:2:") and found.endswith(said)


def test_a_file_of_several_lists_tells_its_problems_once(tmp_path: Path) -> None:
    entry = f"source: a.csv, {COLUMNS}, suppress: dnd.csv"
    lists = f"lists:\n  a: {{id: 1, {entry}}}\n  b: {{id: 2, {entry}}}\n"
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, {"lists.yaml": lists, "a.csv": ROWS, "dnd.csv": "phone\n" + "oops\n" * 30})
    told = [str(problem) for problem in refused.value.problems]
    assert len(told) == 21
    assert all(line.startswith("dnd.csv:") and ": lists.a.suppress: " in line for line in told)
    assert sum("10 more problems in its files" in line for line in told) == 1
    warned = load(tmp_path / "w", {"lists.yaml": lists, "a.csv": ROWS, "dnd.csv": "phone\n"})
    (warning,) = warned.warnings
    assert str(warning) == (
        "dnd.csv:1:1: lists.a.suppress: it has no number, only a header: nothing is suppressed by it"
    )


def test_a_default_of_many_lists_tells_its_problem_once(tmp_path: Path) -> None:
    lists = "".join(f"  l{index}: {{id: {index}, leads: [{{phone: '{A}'}}]}}\n" for index in range(5))
    files = {"environment.yaml": "defaults: {lists: {suppress: '*.csv'}}\n", "lists.yaml": f"lists:\n{lists}"}
    (problem,) = problems(tmp_path, files)
    assert problem.startswith("environment.yaml:1:30: lists.l0.suppress: there is no file `*.csv` in ")
    warned = load(tmp_path, {**files, "dnd.csv": DND, ".hidden.csv": DND})
    assert len(warned.warnings) == 1 and not warned.leads


def test_a_glob_says_what_it_leaves_out(tmp_path: Path) -> None:
    text = f"lists:\n  l: {{id: 3, suppress: '*.csv', leads: [{{phone: '{A}'}}]}}\n"
    desired = load(tmp_path, {"lists.yaml": text, "dnd.csv": DND, ".hidden.csv": f"phone\n{B}\n"})
    assert "the glob leaves out hidden files" in str(desired.warnings[0])


def test_defaults_and_environments_give_it_and_take_it_out(tmp_path: Path) -> None:
    files = {
        "base/environment.yaml": "defaults: {lists: {suppress: dnd.csv}}\n",
        "base/dnd.csv": DND,
        "base/lists.yaml": f"lists:\n  own: {{id: 1, source: a.csv, {COLUMNS}}}\n  free: {{id: 2, suppress: [], "
        f"source: a.csv, {COLUMNS}}}\n  over: {{id: 3, suppress: dnd.csv, source: a.csv, {COLUMNS}}}\n",
        "base/a.csv": ROWS,
        "prod/environment.yaml": "extends: base\n",
        "prod/lists.yaml": "lists: {over: {suppress: [mine.csv]}}\n",
        "prod/mine.csv": f"phone\n{B}\n{C}\n",
    }
    for name, text in files.items():
        path = tmp_path / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    desired = load_environment(tmp_path / "config" / "prod", tmp_path)
    assert {one.key: one.suppressed for one in desired.lists} == {"own": 1, "free": 0, "over": 2}
    named = {one.key: [str(Path(path).relative_to(tmp_path)) for path in one.source.suppress] for one in desired.lists}
    assert named == {"own": ["config/base/dnd.csv"], "free": [], "over": ["config/prod/mine.csv"]}
