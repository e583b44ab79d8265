"""`digo doctor` on a real project, a real account and a real state: right, and wrong in one place."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from digo.doctor.check import Result, Status
from digo.doctor.examine import CHECKS, Check
from digo.doctor.render import show_check
from digo.sanitize.console import SafeConsole
from sandbox.testing import Sandbox
from tests.doctor.doctor_report import doctor
from tests.scenarios.two_servers import certificate, recorder
from tests.scenarios.workspace import CANARY, Workspace

NETWORK = {"endpoint", "tls", "answer", "scheme", "clock", "list"}


def test_all_is_well_after_an_up(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.up()
    sandbox.clear_requests()
    said = doctor(workspace)
    assert (said.code, said.with_status("error"), said.with_status("warning")) == (0, [], [])
    assert set(said.with_status("skipped")) == {"tls", "git"}
    assert said["state"] == ("ok", "1 agent, 0 leads, 0 lists |  | ")
    assert said["list"] == ("ok", "1 agent, 1 written with + |  | ")
    # One read, and no write.
    assert sandbox.counts() == {"GET /v1/agents": 1}
    assert said.document["requests"] == 1


def test_the_document_is_stable(workspace: Workspace) -> None:
    said = doctor(workspace, "--offline")
    assert list(said.document) == ["version", "status", "requests", "checks"]
    assert said.document["version"] == 1
    assert [one["name"] for one in said.document["checks"]] == list(CHECKS)
    assert {tuple(one) for one in said.document["checks"]} == {("name", "asks", "status", "found", "meaning", "next")}


def test_offline_asks_nothing(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.set_config(paceStore="redis://127.0.0.1:9", cps="3")
    said = doctor(workspace, "--offline")
    assert sandbox.counts() == {}
    assert said.document["requests"] == 0
    assert {*NETWORK, "pace"} <= set(said.with_status("skipped"))
    assert said["answer"][1].startswith("--offline")
    assert said["backend"][0] == "ok"


def test_a_warning_is_an_error_in_a_strict_pipeline_only(workspace: Workspace) -> None:
    assert doctor(workspace).with_status("warning") == ["state"]
    assert (doctor(workspace).code, doctor(workspace, "--strict").code) == (0, 1)


def test_a_refused_token_costs_two_reads_and_no_more(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.environ["DIGO_AUTHORIZATION"] = CANARY
    said = doctor(workspace)
    assert said.code == 1
    assert sandbox.counts() == {"GET /v1/agents": 2}
    sent = [request["method"] for request in sandbox.requests()]
    assert sent == ["GET", "GET"] and said.document["requests"] == 2
    status, text = said["scheme"]
    assert status == "error" and "refuses it, with `Bearer` and without" in text
    assert said["answer"][0] == "ok"
    assert said["list"] == ("skipped", "`scheme` failed |  | ")
    assert CANARY not in json.dumps(said.document)


@pytest.mark.parametrize(
    ("service", "scheme", "prefix", "step"),
    [
        ("bearer", "verbatim", "", "digo engine config set digo:scheme bearer"),
        ("verbatim", "bearer", "", "digo engine config set digo:scheme verbatim"),
        ("verbatim", "verbatim", "Bearer ", "take the word `Bearer` out of the token"),
    ],
)
def test_the_other_scheme_is_tried(
    workspace: Workspace, sandbox: Sandbox, service: str, scheme: str, prefix: str, step: str
) -> None:
    sandbox.settings(scheme=service)
    workspace.set_config(scheme=scheme)
    workspace.environ["DIGO_AUTHORIZATION"] = prefix + sandbox.token
    said = doctor(workspace)
    status, text = said["scheme"]
    assert status == "error" and step in text
    # The second read brings the list all the same.
    assert said["list"][0] == "ok"
    assert sandbox.counts() == {"GET /v1/agents": 2}


def test_a_second_try_that_says_nothing_is_no_refusal(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.settings(scheme="bearer")
    sandbox.fault("status", status=503, times="always")
    status, text = doctor(workspace)["scheme"]
    assert status == "error" and "the second try got no answer" in text


@pytest.mark.parametrize(
    ("fault", "options", "status", "text"),
    [
        ("redirect", {"location": "https://login.example.com/start"}, "error", "sends us to https://login.example.com"),
        ("status", {"status": 429}, "warning", "calls per second are used up"),
        ("html", {}, "error", "an HTML page where a list of agents is due"),
        ("lost-before", {}, "error", "was lost"),
        ("truncated-json", {}, "error", "no JSON where a list of agents is due"),
    ],
)
def test_an_answer_that_is_none(
    workspace: Workspace, sandbox: Sandbox, fault: str, options: dict[str, object], status: str, text: str
) -> None:
    sandbox.fault(fault, times="always", **options)
    said = doctor(workspace)
    assert said["answer"][0] == status and text in said["answer"][1]
    assert said["list"][0] == "skipped"
    # Nothing is tried again.
    assert sandbox.counts() == {"GET /v1/agents": 1}


def test_nobody_at_the_endpoint(workspace: Workspace, nobody: str) -> None:
    workspace.set_config(endpoint=nobody)
    said = doctor(workspace)
    assert said["answer"][0] == "error" and "start the sandbox (`make up`)" in said["answer"][1]
    assert {"scheme", "clock", "list"} <= set(said.with_status("skipped"))
    assert said["state"][0] == "warning"


def test_a_certificate_that_has_ended_is_said_once_and_no_token_is_sent(workspace: Workspace, tmp_path: Path) -> None:
    file = certificate(tmp_path, days=-1)
    with recorder(tls=file) as server:
        workspace.set_config(endpoint=server.url)
        said = doctor(workspace)
        assert server.seen == []
    assert said["tls"][0] == "error" and "the certificate of CN=localhost ended on" in said["tls"][1]
    assert said["answer"] == ("skipped", "`tls` failed |  | ")


def test_a_wrong_passphrase(workspace: Workspace) -> None:
    workspace.up()
    workspace.environ["PULUMI_CONFIG_PASSPHRASE"] = "another one"
    said = doctor(workspace)
    assert said.code == 1
    assert said["passphrase"][0] == "error" and "incorrect passphrase" in said["passphrase"][1]
    assert "another one" not in json.dumps(said.document)
    assert said["state"] == ("skipped", "`passphrase` failed |  | ")
    assert said["backend"][0] == "ok" and said["list"][0] == "ok"


def test_no_passphrase(workspace: Workspace) -> None:
    del workspace.environ["PULUMI_CONFIG_PASSPHRASE"]
    status, text = doctor(workspace)["passphrase"]
    assert status == "error" and "export PULUMI_CONFIG_PASSPHRASE=" in text


def test_a_wrong_backend_is_said(workspace: Workspace, tmp_path: Path) -> None:
    workspace.up()
    (tmp_path / "other").mkdir()
    workspace.environ["PULUMI_BACKEND_URL"] = f"file://{tmp_path}/other"
    said = doctor(workspace)
    status, text = said["backend"]
    assert status == "error"
    assert "other (PULUMI_BACKEND_URL) has no stack test" in text and "the stack is not new" in text
    assert said["state"] == ("skipped", "the backend has no stack test |  | ")
    assert said["list"][0] == "ok"


def test_a_misspelt_stack_is_answered_with_the_stacks_there_are(workspace: Workspace) -> None:
    shutil.copy(workspace.folder / "Pulumi.test.yaml", workspace.folder / "Pulumi.prod.yaml")
    said = doctor(workspace, stack="prdo")
    status, text = said["stack"]
    assert (said.code, status) == (1, "error")
    assert "there is no stack prdo" in text and "did you mean prod? The project has prod, test" in text
    assert said["project"][0] == "ok"
    assert said["settings"] == ("skipped", "`stack` failed |  | ")


def test_a_wrong_folder(workspace: Workspace, tmp_path: Path) -> None:
    done = workspace.finished([workspace.python, "-m", "digo", "-C", str(tmp_path), "doctor", "--json"])
    checks = {one["name"]: one for one in json.loads(done.stdout)["checks"]}
    assert done.code == 1
    assert "`-C project` is one" in checks["project"]["found"]
    assert checks["python"]["status"] == "ok"
    assert checks["state"] == {**checks["state"], "status": "skipped", "found": "`project` failed"}


def test_a_locked_state(workspace: Workspace) -> None:
    locks = workspace.folder / "state" / ".pulumi" / "locks" / "organization" / "pulumi-digo" / "test"
    locks.mkdir(parents=True)
    held = {"pid": 4711, "username": "ann", "hostname": "another-host", "timestamp": "2026-11-29T10:00:00Z"}
    (locks / "a.json").write_text(json.dumps(held))
    status, text = doctor(workspace)["lock"]
    assert status == "warning" and "ann@another-host, process 4711" in text and "`digo engine cancel`" in text


def test_an_odd_list(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.settings(number_form="plus")
    for name in ("A", "B"):
        sandbox.add_agent("12025550142", name=name)
    sandbox.add_agent(None, name="C")
    status, text = doctor(workspace)["list"]
    assert status == "warning"
    assert "3 agents" in text and "1 without number" in text and "number ***0142: eid " in text
    assert "12025550142" not in text


def test_an_empty_list_where_the_state_has_agents(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.up()
    sandbox.fault("empty-list", times="always")
    status, text = doctor(workspace)["list"]
    assert status == "error" and "the state has 1 agent" in text


def test_another_account_than_the_last_up(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.up()
    workspace.set_config(endpoint=f"{sandbox.url}/other")
    status, text = doctor(workspace, "--offline")["state"]
    assert status == "error" and f"the last up was at {sandbox.url}" in text


def test_settings_and_config_that_are_wrong_hide_nothing_else(workspace: Workspace) -> None:
    workspace.set_config(cps="many")
    workspace.write("agents.yaml", "agents: {sales: {follow_me_number: 12}}\n")
    del workspace.environ["DIGO_AUTHORIZATION"]
    said = doctor(workspace)
    assert said["settings"][0] == "error" and "digo:cps is a whole number" in said["settings"][1]
    assert said["config"][0] == "error" and "agents.yaml:1:10: agents.sales.name: is missing" in said["config"][1]
    assert said["token"][0] == "skipped"
    assert said["backend"][0] == "ok" and said["passphrase"][0] == "ok"
    workspace.set_config(cps="3")
    assert doctor(workspace)["token"][1].startswith("none | ")


def test_the_ledger_key_of_the_last_up(workspace: Workspace) -> None:
    workspace.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
    workspace.write("leads.csv", "phone\n+12025550142\n")
    workspace.write(
        "lists.yaml", {"lists": {"otp": {"id": 4711, "columns": {"phone": "field_0"}, "source": "leads.csv"}}}
    )
    workspace.up()
    assert doctor(workspace)["ledger-key"] == ("ok", "from DIGO_LEDGER_KEY, the one of the last up |  | ")
    workspace.environ["DIGO_LEDGER_KEY"] = "another ledger key for the tests, of no worth"
    status, text = doctor(workspace)["ledger-key"]
    assert status == "error" and "not the key of the last up" in text
    del workspace.environ["DIGO_LEDGER_KEY"]
    status, text = doctor(workspace)["ledger-key"]
    assert status == "error" and "otp needs one" in text


def test_a_pace_store_that_is_not_there(workspace: Workspace, nobody: str) -> None:
    workspace.set_config(paceStore=nobody.replace("http://", "redis://user:canary-password@"), cps="3")
    status, text = doctor(workspace)["pace"]
    assert status == "error" and "cannot be used (redis://127.0.0.1" in text
    assert "canary-password" not in text


@pytest.mark.parametrize("width", [60, 80, 160])
def test_it_is_readable_at_any_width(width: int) -> None:
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    check = Check("ledger-key", "what it asks", Result(Status.WARNING, words, words, words))
    out = io.StringIO()
    show_check(check, SafeConsole(file=out, width=width))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(out.getvalue().split()) == f"warning ledger-key {words} It means: {words} Next: {words}"


def test_people_see_the_same(workspace: Workspace) -> None:
    done = workspace.digo("doctor")
    assert done.code == 0, done.text
    lines = done.stdout.splitlines()
    assert [line.split()[1] for line in lines if line[:1] != " "][:-1] == list(CHECKS)
    assert lines[-1].endswith("1 warning, 2 skipped")
    assert workspace.sandbox.token not in done.text.replace("example-token.txt", "")


@pytest.mark.parametrize("command", [["plan"], ["-C", "/", "plan"], ["--stack", "tets", "plan"]])
def test_other_errors_point_to_it(workspace: Workspace, command: list[str]) -> None:
    workspace.environ["DIGO_AUTHORIZATION"] = CANARY
    done = workspace.finished([workspace.python, "-m", "digo", *command])
    assert done.code == 1
    assert done.stderr.count("`digo doctor` checks settings, state, token and endpoint") == 1


def test_errors_of_an_engine_point_to_it(workspace: Workspace) -> None:
    workspace.environ["DIGO_AUTHORIZATION"] = CANARY
    assert "`digo doctor` checks" in workspace.run("preview").text
    workspace.environ["PULUMI_CONFIG_PASSPHRASE"] = "another one"
    assert "`digo doctor` checks" in workspace.run("preview").stderr
    done = workspace.finished([workspace.python, "-m", "engine", "preview", "--stack", "tets"])
    assert "`digo doctor` checks" in done.stderr


def test_nothing_is_written(workspace: Workspace) -> None:
    workspace.up()
    before = {path: path.stat().st_mtime_ns for path in _own_files(workspace.folder)}
    doctor(workspace)
    assert {path: path.stat().st_mtime_ns for path in _own_files(workspace.folder)} == before


def _own_files(folder: Path) -> list[Path]:
    linked = {".venv", "digo", "providers", "engine", "protocol"}
    return [path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] not in linked]
