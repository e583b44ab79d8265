"""What a stranger sees of his own config: its changes, and nothing that is not in the files of both sides."""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from digo.ci.config_changes import Change, ConfigChanges, config_changes
from digo.ci.config_changes_comment import config_changes_markdown, summary
from digo.cli.main import run

SECRET = "example-content-of-another-file"
LISTS = "lists: {big: {id: 1, columns: {phone: field_0, name: field_1}, source: %s}}\n"
ROWS = "phone,name\n+1 202 555 0110,A\n+1 202 555 0111,B\n"


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """The `config` folders of the base and of the fork, each in a folder of its own."""
    base, fork = tmp_path / "project" / "config", tmp_path / "fork" / "config"
    for side in (base, fork):
        (side / "prod").mkdir(parents=True)
    (base.parent / "Pulumi.yaml").write_text("name: t\nruntime: python\n")
    (base.parent / "Pulumi.prod.yaml").write_text('config: {"digo:cps": "3"}\n')
    return base, fork


def agents(**entries: Any) -> str:
    return yaml.safe_dump({"agents": entries}, sort_keys=False)


def desk(index: int, **more: Any) -> dict[str, Any]:
    """A hundred fictitious numbers of each of ten areas: 100 is +1 202 555 0100."""
    return {"name": f"Desk {index}", "follow_me_number": f"+1{201 + index // 100}55501{index % 100:02}"} | more


def write(side: Path, **files: str) -> None:
    for name, text in files.items():
        (side / "prod" / name.replace("__", ".")).write_text(text)


def compared(sides: tuple[Path, Path]) -> tuple[ConfigChanges, str]:
    changes = config_changes(*sides, "prod")
    return changes, config_changes_markdown(changes)


def shape(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def test_entries_added_changed_renamed_and_removed(sides: tuple[Path, Path]) -> None:
    base, fork = sides
    write(base, agents__yaml=agents(same=desk(100), other=desk(101), old=desk(102), gone=desk(103)))
    their = {"same": desk(100), "other": desk(101, name="X"), "new": desk(102, formerly="old"), "more": desk(104)}
    write(fork, agents__yaml=agents(**their))
    changes, text = compared(sides)
    assert {one.key: one.change for one in changes.entries} == {
        "other": Change.CHANGED,
        "new": Change.RENAMED,
        "more": Change.ADDED,
        "gone": Change.REMOVED,
    }
    assert summary(changes) == "1 added, 1 changed, 1 renamed, 1 removed"
    assert "agent `new` (was `old`)" in text
    assert "`name`: `Desk 101` → `X`" in text
    assert "+1202" not in text and "`***0104`" in text
    assert "`config/prod/agents.yaml:" in text


def test_a_flood_of_new_entries_and_files_hides_nothing_else(sides: tuple[Path, Path]) -> None:
    base, fork = sides
    kept, gone, old = desk(0), desk(1), desk(2)
    write(base, agents__yaml=agents(gone=gone, kept=kept, old=old))
    new = {f"a{index}": desk(index) for index in range(3, 1000)}
    write(fork, agents__yaml=agents(**new, kept={**kept, "name": "X"}, new={**old, "formerly": "old"}))
    write(fork, approvals__yaml="approvals: []\n", policy__yaml="agents: {}\n")
    for index in range(500):
        (fork / "prod" / f"a{index:03}.yaml").write_text("")
    _, text = compared(sides)
    assert " more: see the files of the pull request" in text
    for row in (
        "| removed | agent `gone` |",
        "| changed | agent `kept` |",
        "| renamed | agent `new` (was `old`) |",
        "| added | `config/prod/approvals.yaml` |",
        "| added | `config/prod/policy.yaml` |",
    ):
        assert row in text


def test_the_order_and_the_files_of_entries_are_no_change(sides: tuple[Path, Path]) -> None:
    base, fork = sides
    write(base, agents__yaml=agents(a=desk(100), b=desk(101)))
    (fork / "prod" / "agents").mkdir()
    write(fork, agents__yaml=agents(b=desk(101)))
    (fork / "prod" / "agents" / "more.yml").write_text(agents(a=desk(100)))
    changes, text = compared(sides)
    assert not changes.changed and "no changes" in text


def test_what_an_environment_extends_counts_as_its_own(sides: tuple[Path, Path]) -> None:
    for side, name in zip(sides, ("A", "B"), strict=True):
        (side / "common").mkdir()
        (side / "common" / "agents.yaml").write_text(agents(far=desk(100, name=name)))
        write(side, agents__yaml=agents(near=desk(101)), environment__yaml="extends: common\n")
    changes, _ = compared(sides)
    assert [(one.key, one.fields[0].before, one.fields[0].after) for one in changes.entries] == [("far", "A", "B")]


@pytest.mark.parametrize(
    "name", ["approvals.yaml", "masking.yaml", "policy.yaml", "environment.yaml", "routes.csv", "x"]
)
def test_other_files_are_named(sides: tuple[Path, Path], name: str) -> None:
    for side in sides:
        write(side, agents__yaml=agents())
    (sides[1] / "prod" / name).write_text("{}\n")
    changes, text = compared(sides)
    assert [(one.change, one.name) for one in changes.files] == [(Change.ADDED, f"config/prod/{name}")]
    assert f"| added | `config/prod/{name}` |" in text


def test_rows_are_counted_and_never_shown(sides: tuple[Path, Path]) -> None:
    for side in sides:
        write(side, lists__yaml=LISTS % "'*.csv'", rows__csv=ROWS)
    assert not compared(sides)[0].changed
    write(sides[1], rows__csv="phone,name\n+1 202 555 0110,Changed\n+1 202 555 0112,New\n+1 202 555 0113,New\n")
    _, text = compared(sides)
    assert "`rows`: 2 added, 1 changed, 1 removed; 3 rows in all" in text
    assert "0112" not in text and "Changed" not in text.replace("changed", "")


def test_suppressed_rows_are_counted_and_never_shown(sides: tuple[Path, Path]) -> None:
    lists = LISTS % "a.csv, suppress: dnd.csv"
    for side, numbers in zip(sides, ("", "+1 202 555 0111\n"), strict=True):
        write(side, lists__yaml=lists, a__csv=ROWS, dnd__csv=f"phone\n{numbers}")
    changes, text = compared(sides)
    (change,) = changes.entries
    assert [(one.name, one.words) for one in change.fields] == [("rows", "1 removed; 1 row in all, 1 suppressed")]
    assert "| changed | `config/prod/dnd.csv` |" in text
    assert "0111" not in text


@pytest.mark.parametrize("elsewhere", ["../../dnd.csv", "https://127.0.0.1:1/dnd.csv", "nowhere.csv"])
def test_a_suppress_file_outside_of_config_is_not_read(sides: tuple[Path, Path], elsewhere: str) -> None:
    base, fork = sides
    write(base, lists__yaml=LISTS % "a.csv", a__csv=ROWS)
    (fork.parent / "dnd.csv").write_text("phone\n+1 202 555 0111\n")
    write(fork, dnd__csv="phone\n")
    write(fork, lists__yaml=LISTS % f"a.csv, suppress: [dnd.csv, '{elsewhere}']", a__csv=ROWS)
    changes, _ = compared(sides)
    (change,) = changes.entries
    assert [one.name for one in change.fields] == ["suppress", "rows"]
    assert change.fields[1].words.startswith("not read: ")


def test_rows_that_are_no_file_of_the_repository_are_no_change(sides: tuple[Path, Path]) -> None:
    for side in sides:
        write(side, lists__yaml=LISTS % "made-every-night.csv")
    assert not compared(sides)[0].changed
    write(sides[1], lists__yaml=LISTS % "other.csv")
    assert "`rows`: not read" in compared(sides)[1]


def test_a_field_without_a_value_is_a_field(sides: tuple[Path, Path]) -> None:
    write(sides[0], agents__yaml="agents: {a: {name: A}}\n")
    write(sides[1], agents__yaml="agents: {a: {name: A, intercom: }}\n")
    assert "| changed | agent `a` |" in compared(sides)[1]


def test_inline_leads_are_counted_and_never_shown(sides: tuple[Path, Path]) -> None:
    one, two = {"phone": "+1 202 555 0142"}, {"phone": "+1 202 555 0143"}
    write(sides[0], lists__yaml=yaml.safe_dump({"lists": {"otp": {"id": 1, "leads": [one, two]}}}))
    write(sides[1], lists__yaml=yaml.safe_dump({"lists": {"otp": {"id": 1, "leads": [two, two, two]}}}))
    _, text = compared(sides)
    assert "`leads`: 2 added, 1 removed; 3 leads in all" in text
    assert "0142" not in text and "0143" not in text


def test_variables_stay_as_they_are_written(sides: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a variable is set changes nothing: not even that can be asked."""
    write(sides[0], agents__yaml=agents(a=desk(100)))
    fields = {"name": "${DESK}", "follow_me_number": "${NUMBER}", "intercom": "$${DESK}", "formerly": "x${DESK}y"}
    write(sides[1], agents__yaml=agents(a=fields, **{"${DESK}": desk(101)}))
    _, without = compared(sides)
    for name in ("DESK", "NUMBER"):
        monkeypatch.setenv(f"DIGO_VAR_{name}", SECRET)
    _, text = compared(sides)
    assert text == without
    assert SECRET not in text
    assert "`${DESK}`" in text and "`${NUMBER}`" in text and "`x${DESK}y`" in text


@pytest.mark.parametrize(
    "source",
    [
        "{outside}/rows.csv",
        "../../../outside/rows.csv",
        "a/../../../../outside/rows.csv",
        "file://{outside}/rows.csv",
        "//{outside}/rows.csv",
        "'[.][.]/[.][.]/[.][.]/outside/*.csv'",
        "'**/../../../../outside/*.csv'",
        "~/rows.csv",
        "'${{OUT}}/rows.csv'",
        '"{outside}/r\\u006fws.csv"',
        "&x {outside}/rows.csv",
        "!!str {outside}/rows.csv",
        ">-\n  {outside}/rows.csv",
        '"\\0/rows.csv"',
    ],
)
def test_no_file_outside_of_config_is_read(
    sides: tuple[Path, Path], tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """By the command, which refuses, and by the comparison itself, which reads no such file even unasked."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "rows.csv").write_text(f"phone,name\n+1 202 555 0110,{SECRET}\n+1 202 555 0111,B\n{SECRET},C\n")
    monkeypatch.setenv("DIGO_VAR_OUT", str(outside))
    monkeypatch.setenv("HOME", str(outside))
    write(sides[0], agents__yaml=agents())
    block = source.format(outside=outside)
    write(
        sides[1],
        lists__yaml=f"lists:\n big:\n  id: 1\n  columns: {{phone: field_0, name: field_1}}\n  source: {block}\n",
    )
    changes, text = compared(sides)
    assert "in all" not in text and "2" not in [one.words for entry in changes.entries for one in entry.fields]
    assert all(one.words.startswith("not read") for entry in changes.entries for one in entry.fields if one.words)
    assert SECRET not in text

    code = run(["-C", str(sides[0].parent), "--stack", "prod", "ci", "config-changes", str(sides[1])])
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert code != 0


def test_no_address_is_asked(
    sides: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by the command, which refuses, nor by the comparison itself; nor is the one in the base."""
    asked: list[str] = []

    def resolve(*_: object, **__: object) -> list[object]:
        asked.append("name")
        return []

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    monkeypatch.setattr("socket.socket.connect", lambda *_: asked.append("connection"))
    monkeypatch.setattr("digo.lists.files.open_file.lacking", lambda *_: asked.append("library"))
    write(sides[0], lists__yaml=LISTS % "'https://127.0.0.1:9/old.csv?signature=x'")
    for address in (
        "https://127.0.0.1:9/a.csv",
        "s3://leads/*.csv",
        "gs://leads/a.parquet",
        "http://localhost:9/a.csv",
    ):
        write(sides[1], lists__yaml=LISTS % f"'{address}'")
        changes, _ = compared(sides)
        (words,) = [one.words for entry in changes.entries for one in entry.fields if one.name == "rows"]
        assert words.startswith("not read")
        code = run(["-C", str(sides[0].parent), "--stack", "prod", "ci", "config-changes", str(sides[1])])
        assert code != 0
        assert "a source in a fork must be a path in its own folder" in capsys.readouterr().err
    assert asked == []


@pytest.mark.parametrize("place", ["prod/agents.yaml", "prod/agents", "prod/rows.csv", "prod", "prod/deep/er/x"])
@pytest.mark.parametrize("side", [0, 1], ids=["base", "fork"])
def test_links_are_refused_on_both_sides(
    sides: tuple[Path, Path], tmp_path: Path, place: str, side: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in sides:
        write(one, lists__yaml=LISTS % "rows.csv")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "agents.yaml").write_text(agents(secret=desk(100, name=SECRET)))
    link = sides[side] / place
    if place == "prod":
        (link / "lists.yaml").unlink()
        link.rmdir()
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(secret / "agents.yaml" if link.suffix else secret)
    code = run(["-C", str(sides[0].parent), "--stack", "prod", "ci", "config-changes", str(sides[1])])
    said = capsys.readouterr()
    assert code == 1
    assert "is a link" in said.err
    assert SECRET not in said.out + said.err


def test_pipes_and_deep_yaml_end_the_command(sides: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    write(sides[0], agents__yaml=agents())
    os.mkfifo(sides[1] / "prod" / "rows.csv")
    command = ["-C", str(sides[0].parent), "--stack", "prod", "ci", "config-changes", str(sides[1])]
    assert run(command) == 1
    assert "is a link" in capsys.readouterr().err
    (sides[1] / "prod" / "rows.csv").unlink()
    write(sides[1], agents__yaml="a: " + "[" * sys.getrecursionlimit() * 3)
    assert run(command) == 1
    assert "is not YAML" in capsys.readouterr().err


def test_the_account_the_state_and_secrets_have_no_part(
    sides: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """800 candidates are told apart by what the stranger wrote, and by nothing else."""
    write(sides[0], agents__yaml=agents(**{f"a{index}": desk(index) for index in range(5)}))
    candidates = random.Random(1).sample(range(1000), 800)
    write(sides[1], agents__yaml=agents(**{f"c{index:04}": desk(index) for index in candidates}))
    command = ["-C", str(sides[0].parent), "--stack", "prod", "ci", "config-changes", str(sides[1])]
    assert run(command) == 2
    bare = capsys.readouterr()
    # With all that a trusted job has: an endpoint where nobody listens would be an error if it was asked.
    monkeypatch.setenv("DIGO_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("DIGO_AUTHORIZATION", "example-token")
    monkeypatch.setenv("DIGO_LEDGER_KEY", "example-ledger-key-" * 3)
    assert run(command) == 2
    assert capsys.readouterr() == bare
    rows = [line for line in bare.out.splitlines() if line.startswith("| added")]
    assert len(rows) > 300
    assert len({shape(row) for row in rows}) == 1
    assert len(bare.out) < 65_536 and "more: see the files of the pull request" in bare.out


def hostile(text: str) -> str:
    return f"{text}\n| added | agent `x` |\n<!-- `@team` \u202e\x9b"


@pytest.mark.parametrize("make", [str, hostile])
def test_whatever_an_entry_is_called_it_is_one_row(sides: tuple[Path, Path], make: Callable[[str], str]) -> None:
    write(sides[0], agents__yaml=agents())
    write(sides[1], agents__yaml=agents(**{make("key"): desk(100, name=make("name"), **{make("more"): make("x")})}))
    _, text = compared(sides)
    assert len([line for line in text.splitlines() if line.startswith("| added")]) == 1
    assert "\u202e" not in text and "\x9b" not in text


def test_a_number_that_differs_where_it_is_masked_is_told(sides: tuple[Path, Path]) -> None:
    write(sides[0], agents__yaml=agents(a=desk(100)))
    write(sides[1], agents__yaml=agents(a=desk(100, follow_me_number="+1 212 555 0100")))
    assert "`follow_me_number`: `***0100` differs in what is not shown" in compared(sides)[1]


def test_problems_of_the_base_are_only_counted(sides: tuple[Path, Path]) -> None:
    write(sides[0], agents__yaml="agents: [\n")
    write(sides[1], agents__yaml=agents(a=desk(100)))
    changes, text = compared(sides)
    assert changes.problems == () and changes.base_problems == 1
    assert "The config of the base branch has 1 problem of its own." in text


@pytest.mark.parametrize("command", ["config-changes", "check-config"])
def test_a_folder_that_is_not_there_is_told(
    sides: tuple[Path, Path], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-C", str(sides[0].parent), "--stack", "prod", "ci", command, str(sides[1] / "nowhere")]) == 1
    assert "there is no folder" in capsys.readouterr().err
