"""Broadcast lists that config names: created, adopted, renamed, lost and deleted, with their leads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.testing import Sandbox
from tests.scenarios.entries import lead
from tests.scenarios.killing import kill, wait_until_gone
from tests.scenarios.workspace import Workspace

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


def lists(place: Workspace, **entries: dict[str, Any]) -> None:
    """lists.yaml becomes these lists; each has the columns unless it has its own."""
    place.write("lists.yaml", {"lists": {key: {"columns": COLUMNS, **entry} for key, entry in entries.items()}})


def phones(sandbox: Sandbox, of: dict[str, Any]) -> set[str]:
    """The numbers of a list of the account."""
    return {one["phone"] for one in sandbox.smartflo.leads(of["id"])}


def only(sandbox: Sandbox) -> dict[str, Any]:
    (found,) = sandbox.smartflo.lists()
    return dict(found)


def test_a_new_environment_comes_from_nothing_in_one_up(place: Workspace, sandbox: Sandbox) -> None:
    """A list with its leads, a list of a file in shards, and one that the account has already by its name."""
    theirs = sandbox.smartflo.add_list("Theirs", FIELDS)
    sandbox.smartflo.add_list("Another one")
    rows = "".join(f"+12025550{index},Name {index},{index}\n" for index in range(100, 140))
    place.write("rows.csv", f"phone,name,otp\n{rows}")
    lists(
        place,
        otp={"name": "One-time codes", "leads": [lead(0, otp="1"), lead(1, otp="2")]},
        rows={"name": "Rows", "source": "rows.csv", "shards": 2},
        theirs={"name": "Theirs", "leads": [lead(2)]},
    )
    plan = planned(place)
    leads = dict.fromkeys(("lead otp-0150", "lead otp-0151", "lead theirs-0152"), "create")
    made = dict.fromkeys(("broadcast list otp", "broadcast list rows", "list rows"), "create")
    assert verbs(plan) == made | leads | {"broadcast list theirs": "adopt"}
    assert "in the new list `One-time codes`" in reason(plan, "otp-0150", "lead")
    assert "in the new list `Rows`; 2 calls" in reason(plan, "rows", "list")
    assert plan["calls"] == 7, "one for each new list, lead, and shard's rows"
    created = ("otp", "otp-0150", "otp-0151", "rows", "rows-1", "rows-2", "theirs-0152")
    assert steps(place) == dict.fromkeys(created, "create") | {"theirs": "import"}

    sandbox.clear_requests()
    place.up()
    assert sum(count for name, count in sandbox.counts().items() if not name.startswith("GET")) == 7
    assert sandbox.counts()["POST /v1/broadcast/list"] == 2
    found = {one["name"]: one for one in sandbox.smartflo.lists()}
    assert (found["Theirs"]["id"], found["One-time codes"]["field"]) == (theirs, FIELDS)
    assert phones(sandbox, found["One-time codes"]) == {"12025550150", "12025550151"}
    assert phones(sandbox, found["Theirs"]) == {"12025550152"}
    assert len(phones(sandbox, found["Rows"])) == 40
    assert "applied  broadcast list otp" in place.digo("history", "show", "--all").text
    settled(place)


def test_names_and_keys_change_and_nothing_is_sent_again(place: Workspace, sandbox: Sandbox) -> None:
    """A name that config changed, one that the panel changed, whose new rename is lost, and another key."""
    names = {"otp": "One-time codes", "panel": "Ours", "key": "By another key"}
    leads = {key: [lead(index)] for index, key in enumerate(names)}
    lists(place, **{key: {"name": name, "leads": leads[key]} for key, name in names.items()})
    place.up()
    ids = {one["name"]: one["id"] for one in sandbox.smartflo.lists()}
    with sandbox.smartflo.client() as client:
        client.put(f"/v1/broadcast/list/{ids['Ours']}", json={"name": "Mine"}).raise_for_status()
    lists(
        place,
        otp={"name": "Codes", "leads": leads["otp"]},
        panel={"name": "Ours", "leads": leads["panel"]},
        other={"name": "By another key", "leads": leads["key"], "formerly": "key"},
    )
    plan = planned(place)
    changed = {step["key"] for step in plan["steps"] if step["verb"] != "in sync"}
    assert changed == {"otp", "panel"}
    assert verbs(plan)["broadcast list otp"] == verbs(plan)["broadcast list panel"] == "update"
    assert "changed in config" in reason(plan, "otp")
    assert "changed in the panel" in reason(plan, "panel")
    assert place.digo("snapshot", "account.json").code == 0
    offline = json.loads(place.digo("plan", "--snapshot", "account.json", "--format", "json").stdout)
    assert offline["plan"] == plan["plan"]
    assert verbs(offline)["broadcast list otp"] == verbs(offline)["broadcast list panel"] == "update"

    sandbox.clear_requests()
    sandbox.fault("lost-after", path=f"{CREATE}/{ids['Ours']}", method="PUT", nth=[1])
    place.environ["DIGO_PLAN"] = plan["plan"]
    place.up()
    del place.environ["DIGO_PLAN"]
    assert [one["struck"] for one in sandbox.faults()] == [1]
    renamed = {"Codes": ids["One-time codes"], "Ours": ids["Ours"], "By another key": ids["By another key"]}
    assert {one["name"]: one["id"] for one in sandbox.smartflo.lists()} == renamed
    assert set(writes(sandbox)) == {"PUT /v1/broadcast/list"}
    settled(place)


def test_a_list_that_the_account_lost_is_made_anew_with_its_rows(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0), lead(1))
    place.up()
    lost = only(sandbox)["id"]
    sandbox.smartflo.delete_list(lost)
    for refused in (place.digo("plan"), place.run("up", "--skip-preview")):
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

    # So it is where the stack deletes, for a list of a file too.
    place.set_config(deletes="delete", guards={})
    place.write("otp.csv", "phone,name,otp\n+12025550100,Ada,1\n")
    lists(
        place,
        otp={"name": "One-time codes", "leads": [lead(0), lead(1)]},
        rows={"name": "Rows", "source": "otp.csv"},
    )
    place.up()
    for one in sandbox.smartflo.lists()[1:]:
        sandbox.smartflo.delete_list(one["id"])
    place.up()
    assert sorted(len(sandbox.smartflo.leads(one["id"])) for one in sandbox.smartflo.lists()) == [0, 1, 2]
    settled(place)


def test_only_what_no_entry_has_is_deleted_where_the_stack_deletes(place: Workspace, sandbox: Sandbox) -> None:
    """Entries that leave with their leads; one that names another list; lists that an entry has by another way now."""
    place.set_config(deletes="delete", guards={"maxDeletePercent": 70})
    place.write("rows.csv", "phone,name,otp\n+12025550100,Ada,1\n")
    leads = {key: [lead(index)] for index, key in enumerate(("gone", "elsewhere", "moved", "named"))}
    names = {"gone": "Gone", "elsewhere": "First", "moved": "By another key", "named": "By its id"}
    before = {key: {"name": name, "leads": leads[key]} for key, name in names.items()}
    lists(place, **before, rows={"name": "Rows", "source": "rows.csv"}, stays={"name": "Stays"})
    place.up()
    ids = {one["name"]: one["id"] for one in sandbox.smartflo.lists()}
    second = sandbox.smartflo.add_list("Second", FIELDS)
    lists(
        place,
        elsewhere={"name": "Second", "leads": leads["elsewhere"]},
        codes=before["moved"],
        named={"id": int(ids["By its id"]), "leads": leads["named"]},
        stays={"name": "Stays"},
    )
    plan = planned(place)
    found = verbs(plan)
    assert (found["broadcast list elsewhere"], found["lead elsewhere-0151"]) == ("adopt", "replace")
    assert "the account keeps the one of the state" in reason(plan, "elsewhere")
    for key in ("moved", "named"):
        assert found[f"broadcast list {key}"] == "forget"
        assert f"has its list (id {ids[names[key]]}) from now on" in reason(plan, key)
    assert found["broadcast list gone"] == found["broadcast list rows"] == "delete"

    sandbox.clear_requests()
    place.up()
    kept = {name: id_ for name, id_ in ids.items() if name not in ("Gone", "Rows")}
    assert {one["name"]: one["id"] for one in sandbox.smartflo.lists()} == kept | {"Second": second}
    written = {name.rsplit("/", 1)[-1] for name in sandbox.counts() if not name.startswith("GET")}
    assert written.isdisjoint({str(ids["By another key"]), str(ids["By its id"])}), "another entry has them now"
    for id_ in (ids["By another key"], ids["By its id"], second):
        assert len(sandbox.smartflo.leads(id_)) == 1
    settled(place)


def test_columns_cannot_be_changed_and_the_plan_says_so(place: Workspace, sandbox: Sandbox) -> None:
    write(place, lead(0))
    place.up()
    write(place, lead(0), columns=COLUMNS | {"city": "field_7"})
    sandbox.clear_requests()
    assert verbs(planned(place))["broadcast list otp"] == "cannot converge"
    assert sandbox.counts()["GET /v1/broadcast/lists"] == 1, "each process reads them once"
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
        assert place.digo("plan").code == 1, kind
        if kind == "cut-list":
            assert place.run("up", "--skip-preview").code != 0, kind
        assert len(sandbox.smartflo.lists()) == 1
        sandbox.clear_faults()
    settled(place)


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
    assert verbs(planned(place))["broadcast list évènements"] == "adopt"
    sandbox.clear_requests()
    place.up()
    assert sandbox.counts()["GET /v1/broadcast/lists"] == 2, "the program and the host read them once"
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
    assert "maxDeletes" in planned(place)["refusal"]
    place.set_config(guards={"maxDeletes": 1})
    place.up()
    assert only(sandbox)["id"] == kept
    settled(place)


def test_a_lost_reply_leaves_one_list(place: Workspace, sandbox: Sandbox) -> None:
    kinds = ("lost-before", "lost-after", "html-after-commit", "status-after-commit")
    lists(place, **{kind: {"name": kind, "leads": [lead(index)]} for index, kind in enumerate(kinds)})
    for kind in kinds:
        sandbox.fault(kind, path=CREATE, method="POST", body_contains=f'"{kind}"', nth=[1])
    first = place.run("up", "--skip-preview")
    assert [one["struck"] for one in sandbox.faults()] == [1] * len(kinds)
    assert len(sandbox.smartflo.lists()) == len({one["name"] for one in sandbox.smartflo.lists()})
    if first.code != 0:
        assert "POST /v1/broadcast/list" in first.text
        place.up()
    assert sorted(one["name"] for one in sandbox.smartflo.lists()) == sorted(kinds)
    assert all(len(phones(sandbox, one)) == 1 for one in sandbox.smartflo.lists())
    settled(place)


def test_a_killed_run_run_again_makes_one_list(place: Workspace, sandbox: Sandbox) -> None:
    """The host is killed before a list is made, and in the next run between another one and its reply."""
    wanted: dict[str, dict[str, Any]] = {}
    for index, fault in enumerate(("hang", "hang-after-commit")):
        wanted[fault] = {"name": f"List {index}", "leads": [lead(2 * index), lead(2 * index + 1)]}
        lists(place, **wanted)
        sandbox.clear_requests()
        sandbox.fault(fault, path=CREATE, method="POST", body_contains=f"List {index}")
        run = place.start("up", "--skip-preview")
        sandbox.wait_for(one_held_by(fault))
        kill(place, "host")
        stdout, stderr = run.communicate(timeout=60)
        assert run.returncode != 0, stdout + stderr
        wait_until_gone(place)
        sandbox.clear_faults()
        if place.engine == "pulumi":
            place.run("cancel")
    place.up()
    assert sorted(one["name"] for one in sandbox.smartflo.lists()) == ["List 0", "List 1"]
    assert [len(phones(sandbox, one)) for one in sandbox.smartflo.lists()] == [2, 2]
    settled(place)


def one_held_by(fault: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a request is held by the fault: after it was carried out, if the fault comes after that."""
    return lambda request: request["fault"] == fault and (fault == "hang" or request["committed"])


def test_a_profile_that_cannot_list_them_wants_the_id(place: Workspace, sandbox: Sandbox) -> None:
    place.set_config(profile="digo")
    place.environ["DIGO_AUTHORIZATION"] = sandbox.token
    write(place, lead(0))
    outcome = place.digo("plan")
    assert outcome.code != 0
    assert "The API (profile digo) has no call to read back a broadcast list" in outcome.text
    assert "lists.yaml:3:11: lists.otp.name" in outcome.text
