"""List files of tests: fictitious numbers, and short ways to read them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from digo.lists.files.source import Duplicates, ListSource
from digo.lists.rows.list_rows import ReadList, read_list

COLUMNS = {"phone": "field_0", "name": "field_1", "otp": "field_5"}


def number(index: int) -> str:
    """A number that nobody has: +1 NPA 555 01xx, and beyond 80,000 area codes that cannot be assigned."""
    return f"+1{200 + index // 100}55501{index % 100:02}" if index < 80_000 else f"+10{index:09}"


def write_list(path: Path, indices: Iterable[int], edited: frozenset[int] = frozenset()) -> Path:
    """A list of the numbers of those indices; `edited` ones have another name."""
    lines = ["phone,name,otp"]
    lines += [f"{number(i)},{'New' if i in edited else 'Customer'} {i},{i * 7919 % 1_000_000:06}" for i in indices]
    path.write_text("\n".join(lines) + "\n")
    return path


def source_of(
    *paths: Path,
    country: str | None = None,
    duplicates: Duplicates = Duplicates.ERROR,
    columns: dict[str, str] | None = None,
) -> ListSource:
    return ListSource("4711", paths, columns or COLUMNS, country, duplicates)


def read(source: ListSource) -> ReadList:
    return read_list(source, lambda path: path.name)


def problems(found: ReadList) -> list[str]:
    """Each problem as one line."""
    return [f"{p.position.file}:{p.position.line}: {p.column}: {p.message}" for p in found.problems]


def rows(found: ReadList) -> list[tuple[str, list[str]]]:
    """Numbers and values, in the order of the files."""
    phones, values = found.rows.phones.to_pylist(), found.rows.values.to_pylist()
    return [(f"+{phone}", text.split("\x1f")) for phone, text in zip(phones, values, strict=True)]
