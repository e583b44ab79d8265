"""Lists in stores and on web servers, each on this machine: what is read, and each way in which it fails."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from digo.lists.files import stores
from digo.lists.files.file_problem import FileProblem
from digo.lists.files.source_files import SourceFiles
from digo.lists.files.stores import find_objects
from digo.lists.rows.list_rows import ReadList
from tests.lists.list_files import problems, read, rows, source_of
from tests.lists.store_servers import BUCKET, KEYS, GcsServer, S3Store, WebServer, be_lonely, running, running_s3
from tests.lists.workbook_files import xlsx

ASHA, RAVI = "+12025550142", "+12025550143"
COLUMNS = {"phone": "field_0", "name": "field_1"}
TEXT = f"phone,name\n{ASHA},A\n{RAVI},B\n".encode()
ROWS = [(ASHA, ["A"]), (RAVI, ["B"])]


@pytest.fixture(autouse=True)
def _lonely(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    be_lonely(monkeypatch, str(tmp_path))


@pytest.fixture
def web() -> Iterator[WebServer]:
    with running(WebServer()) as server:
        yield server


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Store]:
    with running_s3() as store:
        yield store


@pytest.fixture
def s3(bucket: S3Store, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bucket.url)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return bucket


@pytest.fixture
def gcs(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    with running(GcsServer()) as server:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
        yield server


def reading(address: str) -> ReadList:
    return read(source_of(address, columns=COLUMNS))  # type: ignore[arg-type]


def told(address: str) -> str:
    (found,) = problems(reading(address))
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """The same two rows in each format."""
    parquet = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"phone": [ASHA, RAVI], "name": ["A", "B"]}), parquet)
    workbook = xlsx(folder / "a.xlsx", [["phone", "name"], [ASHA, "A"], [RAVI, "B"]])
    return {
        "a.csv": TEXT,
        "a.CSV.GZ": gzip.compress(TEXT),
        "a.parquet": parquet.getvalue(),
        "a.xlsx": workbook.read_bytes(),
        "b.csv": b"\xff\xfe" + TEXT.decode().encode("utf-16-le"),
    }


# Web servers


def test_each_format_is_read_from_a_web_server(web: WebServer, tmp_path: Path) -> None:
    for name, content in contents(tmp_path).items():
        web.files[f"/of today/{name}"] = content
        found = reading(f"{web.url}/of%20today/{name}?signature=canary")
        assert (problems(found), rows(found)) == ([], ROWS), name
        assert str(found.rows.place(1)).startswith(f"{web.url}/of%20today/{name}?***:")
    path, headers = web.seen[0]
    assert path == "/of%20today/a.csv?signature=canary"
    assert headers["Accept-Encoding"] == "identity"
    assert len(web.seen) == 5, "an address that is signed for one request gets one"


def test_a_reply_in_pieces_is_whole_if_it_has_its_end(web: WebServer) -> None:
    web.files["/a.csv"] = TEXT
    web.chunked.add("/a.csv")
    assert rows(reading(f"{web.url}/a.csv")) == ROWS
    web.cut_off.add("/a.csv")
    assert told(f"{web.url}/a.csv").endswith(":1: : the download was cut off; run again")


def test_a_reply_that_was_cut_off(web: WebServer) -> None:
    web.files["/a.csv"] = TEXT
    web.cut_off.add("/a.csv")
    assert told(f"{web.url}/a.csv").endswith(":1: : the download was cut off; run again")


def test_a_reply_whose_end_nobody_can_see(web: WebServer) -> None:
    web.files["/a.csv"] = TEXT
    web.endless.add("/a.csv")
    assert "the server does not say how long the file is, so that its end cannot be seen" in told(f"{web.url}/a.csv")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "there is no such object"),
        (401, "the store refuses it: no object of this name, or credentials that may not read it"),
        (403, "the store refuses it: no object of this name, or credentials that may not read it"),
        (500, "the store cannot be read with status 500 (ClientResponseError)"),
    ],
)
def test_a_web_server_that_refuses(web: WebServer, status: int, message: str) -> None:
    web.answers["/a.csv"] = (status, {})
    found = told(f"{web.url}/a.csv?signature=canary")
    assert found == f"{web.url}/a.csv?***:1: : {message}"


def test_a_redirect_keeps_the_encryption(web: WebServer) -> None:
    web.files["/b"] = TEXT
    web.answers["/a.csv"] = (302, {"Location": "/b"})
    assert rows(reading(f"{web.url}/a.csv")) == ROWS
    web.answers["/a.csv"] = (302, {"Location": "http://example.invalid/b?signature=canary"})
    found = told(f"{web.url}/a.csv")
    assert found.endswith("the server sends on to an address without https://, which is not followed")
    web.answers["/a.csv"] = (302, {"Location": f"{web.url}/a.csv"})
    assert "the store cannot be read" in told(f"{web.url}/a.csv")


def test_a_server_that_is_not_there(web: WebServer) -> None:
    gone = f"{web.url}/a.csv?signature=canary"
    web.socket.close()
    assert told(gone).endswith("?***:1: : the store cannot be reached")


@pytest.mark.parametrize("chunked", [True, False])
def test_an_object_above_the_limit_is_not_downloaded(
    web: WebServer, monkeypatch: pytest.MonkeyPatch, chunked: bool
) -> None:
    monkeypatch.setenv("DIGO_MAX_LIST_MIB", "1")
    web.files["/a.csv"] = bytes((1 << 20) + 1)
    if chunked:
        web.chunked.add("/a.csv")
    assert "it has more than 1 MiB, unpacked; set DIGO_MAX_LIST_MIB higher" in told(f"{web.url}/a.csv")


def test_a_download_that_trickles_ends() -> None:
    now = [0.0]
    progress = stores.Progress(lambda: now[0])
    progress.relative_update(10)
    now[0] = stores.ANSWER_SECONDS + 1
    with pytest.raises(FileProblem, match="it comes too slowly: 20 bytes in 61 s; run again"):
        progress.relative_update(10)
    fast = stores.Progress(lambda: now[0])
    now[0] += 100
    fast.relative_update(100 * stores.SLOWEST)


def test_the_copy_is_gone_afterwards(web: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    web.files["/a.csv"] = b"\xff\xfe" + TEXT.decode().encode("utf-16-le")
    assert rows(reading(f"{web.url}/a.csv")) == ROWS
    web.files["/a.csv"] = b"x"
    assert problems(reading(f"{web.url}/a.csv"))
    assert list(folder.iterdir()) == []


# S3


def test_lists_are_read_from_s3(s3: S3Store, tmp_path: Path) -> None:
    """What is read is a copy of the object, whatever its format is."""
    made = contents(tmp_path)
    for name in ("a.parquet", "b.csv"):
        s3.put(f"today/{name}", made[name])
        found = reading(f"s3://{BUCKET}/today/{name}")
        assert (problems(found), rows(found)) == ([], ROWS), name
    assert str(found.rows.place(0)) == f"s3://{BUCKET}/today/b.csv:2:1"


def test_a_glob_in_s3(s3: S3Store) -> None:
    for name in ("a/1.csv", "a/2.csv", "a/.2.csv", "a/~$1.csv", "a/c[1].csv", "a/b/3.csv", "a/1.txt"):
        s3.put(name, TEXT)
    base = f"s3://{BUCKET}/a"
    hidden = (f"{base}/.2.csv", f"{base}/~$1.csv")
    files = (f"{base}/1.csv", f"{base}/2.csv", f"{base}/c[1].csv")
    assert find_objects(f"{base}/*.csv") == SourceFiles(files, hidden)
    assert find_objects(f"{base}/**/*.csv") == SourceFiles(
        (f"{base}/1.csv", f"{base}/2.csv", f"{base}/b/3.csv", files[2]), hidden
    )
    assert find_objects(f"{base}/c[1].csv") == SourceFiles((f"{base}/c[1].csv",))
    assert find_objects(f"{base}/x*.csv") == SourceFiles(())
    assert find_objects(f"{base}/no.csv") == SourceFiles((f"{base}/no.csv",)), "its reading says that it is missing"


def test_what_s3_has_not(s3: S3Store) -> None:
    assert told(f"s3://{BUCKET}/none.csv") == f"s3://{BUCKET}/none.csv:1: : there is no such object"
    assert told("s3://no-such-bucket/a.csv") == "s3://no-such-bucket/a.csv:1: : there is no such object"


def test_s3_without_credentials(s3: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name)
    found = told(f"s3://{BUCKET}/a.csv")
    assert "there are no credentials for the store" in found
    assert "a run only if DIGO_STORES names the store's address" in found


def test_s3_that_refuses(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", web.url)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    web.answers = {f"/{BUCKET}/a.csv": (403, {}), f"/{BUCKET}": (403, {})}
    assert "the store refuses it" in told(f"s3://{BUCKET}/a.csv")
    with pytest.raises(ValueError, match="the store refuses it"):
        find_objects(f"s3://{BUCKET}/*.csv")


def test_an_object_that_changes_while_it_is_read(s3: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put("changing.csv", TEXT)
    read_so_far = stores.Progress.relative_update

    def change(progress: stores.Progress, inc: int = 1) -> None:
        s3.put("changing.csv", TEXT.replace(b"A", b"C") + bytes(inc))
        read_so_far(progress, inc)

    monkeypatch.setattr(stores.Progress, "relative_update", change)
    assert told(f"s3://{BUCKET}/changing.csv").endswith("the object changed while it was read; run again")


# Google Cloud Storage


def test_lists_are_read_from_gcs(gcs: WebServer, tmp_path: Path) -> None:
    made = contents(tmp_path)
    for name in ("a.parquet", "b.csv"):
        gcs.files[f"/today/{name}"] = made[name]
        found = reading(f"gs://{BUCKET}/today/{name}")
        assert (problems(found), rows(found)) == ([], ROWS), name


def test_a_glob_in_gcs(gcs: WebServer) -> None:
    gcs.files = {"/a/1.csv": TEXT, "/a/2.csv": TEXT, "/a/.3.csv": TEXT, "/b/4.csv": TEXT}
    base = f"gs://{BUCKET}/a"
    assert find_objects(f"{base}/*.csv") == SourceFiles((f"{base}/1.csv", f"{base}/2.csv"), (f"{base}/.3.csv",))


def test_what_gcs_has_not_or_refuses(gcs: WebServer) -> None:
    assert told(f"gs://{BUCKET}/none.csv") == f"gs://{BUCKET}/none.csv:1: : there is no such object"
    gcs.answers = {"/a.csv": (403, {}), "": (403, {})}
    assert "the store refuses it" in told(f"gs://{BUCKET}/a.csv")


# Which stores may be read


def test_only_the_places_that_a_variable_names(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    web.files["/leads/a.csv"] = TEXT
    monkeypatch.setenv("DIGO_STORES", f"s3://{BUCKET}/ {web.url}/leads")
    assert rows(reading(f"{web.url}/leads/a.csv")) == ROWS
    for other in (f"{web.url}/leads.csv", f"{web.url}/leads-2/a.csv", f"s3://{BUCKET}-2/a.csv"):
        assert told(other) == f"{other}:1: : DIGO_STORES names no place that has this address"
    with pytest.raises(ValueError, match="DIGO_STORES names no place that has this address"):
        find_objects("gs://leads/*.csv")
    assert len(web.seen) == 1
