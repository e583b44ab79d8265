"""Files that were cut off, overwritten or are of another kind: a problem with its place, in every command."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from digo.desired import ConfigError, load_environment
from tests.lists.list_files import number, problems, read, rows, source_of

COLUMNS = {"phone": "field_0", "name": "field_1"}
TEXT = ("phone,name\n" + "".join(f"{number(index)},Customer {index}\n" for index in range(5_000))).encode()
PACKED = gzip.compress(TEXT, mtime=0)
ASHA, RAVI = "+12025550142", "+12025550143"
PHONES = pa.array([ASHA, RAVI])


def told(path: Path, content: bytes) -> list[str]:
    path.write_bytes(content)
    return problems(read(source_of(path, columns=COLUMNS)))


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (PACKED[:-9], 5001, "the compressed data end too early"),
        (PACKED[:-4], 5002, "the compressed data end too early"),
        (PACKED[:5], 1, "the compressed data end too early"),
        (PACKED[:-8] + b"abcd" + PACKED[-4:], 5002, "the checksum of the compressed data is wrong"),
        (PACKED[:-4] + b"abcd", 5002, "the length of the compressed data is wrong"),
        (PACKED + b"garbage", 5002, "something follows the end of the compressed data"),
        (PACKED + bytes(512), 2, "something follows the end of the compressed data"),
        (b"phone,name\n", 1, "it is not a gzip file"),
        (b"\x1f\x8b\x07" + PACKED[3:], 1, "its compression is none that gzip has"),
        (b"\x1f\x8b\x08\x00" + bytes(6) + b"\xff" * 50, 1, "the compressed data are damaged"),
    ],
)
def test_damaged_gzip(tmp_path: Path, content: bytes, line: int, reason: str) -> None:
    (found,) = told(tmp_path / "leads.csv.gz", content)
    assert found.startswith(f"leads.csv.gz:{line}: : it cannot be read: {reason}")


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_an_empty_compressed_file_is_an_empty_file(tmp_path: Path, content: bytes) -> None:
    assert told(tmp_path / "leads.csv.gz", content)[0].startswith("leads.csv.gz:1: : the file is empty")


def test_a_compressed_file_of_several_members_is_one(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv.gz"
    assert told(path, gzip.compress(TEXT[:70_000]) + gzip.compress(TEXT[70_000:])) == []
    assert len(read(source_of(path, columns=COLUMNS)).rows) == 5_000


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"phone,name\n{ASHA},A\n{RAVI},caf\xe9,x\n", 3),
        (f"phone,name\r{ASHA},A\r{RAVI},caf\xe9\r", 3),
        (f"phone,name\r\n{ASHA},A\r\n{RAVI},caf\xe9\r\n", 3),
        ("phone,caf\xe9\n", 1),
        (f"phone,name\n{ASHA},A\n{RAVI},\xc3", 3),
    ],
)
def test_text_of_another_encoding_has_its_line(
    tmp_path: Path, text: str, line: int, capfd: pytest.CaptureFixture[str]
) -> None:
    (found,) = told(tmp_path / "leads.csv", text.encode("latin-1"))
    said = "the file is not UTF-8 text; save it as CSV UTF-8, or name its encoding, such as `encoding: windows-1252`"
    assert found == f"leads.csv:{line}: : {said} (`--encoding` of a command)"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["A", None], pa.string_view()),
        pa.array(["A", None], pa.large_string()),
        pa.array(["A", None]).dictionary_encode(),
        pa.array(["A", None], pa.large_string()).dictionary_encode(),
        pa.array([b"A", None]),
        pa.array([b"A", None], pa.large_binary()),
        pa.array([b"A", None], pa.binary_view()),
        pa.ExtensionArray.from_storage(pa.json_(pa.string()), pa.array(["A", None])),
    ],
    ids=lambda column: str(column.type),
)
def test_text_of_parquet_is_text_however_it_is_kept(tmp_path: Path, column: pa.Array) -> None:
    path = tmp_path / "leads.parquet"
    pyarrow.parquet.write_table(pa.table({"phone": PHONES, "name": column}), path)
    found = read(source_of(path, columns=COLUMNS))
    assert (problems(found), rows(found)) == ([], [(ASHA, ["A"]), (RAVI, [""])])


def test_a_column_of_nulls_is_empty_text(tmp_path: Path) -> None:
    path = tmp_path / "leads.parquet"
    pyarrow.parquet.write_table(pa.table({"phone": PHONES, "name": pa.nulls(2)}), path)
    assert rows(read(source_of(path, columns=COLUMNS))) == [(ASHA, [""]), (RAVI, [""])]
    pyarrow.parquet.write_table(pa.table({"phone": pa.nulls(1), "name": ["A"]}), path)
    assert problems(read(source_of(path, columns=COLUMNS))) == ["leads.parquet:1: phone: it is empty"]


@pytest.mark.parametrize("column", [[1.5, 2.0], [True, False], [Decimal("1.50")] * 2, [["A"]] * 2, [{"a": "A"}] * 2])
def test_what_is_no_text_is_named(tmp_path: Path, column: list[object]) -> None:
    path = tmp_path / "leads.parquet"
    pyarrow.parquet.write_table(pa.table({"phone": PHONES, "name": column}), path)
    (found,) = problems(read(source_of(path, columns=COLUMNS)))
    assert found.startswith("leads.parquet:1: : the column `name` is of type ")


def test_parquet_of_odd_shapes(tmp_path: Path) -> None:
    path = tmp_path / "leads.parquet"

    def told_of(table: pa.Table) -> list[str]:
        pyarrow.parquet.write_table(table, path)
        return problems(read(source_of(path, columns=COLUMNS)))

    empty = pa.array([], pa.string())
    nested = pa.array([{"phone": "x"}] * 2)
    assert told_of(pa.table({"phone": empty, "name": empty})) == []
    assert told_of(pa.table({"phone": PHONES, "name": PHONES, "other": nested, "phone.x": PHONES})) == []
    assert told_of(pa.Table.from_arrays([PHONES] * 4, ["phone", "name", "x", "x"])) == []
    assert told_of(pa.Table.from_arrays([PHONES] * 3, ["phone", "name", "name"])) == [
        "leads.parquet:1: : the header has the column `name` twice"
    ]
    assert told_of(pa.table({})) == ["leads.parquet:1: : the file has no columns"]


def bad_text() -> pa.Array:
    """Three texts, the second of which is not UTF-8; Arrow writes it without a look."""
    offsets = pa.array([0, 1, 2, 3], pa.int32()).buffers()[1]
    return pa.StringArray.from_buffers(3, offsets, pa.py_buffer(b"a\xffc"))


@pytest.mark.parametrize(("group_rows", "group"), [(3, 1), (1, 2)])
@pytest.mark.parametrize("dictionary", [True, False])
def test_bad_text_in_parquet_has_its_row(tmp_path: Path, group_rows: int, group: int, dictionary: bool) -> None:
    path = tmp_path / "leads.parquet"
    table = pa.table({"phone": [number(index) for index in range(3)], "name": bad_text()})
    pyarrow.parquet.write_table(table, path, row_group_size=group_rows, use_dictionary=dictionary)
    assert problems(read(source_of(path, columns=COLUMNS))) == [
        f"leads.parquet:2: : the column `name` has a value that is not UTF-8 text (in row group {group})"
    ]


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("parquet") / "leads.parquet"
    table = pa.table({"phone": [number(index) for index in range(3_000)], "name": [f"N{i}" for i in range(3_000)]})
    pyarrow.parquet.write_table(table, path, row_group_size=1_000, write_page_checksum=True)
    return path.read_bytes()


def test_a_damaged_page_has_its_row_group(tmp_path: Path, parquet: bytes) -> None:
    middle = len(parquet) // 2
    (found,) = told(tmp_path / "leads.parquet", parquet[:middle] + bytes(50) + parquet[middle + 50 :])
    assert found.startswith("leads.parquet:1001: : row group 2 of 3 cannot be read: ")


@pytest.mark.parametrize(
    "broken",
    [
        lambda content: content[:-100],
        lambda content: content[:-4] + b"XXXX",
        lambda content: content[:-4] + b"PARE",
        lambda content: content[:-8] + b"\xff\xff\xff\x7fPAR1",
        lambda content: content[:-8] + b"\x05\0\0\0PAR1",
        lambda content: b"PAR1",
        lambda content: b"",
        lambda content: TEXT,
    ],
    ids=["cut off", "magic", "encrypted", "long footer", "short footer", "tiny", "empty", "text"],
)
def test_what_is_no_parquet_is_told(tmp_path: Path, parquet: bytes, broken: Callable[[bytes], bytes]) -> None:
    (found,) = told(tmp_path / "leads.parquet", broken(parquet))
    assert found.startswith("leads.parquet:1: : it is not a Parquet file")
    assert "\n" not in found


@pytest.mark.parametrize("ending", ["parquet", "csv.gz", "csv"])
def test_no_damage_is_anything_but_a_problem(tmp_path: Path, parquet: bytes, ending: str) -> None:
    chance = random.Random(ending)
    content = {"parquet": parquet, "csv.gz": PACKED, "csv": TEXT}[ending]
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 5, 40])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        assert isinstance(told(tmp_path / f"leads.{ending}", bytes(damaged)), list)


def test_damage_stands_beside_the_other_problems(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(PACKED[:-9])
    (tmp_path / "b.csv").write_text(f"phone,name\nx,B\n{ASHA},A\n")
    columns = "columns: {phone: field_0, name: field_1}"
    (tmp_path / "lists.yaml").write_text(
        f"lists:\n  a: {{id: 1, source: a.csv.gz, {columns}}}\n"
        f"  b: {{id: 2, source: b.csv, {columns}}}\n  c: {{id: x/y}}"
    )
    with pytest.raises(ConfigError) as refused:
        load_environment(tmp_path, tmp_path)
    assert [str(one).partition(": ")[0] for one in refused.value.problems] == [
        "a.csv.gz:5001:1",
        "b.csv:2:1",
        "lists.yaml:4:11",
    ]
