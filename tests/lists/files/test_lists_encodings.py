"""CSV files in other encodings than UTF-8: by their mark, or by config, and never by a guess."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from digo.lists.files import encodings
from digo.lists.files.encodings import check_encoding
from digo.lists.rows.list_rows import ReadList
from tests.lists.list_files import number, problems, read, rows, source_of

ASHA, RAVI = "+12025550142", "+12025550143"
COLUMNS = {"phone": "field_0", "name": "field_1"}
TEXT = f'phone,name\r\n{ASHA},"Zoë\r\nÅ"\r\n{RAVI},Šura €\r\n'
WANTED = [(ASHA, ["Zoë\r\nÅ"]), (RAVI, ["Šura €"])]


def reading(path: Path, content: bytes, encoding: str | None = None) -> ReadList:
    path.write_bytes(content)
    return read(replace(source_of(path, columns=COLUMNS), encoding=encoding))


def told(path: Path, content: bytes, encoding: str | None = None) -> str:
    (found,) = problems(reading(path, content, encoding))
    return found


def plain(content: bytes) -> bytes:
    return content


@pytest.mark.parametrize("packed", [plain, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("mark", "written", "encoding"),
    [
        (b"", "utf-8", None),
        (b"", "utf-8", "utf-8"),
        (codecs.BOM_UTF8, "utf-8", None),
        (codecs.BOM_UTF8, "utf-8", "UTF8"),
        (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16-le", None),
        (codecs.BOM_UTF16_BE, "utf-16-be", None),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le", None),
        (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
        (b"", "utf-16-le", "utf-16-le"),
        (b"", "utf-32-be", "utf-32-be"),
        (b"", "cp1252", "windows-1252"),
        (b"", "iso8859-15", "ISO-8859-15"),
    ],
)
def test_each_encoding_has_the_same_rows_on_the_same_lines(
    tmp_path: Path, packed: Callable[[bytes], bytes], mark: bytes, written: str, encoding: str | None
) -> None:
    name = "leads.csv" if packed is plain else "leads.csv.gz"
    found = reading(tmp_path / name, packed(mark + TEXT.encode(written)), encoding)
    assert (problems(found), rows(found)) == ([], WANTED)
    assert [found.rows.place(row).line for row in range(2)] == [2, 4]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("encoding", ["shift_jis", "gb18030", "big5", "iso2022_jp", "utf-7"])
def test_encodings_with_states(tmp_path: Path, encoding: str) -> None:
    text = f"phone,name\n{ASHA},日本\n{RAVI},中\n"
    found = reading(tmp_path / "leads.csv", text.encode(encoding), encoding)
    assert (problems(found), rows(found)) == ([], [(ASHA, ["日本"]), (RAVI, ["中"])])


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_the_text_and_not_of_its_bytes(tmp_path: Path, ends: str) -> None:
    """U+0A0A and U+0D0D have bytes in UTF-16 that are line ends in UTF-8."""
    odd = "\u0a0a\u0d0d\u0a0d\u2028\u0085"
    lines = ["phone,name", f"{ASHA},{odd}", f"{RAVI},{odd}", "x,y"]
    content = codecs.BOM_UTF16_LE + ends.join(lines).encode("utf-16-le")
    assert told(tmp_path / "leads.csv", content).startswith("leads.csv:4: phone: write it with +")


@pytest.mark.parametrize(
    ("content", "encoding", "line", "message"),
    [
        (b"phone,name\n+12025550142,\x81\n", "windows-1252", 2, "the file is not windows-1252 text"),
        (b"phone,name\n+12025550142,\xe9\n", "ascii", 2, "the file is not ascii text"),
        (b"phone,name\r+12025550142,A\r+12025550143,\x82\r", "shift_jis", 3, "the file is not shift_jis text"),
        (
            codecs.BOM_UTF16_LE + "phone,name\n+1".encode("utf-16-le") + b"\x00",
            None,
            2,
            "the file is not utf-16-le text",
        ),
        (
            codecs.BOM_UTF16_LE + "phone\n+1\n".encode("utf-16-le") + b"\x3d\xd8\n\0",
            None,
            3,
            "the file is not utf-16-le text",
        ),
        (codecs.BOM_UTF16_BE + "phone\n+1\n".encode("utf-16-be") + b"\xde\x00", None, 3, "the file is not utf-16-be"),
        (
            codecs.BOM_UTF32_LE + "phone\n".encode("utf-32-le") + b"\0\xd8\0\0",
            None,
            2,
            "the file is not utf-32-le text",
        ),
        ("phone\n".encode("utf-16-le"), "utf-16", 1, "the file has no byte-order mark, and UTF-16 without one has two"),
        ("phone\n".encode("utf-32-le"), "utf-32", 1, "the file has no byte-order mark, and UTF-32 without one has two"),
        (
            codecs.BOM_UTF16_LE,
            "utf-16-be",
            1,
            "config says `utf-16-be`, and the file begins with the byte-order mark of",
        ),
        (
            codecs.BOM_UTF16_LE,
            "utf-8",
            1,
            "config says `utf-8`, and the file begins with the byte-order mark of UTF-16",
        ),
        (codecs.BOM_UTF8 + b"phone\n", "windows-1252", 1, "config says `windows-1252`, and the file begins with"),
        (
            codecs.BOM_UTF32_LE,
            "utf-16",
            1,
            "config says `utf-16`, and the file begins with the byte-order mark of UTF-32",
        ),
        (codecs.BOM_UTF16_LE, None, 1, "the file is empty"),
        (codecs.BOM_UTF16_LE + "phone,nmae\n".encode("utf-16-le"), None, 1, "the header has no column `name`; did you"),
        ("phone,name\n".encode("utf-16-be"), None, 1, "the header has NUL characters: UTF-16 text has them"),
        (b"phone,name\n\xff", None, 2, "the file is not UTF-8 text; save it as CSV UTF-8, or name its encoding"),
    ],
)
def test_what_is_no_such_text_has_its_line(
    tmp_path: Path, content: bytes, encoding: str | None, line: int, message: str
) -> None:
    assert told(tmp_path / "leads.csv", content, encoding).startswith(f"leads.csv:{line}: : {message}")


def test_the_name_of_the_encoding_helps(tmp_path: Path) -> None:
    assert "such as `encoding: windows-1252`" in told(tmp_path / "leads.csv", b"phone,name\n\xff")
    assert "such as `encoding: utf-16-le`" in told(tmp_path / "leads.csv", "phone,name\n".encode("utf-16-le"))


@pytest.mark.parametrize("name", ["name", "Zoë"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_with_its_order(tmp_path: Path, encoding: str, name: str) -> None:
    path, content = tmp_path / "leads.csv", f"phone,name\n{ASHA},{name}\n".encode(encoding)
    assert f"such as `encoding: {encoding}`" in told(path, content)
    assert rows(reading(path, content, encoding)) == [(ASHA, [name])]


def test_a_header_in_the_wrong_encoding_shows_little_of_the_file(tmp_path: Path) -> None:
    content = f"phone,name\n{ASHA},A\n{ASHA},B\n".encode("utf-16-le")
    found = told(tmp_path / "leads.csv", content, "utf-16-be")
    assert found.endswith("…`") and len(found) < 120, "a name of the header may be the whole file"


def test_bytes_that_are_cut_apart_are_one_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from digo.lists.files import byte_scan

    monkeypatch.setattr(byte_scan, "BLOCK_BYTES", 7)
    content = codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")
    with encodings.as_utf8(write(tmp_path / "leads.csv", content), None) as copy:
        assert copy.read_bytes() == TEXT.encode()
    assert not copy.exists()


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_damaged_gzip_of_utf16_has_the_line_of_its_text(tmp_path: Path) -> None:
    text = "phone,name\n" + "".join(f"{number(index)},\u0a0a {index}\n" for index in range(5_000))
    packed = gzip.compress(codecs.BOM_UTF16_LE + text.encode("utf-16-le"), mtime=0)
    found = told(tmp_path / "leads.csv.gz", packed[:-4] + b"abcd")
    assert found.startswith("leads.csv.gz:5002: : it cannot be read: the length of the compressed data is wrong")


def test_a_file_of_gigabytes_is_not_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGO_MAX_LIST_MIB", "1")
    content = gzip.compress(codecs.BOM_UTF16_LE + ("x" * 1024 * 1024).encode("utf-16-le"))
    assert "it has more than 1 MiB, unpacked" in told(tmp_path / "leads.csv.gz", content)


@pytest.mark.parametrize(
    "name",
    [
        *("base64", "rot13", "hex", "zip", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"),
        *("no such", "", "a\0b", "../utf_8", "é"),
    ],
)
def test_what_is_no_encoding_of_text(name: str) -> None:
    with pytest.raises(ValueError, match="is not an encoding of text; write its name as Python has it"):
        check_encoding(name)


def test_every_other_encoding_of_python_can_be_named() -> None:
    for name in ("utf-8", "UTF_16LE", "cp1251", "mac-roman", "latin-1", "KOI8-R", "euc_kr", "cp037"):
        assert check_encoding(name) == name
