"""Broadcast lists that config names: created, adopted, renamed, lost and deleted, with their leads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from entries import lead
from killing import kill, wait_until_gone
from workspace import Workspace

from sandbox.testing import Sandbox

KEY = "a ledger key for the tests, of no worth"
COLUMNS = {"phone": "field_0", "name": "field_1", "otp": "field_5"}
FIELDS = ["field_0", "field_1", "field_5"]
CREATE, RENAME = "/v1/broadcast/list", "/v1/broadcast/list/*"


@pytest.fixture
def place(tmp_path: Path, engine: str, sandbox: Sandbox) -> Workspace:
    """A project whose account can list and make broadcast lists."""
    workspace = Workspace(tmp_path / "project", engine, sandbox, sandbox.smartflo.token)
    workspace.set_config(profile="smartflo", lateSeconds="1")
    workspace.environ["DIGO_LEDGER_KEY"] = KEY
    return workspace


def write(place: Workspace, *leads: dict[str, str], key: str = "otp", **entry: Any) -> None:
    """lists.yaml becomes one list."""
    entry = {"name": "One-time codes", "columns": COLUMNS, **entry}
    place.write("lists.yaml", {"lists": {key: entry | ({"leads": list(leads)} if "source" not in entry else {})}})


def steps(place: Workspace) -> dict[str, str]:
    """What a preview says of lists, leads and shards, by name; unchanged ones are left out."""
    outcome = place.run("preview", "--json")
    assert outcome.code == 0, outcome.text
    return {
        step["urn"].rsplit("::", 1)[-1]: step["op"]
        for step in json.loads(outcome.stdout).get("steps") or ()
        if step["op"] != "same" and "dynamic/digo:" in step["urn"] and "digo:Account" not in step["urn"]
    }


def planned(place: Workspace) -> dict[str, Any]:
    """The document of `digo plan`."""
    outcome = place.digo("plan", "--format", "json")
    assert outcome.code in (0, 1), outcome.text
    return dict(json.loads(outcome.stdout))


def verbs(plan: dict[str, Any]) -> dict[str, str]:
    return {f"{step['subject']} {step['key']}": step["verb"] for step in plan["steps"]}


def reason(plan: dict[str, Any], key: str, subject: str = "broadcast list") -> str:
    return next(step["reason"] for step in plan["steps"] if (step["key"], step["subject"]) == (key, subject))


def writes(sandbox: Sandbox) -> list[str]:
    """The writes about lists and leads, the lists' ids left out."""
    return ["/".join(name.split("/")[:4]) for name in sandbox.counts() if not name.startswith("GET")]


def settled(place: Workspace) -> None:
    """A second up has nothing to do, and a plan of it says so."""
    place.assert_nothing_left()
    assert not writes(place.sandbox)
    assert set(verbs(planned(place)).values()) <= {"in sync"}


def only(sandbox: Sandbox) -> dict[str, Any]:
    (found,) = sandbox.smartflo.lists()
    return dict(found)


def test_a_new_environment_comes_from_nothing_in_one_up(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0, otp="1"), lead(1, otp="2"))
    plan = planned(place)
    assert verbs(plan) == {"broadcast list otp": "create", "lead otp-0150": "create", "lead otp-0151": "create"}
    assert "in the new list `One-time codes`" in reason(plan, "otp-0150", "lead")
    assert steps(place) == {"otp": "create", "otp-0150": "create", "otp-0151": "create"}
    sandbox.clear_requests()
    place.up()
    made = only(sandbox)
    assert (made["name"], made["field"]) == ("One-time codes", FIELDS)
    assert {one["phone"] for one in sandbox.smartflo.leads(made["id"])} == {"12025550150", "12025550151"}
    settled(place)


def test_a_list_of_a_file_comes_from_nothing_in_one_up(place: Workspace, sandbox: Sandbox) -> None:
    rows = "".join(f"+12025550{index},Name {index},{index}\n" for index in range(100, 140))
    place.write("otp.csv", f"phone,name,otp\n{rows}")
    write(place, source="otp.csv", shards=2)
    assert steps(place) == {"otp": "create", "otp-1": "create", "otp-2": "create"}
    plan = planned(place)
    assert verbs(plan) == {"broadcast list otp": "create", "list otp": "create"}
    assert "in the new list `One-time codes`; 2 calls" in reason(plan, "otp", "list")
    assert plan["calls"] == 3, "one for the list, and one for each shard's rows"
    sandbox.clear_requests()
    place.up()
    assert sum(count for name, count in sandbox.counts().items() if not name.startswith("GET")) == 3
    assert len(sandbox.smartflo.leads(only(sandbox)["id"])) == 40
    settled(place)


def test_the_accounts_list_of_the_name_is_adopted(place: Workspace, sandbox: Sandbox) -> None:
    list_id = sandbox.smartflo.add_list("One-time codes", FIELDS)
    sandbox.smartflo.add_list("Another one")
    write(place, lead(0))
    assert steps(place) == {"otp": "import", "otp-0150": "create"}
    assert verbs(planned(place)) == {"broadcast list otp": "adopt", "lead otp-0150": "create"}
    sandbox.clear_requests()
    place.up()
    assert "POST /v1/broadcast/list" not in sandbox.counts()
    assert [one["phone"] for one in sandbox.smartflo.leads(list_id)] == ["12025550150"]
    settled(place)


def test_lists_are_read_once_by_each_process(place: Workspace, sandbox: Sandbox) -> None:
    sandbox.smartflo.add_list("One-time codes", FIELDS)
    write(place, lead(0))
    place.up()
    sandbox.clear_requests()
    place.up()
    assert sandbox.counts()["GET /v1/broadcast/lists"] == 2  # the program and the host
    sandbox.clear_requests()
    planned(place)
    assert sandbox.counts()["GET /v1/broadcast/lists"] == 1


def test_a_list_is_renamed_and_nothing_is_sent_again(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0))
    place.up()
    list_id = only(sandbox)["id"]
    write(place, lead(0), name="Codes")
    assert steps(place) == {"otp": "update"}
    plan = planned(place)
    assert verbs(plan) == {"broadcast list otp": "update", "lead otp-0150": "in sync"}
    assert "changed in config" in reason(plan, "otp")
    sandbox.clear_requests()
    place.up()
    assert (only(sandbox)["id"], only(sandbox)["name"]) == (list_id, "Codes")
    assert writes(sandbox) == ["PUT /v1/broadcast/list"]
    settled(place)


def test_a_name_that_the_panel_changed_comes_back(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0))
    place.up()
    with sandbox.smartflo.client() as client:
        client.put(f"/v1/broadcast/list/{only(sandbox)['id']}", json={"name": "Mine"}).raise_for_status()
    assert "changed in the panel" in reason(planned(place), "otp")
    assert steps(place) == {"otp": "update"}
    place.up()
    assert only(sandbox)["name"] == "One-time codes"
    settled(place)


def test_another_key_changes_only_the_state(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0))
    place.up()
    write(place, lead(0), key="codes", formerly="otp")
    assert steps(place) == {}
    sandbox.clear_requests()
    place.up()
    assert not writes(sandbox)
    settled(place)


def test_a_list_that_the_account_lost_is_made_anew_with_its_rows(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0), lead(1))
    place.up()
    lost = only(sandbox)["id"]
    sandbox.smartflo.delete_list(lost)
    for command in (("preview",), ("up", "--skip-preview")):
        refused = place.run(*command)
        assert refused.code != 0
        assert "shrunk: broadcast lists of the account: 0, and 1 that the state has" in refused.text
    assert sandbox.smartflo.lists() == []
    sandbox.smartflo.add_list("Another one")  # so nothing says any more that the reply was cut short
    assert steps(place) == {"otp": "replace", "otp-0150": "replace", "otp-0151": "replace"}
    plan = planned(place)
    assert verbs(plan) == {"broadcast list otp": "replace", "lead otp-0150": "replace", "lead otp-0151": "replace"}
    assert "no longer on the account" in reason(plan, "otp")
    place.set_config(guards={"maxUpdates": 1})
    assert "2 updates" in planned(place)["refusal"]
    refused = place.run("up", "--skip-preview")
    assert refused.code != 0
    assert "2 updates" in refused.text
    assert sum(len(sandbox.smartflo.leads(one["id"])) for one in sandbox.smartflo.lists()) <= 1
    place.set_config(guards={"maxUpdates": 2})
    place.up()
    _, made = sandbox.smartflo.lists()
    assert len(sandbox.smartflo.leads(made["id"])) == 2
    settled(place)


def test_a_lost_list_is_made_anew_where_the_stack_deletes(place: Workspace, sandbox: Sandbox) -> None:
    place.set_config(deletes="delete")
    place.write("otp.csv", "phone,name,otp\n+12025550100,Ada,1\n")
    rows = {"source": "otp.csv", "columns": COLUMNS, "name": "Rows"}
    inline = {"leads": [lead(0)], "columns": COLUMNS, "name": "One-time codes"}
    place.write("lists.yaml", {"lists": {"otp": inline, "rows": rows}})
    place.up()
    for one in sandbox.smartflo.lists():
        sandbox.smartflo.delete_list(one["id"])
    sandbox.smartflo.add_list("Another one")
    place.up()
    assert [len(sandbox.smartflo.leads(one["id"])) for one in sandbox.smartflo.lists()] == [0, 1, 1]
    settled(place)


def test_an_entry_that_names_another_list_leaves_the_first_as_it_is(place: Workspace, sandbox: Sandbox) -> None:
    place.set_config(deletes="delete")
    write(place, lead(0))
    place.up()
    first = only(sandbox)["id"]
    second = sandbox.smartflo.add_list("Codes", FIELDS)
    write(place, lead(0), name="Codes")
    plan = planned(place)
    assert verbs(plan) == {"broadcast list otp": "adopt", "lead otp-0150": "replace"}
    assert "the account keeps the one of the state" in reason(plan, "otp")
    place.up()
    assert [one["id"] for one in sandbox.smartflo.lists()] == [first, second]
    assert len(sandbox.smartflo.leads(second)) == 1
    settled(place)


def test_a_list_leaves_with_its_leads_where_the_stack_deletes(place: Workspace, sandbox: Sandbox) -> None:
    place.set_config(deletes="delete")
    place.write("otp.csv", "phone,name,otp\n+12025550100,Ada,1\n")
    rows = {"source": "otp.csv", "columns": COLUMNS, "name": "Rows"}
    inline = {"leads": [lead(0)], "columns": COLUMNS, "name": "One-time codes"}
    place.write("lists.yaml", {"lists": {"otp": inline, "rows": rows, "stays": {"name": "Stays"}}})
    place.up()
    place.write("lists.yaml", {"lists": {"stays": {"name": "Stays"}}})
    place.up()
    assert only(sandbox)["name"] == "Stays"
    settled(place)


@pytest.mark.parametrize("by", ["another key", "its id"])
def test_a_list_that_another_entry_has_now_is_never_deleted(place: Workspace, sandbox: Sandbox, by: str) -> None:
    place.set_config(deletes="delete")
    write(place, lead(0))
    place.up()
    kept = only(sandbox)["id"]
    if by == "its id":
        place.write("lists.yaml", {"lists": {"otp": {"id": int(kept), "columns": COLUMNS, "leads": [lead(0)]}}})
    else:
        write(place, lead(0), key="codes")
    plan = planned(place)
    assert verbs(plan)["broadcast list otp"] == "forget"
    assert f"has its list (id {kept}) from now on" in reason(plan, "otp")
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == []
    assert (only(sandbox)["id"], len(sandbox.smartflo.leads(kept))) == (kept, 1)
    settled(place)


def test_columns_cannot_be_changed_and_the_plan_says_so(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0))
    place.up()
    write(place, lead(0), columns=COLUMNS | {"city": "field_7"})
    assert verbs(planned(place))["broadcast list otp"] == "cannot converge"
    outcome = place.run("preview")
    assert outcome.code == 0
    assert "was created with the columns field_0, field_1, field_5" in outcome.text
    assert only(sandbox)["field"] == FIELDS


def test_lists_that_cannot_be_read_stop_the_run(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0))
    place.up()
    for kind in ("html", "object", "cut-list", "success-false"):
        headers = {"X-Total-Count": "5"} if kind == "cut-list" else {}
        sandbox.fault(kind, path="/v1/broadcast/lists", headers=headers, times="always")
        assert place.run("up", "--skip-preview").code != 0, kind
        assert len(sandbox.smartflo.lists()) == 1
        sandbox.clear_faults()
    sandbox.fault("html", path="/v1/broadcast/lists", times="always")
    assert place.run("preview").code != 0
    sandbox.clear_faults()
    settled(place)


def test_a_plan_is_pinned_and_made_from_a_snapshot(place: Workspace, sandbox: Sandbox) -> None:
    sandbox.smartflo.add_list("Another one")
    write(place, lead(0))
    place.up()
    write(place, lead(0), name="Codes")
    plan = planned(place)
    assert place.digo("snapshot", "account.json").code == 0
    offline = place.digo("plan", "--snapshot", "account.json", "--format", "json")
    offline_plan = json.loads(offline.stdout)
    assert (verbs(offline_plan)["broadcast list otp"], offline_plan["plan"]) == ("update", plan["plan"])
    place.environ["DIGO_PLAN"] = plan["plan"]
    place.up()
    assert [one["name"] for one in sandbox.smartflo.lists()] == ["Another one", "Codes"]


def test_an_up_says_in_its_history_what_became_of_a_list(place: Workspace) -> None:
    write(place, lead(0))
    place.up()
    outcome = place.digo("history", "show", "--all")
    assert "applied  broadcast list otp" in outcome.text


def test_the_accounts_lists_become_entries(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0))
    place.up()
    for name in ("Évènements", "Twice", "Twice"):
        sandbox.smartflo.add_list(name)
    outcome = place.digo("lists", "account", "--format", "yaml")
    assert outcome.code == 0, outcome.text
    ids = [str(one["id"]) for one in sandbox.smartflo.lists()]
    assert yaml.safe_load(outcome.stdout)["lists"] == {
        "évènements": {"name": "Évènements"},
        f"twice-{ids[2]}": {"id": ids[2]},
        f"twice-{ids[3]}": {"id": ids[3]},
    }
    table = place.digo("lists", "account").stdout
    assert [line.split()[-1] for line in table.splitlines()[1:]] == ["otp", "config", "config", "config"]
    entries = yaml.safe_load((place.folder / "config/test/lists.yaml").read_text())["lists"]
    place.write("lists.yaml", {"lists": entries | yaml.safe_load(outcome.stdout)["lists"]})
    assert steps(place) == {"évènements": "import"}
    place.up()
    settled(place)


def test_two_lists_of_the_name_are_refused_with_both_ids(place: Workspace, sandbox: Sandbox) -> None:
    first, second = (sandbox.smartflo.add_list("One-time codes") for _ in range(2))
    write(place, lead(0))
    outcome = place.run("up", "--skip-preview")
    assert outcome.code != 0
    assert f"(id {first}, id {second})" in outcome.text
    assert "lists.yaml:3:11" in outcome.text
    assert not sandbox.smartflo.leads(first)
    assert str(first) in planned(place)["conflicts"][0]


def test_what_is_gone_from_config_is_kept_unless_the_stack_deletes(place: Workspace, sandbox: Sandbox) -> None:
    write(place)
    place.write("agents.yaml", {"agents": {}})
    place.up()
    kept = only(sandbox)["id"]
    place.write("lists.yaml", {"lists": {"other": {"name": "Other", "columns": COLUMNS}}})
    plan = planned(place)
    assert verbs(plan) == {"broadcast list other": "create", "broadcast list otp": "forget"}
    assert "digo:deletes" in reason(plan, "otp")
    place.up()
    assert [one["name"] for one in sandbox.smartflo.lists()] == ["One-time codes", "Other"]

    place.set_config(deletes="delete")
    place.up()  # from here on, the engine knows that the list is not retained
    write(place)
    assert verbs(planned(place)) == {"broadcast list otp": "adopt", "broadcast list other": "delete"}
    place.set_config(guards={"maxDeletes": 0})
    refused = place.run("up", "--skip-preview")
    assert refused.code != 0
    assert "maxDeletes" in refused.text
    place.set_config(guards={"maxDeletes": 1})
    place.up()
    assert only(sandbox)["id"] == kept
    settled(place)


@pytest.mark.parametrize("kind", ["lost-before", "lost-after", "html-after-commit", "status-after-commit"])
def test_a_lost_reply_leaves_one_list(place: Workspace, sandbox: Sandbox, kind: str) -> None:
    write(place, lead(0))
    sandbox.fault(kind, path=CREATE, method="POST", nth=[1])
    first = place.run("up", "--skip-preview")
    assert len(sandbox.smartflo.lists()) <= 1
    if first.code != 0:
        assert "POST /v1/broadcast/list" in first.text
        place.up()
    assert len(sandbox.smartflo.leads(only(sandbox)["id"])) == 1
    settled(place)


def test_a_lost_rename_is_settled(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0))
    place.up()
    write(place, lead(0), name="Codes")
    sandbox.fault("lost-after", path=RENAME, method="PUT", nth=[1])
    place.up()
    assert only(sandbox)["name"] == "Codes"
    settled(place)


@pytest.mark.parametrize("fault", ["hang", "hang-after-commit"])
def test_a_killed_run_run_again_makes_one_list(place: Workspace, sandbox: Sandbox, fault: str) -> None:
    write(place, lead(0), lead(1))
    sandbox.fault(fault, path=CREATE, method="POST")
    run = place.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == fault and (fault == "hang" or request["committed"]))
    kill(place, "host")
    stdout, stderr = run.communicate(timeout=60)
    assert run.returncode != 0, stdout + stderr
    wait_until_gone(place)
    sandbox.clear_faults()
    if place.engine == "pulumi":
        place.run("cancel")
    place.up()
    assert len(sandbox.smartflo.leads(only(sandbox)["id"])) == 2
    settled(place)


def test_a_profile_that_cannot_list_them_wants_the_id(place: Workspace, sandbox: Sandbox) -> None:
    place.set_config(profile="digo")
    place.environ["DIGO_AUTHORIZATION"] = sandbox.token
    write(place, lead(0))
    outcome = place.run("preview")
    assert outcome.code != 0
    assert "The API (profile digo) has no call to read back a broadcast list" in outcome.text
    assert "lists.yaml:3:11: lists.otp.name" in outcome.text
