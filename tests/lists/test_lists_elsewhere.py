"""Whole runs with lists of other encodings, in workbooks and in stores, each applied twice. No signature is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from digo.lists.digests.sorted_rows import SortedRows
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey
from digo.lists.rows.list_rows import read_list
from digo.lists.sending.shard import Shard, source_to_dict
from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number, write_list
from tests.lists.list_project import KEY, LIST, ListProject
from tests.lists.store_servers import BUCKET, KEYS, LONELY, S3Store, WebServer, running, running_s3
from tests.lists.workbook_files import xlsx
from tests.providers.host_process import running_host

SHARD = "pulumi-python:dynamic/digo:LeadShard"


@pytest.fixture
def web() -> Iterator[WebServer]:
    with running(WebServer()) as server:
        yield server


@pytest.fixture
def bucket() -> Iterator[S3Store]:
    with running_s3() as store:
        yield store


def content(folder: Path, rows: range, edited: frozenset[int] = frozenset()) -> bytes:
    folder.mkdir(exist_ok=True)
    return write_list(folder / "made.csv", rows, edited).read_bytes()


SIGNATURE = "canary-of-a-signature"
# In the order of their ids: the entries without `id` and `columns`.
ENTRIES: dict[str, dict[str, Any]] = {
    "otp": {"source": "${SIGNED}", "shards": 2},
    "bucket": {"source": f"s3://{BUCKET}/today/*.csv"},
    "utf-16": {"source": "utf-16.csv"},
    "windows-1252": {"source": "windows-1252.csv", "encoding": "windows-1252"},
    "workbook": {"source": "leads.xlsx", "sheet": "Leads"},
}
IDS = {name: LIST + at for at, name in enumerate(ENTRIES)}
OF_SPREADSHEETS = ("utf-16", "windows-1252", "workbook")


def write_spreadsheets(folder: Path, name: str) -> None:
    """The files of lists of spreadsheets. All of their rows have this name."""
    rows = [["phone", "name", "otp"], *([number(index), f"{name} {index}", "007"] for index in range(20))]
    xlsx(folder / "leads.xlsx", rows, others={"Notes": "visible"})
    for encoding in ("utf-16", "windows-1252"):
        (folder / f"{encoding}.csv").write_bytes("\r\n".join(";".join(row) for row in rows).encode(encoding))


def test_lists_from_wherever_they_are(project: ListProject, web: WebServer, bucket: S3Store, tmp_path: Path) -> None:
    """A signed address, a bucket with a key of the environment, and files of spreadsheets."""
    made, folder = tmp_path / "made", project.file.parent
    entries = {name: {"id": IDS[name], "columns": COLUMNS, **entry} for name, entry in ENTRIES.items()}
    project.write("lists.yaml", {"lists": entries})
    web.files["/leads.csv"] = content(made, range(60))
    bucket.put("today/1.csv", content(made, range(30)))
    bucket.put("today/2.csv", content(made, range(30, 50)))
    write_spreadsheets(folder, "Zoë")
    project.environ |= {**LONELY, **KEYS, "AWS_ENDPOINT_URL_S3": bucket.url}
    project.environ["DIGO_VAR_SIGNED"] = f"{web.url}/leads.csv?signature={SIGNATURE}"
    refused = project.run("up", "--yes")
    assert refused.code != 0
    told = "A key in a variable reaches a run only if DIGO_STORES"
    assert told in " ".join(refused.text.split())

    project.environ["DIGO_STORES"] = f"s3://{BUCKET}/ {web.url}/"
    said = [project.run("preview", "--diff"), project.digo("plan"), project.digo("validate"), project.run("up")]
    assert [one.code for one in said] == [0, 0, 0, 0], said[-1].text
    assert project.account() == project.wanted(range(60))
    assert project.account_of(IDS["bucket"]) == project.wanted(range(50))
    for name in OF_SPREADSHEETS:
        assert project.account_of(IDS[name]) == {number(index): f"Zoë {index}" for index in range(20)}, name

    web.files["/leads.csv"] = content(made, range(60), frozenset({3}))
    project.environ["DIGO_VAR_SIGNED"] += "-of-the-next-day"
    write_spreadsheets(folder, "Zoé")
    said.append(project.up())
    project.assert_complete(range(60), edited=(3,))
    assert project.sent_of_all() == 0
    for name in OF_SPREADSHEETS:
        assert project.account_of(IDS[name]) == {number(index): f"Zoé {index}" for index in range(20)}, name

    web.files["/leads.csv"] = b"phone\n"
    said.append(project.digo("validate"))
    assert f"{web.url}/leads.csv?***:1:1: " in said[-1].text
    exported = project.run("stack", "export", "--stack", "test")
    assert SIGNATURE not in "".join(one.text for one in (refused, *said, exported))
    resources = json.loads(exported.stdout)["deployment"]["resources"]
    (otp,) = (one for one in resources if one["urn"].endswith("::otp-1"))
    assert "leads.csv" not in json.dumps(otp)


def test_an_object_that_changes_between_plan_and_up_is_not_sent(
    web: WebServer, sandbox: Sandbox, tmp_path: Path
) -> None:
    key = LedgerKey(KEY)
    environ = {"DIGO_AUTHORIZATION": sandbox.token, "DIGO_LEDGER_KEY": key.text, "CI": "true"}
    web.files["/leads.csv"] = content(tmp_path / "made", range(40))
    source = ListSource("4711", (f"{web.url}/leads.csv?signature=canary",), COLUMNS)
    (sketch,) = SortedRows(source, read_list(source, str).rows, key).sketches
    shown = source_to_dict(source, tmp_path)
    news = Shard("otp", "4711", 0, 1, sketch.rows, sketch.to_text(), key.check, shown).to_dict()
    with running_host(tmp_path, environ) as host:
        host.configure(endpoint=sandbox.url, cps="0")
        for changed, told in (
            (content(tmp_path / "made", range(40), frozenset({7})), "its files have changed since the plan was made"),
            (None, f"{web.url}/leads.csv?***:1:1: there is no such object; nothing of it was sent"),
        ):
            web.files = {} if changed is None else {"/leads.csv": changed}
            with pytest.raises(grpc.RpcError) as refused:
                host.create(SHARD, "otp-1", news)
            assert told in str(refused.value.details())
            assert "canary" not in str(refused.value.details())
    assert sandbox.counts() == {}
