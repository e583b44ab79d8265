"""docs/sandbox.md: its options and calls are those of the code, its faults can be written, its examples run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.accounts_file import named_accounts
from sandbox.fault_text import parse_fault
from sandbox.settings import Settings
from sandbox.smartflo.operations import smartflo_operations
from sandbox.smartflo.options import smartflo_options
from sandbox.smartflo.settings import SmartfloSettings
from tests.docs.pages import DOCS
from tests.warm.warm_sandbox import start_sandbox

TEXT = (DOCS / "sandbox.md").read_text(encoding="utf-8")
# These stand in the table of the two accounts, or are described in words.
ELSEWHERE = {"--smartflo-token"}
IN_WORDS = {"--smartflo-numbers", "--smartflo-refused-text", "--smartflo-login-id", "--smartflo-password"}


def rows(heading: str) -> Iterator[tuple[str, ...]]:
    """The rows of the table below a heading."""
    part = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    for line in part.splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield tuple(cell.strip() for cell in line.strip("|").split("|"))


def test_each_option_stands_there_with_its_default() -> None:
    shown: dict[str, str] = {}
    for cells in list(rows("Where the documentation is silent"))[1:]:
        names = re.findall(r"`([^`]+)`", cells[0])
        values = [value.strip().strip("`") for value in cells[2].split(",")]
        shown |= dict(zip(names, values * (len(names) // len(values)), strict=True))
    settings = {f"--{name.replace('_', '-')}": field.default for name, field in SmartfloSettings.model_fields.items()}
    assert shown.keys() | ELSEWHERE == settings.keys()
    assert {name: shown[name] for name in shown.keys() - IN_WORDS} == {
        name: str(settings[name]) for name in shown.keys() - IN_WORDS
    }


def test_the_command_line_has_an_option_for_each_setting() -> None:
    assert len(smartflo_options()) == len(SmartfloSettings.model_fields)


def test_the_table_of_calls_has_all_and_no_other() -> None:
    shown: list[tuple[str, str]] = []
    for cells in list(rows("Calls of profile `smartflo`"))[1:]:
        for method, path in re.findall(r"`([A-Z]+) ([^`]+)`", cells[0]):
            shown.append((method, shown[-1][1] if path == "…" else path))
    calls = [(operation.method, operation.pattern) for operation in smartflo_operations()]
    for method, pattern in calls:
        assert any(method == one and pattern.match(path) for one, path in shown), (method, pattern.pattern)
    for method, path in shown:
        assert any(method == one and pattern.match(path) for one, pattern in calls), (method, path)


@pytest.mark.parametrize("text", re.findall(r"(?:--fault |\| `)([a-z-]+:[^`\s]+)", TEXT))
def test_each_fault_can_be_written(text: str) -> None:
    assert parse_fault(text).fault.kind == text.partition(":")[0]


def test_the_file_of_accounts_can_be_read(tmp_path: Path) -> None:
    (file,) = re.findall(r"```yaml\n# accounts.yaml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "accounts.yaml").write_text(file, encoding="utf-8")
    named = named_accounts((), tmp_path / "accounts.yaml", Settings(), ())
    assert {name: len(account.faults) for name, account in named.items()} == {"chennai-1": 0, "delhi-1": 1, "goa-1": 0}


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_each_example_runs(tmp_path: Path, example: str) -> None:
    names: dict[str, Any] = {"start_sandbox": start_sandbox, "tmp_path": tmp_path}
    exec(compile(example, "docs/sandbox.md", "exec"), names)
    assert names["sandbox"].running is False
