"""Counts in messages: their nouns, their separators, and that no message leaves the separators out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from digo.text.counts import at_most, counted

ROOT = Path(__file__).resolve().parents[2]
SUMS = {"len", "sum"}


@pytest.mark.parametrize(
    ("count", "thing", "said"),
    [(0, "row", "0 rows"), (1, "entry", "1 entry"), (2, "entry", "2 entries"), (1000, "branch", "1,000 branches")],
)
def test_a_count_has_its_noun(count: int, thing: str, said: str) -> None:
    assert counted(count, thing) == said


def test_a_limit_has_its_verb() -> None:
    assert [at_most(count) for count in (0, 1, 1000)] == [
        "at most 0 are allowed", "at most 1 is allowed", "at most 1,000 are allowed",
    ]  # fmt: skip
    assert at_most(30, " %") == "at most 30 % are allowed"


def bare_counts(source: str) -> Iterator[tuple[int, str]]:
    """Where an f-string shows a length or a sum, or a difference with one, without a format."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is None and _is_count(node.value):
            yield node.lineno, ast.unparse(node.value)


def _is_count(value: ast.expr) -> bool:
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
        return _is_count(value.left) or _is_count(value.right)
    if not isinstance(value, ast.Call):
        return False
    # `.total()` is of `Counter`.
    name = value.func.id if isinstance(value.func, ast.Name) else ""
    return name in SUMS or (isinstance(value.func, ast.Attribute) and value.func.attr == "total" and not value.args)


def test_the_search_finds_bare_counts_and_nothing_else() -> None:
    bare = "f'{len(a)} {len(a) - 5} {sum(b)} {c.total()} '"
    right = "f'{len(a):,} {len(a) - 5:,} {sum(b):g} {counted(len(a), one)} {one * len(a)} {a}'"
    assert len(list(bare_counts(bare))) == 4 == len(MAY_BE_BARE.findall(bare))
    assert list(bare_counts(right)) == []


# What has a match is parsed: most files have none, and to parse them takes longest.
MAY_BE_BARE = re.compile(r"\{[^{}]*(?:\b(?:len|sum)\(|\.total\(\))")


def test_no_message_shows_a_count_without_separators() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {{{shown}}} needs `:,` or `counted`"
        for folder in ("digo", "providers", "policy")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if MAY_BE_BARE.search(text := path.read_text(encoding="utf-8"))
        for line, shown in bare_counts(text)
    ]
    assert not found, "\n".join(found)
