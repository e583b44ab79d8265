"""Whole runs with lists of other encodings, in workbooks and in stores, each applied twice. No signature is seen."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from list_files import COLUMNS, number, write_list
from list_project import KEY, LIST, ListProject
from store_servers import BUCKET, KEYS, LONELY, S3Store, WebServer, running, running_s3
from workbook_files import xlsx

from digo.lists.digests.sorted_rows import SortedRows
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey
from digo.lists.rows.list_rows import read_list
from digo.lists.sending.shard import Shard, source_to_dict
from sandbox.testing import Sandbox

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "providers"))
from host_process import running_host

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


def test_a_signed_address(project: ListProject, web: WebServer, tmp_path: Path) -> None:
    web.files["/leads.csv"] = content(tmp_path / "made", range(60))
    project.environ["DIGO_VAR_SIGNED"] = f"{web.url}/leads.csv?signature=canary-of-a-signature"
    project.entry(source="${SIGNED}", shards=2)
    said = [
        project.run("preview", "--diff"),
        project.digo("plan"),
        project.digo("validate"),
        project.run("up", "--yes"),
    ]
    assert [one.code for one in said] == [0, 0, 0, 0], said[-1].text
    assert project.account() == project.wanted(range(60))
    web.files["/leads.csv"] = content(tmp_path / "made", range(60), frozenset({3}))
    project.environ["DIGO_VAR_SIGNED"] += "-of-the-next-day"
    said.append(project.run("up", "--yes"))
    project.assert_complete(range(60), edited=(3,))
    web.files["/leads.csv"] = b"phone\n"
    said.append(project.digo("validate"))
    assert f"{web.url}/leads.csv?***:1:1: " in said[-1].text
    exported = project.run("stack", "export", "--stack", "test")
    assert "canary-of-a-signature" not in "".join(one.text for one in (*said, exported))
    assert "leads.csv" not in json.dumps(json.loads(exported.stdout)["deployment"]["resources"])


def test_a_bucket_with_a_key_of_the_environment(project: ListProject, bucket: S3Store, tmp_path: Path) -> None:
    bucket.put("today/1.csv", content(tmp_path / "made", range(30)))
    bucket.put("today/2.csv", content(tmp_path / "made", range(30, 50)))
    project.environ |= {**LONELY, **KEYS, "AWS_ENDPOINT_URL_S3": bucket.url}
    project.entry(source=f"s3://{BUCKET}/today/*.csv")
    refused = project.run("up", "--yes")
    assert refused.code != 0 and "A key in a variable reaches a run only if DIGO_STORES" in " ".join(
        refused.text.split()
    )
    project.environ["DIGO_STORES"] = f"s3://{BUCKET}/"
    project.up()
    project.assert_complete(range(50))


def test_files_of_spreadsheets(project: ListProject) -> None:
    own: dict[str, dict[str, Any]] = {
        "utf-16": {"source": "utf-16.csv"},
        "windows-1252": {"source": "windows-1252.csv", "encoding": "windows-1252"},
        "workbook": {"source": "leads.xlsx", "sheet": "Leads"},
    }
    entries = {kind: {"id": LIST + at, "columns": COLUMNS, **one} for at, (kind, one) in enumerate(own.items())}
    project.write("lists.yaml", {"lists": entries})
    folder = project.file.parent
    for name in ("Zoë", "Zoé"):
        rows = [["phone", "name", "otp"], *([number(index), f"{name} {index}", "007"] for index in range(20))]
        xlsx(folder / "leads.xlsx", rows, others={"Notes": "visible"})
        for encoding in ("utf-16", "windows-1252"):
            (folder / f"{encoding}.csv").write_bytes("\r\n".join(";".join(row) for row in rows).encode(encoding))
        project.up()
        for kind, entry in entries.items():
            there = {f"+{one['phone']}": one["fields"]["field_1"] for one in project.sandbox.leads(entry["id"])}
            assert there == {number(index): f"{name} {index}" for index in range(20)}, kind
        assert project.changes() == {}


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
