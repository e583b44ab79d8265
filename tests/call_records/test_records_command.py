"""`digo records` as a person runs it: formats, filters, ranges, what is shown and what is data."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from digo.call_records.columns import COLUMNS
from sandbox.testing import Sandbox
from tests.scenarios.workspace import STACK, Workspace

DONE, FAILED, INCOMPLETE = 0, 1, 2
AGENT = "+12025550101"


@pytest.fixture
def workspace(tmp_path: Path, sandbox: Sandbox) -> Workspace:
    workspace = Workspace(tmp_path / "project", "embedded", sandbox)
    workspace.agents(sales={"name": "Sales desk", "follow_me_number": AGENT, "intercom": "1001"})
    sandbox.add_agent(AGENT, name="Sales desk", intercom="1001")
    sandbox.add_agent("+12025550102", name="Support", intercom="1002")
    return workspace


def downloaded(workspace: Workspace, *arguments: str) -> list[dict[str, Any]]:
    outcome = workspace.digo("records", "--format", "jsonl", *arguments)
    assert outcome.code == DONE, outcome.text
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def test_json_lines_have_every_record_whole(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(45, details={"new field": {"a": [1]}})
    with sandbox.client() as http:
        expected = http.get("/v1/call/records", params={"limit": 500}).json()["results"]
    assert downloaded(workspace, "--page-size", "20") == expected
    assert expected[0]["new field"] == {"a": [1]}


def test_csv_and_parquet_have_the_pages_columns_and_keep_the_rest(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(30, details={"new field": {"a": [1]}, "notes": "=cmd()"})
    expected = downloaded(workspace)
    for form in ("csv", "parquet"):
        outcome = workspace.digo("records", "--format", form, "--output", f"out.{form}")
        assert outcome.code == DONE, outcome.text
        assert (workspace.folder / f"out.{form}").stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(io.StringIO((workspace.folder / "out.csv").read_text())))
    table = pyarrow.parquet.read_table(workspace.folder / "out.parquet")
    assert list(rows[0]) == table.column_names == list(COLUMNS)
    assert [row["call_id"] for row in rows] == [record["call_id"] for record in expected]
    assert table["call_id"].to_pylist() == [record["call_id"] for record in expected]
    assert table["call_duration"].to_pylist() == [int(record["call_duration"]) for record in expected]
    assert json.loads(rows[0]["other"])["new field"] == {"a": [1]}
    assert json.loads(table["missed_agents"][0].as_py()) == expected[0]["missed_agents"]
    assert rows[0]["client_number"] == expected[0]["client_number"]
    assert rows[0]["notes"] == "'=cmd()"


def test_the_table_masks_numbers_unless_told(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(3)
    (first, *_) = downloaded(workspace)
    outcome = workspace.digo("records")
    assert outcome.code == DONE, outcome.text
    lines = outcome.stdout.splitlines()
    assert len(lines) == 4
    assert lines[0].split()[:3] == ["date", "time", "direction"]
    assert first["client_number"] not in outcome.text
    assert f"***{first['client_number'][-4:]}" in lines[1]
    assert first["call_id"] in lines[1]
    assert "3 call records to " in outcome.stderr
    assert "(Asia/Kolkata)" in outcome.stderr
    shown = subprocess.run(
        [workspace.python, "-m", "digo", "--stack", STACK, "--show-numbers", "records"],
        cwd=workspace.folder,
        env=workspace.environ,
        capture_output=True,
        text=True,
    )
    assert first["client_number"] in shown.stdout


def test_filters_narrow_and_agents_go_by_key(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(40)
    everything = downloaded(workspace)
    for arguments, wanted in (
        (["--type", "missed"], lambda r: r["status"] == "missed"),
        (["--direction", "inbound"], lambda r: r["direction"] == "Inbound"),
        (["--duration", ">= 60"], lambda r: int(r["call_duration"]) >= 60),
        (["--service", "Broadcast", "--service", "Inbound"], lambda r: r["services"] in ("Broadcast", "Inbound")),
        (["--department", "sales", "--department", "support"], lambda r: bool(r["department"])),
        (["--call-id", everything[5]["call_id"]], lambda r: r == everything[5]),
        (["--caller", "+1 202-555-0107"], lambda r: r["client_number"] == "+12025550107"),
    ):
        assert downloaded(workspace, *arguments) == [record for record in everything if wanted(record)], arguments
    for agent in ("sales", "1001", AGENT):
        found = downloaded(workspace, "--agent", agent)
        assert len(found) == 20
        assert {record["agent_name"] for record in found if record["status"] == "answered"} == {"Sales desk"}


def test_dates_are_in_the_accounts_zone(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.settings(zone="UTC")
    workspace.set_config(zone="UTC")
    sandbox.add_records(10, apart_seconds=3600)
    everything = downloaded(workspace)
    middle = everything[4]
    stamp = f"{middle['date']} {middle['time']}"
    assert downloaded(workspace, "--from", stamp) == everything[:5]
    assert downloaded(workspace, "--to", stamp) == everything[4:]
    hours, rest = middle["time"].split(":", 1)
    if int(hours) >= 3:
        there = f"{middle['date']} {int(hours) - 3:02d}:{rest}-03:00"
        assert downloaded(workspace, "--to", there) == everything[4:]
    day = middle["date"]
    assert downloaded(workspace, "--from", day, "--to", day) == [one for one in everything if one["date"] == day]
    sandbox.clear_requests()
    downloaded(workspace, "--from", "2026-03-10T12:00Z", "--zone", "Asia/Kolkata")
    assert "from_date=2026-03-10+17%3A30%3A00" in sandbox.requests()[0]["query"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--from", "yesterday"), "--from yesterday: a date is YYYY-MM-DD"),
        (("--agent", ""), "leave the option out for all records"),
        (("--ivr", "a", "--ivr", " "), "leave the option out for all records"),
        (("--agent", "(+1_202_555_0101"), "--agent (***0101: the agent's number is none"),
        (("--from", "2026-03-02", "--to", "2026-03-01"), "--from 2026-03-02 is after --to 2026-03-01"),
        (("--to", "2026-02-30"), "--to 2026-02-30: a date is"),
        (("--from", "9999-12-31T23:59Z"), "--from 9999-12-31T23:59Z: "),
        (("--service", "Click, Call"), "--service Click, Call"),
        (("--from", "2999-01-01"), "--from is in the future"),
        (("--from", "2999-01-01", "--format", "jsonl", "--output", "o", "--since-last"), "--from is in the future"),
        (("--zone", "Mars/Olympus"), "--zone: `Mars/Olympus` is no time zone"),
        (("--duration", "30"), "an operator and seconds"),
        (("--duration", "=>30"), "an operator and seconds"),
        (("--type", "c"), "answered"),
        (("--direction", "up"), "inbound"),
        (("--caller", "me"), "4 to 15 digits"),
        (("--service", "a,b"), "comma"),
        (("--agent", "sale"), "did you mean `sales`?"),
        (("--page-size", "0"), "0 is not a whole number from 1 to 1,000"),
        (("--format", "parquet"), "give --output"),
        (("--format", "csv", "--output", "no/such/folder.csv"), "cannot be written"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked(
    workspace: Workspace, sandbox: Sandbox, arguments: tuple[str, ...], problem: str
) -> None:
    outcome = workspace.digo("records", *arguments)
    assert outcome.code == FAILED
    assert problem in outcome.stderr
    assert "GET /v1/call/records" not in sandbox.counts()


def test_an_error_in_the_middle_keeps_what_came_and_says_so(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(60)
    sandbox.fault("unauthorized", path="/v1/call/records", nth=[3])
    outcome = workspace.digo("records", "--format", "jsonl", "--page-size", "20", "--output", "out.jsonl")
    assert outcome.code == FAILED
    assert "40 records came before the error" in outcome.stderr
    assert "the API refused the token" in outcome.stderr
    assert len((workspace.folder / "out.jsonl").read_text().splitlines()) == 40
    sandbox.clear_faults()
    sandbox.fault("unauthorized", path="/v1/call/records", nth=[3])
    outcome = workspace.digo("records", "--format", "parquet", "--page-size", "20", "--output", "out.parquet")
    assert outcome.code == FAILED
    assert not list(workspace.folder.glob("out.parquet*"))


def test_fewer_than_the_api_counts_is_no_success(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(60)
    sandbox.fault("status", status=200, path="/v1/call/records", nth=[3])
    outcome = workspace.digo("records", "--format", "jsonl", "--page-size", "20")
    assert outcome.code == FAILED
    assert "where call records are due" in outcome.stderr


def test_records_that_are_counted_and_not_given_are_told(workspace: Workspace) -> None:
    class CutShort(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            first = "page=1&" in self.path
            results = [{"id": str(number)} for number in range(2)] if first else []
            content = json.dumps({"count": "5", "results": results}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), CutShort) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        workspace.environ["DIGO_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
        outcome = workspace.digo("records", "--format", "jsonl")
        server.shutdown()
        thread.join()
    assert outcome.code == INCOMPLETE
    assert len(outcome.stdout.splitlines()) == 2
    assert "the API counts 3 more than it gave" in outcome.stderr


def test_a_reader_that_has_enough_ends_it_quietly(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(5000)
    process = subprocess.Popen(
        [workspace.python, "-m", "digo", "--stack", STACK, "records", "--format", "jsonl"],
        cwd=workspace.folder,
        env=workspace.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == DONE
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


def test_records_cannot_be_read_by_others(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(1)
    outcome = workspace.digo("records", "--format", "csv", "--output", "out.csv", "--report", "report.html")
    assert outcome.code == DONE, outcome.text
    assert {(workspace.folder / name).stat().st_mode & 0o777 for name in ("out.csv", "report.html")} == {0o600}


@pytest.mark.parametrize(("output", "limit"), [("out.jsonl", 20_000), ("-", 16_384)])
def test_a_full_disk_ends_a_chain_with_a_message_and_the_next_run_goes_on(
    workspace: Workspace, sandbox: Sandbox, output: str, limit: int
) -> None:
    """No file can be longer than the limit: the output is the first that is too long, or the chain's own file."""
    sandbox.add_records(800)
    arguments = ["--stack", STACK, "records", "--format", "jsonl", "--since-last", "--output", output]
    limited = "import os, resource, sys; n = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_FSIZE, (n, n)); "
    limited += "os.execv(sys.executable, [sys.executable, '-m', 'digo', *sys.argv[2:]])"
    command = [sys.executable, "-c", limited, str(limit), *arguments, "--page-size", "20"]
    full = workspace.finished(command)
    assert full.code == FAILED and "Traceback" not in full.text
    place = output if output != "-" else ".digo/records"
    assert "records came before" in full.stderr and place in full.stderr and "run again to go on" in full.stderr
    done = workspace.digo(*arguments[2:])
    assert done.code == DONE, done.text
    text = (workspace.folder / output).read_text() if output != "-" else full.stdout + done.stdout
    ids = [json.loads(line)["call_id"] for line in text.splitlines()]
    assert len(set(ids)) == 800
    assert output == "-" or len(ids) == 800
