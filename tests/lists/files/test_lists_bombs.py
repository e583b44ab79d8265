"""Small files of leads that stand for gigabytes. The limit is 16 MiB here; each file is far below it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from digo.lists.files.file_problem import FileProblem
from digo.lists.files.parquet_file import BATCH_ROWS, ParquetFile
from digo.lists.files.parquet_pages import pages

MIB = 1 << 20
SAYS = "it has more than 16 MiB, unpacked; set DIGO_MAX_LIST_MIB higher if this is meant"


@pytest.fixture(autouse=True)
def _low_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGO_MAX_LIST_MIB", "16")


def write(path: Path, table: pa.Table, times: int = 1, **options: Any) -> Path:
    with pyarrow.parquet.ParquetWriter(path, table.schema, **options) as writer:
        for _ in range(times):
            writer.write_table(table)
    return path


def columns(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"phone": [], "name": []}
    for batch in ParquetFile(path, tuple(found)).batches():
        assert len(batch["phone"]) <= BATCH_ROWS
        for name, values in found.items():
            values += batch[name].to_pylist()
    return found


def dictionary(value: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [value])


@pytest.mark.parametrize("compression", ["zstd", "gzip", "snappy", "brotli", "lz4"])
def test_compressed_zeros(tmp_path: Path, compression: str) -> None:
    table = pa.table({"phone": ["0" * MIB], "name": ["a"]})
    path = write(tmp_path / "a.parquet", table, 20, compression=compression, use_dictionary=False)
    assert path.stat().st_size < 2 * MIB
    with pytest.raises(FileProblem, match=SAYS):
        columns(path)


@pytest.mark.parametrize("plain", [True, False], ids=["text", "Arrow's dictionary"])
def test_a_long_value_that_each_row_points_to(tmp_path: Path, plain: bool) -> None:
    rows = 40
    phone = dictionary("0" * (MIB // 2), rows)
    table = pa.table({"phone": phone.cast(pa.string()) if plain else phone, "name": ["a"] * rows})
    path = write(tmp_path / "a.parquet", table, compression="zstd")
    assert path.stat().st_size < MIB // 16
    with pytest.raises(FileProblem, match=SAYS) as refused:
        columns(path)
    assert "in row group 1" in str(refused.value)


def test_values_that_repeat_the_one_before(tmp_path: Path) -> None:
    long = "0" * MIB
    table = pa.table({"phone": [f"{long}{row}" for row in range(20)], "name": ["a"] * 20})
    encoding = {"phone": "DELTA_BYTE_ARRAY", "name": "PLAIN"}
    path = write(tmp_path / "a.parquet", table, use_dictionary=False, column_encoding=encoding, compression="zstd")
    assert path.stat().st_size < MIB // 16
    with pytest.raises(FileProblem, match=SAYS):
        columns(path)


def test_many_rows_with_one_value(tmp_path: Path) -> None:
    rows = dictionary("x", 3_000_000)
    path = write(tmp_path / "a.parquet", pa.table({"phone": rows, "name": rows}))
    assert path.stat().st_size < MIB
    with pytest.raises(FileProblem, match=SAYS):
        ParquetFile(path, ("phone",))


def test_a_page_that_states_another_size_than_the_footer(tmp_path: Path) -> None:
    """The footer says that the page has some bytes; the page's own header says 1 GiB."""
    table = pa.table({"phone": ["+12025550101"], "name": ["a"]})
    path = write(tmp_path / "a.parquet", table, use_dictionary=False, compression="zstd", write_statistics=False)
    column = pyarrow.parquet.ParquetFile(path).metadata.row_group(0).column(0)
    content = bytearray(path.read_bytes())
    at = column.data_page_offset
    assert content[at : at + 3] == b"\x15\x00\x15"  # type: data page; then the unpacked size, in one byte
    size = 1 << 31  # 1 GiB as a zigzag varint
    varint = bytes([*((size >> shift) & 127 | 128 for shift in (0, 7, 14, 21)), size >> 28])
    # The page grows by four bytes: they are taken from the page's end, which is not reached.
    end = at + column.total_compressed_size
    content[at:end] = content[at : at + 3] + varint + content[at + 4 : end - 4]
    path.write_bytes(content)
    with pytest.raises(FileProblem, match=SAYS):
        ParquetFile(path, ("phone",))


@pytest.mark.parametrize("page_version", ["1.0", "2.0"])
@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_all_pages_of_usual_files_are_found(
    tmp_path: Path, page_version: str, statistics: bool, compression: str
) -> None:
    rows = 30_000
    phones, names = [f"+1202{row:07d}" for row in range(rows)], [f"n{row % 7}" for row in range(rows)]
    table = pa.table({"phone": phones, "name": names})
    path = write(
        tmp_path / "a.parquet",
        table,
        data_page_version=page_version,
        write_statistics=statistics,
        compression=compression,
        data_page_size=20_000,
        write_page_checksum=True,
        dictionary_pagesize_limit=50_000,
    )
    metadata = pyarrow.parquet.ParquetFile(path).metadata
    for index in range(2):
        column = metadata.row_group(0).column(index)
        found = list(pages(path, column.dictionary_page_offset, column.total_compressed_size))
        assert found[0].is_dictionary and not any(page.is_dictionary for page in found[1:])
        # The column's size has the pages' headers as well.
        unpacked = sum(page.unpacked for page in found)
        assert unpacked < column.total_uncompressed_size < unpacked + 200 * len(found)
    assert columns(path) == table.to_pydict()


def test_a_usual_file_is_read_whole_though_its_batches_are_small(tmp_path: Path) -> None:
    rows = 200_000
    phones, names = [f"+1202{row:07d}" for row in range(rows)], [f"n{row % 7}" for row in range(rows)]
    table = pa.table({"phone": phones, "name": names})
    path = write(tmp_path / "a.parquet", table)
    file = ParquetFile(path, ("phone", "name"))
    sizes = [len(batch["phone"]) for batch in file.batches()]
    assert sum(sizes) == rows
    assert len(sizes) <= 2 + rows // (BATCH_ROWS // 2)
